"""Take pictures of actions where that is wanted, keep them for as long as it is, and tell of it.

An action is never lost for its picture: what cannot be written is said once, and missing.

A clip begins some seconds before the action and ends after it, or when it is long enough.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
import logging
from pathlib import Path
import time

from .database import JournalError
from .journal import Journal, Message
from .movie import MovieError, write_movie
from .pictures import Kind, Pictures
from .recognizer import Action
from .snapshot import jpeg, with_box
from .source import rgb
from .stills import Still
from .tape import Tape

_LOGGER = logging.getLogger(__name__)

_HOUR = 3600.0
# Of a clip: seconds before the action, after it, and in all.
_BEFORE = 3.0
_AFTER = 2.0
_LONGEST = 15.0
_STOP_SECONDS = 5.0
# Each holds its piece of tape, up to 12 MB.
_MOST_WAITING = 8
_BATCH = 100


@dataclass(slots=True)
class _Rolling:
    """A clip that is waited for."""

    action: Action
    tape: Tape
    timer: asyncio.TimerHandle

    @property
    def needed(self) -> float:
        """Return when a clip can end at the earliest."""
        return self.action.confirmed_at + _AFTER


class Media:
    """Makes what `pictures` keeps. To be used in one event loop, but for `take_snapshot`."""

    def __init__(
        self, journal: Journal, pictures: Pictures, tell: Callable[[Message], None]
    ) -> None:
        """Call `tell` with each message that was journalled."""
        self._journal = journal
        self._pictures = pictures
        self._tell = tell
        self._failing = False
        self._loop = asyncio.get_running_loop()
        self._rolling: dict[int, _Rolling] = {}
        self._making: set[asyncio.Task[None]] = set()
        # Some are encoded: cameras go first.
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        """Learn what is kept, and erase what may not be. Raises JournalError."""
        actions = await asyncio.to_thread(self._journal.action_ids)
        try:
            withstood = await asyncio.to_thread(self._pictures.sweep, actions)
        except OSError as error:
            self._fail(error)
            return
        if withstood:
            _LOGGER.warning("%d pictures cannot be erased: see to the folder's rights", withstood)

    async def run(self) -> None:
        """Erase what gets too old. Runs until cancelled."""
        while True:
            try:
                gone = await asyncio.to_thread(self._pictures.expire)
                # So many at once that clients can keep up.
                for start in range(0, len(gone), _BATCH):
                    await self.announce(gone[start : start + _BATCH])
            except OSError as error:
                self._fail(error)
            await asyncio.sleep(_HOUR)

    def take_snapshot(self, action: Action, still: Still) -> list[int]:
        """Keep the picture that shows `action`; return whose pictures had to go for it.

        Blocks, and may be called from any thread.
        """
        try:
            image = rgb(still.frame)
            content = jpeg(with_box(image, still.box, image.shape[1] / still.width))
        except Exception:
            _LOGGER.exception("%s: no snapshot of action %d", action.camera, action.id)
            return []
        return self._save(action.id, Kind.SNAPSHOT, lambda path: _write(path, content))

    def begin_clip(self, action: Action, tape: Tape) -> None:
        """Make a clip of an action that was confirmed, once it has ended or is long enough."""
        end = action.started_at - _BEFORE + _LONGEST
        timer = self._call_at(max(end, action.confirmed_at + _AFTER), action.id)
        self._rolling[action.id] = _Rolling(action, tape, timer)

    def end_clip(self, action: Action) -> None:
        """End the clip of an action that has ended."""
        if (rolling := self._rolling.get(action.id)) is None:
            return
        rolling.timer.cancel()
        if action.end_reason == "interrupted" or action.ended_at is None:
            self._make(action.id)
            return
        end = min(max(action.ended_at + _AFTER, rolling.needed), rolling.timer.when())
        rolling.timer = self._call_at(end, action.id)

    def forget(self, action: int) -> None:
        """Make no clip of an action."""
        if rolling := self._rolling.pop(action, None):
            rolling.timer.cancel()

    async def stop(self) -> None:
        """Wait for the clips that are being made, for some seconds."""
        if self._making:
            await asyncio.wait(self._making, timeout=_STOP_SECONDS)

    def _call_at(self, at: float, action: int) -> asyncio.TimerHandle:
        """Make a clip `at` seconds on the monotonic clock, which is the loop's."""
        return self._loop.call_at(at, self._make, action)

    def _make(self, action: int) -> None:
        if rolling := self._rolling.pop(action, None):
            # It may have been journalled, and so begun, long after it was over.
            end = min(rolling.timer.when(), time.monotonic())
            task = self._loop.create_task(self._take_clip(rolling, end))
            self._making.add(task)
            task.add_done_callback(self._making.discard)

    async def _take_clip(self, rolling: _Rolling, end: float) -> None:
        action = rolling.action
        if len(self._making) > _MOST_WAITING:
            _LOGGER.warning("%s: no clip of action %d: too many wait", action.camera, action.id)
            return
        cut = rolling.tape.cut(action.started_at - _BEFORE, rolling.needed, end)
        if cut is None:
            return
        async with self._one_at_a_time:
            try:
                gone = await asyncio.to_thread(
                    self._save, action.id, Kind.CLIP, partial(write_movie, cut)
                )
            except MovieError as error:
                _LOGGER.warning("%s: no clip of action %d: %s", action.camera, action.id, error)
                return
        if self._pictures.of(action.id)[Kind.CLIP]:
            await self.announce([action.id, *gone])

    async def announce(self, actions: Iterable[int]) -> None:
        """Tell that pictures of actions came or went."""
        if not (numbers := list(actions)):
            return
        try:
            messages = await asyncio.to_thread(self._journal.announce_media, numbers)
        except JournalError as error:
            _LOGGER.debug("Nobody is told of pictures: %s", error)
            return
        for message in messages:
            self._tell(message)
        # It may have been erased while its clip was made.
        for number in set(numbers) - {message.action.id for message in messages}:
            with suppress(OSError):
                await asyncio.to_thread(self._pictures.erase, number)

    def _save(self, action: int, kind: Kind, write: Callable[[Path], None]) -> list[int]:
        try:
            gone = self._pictures.save(action, kind, write)
        except OSError as error:
            self._fail(error)
            return []
        self._failing = False
        return gone

    def _fail(self, error: OSError) -> None:
        """Say once that pictures cannot be kept."""
        if not self._failing:
            _LOGGER.error(
                "Pictures cannot be kept or erased: %s. Actions are recognised without them. Check"
                " that the data folder can be written to and that the disk is not full.",
                error.strerror or error,
            )
        self._failing = True


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
