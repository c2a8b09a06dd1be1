"""Show the edge hours of video from many cameras at once; tell its memory at intervals.

The real edge with the model that ships watches looped recordings: as many cameras as the times of
real time that are asked for. A client follows it, as Home Assistant does.
"""

import argparse
import asyncio
from dataclasses import dataclass
import os
from pathlib import Path
import signal
import statistics
import tempfile
import threading
import time
from typing import Any

import aiohttp

from tests.edge.process import Process, running
from tinyact_demo import scene
from tinyact_edge.bundle import DEFAULT_BUNDLE
from tinyact_edge.source import Kind, Source, open_video

DATA = Path(os.environ.get("TINYACT_DATA", Path(__file__).parents[3] / "shared" / "data"))
_HEADER = "minute  MiB  in use  threads  files  hours of video  clips  actions  frames left out"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the edge is at one moment."""

    seconds: float  # since the start
    mebibytes: float
    in_use: float  # mebibytes of the heaps; the rest is holes in them, code, and files
    threads: int
    files: int
    video_seconds: float
    clips: int
    dropped: int

    def line(self, actions: int) -> str:
        """Return it as a row under the header."""
        return (
            f"{self.seconds / 60:6.1f} {self.mebibytes:4.0f} {self.in_use:7.0f}"
            f" {self.threads:8d} {self.files:6d} {self.video_seconds / 3600:15.2f}"
            f" {self.clips:6d} {actions:8d} {self.dropped:17d}"
        )


def films(count: int) -> list[Path]:
    """Return recordings of people who move: of UR Fall, or the demo's."""
    found = sorted((DATA / "urfall").glob("*/*cam0.mp4")) or [scene.film()]
    return [found[number * len(found) // count] for number in range(count)]


class Watcher:
    """Reads what a running edge is, and follows it over the WebSocket."""

    def __init__(self, edge: Process, videos: list[Path]) -> None:
        """Watch `edge`, whose cameras show `videos`, in that order."""
        self._edge = edge
        self._rates = [_rate(video) for video in videos]
        self._began = time.monotonic()
        self.actions = 0

    def read(self) -> Reading:
        """Return what the edge is now."""
        process = Path(f"/proc/{self._edge.process.pid}")
        lines = (process / "status").read_text().splitlines()
        status = dict(line.split(":", 1) for line in lines if ":" in line)
        told = self._edge.get("/api/diagnostics")
        cameras: list[dict[str, Any]] = told["cameras"]
        return Reading(
            time.monotonic() - self._began,
            int(status["VmRSS"].split()[0]) / 1024,
            told["heap"]["in_use"] / (1 << 20),
            int(status["Threads"]),
            len(list((process / "fd").iterdir())),
            sum(one["frames"] / rate for one, rate in zip(cameras, self._rates, strict=True)),
            sum(one["clips"] for one in cameras),
            sum(one["dropped_frames"] for one in cameras),
        )

    async def follow(self) -> None:
        """Count what the edge tells of, until it ends."""
        headers = {"Authorization": f"Bearer {self._edge.token}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.ws_connect(f"{self._edge.url}/api/ws") as socket,
        ):
            await socket.send_json({"type": "subscribe", "since": 0})
            async for frame in socket:
                message = frame.json()
                self.actions += message["type"] == "action" and message["event"] == "confirmed"


def _rate(video: Path) -> float:
    with open_video(Source(Kind.FILE, str(video))) as opened:
        return opened.rate


def try_it(folder: Path, cameras: int, minutes: float, every: float) -> list[Reading]:
    """Run the edge for `minutes`; print and return what it is, `every` seconds."""
    videos = films(cameras)
    flags = [
        flag
        for number, video in enumerate(videos)
        for flag in ("--camera", f"c{number}=loop:{video}")
    ]
    readings: list[Reading] = []
    with running(folder, DEFAULT_BUNDLE, *flags) as edge:
        watcher = Watcher(edge, videos)
        threading.Thread(target=lambda: asyncio.run(watcher.follow()), daemon=True).start()
        print(_HEADER)
        while not readings or readings[-1].seconds < minutes * 60:
            time.sleep(every)
            readings.append(watcher.read())
            print(readings[-1].line(watcher.actions), flush=True)
        edge.end(signal.SIGTERM)
    return readings


def summary(readings: list[Reading]) -> str:
    """Tell how much was watched, how fast, and whether memory is flat."""
    last = readings[-1]
    later = readings[len(readings) // 3 :]
    hours = [reading.seconds / 3600 for reading in later]
    growth, used = (
        statistics.linear_regression(hours, values).slope
        for values in ([r.mebibytes for r in later], [r.in_use for r in later])
    )
    return (
        f"{last.video_seconds / 3600:.2f} hours of video in {last.seconds / 60:.0f} minutes"
        f" ({last.video_seconds / last.seconds:.1f} times real time). After the first third:"
        f" {min(r.mebibytes for r in later):.0f} to {max(r.mebibytes for r in later):.0f} MiB,"
        f" {growth:+.1f} MiB an hour; in use {min(r.in_use for r in later):.0f} to"
        f" {max(r.in_use for r in later):.0f} MiB, {used:+.1f} MiB an hour"
    )


def main() -> None:
    """Try it for as long as asked for."""
    parser = argparse.ArgumentParser(prog="script/soak memory", description=__doc__)
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=60.0, help="seconds between readings")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        readings = try_it(Path(folder), options.cameras, options.minutes, options.every)
    print(summary(readings))


if __name__ == "__main__":
    main()
