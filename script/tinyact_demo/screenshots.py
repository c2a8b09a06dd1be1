"""Let the film play, then take pictures of what Home Assistant shows of it."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
import sys
import tempfile
from typing import Any
from urllib.parse import urlencode

import aiohttp

from . import scene
from .processes import output_of
from .stack import ROOT, Stack
from .watch import arrivals

_ENOUGH = 24  # actions
_PATIENCE = 300.0  # seconds
_APART = 11.0  # seconds from one camera to the other, lest both show the same
_CAMERA = "Kitchen"
_OTHER = "Living room"
_DASHBOARD = "tiny-act"
_CARD = "tinyact-timeline-card"
_AUTOMATION = "fall"
# Playwright is not in .venv.
_PYTHON = ROOT / ".tools" / "bin" / "python"
_PHOTOGRAPHER = ROOT / "script" / "photograph.py"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture: what of Home Assistant, and how; `options` are photograph.py's."""

    name: str
    path: str
    options: tuple[str, ...] = ()


async def main(folder: Path) -> None:
    """Write the pictures into `folder`."""
    with tempfile.TemporaryDirectory() as work:
        async with aiohttp.ClientSession() as session, Stack(Path(work), session) as stack:
            await stack.start({_CAMERA: f"loop:{scene.film()}"})
            began = datetime.now(UTC)
            await _keep_pictures(stack)
            await stack.watch(_wait_for_actions(stack))
            await _prepare(stack)
            for shot in await _shots(stack, began):
                picture = folder / f"{shot.name}.png"
                home = stack.home_assistant
                command: list[str | Path] = [_PYTHON, _PHOTOGRAPHER, home.url + shot.path, picture]
                command += shot.options
                await output_of("photograph.py", command, env={"HASS_TOKEN": home.token})
                print(picture)


async def _keep_pictures(stack: Stack) -> None:
    """Add a second camera, and let both keep pictures and clips."""
    kept = {"snapshots": True, "clips": True}
    await _edge(stack, "PATCH", "/api/cameras/kitchen", kept)
    await asyncio.sleep(_APART)
    await _edge(
        stack, "POST", "/api/cameras", {"name": _OTHER, "url": f"loop:{scene.film()}", **kept}
    )


async def _wait_for_actions(stack: Stack) -> None:
    """Wait until history and log have something to show, the last thing being a fall."""
    seen = 0
    async with asyncio.timeout(_PATIENCE):
        async for arrival in arrivals(stack):
            print(arrival.label)
            seen += 1
            if seen >= _ENOUGH and arrival.label == "fall":
                return


async def _prepare(stack: Stack) -> None:
    """Make a dashboard with the card, and an automation with a trigger of TinyAct."""
    home = stack.home_assistant
    async with home.listen() as socket:
        await socket.command(
            "lovelace/dashboards/create", url_path=_DASHBOARD, title="Home", mode="storage"
        )
        grid = {"type": "grid", "cards": [{"type": f"custom:{_CARD}"}]}
        view = {"title": "Home", "type": "sections", "max_columns": 1, "sections": [grid]}
        await socket.command("lovelace/config/save", url_path=_DASHBOARD, config={"views": [view]})
    await home.post(
        f"config/automation/config/{_AUTOMATION}",
        {
            "alias": "Somebody fell in the kitchen",
            "triggers": [
                {
                    "trigger": "tinyact.action_detected",
                    "target": {"entity_id": "event.kitchen_action"},
                    "options": {"label": ["fall"], "minimum_confidence": 0.7},
                }
            ],
            "actions": [
                {
                    "action": "persistent_notification.create",
                    "data": {"message": "Somebody fell in the kitchen."},
                }
            ],
        },
    )


async def _shots(stack: Stack, began: datetime) -> list[Shot]:
    """Return what to take pictures of."""
    async with stack.home_assistant.listen() as socket:
        devices = await socket.command("config/device_registry/list")
    camera = next(device["id"] for device in devices if device["name"] == _CAMERA)
    span = urlencode({"start_date": began.isoformat(), "end_date": datetime.now(UTC).isoformat()})
    dashboard = f"/{_DASHBOARD}/0"
    small = ("--width", "760", "--height", "860")
    fall = f'{_CARD} .row:has-text("Falls")'
    zones = ("--click", f"{_CARD} .head button", "--click", ".add")
    return [
        Shot("device", f"/config/devices/device/{camera}", ("--height", "900")),
        Shot("history", f"/history?entity_id=sensor.kitchen_action&{span}", ("--height", "420")),
        Shot("activity", f"/logbook?entity_id=event.kitchen_action&{span}"),
        Shot("card", dashboard, small),
        Shot("card-action", dashboard, (*small, "--click", fall)),
        Shot("card-zones", dashboard, (*small, *zones)),
        Shot("card-dark", dashboard, ("--dark", "--width", "360", "--height", "740")),
        Shot(
            "automation",
            f"/config/automation/edit/{_AUTOMATION}",
            ("--click", "ha-automation-trigger-row"),
        ),
    ]


async def _edge(stack: Stack, method: str, path: str, body: dict[str, Any]) -> None:
    """Ask the edge to change something."""
    headers = {"Authorization": f"Bearer {stack.edge.token}"}
    async with stack.edge.session.request(
        method, stack.edge.url + path, json=body, headers=headers
    ) as response:
        response.raise_for_status()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
