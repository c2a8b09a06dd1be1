"""Keep what happened: actions, and the messages that announced them.

Times are seconds since 1970, UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
import json
from pathlib import Path
import time
from typing import Any, Literal

from .database import Database
from .recognizer import Action, Correction, EndReason

_PRUNE_EVERY = 500
_ACTIONS = (
    "SELECT a.*, l.kind, l.recognized, l.state, l.detail, l.code"
    " FROM actions a LEFT JOIN lessons l ON l.action = a.id"
)
# An ActionFilter's conditions, as named parameters.
_WANTED = (
    "(:cameras = '[]' OR a.camera IN (SELECT value FROM json_each(:cameras)))"
    " AND (:labels = '[]' OR a.label IN (SELECT value FROM json_each(:labels)))"
    " AND (:after IS NULL OR started_at >= :after)"
    " AND (:before IS NULL OR started_at < :before)"
)
# Windows of actions are of little use for longer: who corrects does so soon. Some 2.5 KB each.
KEEP_LATENTS_DAYS = 30.0
_KEEP_WINDOWS = 20_000

Event = Literal["confirmed", "ended", "corrected", "media"]


@dataclass(frozen=True, slots=True)
class Message:
    """An action as it was announced: `id` rises by one with each message."""

    id: int
    event: Event
    action: Action


@dataclass(frozen=True, slots=True)
class ActionFilter:
    """Which actions to return: of any of the cameras, with any of the labels.

    None does not restrict, nor do no cameras or labels. Times compare with the start.
    """

    cameras: Sequence[str] = ()
    labels: Sequence[str] = ()
    after: float | None = None
    before: float | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Return the parameters of _WANTED."""
        return {
            "cameras": json.dumps(list(self.cameras)),
            "labels": json.dumps(list(self.labels)),
            "after": self.after,
            "before": self.before,
        }


@dataclass(frozen=True, slots=True)
class Total:
    """How often an action was seen in front of a camera, and for how many seconds in all."""

    camera: str
    label: str
    count: int
    seconds: float


class Journal(Database):
    """The journal in a folder. Its methods block briefly and may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        *,
        keep_days: float = 90.0,
        keep_actions: int = 100_000,
        keep_latents_days: float = KEEP_LATENTS_DAYS,
    ) -> None:
        """Open or create the journal. Raises JournalError.

        Actions older than `keep_days`, and all but the last `keep_actions`, are forgotten; windows
        older than `keep_latents_days`.
        """
        self._keep_latents_seconds = keep_latents_days * 86400
        self._keep_seconds = keep_days * 86400
        self._keep_actions = keep_actions
        super().__init__(folder)
        try:
            self.forget_old()
        except BaseException:
            self.close()
            raise

    def forget_old(self) -> None:
        """Forget what is older than it is kept. Raises JournalError."""
        with self.commit():
            self._prune()

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
            return self._open_actions(), self.sequence("messages")

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
                (receiver, self.sequence("messages")),
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
                f"{_ACTIONS} WHERE {_WANTED}"
                " AND (:below IS NULL OR a.id < :below) ORDER BY a.id DESC LIMIT :limit",
                {**wanted.parameters, "below": below, "limit": limit},
            ).fetchall()
        return [_from_row(row) for row in rows]

    def totals(self, wanted: ActionFilter) -> list[Total]:
        """Sum up the wanted actions by camera and label. What goes on counts until now.

        Raises JournalError.
        """
        with self.reading():
            rows = self._db.execute(
                "SELECT a.camera, a.label, COUNT(*),"  # noqa: S608 (constants)
                " SUM(MAX(0, COALESCE(ended_at, :now) - started_at))"
                f" FROM actions a WHERE {_WANTED} GROUP BY a.camera, a.label",
                {**wanted.parameters, "now": time.time()},
            ).fetchall()
        return [Total(*row) for row in rows]

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
        """Forget an action, all that announced it, and its windows, within a commit."""
        self._db.execute("DELETE FROM actions WHERE id = ?", (number,))
        self._db.execute("DELETE FROM messages WHERE json_extract(action, '$.id') = ?", (number,))
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
            (oldest, self.sequence("actions") - self._keep_actions),
        )
        self._db.execute(
            "DELETE FROM messages WHERE at < ? OR id <= ?",
            (oldest, self.sequence("messages") - 2 * self._keep_actions),
        )
        self._prune_lessons()

    def _prune_lessons(self) -> None:
        """Forget windows that are old or whose action is; what is done with lessons of those."""
        self._db.execute(
            "DELETE FROM windows WHERE at < ? OR number <= ?"
            " OR action IS NOT NULL AND action NOT IN (SELECT id FROM actions)",
            (
                time.time() - self._keep_latents_seconds,
                self.sequence("windows") - _KEEP_WINDOWS,
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
            return self.sequence(table)


def _from_row(row: tuple[Any, ...]) -> Action:
    *action, kind, recognized, state, detail, code = row
    correction = kind and Correction(kind, recognized, state, detail, code)
    return replace(Action(*action), correction=correction)


def _from_json(text: str) -> Action:
    """Read an action of a message; those of earlier versions have no correction."""
    fields = json.loads(text)
    correction = fields.pop("correction", None)
    return Action(**fields, correction=correction and Correction(**correction))
