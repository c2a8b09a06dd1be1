"""Run the real edge on one core, with real RTSP cameras, and read what the system says of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
import time
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tinyact_demo.processes import free_port
from tinyact_edge.journal import Journal
from tinyact_edge.tokens import Tokens

from .edge_films import KBIT

MOST_CAMERAS = 64
_CORE = 0
_RTSP_SERVER = Path(__file__).parents[2] / "tests" / "rtsp_server.py"
_STARTS = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Reading:
    """What an edge has done so far: processor seconds, and sums over its cameras."""

    at: float
    cpu: float
    frames: int
    clips: int
    looked_at: int
    dropped: int

    def since(self, before: "Reading", cameras: int) -> "Rates":
        """Return what was done between two readings."""
        seconds = self.at - before.at
        looked_at, dropped = self.looked_at - before.looked_at, self.dropped - before.dropped
        return Rates(
            cameras,
            100 * (self.cpu - before.cpu) / seconds,
            (self.frames - before.frames) / seconds / cameras,
            (self.clips - before.clips) / seconds / cameras,
            looked_at / seconds / cameras,
            dropped / max(looked_at + dropped, 1),
        )


@dataclass(frozen=True, slots=True)
class Rates:
    """What an edge did meanwhile: percent of a core in all, the rest of each camera a second."""

    cameras: int
    core_percent: float
    fps: float
    clips: float
    looked_at: float
    dropped_share: float  # of the samples that there were


class RunningEdge:
    """An edge, asked as Home Assistant asks it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, token: str) -> None:
        """Talk to `process`, which listens on `port`."""
        self.pid = process.pid
        self.port = port
        self.token = token
        self.cameras = 0

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Return the API's answer."""
        request = Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urlopen(request, timeout=_STARTS) as answer:  # noqa: S310 - our own, on this machine
            return json.loads(answer.read() or b"null")

    def watch(self, count: int, scene: str, rtsp: int) -> None:
        """Have so many cameras in all, of one scene; those that are new or gone make it so."""
        while self.cameras < count:
            name = f"{scene}{self.cameras}"
            url = f"rtsp://127.0.0.1:{rtsp}/{name}"
            self.ask(
                "POST", "/api/cameras", {"id": f"camera{self.cameras}", "name": name, "url": url}
            )
            self.cameras += 1
        while self.cameras > count:
            self.cameras -= 1
            self.ask("DELETE", f"/api/cameras/camera{self.cameras}")

    def read(self) -> Reading:
        """Return what it has done so far."""
        cameras = self.ask("GET", "/api/diagnostics")["cameras"]

        def total(name: str) -> int:
            return sum(camera[name] for camera in cameras)

        return Reading(
            time.monotonic(),
            self._cpu_seconds(),
            total("frames"),
            total("clips"),
            total("looked_at"),
            total("dropped_frames"),
        )

    def rates(self, seconds: float) -> Rates:
        """Return what it does in the next `seconds`."""
        before = self.read()
        time.sleep(seconds)
        return self.read().since(before, self.cameras)

    def memory_mib(self) -> float:
        """Return how much memory it has, shared libraries included."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the edge ended")

    def _cpu_seconds(self) -> float:
        """Return the processor time of all its threads, those that have ended too (proc(5))."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def running_edge(folder: Path, *arguments: str) -> Iterator[RunningEdge]:
    """Run an edge that keeps its journal in `folder`, on a core of its own, without cameras."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal(folder)
    token = Tokens(journal).add()
    journal.close()
    port = free_port()
    command = [sys.executable, "-m", "tinyact_edge", "run", "--port", str(port)]
    with (folder / "edge.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own edge
            [*command, "--data", str(folder), *arguments],
            stderr=log,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            preexec_fn=lambda: os.sched_setaffinity(0, {_CORE}),  # noqa: PLW1509 - one thread here
        )
    edge = RunningEdge(process, port, token)
    try:
        _wait_for(edge)
        yield edge
    finally:
        process.terminate()
        process.wait()


def _wait_for(edge: RunningEdge) -> None:
    until = time.monotonic() + _STARTS
    while True:
        try:
            edge.ask("GET", "/api/info")
        except (URLError, ConnectionError):
            if time.monotonic() > until:
                raise RuntimeError("the edge did not start") from None
            time.sleep(0.2)
        else:
            return


@contextmanager
def rtsp_server(films: Mapping[str, Path]) -> Iterator[int]:
    """Serve each film as that many cameras of its own, beside the edge's core; yield the port."""
    streams = [f"{name}{n}={film}" for name, film in films.items() for n in range(MOST_CAMERAS)]
    command = ["/usr/bin/python3", str(_RTSP_SERVER), "--bitrate", str(KBIT)]
    command += ["--spread", *streams]
    others = os.sched_getaffinity(0) - {_CORE}
    with subprocess.Popen(  # noqa: S603 - our own server
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, others),  # noqa: PLW1509
    ) as process:
        try:
            ready = process.stdout.readline() if process.stdout else ""
            if not ready.startswith("ready "):
                raise RuntimeError("the RTSP server does not run; script/setup test installs it")
            yield int(ready.split()[1])
        finally:
            process.kill()
