"""Keep what people teach, and the windows it is about, in the journal's database.

A lesson is a corrected action, or a label for what a camera saw. It is made of examples, windows
with the label that they are or are not, which wait here until the classifier service has them.
Their ids follow from window and label: sent twice, also after a crash, they are stored once. Marks
("never here") are examples that stay: the edge itself applies them.

Times are seconds since 1970, UTC. Everything is of one encoder: latents of another mean nothing.
"""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
import sqlite3
import time
from typing import Any, Literal, NamedTuple
from uuid import UUID, uuid4, uuid5

import numpy as np

from .journal import Journal, Message
from .marks import MAX_MARKS, Marks

Kind = Literal["label", "not", "never_here"]

# Ordinary windows of a camera, one a minute while there are any: the last hour or more.
_KEEP_ORDINARY = 60
# Measured on six actions taught by 5 clips each: 25 windows of the same place that are none of
# them raise precision from a half to 0.8.
_ORDINARY = 24
# What is taught often goes on before and after.
_NEAR_SECONDS = 300.0
_MAX_WAITING = 5000
# Lessons without an action that are remembered, to be taken back.
_KEEP_TAUGHT = 1000


class NothingKeptError(Exception):
    """There is no window to learn from."""


class TooManyWaitError(Exception):
    """The classifier has not taken for long what was taught."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One window as it is kept: `at` is its last frame, `codes` x `scale` its latent, int8 [L].

    `joints` are packed (variants.py), or empty: where there are none, or where they are no longer
    needed. They never leave the edge.
    """

    id: str
    camera: str
    person: int
    at: float
    codes: bytes
    scale: float
    joints: bytes = b""


@dataclass(frozen=True, slots=True)
class Example:
    """What the classifier is to learn from one window: that it is `label`, or if `wrong`, is not.

    `group` names what must not be on both sides of a split, None for what stands alone.
    """

    id: UUID
    window: Kept
    label: str
    wrong: bool
    group: str | None


class Refusal(NamedTuple):
    """Why the classifier does not want a lesson; `code` says so to programs, where it has one."""

    detail: str
    code: str | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """The examples of one lesson that wait."""

    id: str
    examples: list[Example]


class Lessons:
    """The lessons in a journal. Its methods block briefly, and raise JournalError."""

    def __init__(self, journal: Journal, encoder: str) -> None:
        """Keep latents of `encoder`."""
        self._journal = journal
        self._encoder = encoder

    def keep(self, action: int | None, windows: Sequence[Kept]) -> None:
        """Keep windows of an action, or of None: then they are ordinary ones of their camera."""
        with self._journal.commit() as db:
            db.executemany(
                "INSERT OR IGNORE INTO windows (id, action, camera, person, at, encoder, codes,"
                " scale, joints) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *(w.id, action, w.camera, w.person, w.at),
                        *(self._encoder, w.codes, w.scale, w.joints),
                    )
                    for w in windows
                ],
            )
            if action is None:
                for camera in {window.camera for window in windows}:
                    db.execute(
                        "DELETE FROM windows WHERE action IS NULL AND camera = ?1 AND number <="
                        " (SELECT number FROM windows WHERE action IS NULL AND camera = ?1"
                        " ORDER BY number DESC LIMIT 1 OFFSET ?2)",
                        (camera, _KEEP_ORDINARY),
                    )

    def correct(self, action: int, kind: Kind, label: str | None) -> Message:
        """Store what an action was; `label` is None unless `kind` is "label".

        Raises KeyError, NothingKeptError or TooManyWaitError.
        """
        with self._journal.commit() as db:
            known = self._journal.action(action)
            recognized = known.correction.recognized if known.correction else known.label
            windows = self._of_action(db, action)
            if not windows:
                raise NothingKeptError
            if known.correction:
                self._take_back(db, _lesson_of(db, action))
            lesson = uuid4().hex
            db.execute(
                "INSERT INTO lessons VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL)",
                (
                    lesson,
                    action,
                    known.camera,
                    kind,
                    label or recognized,
                    recognized,
                    "kept" if kind == "never_here" else "pending",
                    time.time(),
                ),
            )
            db.execute("UPDATE actions SET label = ? WHERE id = ?", (label or recognized, action))
            if kind == "never_here":
                self._mark(db, lesson, windows, recognized)
            else:
                self._teach(db, lesson, windows, label or recognized, wrong=kind == "not")
            return self._journal.announce_correction(action)

    def take_back(self, action: int) -> Message:
        """Forget the correction of an action. Raises KeyError if there is none."""
        with self._journal.commit() as db:
            known = self._journal.action(action)
            if known.correction is None:
                raise KeyError(action)
            db.execute(
                "UPDATE actions SET label = ? WHERE id = ?", (known.correction.recognized, action)
            )
            self._take_back(db, _lesson_of(db, action))
            return self._journal.announce_correction(action)

    def erase(self, action: int) -> None:
        """Forget an action, and what was taught by it. Raises KeyError."""
        with self._journal.commit() as db:
            if self._journal.action(action).correction:
                self._take_back(db, _lesson_of(db, action))
            self._journal.remove_action(action)

    def teach(self, label: str, windows: Sequence[Kept]) -> str:
        """Store that one camera's `windows` are `label`; return the lesson's id.

        Raises TooManyWaitError.
        """
        lesson = uuid4().hex
        with self._journal.commit() as db:
            db.execute(
                "INSERT INTO lessons VALUES"
                " (?, NULL, ?, 'label', ?, NULL, 'pending', NULL, ?, NULL)",
                (lesson, windows[0].camera, label, time.time()),
            )
            self._teach(db, lesson, windows, label, wrong=False)
            db.execute(
                "DELETE FROM lessons WHERE action IS NULL AND state != 'pending' AND rowid <="
                " (SELECT rowid FROM lessons WHERE action IS NULL ORDER BY rowid DESC"
                " LIMIT 1 OFFSET ?)",
                (_KEEP_TAUGHT,),
            )
        return lesson

    def forget(self, lesson: str) -> None:
        """Forget a lesson that belongs to no action. Raises KeyError."""
        with self._journal.commit() as db:
            known = db.execute("SELECT 1 FROM lessons WHERE id = ? AND action IS NULL", (lesson,))
            if known.fetchone() is None:
                raise KeyError(lesson)
            self._take_back(db, lesson)

    def marks(self) -> dict[str, Marks]:
        """Return the marks of each camera that has any."""
        with self._journal.reading() as db:
            rows = db.execute(
                "SELECT camera, codes, scale, label, person, at FROM examples"
                " WHERE state = 'kept' AND encoder = ? ORDER BY number",
                (self._encoder,),
            ).fetchall()
        by_camera = defaultdict(list)
        for camera, codes, scale, *seen in rows:
            by_camera[camera].append((np.frombuffer(codes, np.int8) * np.float32(scale), *seen))
        return {
            camera: Marks.of(np.stack(latents), labels, persons, times)
            for camera, marks in by_camera.items()
            for latents, labels, persons, times in [zip(*marks, strict=True)]
        }

    def exported_marks(self) -> list[dict[str, Any]]:
        """Return the marks as a classifier's export has them (docs/classifier-api.md)."""
        with self._journal.reading() as db:
            rows = db.execute(
                "SELECT id, camera, person, at, label, codes, scale, encoder FROM examples"
                " WHERE state = 'kept' ORDER BY number"
            ).fetchall()
        return [
            {
                "id": str(UUID(number)),
                "camera": camera,
                "person": person,
                "at": (seen_at := datetime.fromtimestamp(at, UTC).isoformat()),
                "label": label,
                "latent": b64encode(codes).decode(),
                "scale": scale,
                "encoder": encoder,
                "created_at": seen_at,
            }
            for number, camera, person, at, label, codes, scale, encoder in rows
        ]

    def next_to_forget(self) -> UUID | None:
        """Return an example that the classifier must forget."""
        with self._journal.reading() as db:
            row = db.execute(
                "SELECT id FROM examples WHERE state = 'forget' ORDER BY number LIMIT 1"
            ).fetchone()
        return UUID(row[0]) if row else None

    def forgotten(self, example: UUID) -> None:
        """Note that the classifier has it no more."""
        with self._journal.commit() as db:
            db.execute("DELETE FROM examples WHERE id = ? AND state = 'forget'", (example.hex,))

    def next_to_teach(self) -> Lesson | None:
        """Return the oldest lesson that waits."""
        with self._journal.reading() as db:
            rows = db.execute(
                "SELECT lesson, id, camera, person, at, codes, scale, joints, label, wrong,"
                " ordinary FROM examples WHERE state = 'waiting' AND lesson = (SELECT lesson"
                " FROM examples WHERE state = 'waiting' ORDER BY number LIMIT 1) ORDER BY number"
            ).fetchall()
        if not rows:
            return None
        return Lesson(rows[0][0], [_example(*row) for row in rows])

    def taught(self, lesson: Lesson, refused: Refusal | None = None) -> list[Message]:
        """Note that the classifier took a lesson, or why it did not; return what is to tell."""
        with self._journal.commit() as db:
            db.executemany(
                "UPDATE examples SET state = ?, codes = NULL, joints = x'' WHERE id = ?"
                " AND state = 'waiting'",
                [("refused" if refused else "taught", e.id.hex) for e in lesson.examples],
            )
            return self._end(db, lesson.id, refused)

    def refuse_others(self) -> list[Message]:
        """Give up what waits of another encoder; return what is to tell."""
        why = Refusal("the model of the edge was replaced meanwhile; teach it anew", "replaced")
        messages = []
        with self._journal.commit() as db:
            for (lesson,) in db.execute(
                "SELECT DISTINCT lesson FROM examples WHERE state = 'waiting' AND encoder != ?",
                (self._encoder,),
            ).fetchall():
                db.execute(
                    "UPDATE examples SET state = 'refused', codes = NULL, joints = x''"
                    " WHERE lesson = ?",
                    (lesson,),
                )
                messages += self._end(db, lesson, why)
        return messages

    def waiting(self) -> int:
        """Return how many examples the classifier has to be told of, or to forget."""
        with self._journal.reading() as db:
            (count,) = db.execute(
                "SELECT COUNT(*) FROM examples WHERE state IN ('waiting', 'forget')"
            ).fetchone()
        return int(count)

    def _of_action(self, db: sqlite3.Connection, action: int) -> list[Kept]:
        rows = db.execute(
            "SELECT id, camera, person, at, codes, scale, joints FROM windows"
            " WHERE action = ? AND encoder = ? ORDER BY number",
            (action, self._encoder),
        )
        return [Kept(*row) for row in rows]

    def _ordinary(self, db: sqlite3.Connection, near: Sequence[Kept]) -> list[Kept]:
        """Return ordinary windows of the same camera, from another time."""
        rows = db.execute(
            "SELECT id, camera, person, at, codes, scale, joints FROM windows WHERE action IS NULL"
            " AND camera = ? AND encoder = ? AND NOT at BETWEEN ? AND ?"
            " ORDER BY number DESC LIMIT ?",
            (
                near[0].camera,
                self._encoder,
                min(window.at for window in near) - _NEAR_SECONDS,
                max(window.at for window in near) + _NEAR_SECONDS,
                _ORDINARY,
            ),
        )
        return [Kept(*row) for row in rows]

    def _teach(
        self,
        db: sqlite3.Connection,
        lesson: str,
        windows: Sequence[Kept],
        label: str,
        *,
        wrong: bool,
    ) -> None:
        """Let examples wait; a label needs to be told from what the camera sees else."""
        for window in windows:
            self._add(db, lesson, window, label, wrong=wrong)
        if not wrong:
            for window in self._ordinary(db, windows):
                self._add(db, lesson, window, label, wrong=True, ordinary=True)
        (waiting,) = db.execute("SELECT COUNT(*) FROM examples WHERE state = 'waiting'").fetchone()
        if waiting > _MAX_WAITING:
            raise TooManyWaitError

    def _mark(
        self, db: sqlite3.Connection, lesson: str, windows: Sequence[Kept], label: str
    ) -> None:
        for window in windows:
            self._add(db, lesson, window, label, wrong=True, state="kept")
        db.execute(
            "DELETE FROM examples WHERE state = 'kept' AND camera = ?1 AND number <="
            " (SELECT number FROM examples WHERE state = 'kept' AND camera = ?1"
            " ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            (windows[0].camera, MAX_MARKS),
        )

    def _add(
        self,
        db: sqlite3.Connection,
        lesson: str,
        window: Kept,
        label: str,
        *,
        wrong: bool,
        ordinary: bool = False,
        state: str = "waiting",
    ) -> None:
        """Add an example, unless the classifier has been told, or is being told.

        One that it was to forget waits again, in its new place.
        """
        number = uuid5(UUID(window.id), f"{'not ' if wrong else ''}{label}")
        if state == "kept":
            number = uuid5(number, "never here")
        db.execute("DELETE FROM examples WHERE id = ? AND state = 'forget'", (number.hex,))
        db.execute(
            "INSERT OR IGNORE INTO examples (id, lesson, state, camera, person, at, label, wrong,"
            " ordinary, encoder, codes, scale, joints)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number.hex,
                lesson,
                state,
                window.camera,
                window.person,
                window.at,
                label,
                wrong,
                ordinary,
                self._encoder,
                window.codes,
                window.scale,
                window.joints if state == "waiting" else b"",
            ),
        )

    def _take_back(self, db: sqlite3.Connection, lesson: str) -> None:
        """Forget a lesson: here at once, the classifier when it can be told.

        What is ordinary counts for all lessons of a label in a camera: another one inherits it.
        """
        db.execute(
            "DELETE FROM examples WHERE lesson = ? AND state IN ('kept', 'refused')", (lesson,)
        )
        heir = db.execute(
            "SELECT other.id FROM lessons other, lessons mine WHERE mine.id = ?"
            " AND other.id != mine.id AND other.kind = 'label' AND other.camera = mine.camera"
            " AND other.label = mine.label AND other.state != 'refused' LIMIT 1",
            (lesson,),
        ).fetchone()
        if heir:
            db.execute(
                "UPDATE examples SET lesson = ? WHERE lesson = ? AND ordinary", (heir[0], lesson)
            )
        db.execute(
            "UPDATE examples SET state = 'forget', lesson = NULL, codes = NULL, joints = x''"
            " WHERE lesson = ?",
            (lesson,),
        )
        db.execute("DELETE FROM lessons WHERE id = ?", (lesson,))

    def _end(self, db: sqlite3.Connection, lesson: str, refused: Refusal | None) -> list[Message]:
        """Note how a lesson ended, unless it was taken back or still waits."""
        row = db.execute(
            "UPDATE lessons SET state = ?, detail = ?, code = ? WHERE id = ? AND NOT EXISTS"
            " (SELECT 1 FROM examples WHERE lesson = lessons.id AND state = 'waiting')"
            " RETURNING action",
            ("refused" if refused else "taught", *(refused or (None, None)), lesson),
        ).fetchone()
        return [self._journal.announce_correction(row[0])] if row and row[0] is not None else []


def _lesson_of(db: sqlite3.Connection, action: int) -> str:
    """Return the lesson of an action that was corrected."""
    (lesson,) = db.execute("SELECT id FROM lessons WHERE action = ?", (action,)).fetchone()
    return str(lesson)


def _example(
    lesson: str,
    number: str,
    camera: str,
    person: int,
    at: float,
    codes: bytes,
    scale: float,
    joints: bytes,
    label: str,
    wrong: int,
    ordinary: int,
) -> Example:
    window = Kept(number, camera, person, at, codes, scale, joints)
    # Windows of a lesson overlap; ordinary ones are a minute apart and more.
    return Example(UUID(number), window, label, bool(wrong), None if ordinary else lesson)
