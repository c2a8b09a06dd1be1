"""Set a damaged journal aside, and take over what was set up by hand as far as it can be read.

What happened stays in the file that is set aside: of a damaged page nobody can say whether what it
still holds is true. Its numbers go on, so that nothing is taken for something that was told before.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
import json
import logging
from pathlib import Path
import re
import sqlite3
import time
from typing import Any

from .camera_settings import settings_of
from .database import FILE, Database, JournalError
from .source import parse_source

_LOGGER = logging.getLogger(__name__)

_KEPT = 3
_HASH = re.compile(r"[0-9a-f]{64}")

_Row = tuple[Any, ...]


def set_aside(folder: Path) -> Path:
    """Move the damaged journal of `folder` out of the way; return where it is.

    The last three of them are kept. A new journal is begun, with the tokens, cameras and settings
    of the damaged one. Raises JournalError.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    aside = folder / f"{FILE}.damaged-{stamp}"
    try:
        for suffix in ("", "-wal"):
            with suppress(FileNotFoundError):
                Path(f"{folder / FILE}{suffix}").replace(f"{aside}{suffix}")
        # An index into the log that is made anew, and must not be taken for the new journal's.
        Path(f"{folder / FILE}-shm").unlink(missing_ok=True)
        for name in damaged_journals(folder)[:-_KEPT]:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{folder / name}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise JournalError(
            f"The journal {folder / FILE} is damaged and cannot be set aside: {error.strerror}."
            " Check that its folder can be written to."
        ) from error
    database = Database(folder)
    with closing(database):
        taken = _take_over(aside, database)
    _LOGGER.error(
        "The journal was damaged. It is kept as %s, and a new one is begun: without the actions so"
        " far, with %s of what was set up",
        aside,
        ", ".join(f"{count} {table}" for table, count in taken.items()) or "nothing",
    )
    return aside


def damaged_journals(folder: Path) -> list[str]:
    """Return the names of the journals that were set aside, the newest last."""
    found = (path.name for path in folder.glob(f"{FILE}.damaged-*"))
    return sorted(name for name in found if not name.endswith(("-wal", "-shm")))


def _take_over(aside: Path, database: Database) -> dict[str, int]:
    """Copy what was set up; return how many rows of each table could be had."""
    taken = {}
    with closing(sqlite3.connect(aside)) as old, database.commit() as new:
        for table, columns, is_sound in _KEPT_ROWS:
            rows = [row for row in _rows(old, table, columns) if is_sound(*row)]
            places = ", ".join("?" * len(columns.split(",")))
            new.executemany(
                f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})",  # noqa: S608 (constants)
                rows,
            )
            if rows and table != "sqlite_sequence":
                taken[table] = len(rows)
    return taken


def _rows(database: sqlite3.Connection, table: str, columns: str) -> Iterator[_Row]:
    """Yield rows up to the first that cannot be read."""
    with suppress(sqlite3.DatabaseError):
        yield from database.execute(f"SELECT {columns} FROM {table}")  # noqa: S608 (constants)


def _is_token(digest: Any, created_at: Any, name: Any = "") -> bool:
    is_hash = isinstance(digest, str) and bool(_HASH.fullmatch(digest))
    return is_hash and created_at is not None and isinstance(name, str)


def _is_camera(camera: Any, name: Any, url: Any) -> bool:
    try:
        parse_source(url)
    except Exception:  # noqa: BLE001 - whatever a damaged row holds
        return False
    return isinstance(camera, str) and isinstance(name, str)


def _is_settings(camera: Any, settings: Any) -> bool:
    try:
        settings_of(json.loads(settings))
    except Exception:  # noqa: BLE001 - whatever a damaged row holds
        return False
    return isinstance(camera, str)


def _is_sequence(name: Any, number: Any) -> bool:
    return isinstance(name, str) and isinstance(number, int)


# Of each table what is copied, and what tells that a row is whole. The first formats of a journal
# have no names of tokens.
_KEPT_ROWS: tuple[tuple[str, str, Callable[..., bool]], ...] = (
    ("sqlite_sequence", "name, seq", _is_sequence),
    ("tokens", "hash, created_at", _is_token),
    ("tokens", "hash, created_at, name", _is_token),
    ("cameras", "id, name, url", _is_camera),
    ("camera_settings", "camera, settings", _is_settings),
)
