"""Copy the SQLite database while it is in use, and put a copy back.

SQLite's online backup (https://www.sqlite.org/backup.html) takes the database of one moment,
whoever writes meanwhile. PostgreSQL has pg_dump and pg_restore for that.
"""

import asyncio
from collections.abc import Iterator
import contextlib
import os
from pathlib import Path
import sqlite3
import tempfile

from .database import FILE_NAME, Database

# Seconds to wait for others who use the database.
_WAIT = 30


class BackupError(Exception):
    """A backup that cannot be made or put back; the message says what to do."""


def back_up(folder: Path, file: Path) -> None:
    """Write the database in `folder` into `file`, whole or not at all. Raises BackupError."""
    source = folder / FILE_NAME
    if not source.exists():
        raise BackupError(f"There is no database {source}. Choose its folder with --data.")
    with _explained(file), tempfile.TemporaryDirectory(dir=file.parent, prefix=".") as work:
        copy = Path(work) / "copy"
        copy.touch(mode=0o600)  # hashes of tokens are in it
        _copy(source, copy)
        _check(copy)
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        copy.replace(file)
        folder_of_file = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder_of_file)
        os.close(folder_of_file)


async def restore(folder: Path, file: Path) -> None:
    """Replace what is in the database of `folder` by what is in `file`, in one transaction.

    A service that runs goes on with it. Raises BackupError, and DatabaseError when `file` was
    written by a newer version.
    """
    with _explained(file), tempfile.TemporaryDirectory() as work:
        copy = Path(work) / FILE_NAME
        await asyncio.to_thread(_copy_checked, file, copy)
        # Brings a copy of an earlier version up to date, and refuses one of a later.
        for place in (Path(work), folder):
            await (await Database.open(place)).close()
        await asyncio.to_thread(_copy, copy, folder / FILE_NAME)


def _copy_checked(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupError(f"There is no file {source}.")
    _check(source)
    _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    with _connection(source, "ro") as origin, _connection(target, "rwc") as copy:
        origin.backup(copy)


def _check(path: Path) -> None:
    """Raise BackupError unless `path` is a sound database of ours."""
    with _connection(path, "ro") as connection:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise BackupError(f"{path} is damaged: {verdict}. Take another backup.")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not {"alembic_version", "sites"} <= tables:
        raise BackupError(f"{path} is no backup of this service's database.")


@contextlib.contextmanager
def _connection(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=_WAIT)) as connection:
        yield connection


@contextlib.contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        # Not a name of ours that nobody knows, such as the copy's.
        why = error.strerror if isinstance(error, OSError) else error
        raise BackupError(
            f"{file} cannot be used: {why}. Check its place, its owner and the room on the disk."
        ) from error
