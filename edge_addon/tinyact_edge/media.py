"""Take pictures of actions where that is wanted, keep them for as long as it is, and tell of it.

An action is never lost for its picture: what cannot be written is said once, and missing.
"""

import asyncio
from collections.abc import Callable, Iterable
import logging
from pathlib import Path

from .journal import Journal, JournalError, Message
from .pictures import Kind, Pictures
from .pipeline import Watched
from .recognizer import Action
from .snapshot import jpeg, with_box

_LOGGER = logging.getLogger(__name__)

_HOUR = 3600.0


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

    async def start(self) -> None:
        """Learn what is kept, and erase what may not be. Raises JournalError."""
        actions = await asyncio.to_thread(self._journal.action_ids)
        withstood = await asyncio.to_thread(self._pictures.sweep, actions)
        if withstood:
            _LOGGER.warning("%d pictures cannot be erased: see to the folder's rights", withstood)

    async def run(self) -> None:
        """Erase what gets too old. Runs until cancelled."""
        while True:
            try:
                await self.announce(await asyncio.to_thread(self._pictures.expire))
            except OSError as error:
                self._fail(error)
            await asyncio.sleep(_HOUR)

    def take_snapshot(self, action: Action, watched: Watched) -> list[int]:
        """Keep the picture that confirmed `action`; return whose pictures had to go for it.

        Blocks, and may be called from any thread.
        """
        image = watched.sample.image
        boxes = [clip.box for clip in watched.clips if clip.person == action.person]
        if image is None or not boxes:
            return []
        content = jpeg(with_box(image, boxes[0]))

        def write(path: Path) -> None:
            path.write_bytes(content)

        return self._save(action.id, Kind.SNAPSHOT, write)

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
                error.strerror,
            )
        self._failing = True
