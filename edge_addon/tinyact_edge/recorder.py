"""Commit each change of an action to the journal, then announce it; and tell when that fails."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
import logging
import time
from typing import Any, Literal

from .clock import utc
from .damage import damaged_journals
from .database import JournalError
from .hub import Hub
from .journal import Journal, Message
from .lessons import Kept
from .media import Media
from .outbox import Outbox
from .recognizer import Action
from .reserve import Reserve
from .stills import Stills
from .tape import Tape
from .teaching import Teaching

_LOGGER = logging.getLogger(__name__)

# How often a journal that cannot be written is tried again, and how often one is tried that nobody
# had to write to: people are to hear of a disk that is gone before somebody falls.
_RETRY_SECONDS = 5.0
_TRY_SECONDS = 300.0
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class JournalState:
    """Whether the journal can be written (docs/edge-api.md); `detail` says why not."""

    state: Literal["ok", "low", "unwritable"]
    detail: str | None = None


_LOW = JournalState(
    "low",
    "The disk that holds the data folder is all but full: no pictures are kept, and soon no"
    " actions. Make room on it.",
)


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of an action that is to be journalled and told."""

    action: Action
    windows: list[Kept]
    gone: list[int]  # actions whose pictures made room for its own


class Recorder:
    """Writes to the journal and tells of it. To be used in one event loop."""

    def __init__(
        self,
        journal: Journal,
        media: Media,
        teaching: Teaching,
        hub: Hub,
        tell: Callable[[Message], None],
        tape_of: Callable[[str], Tape | None],
    ) -> None:
        """Call `tell` with each message that was journalled; `tape_of` has a camera's stream."""
        self._journal = journal
        self._media = media
        self._teaching = teaching
        self._hub = hub
        self._tell = tell
        self._tape_of = tape_of
        self._reserve = Reserve(journal.folder)
        self._outbox = Outbox(self._write)
        self._tried_at = time.monotonic()
        self.state = JournalState("ok")
        self._set_aside = damaged_journals(journal.folder)

    @property
    def waiting(self) -> int:
        """Return how many changes the journal is to take yet."""
        return len(self._outbox)

    @property
    def lost(self) -> int:
        """Return how many changes were given up."""
        return self._outbox.lost

    def as_json(self) -> dict[str, Any]:
        """Return how it is with the journal, as clients know it."""
        return asdict(self.state) | {"set_aside": self._set_aside}

    async def record(self, changes: Iterable[Action], stills: Stills | None = None) -> None:
        """Commit each change to the journal, then announce it.

        A picture of what is confirmed is among `stills`, if it is to be kept.
        """
        for change in changes:
            windows = self._teaching.windows_of(change)
            gone: list[int] = []
            # First, so that who hears of the action can have its picture.
            if stills and change.ended_at is None and (still := stills.best(change)):
                gone = await asyncio.to_thread(self._media.take_snapshot, change, still)
            await self._outbox.put(_Change(change, windows, gone))
            if self._outbox.error:
                self._note(JournalState("unwritable", self._outbox.error))
            elif self.state.state == "unwritable":
                await self.retry()

    async def run(self) -> None:
        """Hand the journal what it could not take, and keep room for it. Runs until cancelled."""
        while True:
            await self.retry()
            await asyncio.sleep(_RETRY_SECONDS)

    async def retry(self) -> None:
        """See whether the journal takes what waits or, now and then, anything at all."""
        await self._outbox.flush()
        trouble = self._outbox.error or await asyncio.to_thread(self._try)
        if trouble:
            self._note(JournalState("unwritable", trouble))
            return
        await asyncio.to_thread(self._reserve.hold)
        is_low = await asyncio.to_thread(self._reserve.is_low)
        self._note(_LOW if is_low else JournalState("ok"))

    async def stop(self) -> None:
        """Hand the journal what waits, if it takes it within some seconds: nobody tries later."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._outbox.flush(), _STOP_SECONDS)

    def _try(self) -> str | None:
        """Return why the journal cannot be written, if that is so."""
        is_well = self.state.state != "unwritable"
        if is_well and time.monotonic() - self._tried_at < _TRY_SECONDS:
            return None
        self._tried_at = time.monotonic()
        try:
            self._journal.try_to_write()
        except JournalError as error:
            if not (error.wants_room and self._reserve.release()):
                return str(error)
        return None

    def _note(self, state: JournalState) -> None:
        """Tell when the journal can be written no more, or again."""
        before, self.state = self.state, state
        if state == before:
            return
        if state.state == "unwritable" != before.state:
            _LOGGER.error("%s Actions wait in memory until then.", state.detail)
        elif before.state == "unwritable" != state.state:
            _LOGGER.info("The journal can be written again; nothing waits")
        if state.state == "low":
            _LOGGER.warning(state.detail)
        self._hub.publish({"type": "journal", "journal": self.as_json()})

    async def _write(self, change: _Change) -> None:
        """Commit a change to the journal, then announce it. Raises JournalError."""
        try:
            message = await asyncio.to_thread(self._commit, change)
        except JournalError as error:
            # With what was set aside the journal can go on, though not for ever.
            if not error.wants_room or not await asyncio.to_thread(self._reserve.release):
                raise
            message = await asyncio.to_thread(self._commit, change)
        if message:
            self._tell(message)
            self._film(change.action)
        await self._media.announce(change.gone)

    def _film(self, change: Action) -> None:
        """Begin a clip of what was confirmed, if that is wanted; end that of what has ended."""
        if change.ended_at is not None:
            self._media.end_clip(change)
        elif tape := self._tape_of(change.camera):
            self._media.begin_clip(change, tape)

    def _commit(self, held: _Change) -> Message | None:
        """Write a change to the journal, in UTC, and the windows that it may be corrected by."""
        change = held.action
        if change.ended_at is not None and change.end_reason is not None:
            message = self._journal.end(change.id, utc(change.ended_at), change.end_reason)
        else:
            message = self._journal.confirm(
                replace(
                    change,
                    started_at=utc(change.started_at),
                    confirmed_at=utc(change.confirmed_at),
                )
            )
        if message:
            # The action itself is committed: it is told of even if this fails.
            with suppress(JournalError):
                self._teaching.lessons.keep(change.id, held.windows)
        return message
