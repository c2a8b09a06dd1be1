"""A real mosquitto of the tests' own, in a folder that goes away again."""

from collections.abc import Iterator, Mapping
import contextlib
from dataclasses import dataclass, field
import getpass
import os
from pathlib import Path
import shutil
import socket
import subprocess
import time

from tinyact_demo.processes import free_port


@dataclass
class Mosquitto:
    """A broker that can be stopped and started; it listens on 127.0.0.1."""

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the program that is tested
                [_program("mosquitto"), "-c", self.folder / "mosquitto.conf"],
                stdout=log,
                stderr=log,
            )
        while self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """Stop it as an administrator does; with `persistence` it keeps what it has."""
        assert self._process
        self._process.terminate()
        self._process.wait()

    def kill(self) -> None:
        """Stop it as a power cut does."""
        assert self._process
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def mosquitto(
    folder: Path, *lines: str, users: Mapping[str, str] | None = None, acl: str | None = None
) -> Iterator[Mosquitto]:
    """Run a broker with `lines` more in its configuration; `users` have passwords.

    Without users everybody may do everything.
    """
    folder.mkdir(exist_ok=True)
    port = free_port()
    # As root it would become another user, who may not read this folder.
    settings = [f"user {getpass.getuser()}", "log_type all", f"listener {port} 127.0.0.1"]
    if users is None:
        settings.append("allow_anonymous true")
    else:
        passwords = folder / "passwords"
        passwords.write_text("".join(f"{user}:{secret}\n" for user, secret in users.items()))
        subprocess.run([_program("mosquitto_passwd"), "-U", passwords], check=True)  # noqa: S603
        settings += ["allow_anonymous false", f"password_file {passwords}"]
    if acl is not None:
        (folder / "acl").write_text(acl)
        settings.append(f"acl_file {folder / 'acl'}")
    (folder / "mosquitto.conf").write_text("\n".join([*settings, *lines, ""]))
    broker = Mosquitto(folder, port)
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()


def _program(name: str) -> str:
    """Return where a program is: Debian's are out of most users' PATH."""
    path = os.environ["PATH"] + os.pathsep + "/usr/sbin"
    found = shutil.which(name, path=path)
    assert found, f"{name} is not installed: script/setup test does it"
    return found
