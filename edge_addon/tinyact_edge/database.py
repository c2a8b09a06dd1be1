"""The SQLite file that journal, tokens, cameras and lessons share, and what to do when it fails.

WAL mode with synchronous=FULL: an action is announced only once it is committed, and with NORMAL a
power cut could take back the last commits, so that the same message id would later stand for
something else and a client would miss it. Actions are few; the flush costs nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
import re
import sqlite3
import threading
import uuid

from .schema import STEPS

FILE = "journal.db"
# The edge's id, once more: Home Assistant knows the edge by it, also when the journal is lost.
INSTANCE_FILE = "instance"
_INSTANCE = re.compile(r"[0-9a-f]{32}")
_FORMAT = len(STEPS)

# Primary codes of what SQLite says when there is no room for one of its files.
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


class JournalError(Exception):
    """The journal cannot be read or written; the message says why and what to do."""

    def __init__(self, message: str, *, wants_room: bool = False) -> None:
        """Tell whether it may be for a disk that is full."""
        super().__init__(message)
        self.wants_room = wants_room


class JournalDamagedError(JournalError):
    """The file is no sound database (damage.py sets it aside)."""


class Database:
    """The database in a folder. Its methods block briefly and may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        """Open it, or create it. Raises JournalError."""
        self.folder = folder
        self._path = folder / FILE
        self._lock = threading.Lock()
        with self._in_words():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_new = not self._path.exists()
            # Camera URLs hold passwords; SQLite gives its side files the same mode.
            self._path.touch(mode=0o600)
            self._db = sqlite3.connect(
                self._path, timeout=5, isolation_level=None, check_same_thread=False
            )
            try:
                self.instance = self._open(is_new=is_new)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def try_to_write(self) -> None:
        """Commit nothing new, but to the disk. Raises JournalError if that cannot be done."""
        with self.commit() as db:
            db.execute("UPDATE edge SET instance = instance")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read several things of one moment. Raises JournalError."""
        with self._lock, self._in_words():
            yield self._db

    @contextmanager
    def commit(self) -> Iterator[sqlite3.Connection]:
        """Change several things at once, or none of them. Raises JournalError."""
        with self._lock, self._in_words(), self._transaction():
            yield self._db

    def sequence(self, table: str) -> int:
        """Return the highest number that a row of `table` ever had, within reading or a commit."""
        row = self._db.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
        ).fetchone()
        return int(row[0]) if row else 0

    def _open(self, *, is_new: bool) -> str:
        """Check or create the tables; return the instance id."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        file = self.folder / INSTANCE_FILE
        # Two processes may open a new journal at once: only one of them makes the tables.
        with self._transaction():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > _FORMAT:
                raise JournalError(
                    f"{self._path} has format {version}, this version reads {_FORMAT}:"
                    " update TinyAct."
                )
            if version == 0 and not is_new and _read_instance(file):
                raise sqlite3.DatabaseError("it is empty")
            for step in STEPS[version:]:
                for statement in step.split(";"):
                    self._db.execute(statement)
            if version == 0:
                known = _read_instance(file) or uuid.uuid4().hex
                self._db.execute("INSERT INTO edge VALUES (?)", (known,))
            self._db.execute(f"PRAGMA user_version = {_FORMAT}")
        (instance,) = self._db.execute("SELECT instance FROM edge").fetchone()
        # Only once it is committed: an empty journal beside it counts as damaged.
        if _read_instance(file) != instance:
            with suppress(OSError):
                file.touch(mode=0o600)
                file.write_text(instance)
        return str(instance)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise JournalError(
                f"The journal {self._path} cannot be used: {error}. Check that its folder can be"
                " written to and that the disk is not full.",
                wants_room=getattr(error, "sqlite_errorcode", 0) & 0xFF in _FULL,
            ) from error
        except sqlite3.DatabaseError as error:
            raise JournalDamagedError(
                f"The journal {self._path} is damaged, or its disk fails ({error}). See to the disk"
                " and restart the edge: it then sets a damaged file aside and begins a new one."
            ) from error
        except OSError as error:
            raise JournalError(
                f"The folder of the journal, {self._path.parent}, cannot be used:"
                f" {error.strerror}. Choose another one with --data."
            ) from error


def _read_instance(file: Path) -> str | None:
    """Return the id that a former journal had, if it is known."""
    with suppress(OSError, UnicodeDecodeError):
        if _INSTANCE.fullmatch(text := file.read_text().strip()):
            return text
    return None
