"""Fill the disk of a running edge, kill it there, start it; then start it on a read-only one.

The disk is a small file system in memory, mounted in a namespace of its own (Linux, unshare).
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from tests.edge.process import EDGE, Process, running
from tests.edge.support import write_bundle
from tinyact_edge.journal import ActionFilter, Journal
from tinyact_edge.reserve import FILE

from .kill import film

_MEGABYTE = 1 << 20
_DISK = 64  # megabytes
_SOME = 10


def main() -> None:
    """Go through it, step by step; end with an error at the first surprise."""
    parser = argparse.ArgumentParser(prog="script/soak disk", description=__doc__)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    if not parser.parse_args().inside:
        command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", __spec__.name]
        sys.exit(subprocess.run([*command, "--inside"], check=False).returncode)  # noqa: S603
    with tempfile.TemporaryDirectory() as folder, _disk(Path(folder) / "disk") as disk:
        _try_it(Path(folder), disk)


@contextmanager
def _disk(path: Path) -> Iterator[Path]:
    path.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={_DISK}m", "tmpfs", str(path))
    try:
        yield path
    finally:
        _run("umount", str(path))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603


def _try_it(folder: Path, disk: Path) -> None:
    bundle = write_bundle(folder / "bundle", ("none", "walk"), view="rgb")
    video = film(folder / "film.mp4")
    cameras = [flag for number in range(8) for flag in ("--camera", f"c{number}=loop:{video}")]
    data, ballast = disk / "data", disk / "ballast"
    with running(data, bundle, *cameras) as edge:
        edge.wait_for("walk ended")
        _check("room is set aside", (data / FILE).exists())
        _fill(ballast)
        edge.wait_for("set aside are given up")
        told = _told(edge)
        while _told(edge) < told + 3 * _SOME:
            time.sleep(0.5)
        _check("full: more actions were journalled and told", not _journal(edge)["error"])
        # Somebody else takes even that.
        _fill(ballast)
        edge.wait_for("wait in memory")
        while _journal(edge)["waiting"] < _SOME:
            time.sleep(0.5)
        _check("no room at all: it is alive, and actions wait", _health(edge))
        ballast.unlink()
        edge.wait_for("nothing waits")
        _check("room again: nothing waits", not _journal(edge)["error"])
        _wait_for_file(data / FILE)
        _fill(ballast)
        edge.end(signal.SIGKILL)
    # A start writes, too: it closes what the kill left open.
    with running(data, bundle, *cameras, token=edge.token) as edge:
        edge.wait_for("walk confirmed")
        _check("killed on a full disk, it starts there and goes on", _health(edge))
        ballast.unlink()
        _check("it ends cleanly", edge.end(signal.SIGTERM) == 0)
        _check("no traceback", "Traceback" not in "".join(edge.log))
    _run("mount", "-o", "remount,ro", str(disk))
    start = [*EDGE, "run", "--data", str(data), "--bundle", str(bundle)]
    done = subprocess.run(start, capture_output=True, text=True, check=False)  # noqa: S603
    said = done.stderr.splitlines()
    _check(f"read-only: {said[-1]}", done.returncode == 1 and "Traceback" not in done.stderr)
    _run("mount", "-o", "remount,rw", str(disk))
    journal = Journal(data)
    numbers = [action.id for action in journal.actions(ActionFilter(), 100_000)]
    journal.close()
    lost = set(range(1, max(numbers) + 1)) - set(numbers)
    _check(f"{len(numbers)} actions, none is missing", len(lost) <= 0)


def _fill(ballast: Path) -> None:
    """Write until nothing more can be."""
    with ballast.open("ab", buffering=0) as file:
        for size in (_MEGABYTE, 4096):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


def _told(edge: Process) -> int:
    return int(edge.get("/api/info")["last_id"])


def _journal(edge: Process) -> dict[str, Any]:
    return dict(edge.get("/api/diagnostics")["journal"])


def _health(edge: Process) -> bool:
    return bool(edge.get("/health")["status"] == "ok")


def _wait_for_file(path: Path) -> None:
    while not path.exists():
        time.sleep(0.5)


def _check(what: str, holds: bool) -> None:  # noqa: FBT001
    if not holds:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)


if __name__ == "__main__":
    main()
