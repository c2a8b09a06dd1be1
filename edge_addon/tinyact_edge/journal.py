"""Keep what happened: actions, the messages that announced them, and what was set up by API.

SQLite in WAL mode with synchronous=FULL: an action is announced only once it is committed, and
with NORMAL a power cut could take back the last commits, so that the same message id would later
stand for something else and a client would miss it. Actions are few; the flush costs nothing.

Times are seconds since 1970, UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
import json
from pathlib import Path
import sqlite3
import threading
import time
from typing import Any, Literal
import uuid

from .camera_settings import CameraSettings, settings_of
from .recognizer import Action, Correction, EndReason

FILE = "journal.db"
_PRUNE_EVERY = 500
_SCHEMA = """
CREATE TABLE edge (instance TEXT NOT NULL);
CREATE TABLE tokens (hash TEXT PRIMARY KEY, created_at REAL NOT NULL);
CREATE TABLE cameras (id TEXT PRIMARY KEY, name TEXT NOT NULL, url TEXT NOT NULL);
CREATE TABLE actions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  camera TEXT NOT NULL,
  person INTEGER NOT NULL,
  label TEXT NOT NULL,
  confidence REAL NOT NULL,
  started_at REAL NOT NULL,
  confirmed_at REAL NOT NULL,
  ended_at REAL,
  end_reason TEXT
);
CREATE INDEX open_actions ON actions (id) WHERE ended_at IS NULL;
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL,
  action TEXT NOT NULL,
  at REAL NOT NULL
);
"""
# What lessons.py and head.py keep. A window without an action is an ordinary one of its camera; an
# example has its latent as long as it is needed here.
_TEACHING = """
CREATE TABLE windows (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  action INTEGER,
  camera TEXT NOT NULL,
  person INTEGER NOT NULL,
  at REAL NOT NULL,
  encoder TEXT NOT NULL,
  codes BLOB NOT NULL,
  scale REAL NOT NULL
);
CREATE INDEX windows_of_action ON windows (action);
CREATE INDEX ordinary_windows ON windows (camera, number) WHERE action IS NULL;
CREATE TABLE lessons (
  id TEXT PRIMARY KEY,
  action INTEGER UNIQUE,
  camera TEXT NOT NULL,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  recognized TEXT,
  state TEXT NOT NULL,
  detail TEXT,
  at REAL NOT NULL
);
CREATE TABLE examples (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  lesson TEXT,
  state TEXT NOT NULL,
  camera TEXT NOT NULL,
  person INTEGER NOT NULL,
  at REAL NOT NULL,
  label TEXT NOT NULL,
  wrong INTEGER NOT NULL,
  ordinary INTEGER NOT NULL,
  encoder TEXT NOT NULL,
  codes BLOB,
  scale REAL NOT NULL
);
CREATE INDEX examples_of_lesson ON examples (lesson);
CREATE INDEX examples_by_state ON examples (state, number);
CREATE TABLE head (
  encoder TEXT NOT NULL,
  model TEXT NOT NULL,
  content BLOB NOT NULL
);
"""
_RECEIVERS = """
CREATE TABLE receivers (name TEXT PRIMARY KEY, last_message INTEGER NOT NULL);
"""
_SETTINGS = """
CREATE TABLE camera_settings (camera TEXT PRIMARY KEY, settings TEXT NOT NULL);
"""
# Each format is the one before it and a step more.
_STEPS = (_SCHEMA, _TEACHING, _RECEIVERS, _SETTINGS)
_FORMAT = len(_STEPS)
_ACTIONS = (
    "SELECT a.*, l.kind, l.recognized, l.state, l.detail"
    " FROM actions a LEFT JOIN lessons l ON l.action = a.id"
)
# Windows of actions are of no use for longer: who corrects does so soon. Some 1.2 KB each.
_KEEP_WINDOWS_SECONDS = 30 * 86400.0
_KEEP_WINDOWS = 20_000

# Primary codes of what SQLite says when there is no room for one of its files.
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}

Event = Literal["confirmed", "ended", "corrected", "media"]


class JournalError(Exception):
    """The journal cannot be read or written; the message says why and what to do."""

    def __init__(self, message: str, *, wants_room: bool = False) -> None:
        """Tell whether it may be for a disk that is full."""
        super().__init__(message)
        self.wants_room = wants_room


@dataclass(frozen=True, slots=True)
class Message:
    """An action as it was announced: `id` rises by one with each message."""

    id: int
    event: Event
    action: Action


@dataclass(frozen=True, slots=True)
class StoredCamera:
    """A camera set up by API. The URL may hold a password: it is never printed."""

    id: str
    name: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """Which actions to return: of any of the cameras, with any of the labels.

    None does not restrict, nor do no cameras or labels. Times compare with the start.
    """

    cameras: Sequence[str] = ()
    labels: Sequence[str] = ()
    after: float | None = None
    before: float | None = None


class Journal:
    """The journal in a folder. Its methods block briefly and may be called from any thread."""

    def __init__(
        self, folder: Path, *, keep_days: float = 90.0, keep_actions: int = 100_000
    ) -> None:
        """Open or create the journal. Raises JournalError.

        Actions older than `keep_days`, and all but the last `keep_actions`, are forgotten.
        """
        self.folder = folder
        self._path = folder / FILE
        self._keep_seconds = keep_days * 86400
        self._keep_actions = keep_actions
        self._lock = threading.Lock()
        with self._in_words():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Camera URLs hold passwords; SQLite gives its side files the same mode.
            self._path.touch(mode=0o600)
            self._db = sqlite3.connect(
                self._path, timeout=5, isolation_level=None, check_same_thread=False
            )
            try:
                self.instance = self._open()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @property
    def last_action_id(self) -> int:
        """Return the highest id that an action ever had, 0 before the first."""
        return self._last_id("actions")

    @property
    def last_message_id(self) -> int:
        """Return the highest id that a message ever had, 0 before the first."""
        return self._last_id("messages")

    def confirm(self, action: Action) -> Message:
        """Commit a confirmed action and its message. Raises JournalError."""
        row = asdict(action)
        del row["correction"]
        with self.commit():
            self._db.execute(
                f"INSERT INTO actions ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",  # noqa: S608 (field names)
                tuple(row.values()),
            )
            message = self._announce("confirmed", action)
            if action.id % _PRUNE_EVERY == 0:
                self._prune()
        return message

    def end(self, number: int, ended_at: float, reason: EndReason) -> Message | None:
        """Commit the end of action `number`; None if it is not open. Raises JournalError."""
        with self.commit():
            return self._end(number, ended_at, reason)

    def interrupt_open(self) -> None:
        """Close what a former run left open, at the last time it is known to have gone on."""
        with self.commit():
            for action in self._open_actions():
                self._end(action.id, action.confirmed_at, "interrupted")

    def now(self) -> tuple[list[Action], int]:
        """Return the open actions and the last message id, of one moment."""
        with self.reading():
            return self._open_actions(), self._sequence("messages")

    def messages(self, after: int, limit: int) -> list[Message]:
        """Return the first `limit` messages with an id over `after`, in order."""
        with self.reading():
            rows = self._db.execute(
                "SELECT id, event, action FROM messages WHERE id > ? ORDER BY id LIMIT ?",
                (after, limit),
            ).fetchall()
        return [Message(number, event, _from_json(text)) for number, event, text in rows]

    def received(self, receiver: str) -> int:
        """Return the last message that `receiver` has. Raises JournalError.

        A new receiver has all that there is: it is told what happens from now on.
        """
        with self.commit():
            self._db.execute(
                "INSERT OR IGNORE INTO receivers VALUES (?, ?)",
                (receiver, self._sequence("messages")),
            )
            query = "SELECT last_message FROM receivers WHERE name = ?"
            return int(self._db.execute(query, (receiver,)).fetchone()[0])

    def has_received(self, receiver: str, message: int) -> None:
        """Remember that `receiver` has all messages up to `message`. Raises JournalError."""
        with self.commit():
            self._db.execute(
                "UPDATE receivers SET last_message = ? WHERE name = ?", (message, receiver)
            )

    def actions(self, wanted: ActionFilter, limit: int, below: int | None = None) -> list[Action]:
        """Return the newest `limit` wanted actions, of those with an id under `below`."""
        with self.reading():
            rows = self._db.execute(
                f"{_ACTIONS} WHERE"  # noqa: S608 (a constant)
                " (:cameras = '[]' OR a.camera IN (SELECT value FROM json_each(:cameras)))"
                " AND (:labels = '[]' OR a.label IN (SELECT value FROM json_each(:labels)))"
                " AND (:after IS NULL OR started_at >= :after)"
                " AND (:before IS NULL OR started_at < :before)"
                " AND (:below IS NULL OR a.id < :below) ORDER BY a.id DESC LIMIT :limit",
                {
                    "cameras": json.dumps(list(wanted.cameras)),
                    "labels": json.dumps(list(wanted.labels)),
                    "after": wanted.after,
                    "before": wanted.before,
                    "below": below,
                    "limit": limit,
                },
            ).fetchall()
        return [_from_row(row) for row in rows]

    def action(self, number: int) -> Action:
        """Return an action, within a commit or while reading. Raises KeyError."""
        row = self._db.execute(f"{_ACTIONS} WHERE a.id = ?", (number,)).fetchone()
        if row is None:
            raise KeyError(number)
        return _from_row(row)

    def find(self, number: int) -> Action:
        """Return an action. Raises KeyError or JournalError."""
        with self.reading():
            return self.action(number)

    def action_ids(self) -> set[int]:
        """Return the ids of all actions."""
        with self.reading():
            return {number for (number,) in self._db.execute("SELECT id FROM actions")}

    def remove_action(self, number: int) -> None:
        """Forget an action, all that announced it, and its windows. Raises KeyError.

        What the classifier was taught by it stays.
        """
        with self.commit():
            self.action(number)
            self._db.execute("DELETE FROM actions WHERE id = ?", (number,))
            self._db.execute(
                "DELETE FROM messages WHERE json_extract(action, '$.id') = ?", (number,)
            )
            self._prune_lessons()

    def announce_media(self, numbers: Iterable[int]) -> list[Message]:
        """Tell that pictures of actions came or went; those that are gone need no telling."""
        with self.commit():
            return [
                self._announce("media", self.action(number))
                for number in numbers
                if self._db.execute("SELECT 1 FROM actions WHERE id = ?", (number,)).fetchone()
            ]

    def announce_correction(self, number: int) -> Message:
        """Tell of action `number` as it is now, within the commit that changed it."""
        return self._announce("corrected", self.action(number))

    def cameras(self) -> list[StoredCamera]:
        """Return the cameras that were set up by API."""
        with self.reading():
            rows = self._db.execute("SELECT id, name, url FROM cameras ORDER BY id").fetchall()
        return [StoredCamera(*row) for row in rows]

    def camera_settings(self) -> dict[str, CameraSettings]:
        """Return what was set for cameras, also for those of the options."""
        with self.reading():
            rows = self._db.execute("SELECT camera, settings FROM camera_settings").fetchall()
        return {camera: settings_of(json.loads(text)) for camera, text in rows}

    def add_camera(self, camera: StoredCamera, settings: CameraSettings | None = None) -> None:
        """Remember a camera. Raises JournalError."""
        with self.commit():
            self._db.execute(
                "INSERT INTO cameras VALUES (?, ?, ?)", (camera.id, camera.name, camera.url)
            )
            self._set(camera.id, settings or CameraSettings())

    def change_camera(self, camera: StoredCamera, settings: CameraSettings) -> None:
        """Remember settings and, of a camera set up by API, name and URL. Raises JournalError."""
        with self.commit():
            self._db.execute(
                "UPDATE cameras SET name = ?, url = ? WHERE id = ?",
                (camera.name, camera.url, camera.id),
            )
            self._set(camera.id, settings)

    def remove_camera(self, camera: str) -> None:
        """Forget a camera; its actions stay."""
        with self.commit():
            self._db.execute("DELETE FROM cameras WHERE id = ?", (camera,))
            self._db.execute("DELETE FROM camera_settings WHERE camera = ?", (camera,))

    def add_token(self, digest: str) -> None:
        """Remember the hash of a token."""
        with self.commit():
            self._db.execute("INSERT INTO tokens VALUES (?, ?)", (digest, time.time()))

    def token_hashes(self) -> list[str]:
        """Return the hashes of all tokens, also of those added by another process."""
        with self.reading():
            return [row[0] for row in self._db.execute("SELECT hash FROM tokens")]

    def _open(self) -> str:
        """Check or create the tables; return the instance id."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        (found,) = self._db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        # Two processes may open a new journal at once: only one of them makes the tables.
        with self._transaction():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version > _FORMAT:
                raise JournalError(
                    f"{self._path} has format {version}, this version reads {_FORMAT}:"
                    " update TinyAct."
                )
            for step in _STEPS[version:]:
                for statement in step.split(";"):
                    self._db.execute(statement)
            if version == 0:
                self._db.execute("INSERT INTO edge VALUES (?)", (uuid.uuid4().hex,))
            self._db.execute(f"PRAGMA user_version = {_FORMAT}")
            self._prune()
        (instance,) = self._db.execute("SELECT instance FROM edge").fetchone()
        return str(instance)

    def _set(self, camera: str, settings: CameraSettings) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO camera_settings VALUES (?, ?)",
            (camera, json.dumps(settings.as_json())),
        )

    def _end(self, number: int, ended_at: float, reason: EndReason) -> Message | None:
        row = self._db.execute(
            # The clock may have been set back since.
            "UPDATE actions SET ended_at = MAX(?, confirmed_at), end_reason = ?"
            " WHERE id = ? AND ended_at IS NULL RETURNING id",
            (ended_at, reason, number),
        ).fetchone()
        return self._announce("ended", self.action(number)) if row else None

    def _announce(self, event: Event, action: Action) -> Message:
        cursor = self._db.execute(
            "INSERT INTO messages (event, action, at) VALUES (?, ?, ?)",
            (event, json.dumps(asdict(action)), time.time()),
        )
        return Message(cursor.lastrowid or 0, event, action)

    def _open_actions(self) -> list[Action]:
        rows = self._db.execute(f"{_ACTIONS} WHERE ended_at IS NULL ORDER BY a.id")
        return [_from_row(row) for row in rows]

    def _prune(self) -> None:
        oldest = time.time() - self._keep_seconds
        self._db.execute(
            "DELETE FROM actions WHERE ended_at IS NOT NULL AND (confirmed_at < ? OR id <= ?)",
            (oldest, self._sequence("actions") - self._keep_actions),
        )
        self._db.execute(
            "DELETE FROM messages WHERE at < ? OR id <= ?",
            (oldest, self._sequence("messages") - 2 * self._keep_actions),
        )
        self._prune_lessons()

    def _prune_lessons(self) -> None:
        """Forget windows that are old or whose action is; what is done with lessons of those."""
        self._db.execute(
            "DELETE FROM windows WHERE at < ? OR number <= ?"
            " OR action IS NOT NULL AND action NOT IN (SELECT id FROM actions)",
            (
                time.time() - _KEEP_WINDOWS_SECONDS,
                self._sequence("windows") - _KEEP_WINDOWS,
            ),
        )
        self._db.execute(
            "DELETE FROM lessons WHERE state IN ('taught', 'refused')"
            " AND action IS NOT NULL AND action NOT IN (SELECT id FROM actions)"
        )
        self._db.execute(
            "DELETE FROM examples WHERE state != 'forget'"
            " AND lesson NOT IN (SELECT id FROM lessons)"
        )

    def _last_id(self, table: str) -> int:
        with self.reading():
            return self._sequence(table)

    def _sequence(self, table: str) -> int:
        row = self._db.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)
        ).fetchone()
        return int(row[0]) if row else 0

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
            raise JournalError(
                f"The journal {self._path} is damaged ({error}). Move it out of the way, or restore"
                " it from a backup; without it TinyAct starts with no history, no cameras added"
                " later and no tokens."
            ) from error
        except OSError as error:
            raise JournalError(
                f"The folder of the journal, {self._path.parent}, cannot be used:"
                f" {error.strerror}. Choose another one with --data."
            ) from error


def _from_row(row: tuple[Any, ...]) -> Action:
    *action, kind, recognized, state, detail = row
    correction = kind and Correction(kind, recognized, state, detail)
    return replace(Action(*action), correction=correction)


def _from_json(text: str) -> Action:
    """Read an action of a message; those of earlier versions have no correction."""
    fields = json.loads(text)
    correction = fields.pop("correction", None)
    return Action(**fields, correction=correction and Correction(**correction))
