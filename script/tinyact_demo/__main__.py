"""Show TinyAct at work: classifier, edge and a real Home Assistant, each a process of its own.

By default the camera is a short film of a drawn person that this command renders itself.
"""

import argparse
import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
import json
from pathlib import Path
import shutil
import signal
import socket
import sys
import tempfile
import time
from typing import Any

import aiohttp

from . import scene
from .processes import PartError, free_port
from .stack import USERNAME, Stack
from .watch import Arrival, arrivals

ENOUGH = 3  # actions with --once
TIME_LIMIT = 180.0  # seconds with --once, from when everything runs
USUAL_PORT = 8123  # Home Assistant's


class UsageError(Exception):
    """The command cannot be carried out as it was given; the message says why."""


def main() -> int:
    """Run the demo and return its exit status: 0, 1 when a part failed, 2 for wrong use."""
    options = _parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tinyact-demo-"))
    demo = Demo(options, folder)
    try:
        asyncio.run(_until_signal(demo.run()))
    except UsageError as error:
        shutil.rmtree(folder)
        return _fail(error, 2)
    except PartError as error:
        # The logs stay, to be read.
        return _fail(error, 1)
    except asyncio.CancelledError:
        shutil.rmtree(folder)
        return 130 if options.once else 0
    shutil.rmtree(folder)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="script/demo", description=__doc__)
    parser.add_argument(
        "--camera",
        action="append",
        default=[],
        metavar="URL|FILE",
        help="watch this instead of the film: rtsp://, http://, or a file, looped; repeatable",
    )
    parser.add_argument("--once", action="store_true", help=f"end after {ENOUGH} actions")
    parser.add_argument("--json", action="store_true", help="print only JSON, at the end of --once")
    parser.add_argument("--head", choices=("rf", "svm", "xgb"), help="the classifier to use")
    parser.add_argument(
        "--port", type=int, help=f"Home Assistant's port; {USUAL_PORT}, or a free one, by default"
    )
    return parser


def _fail(error: Exception, status: int) -> int:
    print(f"demo: {error}", file=sys.stderr)
    return status


async def _until_signal(work: Coroutine[Any, Any, None]) -> None:
    """Do `work`; on Ctrl-C or SIGTERM cancel it, and wait until it has cleaned up."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    await task


class Demo:
    """One run of the demo."""

    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        """Do as `options` say, in `folder`."""
        self._options = options
        self._folder = folder
        self._arrived: list[Arrival] = []

    async def run(self) -> None:
        """Start everything and show actions until there are enough, or for ever."""
        began = time.monotonic()
        cameras = self._cameras()
        port = _port(self._options.port)
        self._say("Starting the classifier, the edge and Home Assistant (half a minute) …")
        async with aiohttp.ClientSession() as session, Stack(self._folder, session) as stack:
            await stack.start(cameras, head=self._options.head, port=port)
            await stack.watch(self._complain(stack, cameras))
            seconds = time.monotonic() - began
            self._say(
                f"\n  Home Assistant   {stack.home_assistant.url}\n"
                f"  user, password   {USERNAME}, {stack.password}\n"
                f"  logs             {self._folder}\n\nReady after {seconds:.0f} s. Actions:"
            )
            await self._show(stack)
            if self._options.json:
                result = {
                    "actions": [asdict(arrival) for arrival in self._arrived],
                    "ha_version": (await stack.home_assistant.get("config"))["version"],
                    "seconds_to_ready": round(seconds, 1),
                }
                print(json.dumps(result))

    def _cameras(self) -> Mapping[str, str]:
        """Return the sources by name; raises UsageError for a file that is not there."""
        if not self._options.camera:
            if not scene.film_path().exists():
                self._say("Rendering the film, once …")
            return {"Living room": f"loop:{scene.film()}"}
        given: Sequence[str] = self._options.camera
        return {f"Camera {number}": _source(text) for number, text in enumerate(given, 1)}

    async def _complain(self, stack: Stack, cameras: Mapping[str, str]) -> None:
        """Tell which cameras cannot be seen; raises PartError if none can."""
        unavailable = await stack.unavailable_cameras()
        for name, reason in unavailable.items():
            self._say(f"{name} cannot be seen: {reason}.")
        if len(unavailable) == len(cameras):
            reasons = ", ".join(f"{name}: {reason}" for name, reason in unavailable.items())
            raise PartError(f"no camera can be seen ({reasons}). Read {stack.edge.log}")

    async def _show(self, stack: Stack) -> None:
        """Print actions as they arrive.

        Raises PartError when a part ends or, with --once, when it takes too long.
        """
        try:
            async with asyncio.timeout(TIME_LIMIT if self._options.once else None):
                await stack.watch(self._print_arrivals(stack))
        except TimeoutError as error:
            raise PartError(
                f"{len(self._arrived)} of {ENOUGH} actions reached Home Assistant within"
                f" {TIME_LIMIT:.0f} s. Read {stack.edge.log}"
            ) from error

    async def _print_arrivals(self, stack: Stack) -> None:
        async for arrival in arrivals(stack):
            self._arrived.append(arrival)
            self._say(
                f"  {arrival.in_ha_at[11:19]}  {arrival.label:8} {arrival.confidence:4.0%}"
                f"  {arrival.entity_id}  {arrival.latency * 1000:.0f} ms after it was confirmed"
            )
            if self._options.once and len(self._arrived) == ENOUGH:
                return

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr if self._options.json else sys.stdout, flush=True)


def _source(text: str) -> str:
    """Return what the edge calls the source `text`; raises UsageError for a missing file."""
    if "://" in text:
        return text
    path = Path(text).expanduser().resolve()
    if not path.is_file():
        raise UsageError(f"there is no file {path}; a stream begins with rtsp:// or http://")
    return f"loop:{path}"


def _port(wanted: int | None) -> int:
    """Return the port for Home Assistant; raises UsageError if the one wanted is taken."""
    with suppress(OSError), socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wanted or USUAL_PORT))
        return wanted or USUAL_PORT
    if wanted:
        raise UsageError(f"port {wanted} is in use; choose another --port, or none for a free one")
    return free_port()


if __name__ == "__main__":
    sys.exit(main())
