"""Keep the pictures of actions in a folder: each whole or not at all, for some days and bytes.

A picture is written beside its place, flushed, and then renamed. The files are the only record of
what there is: what a crash leaves over is swept at the start, so nothing can disagree with them.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import StrEnum
import errno
import os
from pathlib import Path
import shutil
import threading
import time

from .reserve import LOW

FOLDER = "pictures"


class Kind(StrEnum):
    """What is kept of an action (docs/edge-api.md)."""

    SNAPSHOT = "snapshot"
    CLIP = "clip"


_SUFFIX = {Kind.SNAPSHOT: ".jpg", Kind.CLIP: ".mp4"}
_KIND = {suffix: kind for kind, suffix in _SUFFIX.items()}


@dataclass(frozen=True, slots=True)
class Keeping:
    """How much is kept: nothing at all unless `store`."""

    days: float = 7.0
    megabytes: float = 500.0
    store: bool = True


@dataclass(frozen=True, slots=True)
class _File:
    size: int
    at: float


class Pictures:
    """The pictures in a folder. Its methods may be called from any thread.

    Those that write or erase block, and raise OSError.
    """

    def __init__(self, folder: Path, keeping: Keeping) -> None:
        """Keep pictures in `folder`, which is made when there is something to keep."""
        self._folder = folder
        self._keeping = keeping
        self._most = round(keeping.megabytes * 1e6)
        self._lock = threading.Lock()
        # Replaced and removed in one step each, so that those who only look need no lock: it is
        # held while files are erased.
        self._files: dict[int, dict[Kind, _File]] = {}
        self._size = 0

    @property
    def may_store(self) -> bool:
        """Tell whether pictures may be kept at all."""
        return self._keeping.store

    @property
    def size(self) -> int:
        """Return the bytes of all pictures."""
        return self._size

    def of(self, action: int) -> dict[Kind, bool]:
        """Tell which pictures of an action there are."""
        found = self._files.get(action, {})
        return {kind: kind in found for kind in Kind}

    def path(self, action: int, kind: Kind) -> Path | None:
        """Return where a picture is, None if there is none."""
        return self._path(action, kind) if self.of(action)[kind] else None

    def sweep(self, actions: Container[int]) -> int:
        """Learn what is there; erase what is unfinished, or of none of `actions`.

        Returns how many files withstood. Nobody is shown them.
        """
        withstood = 0
        found: dict[int, dict[Kind, _File]] = {}
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            kind = _KIND.get(path.suffix)
            if kind and path.stem.isdecimal() and int(path.stem) in actions and self.may_store:
                state = path.stat()
                found.setdefault(int(path.stem), {})[kind] = _File(state.st_size, state.st_mtime)
            elif path.is_file():
                try:
                    path.unlink()
                except OSError:
                    withstood += 1
        with self._lock:
            self._files = dict(sorted(found.items()))
            self._size = sum(file.size for files in found.values() for file in files.values())
        return withstood

    def save(self, action: int, kind: Kind, write: Callable[[Path], None]) -> list[int]:
        """Keep what `write` writes into the file that it is given.

        Returns the actions whose pictures had to make room. What is larger than all the room there
        is is not kept.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        # The last of the disk is the journal's.
        if shutil.disk_usage(self._folder).free < LOW:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        path = self._path(action, kind)
        unfinished = path.with_suffix(f"{path.suffix}.part")
        try:
            write(unfinished)
            _flush(unfinished)
            size = unfinished.stat().st_size
            if size > self._most:
                return []
            with self._lock:
                gone = self._make_room(size, action)
                unfinished.replace(path)
                files = self._files.setdefault(action, {})
                self._size += size - (files[kind].size if kind in files else 0)
                files[kind] = _File(size, time.time())
        finally:
            unfinished.unlink(missing_ok=True)
        return gone

    def erase(self, action: int) -> bool:
        """Erase the pictures of an action; tell whether there were any."""
        with self._lock:
            return self._erase(action)

    def expire(self) -> list[int]:
        """Erase what is too old; return the actions that it was of."""
        oldest = time.time() - self._keeping.days * 86400
        with self._lock:
            old = [
                action
                for action, files in self._files.items()
                if min(file.at for file in files.values()) < oldest
            ]
        return [action for action in old if self.erase(action)]

    def _make_room(self, size: int, wanted: int) -> list[int]:
        """Erase the oldest actions' pictures until there is room for `size` bytes."""
        gone = []
        for action in list(self._files):
            if self._size + size <= self._most:
                break
            if action != wanted and self._erase(action):
                gone.append(action)
        return gone

    def _erase(self, action: int) -> bool:
        files = self._files.get(action, {})
        for kind, file in list(files.items()):
            self._path(action, kind).unlink(missing_ok=True)
            del files[kind]
            self._size -= file.size
        return self._files.pop(action, None) is not None

    def _path(self, action: int, kind: Kind) -> Path:
        return self._folder / f"{action}{_SUFFIX[kind]}"


def _flush(path: Path) -> None:
    """See that a file's content is on the disk before its name is."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
