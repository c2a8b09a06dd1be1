"""Look at a camera once, to tell whether it can be watched and what it shows."""

import asyncio

from .snapshot import jpeg
from .source import Reason, Source, SourceError, open_video, rgb

_AT_ONCE = 2
_PATIENCE = 15.0
# Seconds for a connection and for data, so that the thread ends not long after who asked.
_OPENING, _READING = 8.0, 6.0
_LONGEST = 640


class BusyError(Exception):
    """As many cameras are looked at as can be."""


class Probe:
    """Looks at cameras, a few at once. To be used in one event loop."""

    def __init__(self) -> None:
        """Begin with none."""
        self._looking = 0

    async def look(self, source: Source) -> bytes:
        """Return the first picture that `source` shows, as JPEG, within 15 s.

        Raises SourceError or BusyError.
        """
        if self._looking >= _AT_ONCE:
            raise BusyError
        self._looking += 1
        thread = asyncio.get_running_loop().run_in_executor(None, _first_picture, source)
        # A thread cannot be ended, so it counts for as long as it waits for the camera.
        thread.add_done_callback(self._done)
        try:
            return await asyncio.wait_for(asyncio.shield(thread), _PATIENCE)
        except TimeoutError as error:
            raise SourceError(Reason.UNREACHABLE, "no picture came in time") from error

    def _done(self, thread: asyncio.Future[bytes]) -> None:
        self._looking -= 1
        if not thread.cancelled():
            thread.exception()  # nobody may be waiting for it any more


def _first_picture(source: Source) -> bytes:
    with open_video(source, _OPENING, _READING) as video:
        # Without any, it raises an error.
        frame, _ = next(video.frames())
        return jpeg(rgb(frame, _LONGEST))
