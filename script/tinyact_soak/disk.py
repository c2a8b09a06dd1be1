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
    run("mount", "-t", "tmpfs", "-o", f"size={_DISK}m", "tmpfs", str(path))
    try:
        yield path
    finally:
        run("umount", str(path))


def run(*command: str) -> None:
    """Run a command that must not fail."""
    subprocess.run(command, check=True)  # noqa: S603


def _try_it(folder: Path, disk: Path) -> None:
    bundle = write_bundle(folder / "bundle", ("none", "walk"), view="rgb")
    video = film(folder / "film.mp4")
    cameras = [flag for number in range(8) for flag in ("--camera", f"c{number}=loop:{video}")]
    data, ballast = disk / "data", disk / "ballast"
    with running(data, bundle, *cameras) as edge:
        edge.wait_for("walk ended")
        check("room is set aside", (data / FILE).exists())
        _fill(ballast)
        edge.wait_for("set aside are given up")
        told = _told(edge)
        while _told(edge) < told + 3 * _SOME:
            time.sleep(0.5)
        check("full: more actions were journalled and told", journal_state(edge)["state"] == "low")
        # Somebody else takes even that.
        _fill(ballast)
        edge.wait_for("wait in memory")
        while journal_state(edge)["waiting"] < _SOME:
            time.sleep(0.5)
        check("no room at all: it is alive, and actions wait", health(edge))
        check("no room at all: it says so", journal_state(edge)["state"] == "unwritable")
        ballast.unlink()
        edge.wait_for("nothing waits")
        check("room again: nothing waits", journal_state(edge)["detail"] is None)
        _wait_for_file(data / FILE)
        _fill(ballast)
        edge.end(signal.SIGKILL)
    # A start writes, too: it closes what the kill left open.
    with running(data, bundle, *cameras, token=edge.token) as edge:
        edge.wait_for("walk confirmed")
        check("killed on a full disk, it starts there and goes on", health(edge))
        ballast.unlink()
        check("it ends cleanly", edge.end(signal.SIGTERM) == 0)
        check("no traceback", "Traceback" not in "".join(edge.log))
    run("mount", "-o", "remount,ro", str(disk))
    start = [*EDGE, "run", "--data", str(data), "--bundle", str(bundle)]
    done = subprocess.run(start, capture_output=True, text=True, check=False)  # noqa: S603
    said = done.stderr.splitlines()
    check(f"read-only: {said[-1]}", done.returncode == 1 and "Traceback" not in done.stderr)
    run("mount", "-o", "remount,rw", str(disk))
    journal = Journal(data)
    numbers = [action.id for action in journal.actions(ActionFilter(), 100_000)]
    journal.close()
    lost = set(range(1, max(numbers) + 1)) - set(numbers)
    check(f"{len(numbers)} actions, none is missing", len(lost) <= 0)


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


def journal_state(edge: Process) -> dict[str, Any]:
    """Return what the edge says of its journal."""
    return dict(edge.get("/api/diagnostics")["journal"])


def health(edge: Process) -> bool:
    """Tell whether the edge says that it is alive."""
    return bool(edge.get("/health")["status"] == "ok")


def _wait_for_file(path: Path) -> None:
    while not path.exists():
        time.sleep(0.5)


def check(what: str, holds: bool) -> None:  # noqa: FBT001
    """Say that something holds, or end with an error."""
    if not holds:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)


if __name__ == "__main__":
    main()
