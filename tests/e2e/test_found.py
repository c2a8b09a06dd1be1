"""A real Home Assistant finds an edge: by multicast, or told by the Supervisor (a double)."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.supervisor import TOKEN, SupervisorDouble
from tinyact_demo.processes import eventually, free_port
from tinyact_demo.stack import Stack

from .discovery import discovered

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _add(home: Stack, flow: Any, answers: dict[str, str]) -> None:
    """Press the button, and wait until the edge is there."""
    answer = await home.home_assistant.post(
        f"config/config_entries/flow/{flow['flow_id']}", answers
    )
    assert answer["type"] == "create_entry", answer

    async def loaded() -> bool | None:
        entries = await home.home_assistant.get("config/config_entries/entry", domain="tinyact")
        return all(entry["state"] == "loaded" for entry in entries) or None

    assert await eventually(loaded, 60)


async def test_an_app_takes_one_click_and_another_box_its_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = "frontend:\nconfig:\nzeroconf:\n"
    monkeypatch.setattr("tinyact_demo.home_assistant._CONFIGURATION", configuration)
    supervisor, port = SupervisorDouble(), free_port()
    for folder in ("app", "box"):
        (tmp_path / folder).mkdir()
    everywhere = ["--host", "0.0.0.0"]  # noqa: S104
    async with (
        aiohttp.ClientSession() as session,
        Stack(tmp_path / "app", session) as app,
        Stack(tmp_path / "box", session) as box,
    ):
        await box.start_edge({}, everywhere)
        with supervisor.serving(port):
            monkeypatch.setenv("SUPERVISOR_TOKEN", TOKEN)
            monkeypatch.setenv("SUPERVISOR_API", f"http://127.0.0.1:{port}")  # for the edge
            monkeypatch.setenv("SUPERVISOR", f"127.0.0.1:{port}")  # for Home Assistant
            await app.start_edge({}, everywhere)
            await asyncio.to_thread(supervisor.wait, 1)
            await box.start_home_assistant()
            await _add(box, await discovered(box, app, "hassio"), {})
            await _add(box, await discovered(box, box, "zeroconf"), {"token": box.edge.token})
            entries = await box.home_assistant.get("config/config_entries/entry", domain="tinyact")
            assert len(entries) == 2
