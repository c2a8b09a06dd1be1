"""Let the disk of a running edge fail, as a worn out card does: an ext4 that shuts itself down.

Needs root, a loop device and mkfs.ext4. Linux alone can do this to a file system in use.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import signal
import struct
import subprocess
import sys
import tempfile

from tests.edge.process import EDGE, running
from tests.edge.support import write_bundle
from tinyact_edge.journal import ActionFilter, Journal

from .disk import check, health, journal_state, run
from .kill import film

_MEGABYTES = 128
# EXT4_IOC_SHUTDOWN, with what is in the log written, and then nothing any more.
_SHUTDOWN, _WITH_LOG = 0x8004587D, 1


def main() -> None:
    """Go through it, step by step; end with an error at the first surprise."""
    argparse.ArgumentParser(prog="script/soak failing", description=__doc__).parse_args()
    if os.geteuid():
        sys.exit("script/soak failing mounts a disk: run it as root")
    with tempfile.TemporaryDirectory() as folder:
        image, disk = Path(folder) / "image", Path(folder) / "disk"
        with image.open("wb") as file:
            file.truncate(_MEGABYTES << 20)
        run("mkfs.ext4", "-q", str(image))
        disk.mkdir()
        _try_it(Path(folder), image, disk)


@contextmanager
def _mounted(image: Path, disk: Path) -> Iterator[None]:
    run("mount", "-o", "loop", str(image), str(disk))
    try:
        yield
    finally:
        run("umount", str(disk))


def _try_it(folder: Path, image: Path, disk: Path) -> None:
    bundle = write_bundle(folder / "bundle", ("none", "walk"), view="rgb")
    camera = ("--camera", f"hall=loop:{film(folder / 'film.mp4')}")
    data = disk / "data"
    with _mounted(image, disk):
        with running(data, bundle, *camera) as edge:
            edge.wait_for("walk ended")
            told = edge.get("/api/info")["last_id"]
            _fail(disk)
            edge.wait_for("wait in memory")
            check("it is alive, and says so of its disk", health(edge))
            check("to whoever has no token, too", edge.get("/health")["journal"] == "unwritable")
            check(f"its words: {journal_state(edge)['detail']}", journal_state(edge)["waiting"] > 0)
            edge.end(signal.SIGTERM)
            check("no traceback", "Traceback" not in "".join(edge.log))
        start = [*EDGE, "run", "--data", str(data), "--bundle", str(bundle)]
        done = subprocess.run(start, capture_output=True, text=True, check=False)  # noqa: S603
        said = done.stderr.splitlines()
        check(f"started there: {said[-1]}", done.returncode == 1 and "Trace" not in done.stderr)
    with _mounted(image, disk):
        check("nothing was set aside", not list(data.glob("*damaged*")))
        journal = Journal(data)
        found = journal.messages(0, 100_000)
        count = len(journal.actions(ActionFilter(), 100_000))
        journal.close()
        check(
            f"mounted anew: {count} actions; all {told} messages that were told are there",
            [message.id for message in found][:told] == list(range(1, told + 1)),
        )


def _fail(disk: Path) -> None:
    """Let nothing be written or read any more."""
    folder = os.open(disk, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, _SHUTDOWN, struct.pack("I", _WITH_LOG))
    finally:
        os.close(folder)


if __name__ == "__main__":
    main()
