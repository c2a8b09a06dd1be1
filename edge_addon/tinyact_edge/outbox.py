"""Hold what the journal cannot take, in order, and hand it over once it can."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
import logging
from typing import Generic, TypeVar

from .database import JournalError

_LOGGER = logging.getLogger(__name__)

T = TypeVar("T")

# Some kilobytes each: hours of a busy house.
_MOST = 1000


class Outbox(Generic[T]):
    """Writes each item once, the oldest first. To be used in one event loop."""

    def __init__(self, write: Callable[[T], Awaitable[None]], most: int = _MOST) -> None:
        """Write by `write`, which raises JournalError for as long as it cannot.

        At most `most` items wait: then the oldest is given up.
        """
        self._write = write
        self._most = most
        self._items: deque[T] = deque()
        self._lock = asyncio.Lock()
        self.lost = 0  # items given up so far
        self.error: str | None = None  # why the last attempt failed

    def __len__(self) -> int:
        """Return how many items wait."""
        return len(self._items)

    async def put(self, item: T) -> None:
        """Write `item` after all that waits, now if that is possible."""
        async with self._lock:
            if len(self._items) >= self._most:
                self._items.popleft()
                self.lost += 1
            self._items.append(item)
        await self.flush()

    async def flush(self) -> None:
        """Try again to write what waits."""
        if self._items:
            # Who waits here may be cancelled. A write that has begun goes on in its thread: it must
            # be seen to end, or the item would be written once more.
            await asyncio.shield(asyncio.create_task(self._flush()))

    async def _flush(self) -> None:
        async with self._lock:
            while self._items:
                try:
                    await self._write(self._items[0])
                except JournalError as error:
                    self.error = str(error)
                    return
                except Exception:
                    # The next one may do; this one would be in its way for ever.
                    _LOGGER.exception("An action cannot be written; going on with the next")
                    self.lost += 1
                self._items.popleft()
            self.error = None
