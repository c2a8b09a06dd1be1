"""A real PostgreSQL of the tests' own, in a folder that goes away again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import pwd
import shutil
import subprocess
import tempfile

from tinyact_demo.processes import free_port

PASSWORD = "only for tests"  # noqa: S105
_USER = "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    folder: Path
    port: int
    binaries: Path

    def url(self, name: str) -> str:
        """Return the address of the database `name`, as a user gives it."""
        password = PASSWORD.replace(" ", "%20")
        return f"postgresql://{_USER}:{password}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str) -> str:
        """Make the database `name` and return its address."""
        self.query(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove the database `name`, whoever is connected to it."""
        self.query(f"DROP DATABASE {name} WITH (FORCE)")

    def query(self, statement: str, name: str = "postgres") -> str:
        """Run `statement` and return what it gives, a row a line."""
        options = ["-h", str(self.folder), "-p", str(self.port), "-U", _USER, "-d", name, "-qAtX"]
        return self._run("psql", *options, "-v", "ON_ERROR_STOP=1", "-c", statement)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c fsync=off"
            f" -c unix_socket_directories={self.folder}"
        )
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop the server as a power cut would."""
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def _run(self, program: str, *arguments: str | Path) -> str:
        # PostgreSQL refuses to run as root, and a child must be able to enter its own folder.
        root = os.getuid() == 0
        return subprocess.run(  # noqa: S603 - the server's own programs
            [self.binaries / program, *arguments],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=self.folder,
            text=True,
            **({"user": _USER, "group": _USER, "extra_groups": []} if root else {}),
        ).stdout


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Make a cluster, run it, and remove it."""
    # In memory where that is possible: making databases is mostly writing files.
    memory = Path("/dev/shm")  # noqa: S108
    parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="tinyact-pg-", dir=parent))
    try:
        made = Cluster(folder, free_port(), _binaries())
        secret = folder / "password"
        secret.write_text(PASSWORD)
        if os.getuid() == 0:
            account = pwd.getpwnam(_USER)
            for path in (folder, secret):
                os.chown(path, account.pw_uid, account.pw_gid)
        options = [f"--pwfile={secret}", "--auth-host=scram-sha-256", "--auth-local=trust", "-N"]
        made._run("initdb", "-D", made.data, "-U", _USER, "-E", "UTF8", "--locale=C", *options)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


def _binaries() -> Path:
    """Return where Debian keeps the server's programs, else where PATH finds them."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = versions[-1] if versions else Path(shutil.which("initdb") or "/initdb")
    return found.parent
