"""Some room on the disk that is set aside, so that a full one does not stop the journal."""

from contextlib import suppress
import logging
import os
from pathlib import Path
import shutil

_LOGGER = logging.getLogger(__name__)

FILE = "reserve"
# Thousands of actions, and SQLite's write-ahead log.
_SIZE = 8 << 20
# With less than this free nothing is set aside, and no picture is kept.
LOW = 32 << 20


class Reserve:
    """A file that holds nothing, in the journal's folder."""

    def __init__(self, folder: Path, size: int = _SIZE, low: int = LOW) -> None:
        """Set `size` bytes of the disk of `folder` aside while more than `low` are free."""
        self._path = folder / FILE
        self._size = size
        self._low = low

    def hold(self) -> None:
        """Set the room aside, unless it is, or there is too little."""
        with suppress(OSError):
            if self._path.exists() or self.is_low():
                return
            with self._path.open("wb") as file:
                try:
                    os.posix_fallocate(file.fileno(), 0, self._size)
                except OSError:
                    self._path.unlink()

    def is_low(self) -> bool:
        """Tell whether the disk is all but full."""
        try:
            return shutil.disk_usage(self._path.parent).free < self._low
        except OSError:
            return False

    def release(self) -> bool:
        """Give the room up; tell whether there was any."""
        try:
            self._path.unlink()
        except OSError:
            return False
        _LOGGER.warning(
            "The disk is full or cannot be written: the %d MB that were set aside are given up."
            " Make room on it",
            self._size >> 20,
        )
        return True
