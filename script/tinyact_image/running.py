"""A service of an image, run as in its container: by s6, in the image's root file system."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import time
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from .root import enter

T = TypeVar("T")

_PATIENCE = 120.0  # seconds
# In the base image these are s6-overlay's, which is on GitHub alone.
_WITH_CONTENV = '#!/bin/sh\nexec "$@"\n'
_HALT = "#!/bin/sh\ntouch /run/halted\n"
_S6 = "apt-get -qq update && apt-get -qq install -y --no-install-recommends s6 >/dev/null"


class CheckError(Exception):
    """Something that the image has to do, and does not; the message says what."""


def install_s6(root: Path, environment: dict[str, str]) -> None:
    """Put Debian's s6 where the base image has s6-overlay."""
    subprocess.run(enter(root, ["sh", "-c", _S6]), env=environment, check=True)  # noqa: S603
    _program(root / "command/with-contenv", _WITH_CONTENV)
    _program(root / "run/s6/basedir/bin/halt", _HALT)
    (root / "run/s6-linux-init-container-results").mkdir(exist_ok=True)


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


class Running:
    """A service under s6's eyes."""

    def __init__(self, root: Path, log: Path, process: subprocess.Popen[bytes]) -> None:
        """Watch `process`, by which s6 runs the service in `root` and writes to `log`."""
        self._root = root
        self._log = log
        self._process = process

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def logged(self, text: str, *, times: int = 1) -> None:
        """Return once the log holds `text` so many times. Raises CheckError."""
        until(
            lambda: self.log.count(text) >= times,
            f"the log to say {text!r}",
            lambda: self.log[-3000:],
        )

    def process(self, program: str) -> int:
        """Return this machine's number of the process in the image that runs `program`."""
        return until(
            lambda: _process(program, self._root), f"a process {program}", lambda: self.log[-3000:]
        )

    def stop(self) -> None:
        """Stop as a container is stopped, and return when all has ended."""
        os.kill(self.process("s6-supervise"), signal.SIGTERM)
        self._process.wait()


@contextmanager
def running(name: str, root: Path, environment: dict[str, str]) -> Iterator[Running]:
    """Run service `name` of the image in `root` meanwhile."""
    source = root / "etc/s6-overlay/s6-rc.d" / name
    service = root / "run/service" / name
    shutil.rmtree(service, ignore_errors=True)
    service.mkdir(parents=True)
    for file in ("run", "finish"):
        shutil.copy(source / file, service / file)
    (root / "run/halted").unlink(missing_ok=True)
    (root / "run/s6-linux-init-container-results/exitcode").write_text("0\n", encoding="ascii")
    log = root.parent / f"{name}.log"
    with log.open("wb") as output:
        command = enter(root, ["s6-supervise", f"/run/service/{name}"])
        process = subprocess.Popen(  # noqa: S603
            command, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield Running(root, log, process)
        finally:
            process.kill()  # and all that it started, which is in its namespace
            process.wait()


def ask(url: str, token: str = "", body: Any = None) -> tuple[int, Any]:
    """Return the status and the object of an answer; 0 and why if there is none."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, headers), timeout=10) as response:  # noqa: S310
            return response.status, json.loads(response.read() or b"null")
    except HTTPError as error:
        return error.code, None
    except (URLError, OSError) as error:
        return 0, str(error)


def until(probe: Callable[[], T], what: str, explain: Callable[[], str] = lambda: "") -> T:
    """Return the first answer of `probe` that is true. Raises CheckError when none comes."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if answer := probe():
            return answer
        time.sleep(0.2)
    raise CheckError(f"Waited in vain for {what}.\n{explain()}")


def _process(program: str, root: Path) -> int:
    """Return the process in `root` that is `program`, or its interpreter, or 0."""
    place = root.stat().st_ino
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")[:2]
            if (folder / "root").stat().st_ino != place:
                continue
        except OSError:  # it has ended
            continue
        if program.encode() in words:
            return int(folder.name)
    return 0
