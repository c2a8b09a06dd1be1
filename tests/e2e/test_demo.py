"""The demo, as a stranger runs it."""

import asyncio
from datetime import datetime
import json
import os
from pathlib import Path
import subprocess
import uuid

import pytest

from tinyact_demo.processes import eventually
from tinyact_demo.stack import ROOT
from tinyact_edge.bundle import DEFAULT_BUNDLE, load_bundle

DEMO = ROOT / "script" / "demo"


@pytest.fixture
def mark(tmp_path: Path) -> dict[str, str]:
    """Return an environment by which all processes of one demo are known."""
    return {**os.environ, "TINYACT_TEST": uuid.uuid4().hex, "TMPDIR": str(tmp_path)}


def _processes(environment: dict[str, str]) -> list[int]:
    """Return the ids of the processes that run in `environment`."""
    wanted = f"TINYACT_TEST={environment['TINYACT_TEST']}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                variables = (entry / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if wanted in variables:
                found.append(int(entry.name))
    return found


def test_once(mark: dict[str, str]) -> None:
    """Three actions of the film reach Home Assistant; nothing is left running."""
    done = subprocess.run(  # noqa: S603 (the repository's own script)
        [DEMO, "--once", "--json"],
        capture_output=True,
        text=True,
        env=mark,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["ha_version"] == "2026.11.0"
    assert result["seconds_to_ready"] > 0
    assert len(result["actions"]) == 3
    for action in result["actions"]:
        assert action["camera"] == "living-room"
        assert action["entity_id"] == "event.living_room_action"
        assert action["label"] in load_bundle(DEFAULT_BUNDLE).labels
        assert 0.5 <= action["confidence"] <= 1
        started, confirmed, in_ha = (
            datetime.fromisoformat(action[key])
            for key in ("started_at", "confirmed_at", "in_ha_at")
        )
        assert started < confirmed < in_ha
    assert {action["label"] for action in result["actions"]} & {"walk", "sit", "stand", "fall"}
    assert _processes(mark) == []


async def test_killed(mark: dict[str, str]) -> None:
    """Even a demo that is killed leaves nothing running."""
    demo = await asyncio.create_subprocess_exec(DEMO, stdout=asyncio.subprocess.PIPE, env=mark)
    assert demo.stdout
    async with asyncio.timeout(120):
        async for line in demo.stdout:
            if line.startswith(b"Ready"):
                break
    assert len(_processes(mark)) == 4
    demo.kill()
    await demo.wait()

    async def nothing_left() -> bool | None:
        return None if _processes(mark) else True

    assert await eventually(nothing_left, 30)


def test_missing_file(mark: dict[str, str]) -> None:
    """A camera that is no file and no address is named at once."""
    done = subprocess.run(  # noqa: S603 (the repository's own script)
        [DEMO, "--camera", "nowhere.mp4"], capture_output=True, text=True, env=mark, check=False
    )
    assert done.returncode == 2
    assert "there is no file" in done.stderr
    assert "nowhere.mp4" in done.stderr


def test_file_without_video(mark: dict[str, str], tmp_path: Path) -> None:
    """A file that holds no video ends the demo with the reason and the log to read."""
    path = tmp_path / "letter.mp4"
    path.write_text("no video at all")
    done = subprocess.run(  # noqa: S603 (the repository's own script)
        [DEMO, "--camera", path], capture_output=True, text=True, env=mark, check=False, timeout=120
    )
    assert done.returncode == 1
    assert "not_video" in done.stderr
    assert "edge.log" in done.stderr
    assert _processes(mark) == []
