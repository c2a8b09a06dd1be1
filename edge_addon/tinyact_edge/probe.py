"""Look at a camera once, to tell whether it can be watched and what it shows."""

import asyncio
from contextlib import suppress
import json
import sys

from .first_picture import REFUSED
from .source import Reason, Source, SourceError

_AT_ONCE = 2
_PATIENCE = 12.0
_COMMAND = (sys.executable, "-m", "tinyact_edge.first_picture")


class BusyError(Exception):
    """As many cameras are looked at as can be."""


class Probe:
    """Looks at cameras, a few at once. To be used in one event loop."""

    def __init__(self) -> None:
        """Begin with none."""
        self._looking = 0

    async def look(self, source: Source) -> bytes:
        """Return the first picture that `source` shows, as JPEG, within 12 s.

        It may be cancelled: then nobody looks any more. Raises SourceError or BusyError.
        """
        if self._looking >= _AT_ONCE:
            raise BusyError
        self._looking += 1
        try:
            async with asyncio.timeout(_PATIENCE):
                return await _first_picture(source)
        except TimeoutError as error:
            raise SourceError(Reason.UNREACHABLE, "no picture came in time") from error
        finally:
            self._looking -= 1


async def _first_picture(source: Source) -> bytes:
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # FFmpeg's own words hold the address.
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        # Not as an argument: those are for everybody to read.
        content, _ = await process.communicate(source.text.encode(errors="replace"))
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 0:
        return content
    if process.returncode == REFUSED:
        told = json.loads(content)
        raise SourceError(Reason(told["reason"]), told["detail"])
    raise SourceError(Reason.NOT_VIDEO, "what it sends breaks the decoder")
