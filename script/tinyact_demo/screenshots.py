"""Let the film play, then take pictures of what Home Assistant shows of it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
import sys
import tempfile
from urllib.parse import urlencode

import aiohttp

from . import scene
from .processes import output_of
from .stack import ROOT, Stack
from .watch import arrivals

_ENOUGH = 10  # actions
_PATIENCE = 240.0  # seconds
_CAMERA = "Kitchen"
# Playwright is not in .venv.
_PYTHON = ROOT / ".tools" / "bin" / "python"
_PHOTOGRAPHER = ROOT / "script" / "photograph.py"


async def main(folder: Path) -> None:
    """Write the pictures into `folder`."""
    with tempfile.TemporaryDirectory() as work:
        async with aiohttp.ClientSession() as session, Stack(Path(work), session) as stack:
            await stack.start({_CAMERA: f"loop:{scene.film()}"})
            began = datetime.now(UTC)
            await stack.watch(_wait_for_actions(stack))
            home = stack.home_assistant
            async with home.listen() as socket:
                devices = await socket.command("config/device_registry/list")
            camera = next(device["id"] for device in devices if device["name"] == _CAMERA)
            span = urlencode(
                {"start_date": began.isoformat(), "end_date": datetime.now(UTC).isoformat()}
            )
            pages = {
                "device": f"/config/devices/device/{camera}",
                "history": f"/history?entity_id=sensor.kitchen_action&{span}",
                "activity": f"/logbook?entity_id=event.kitchen_action&{span}",
            }
            for name, path in pages.items():
                picture = folder / f"{name}.png"
                command: list[str | Path] = [_PYTHON, _PHOTOGRAPHER, home.url + path, picture]
                await output_of("photograph.py", command, env={"HASS_TOKEN": home.token})
                print(picture)


async def _wait_for_actions(stack: Stack) -> None:
    """Wait until history and log have something to show, the last thing being a fall."""
    seen = 0
    async with asyncio.timeout(_PATIENCE):
        async for arrival in arrivals(stack):
            print(arrival.label)
            seen += 1
            if seen >= _ENOUGH and arrival.label == "fall":
                return


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
