"""Windows whose pixels were looked at once, stored a file per video, and found again by a student.

A file holds `clip` str [K] and `start` float32 [K], seconds, as in windows.Windows, and arrays
with a row for each of the K windows.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .options import UserError
from .sets import FPS
from .whole_file import write_arrays
from .windows import Windows

_NEAR = 2  # frames: windows this far apart show much the same
_FAR = 1 << 32  # frames: longer than any clip


def save(path: Path, windows: Windows, **arrays: NDArray[Any]) -> None:
    """Write arrays with a row per window atomically, so that no half file is ever found."""
    write_arrays(path, clip=windows.clip, start=windows.start, **arrays)


def holds(path: Path, windows: Windows) -> bool:
    """Tell whether a file is there and has all these windows."""
    if not path.exists():
        return False
    with np.load(path, allow_pickle=False) as file:
        stored = WindowIndex(file["clip"], file["start"])
    has, _ = stored.match(windows, near=0)
    return bool(has.all())


def load(folder: Path, *names: str) -> dict[str, NDArray[Any]]:
    """Return `clip`, `start` and the arrays of these names from all files under a folder, joined.

    Raises UserError when there is none.
    """
    paths = sorted(folder.rglob("*.npz"))
    if not paths:
        raise UserError(f"There is nothing in {folder}: tinyact-train cache-teacher first.")
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ("clip", "start", *names)}
    for path in paths:
        with np.load(path, allow_pickle=False) as file:
            for name, arrays in parts.items():
                arrays.append(file[name])
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


class WindowIndex:
    """Finds stored windows by clip and time."""

    def __init__(self, clip: NDArray[np.str_], start: NDArray[np.float32]) -> None:
        """Index K windows, `clip` str [K] and `start` float32 [K], seconds."""
        self._clips, numbers = np.unique(clip, return_inverse=True)
        keys = _keys(numbers, start)
        self._rows = np.argsort(keys, kind="stable")
        self._keys = keys[self._rows]

    def match(
        self, windows: Windows, near: int = _NEAR
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Find the stored window of the same clip that starts nearest, at most `near` frames away.

        Returns whether there is one, bool [M], and its row, int64 [M], -1 where there is none. Of
        two equally near it is the earlier.
        """
        numbers = np.searchsorted(self._clips, windows.clip)
        known = np.isin(windows.clip, self._clips)
        wanted = _keys(numbers, windows.start)
        after = np.searchsorted(self._keys, wanted)
        around = np.stack([after - 1, after]).clip(0, len(self._keys) - 1)
        away = np.abs(self._keys[around] - wanted)
        best = away.argmin(0)
        each = np.arange(len(wanted))
        has = known & (away[best, each] <= near)
        return has, np.where(has, self._rows[around[best, each]], -1)


class TeacherCache:
    """What a teacher made of all stored windows.

    `features` float32 [K, F], `logits` float32 [K, L].
    """

    def __init__(
        self,
        clip: NDArray[np.str_],
        start: NDArray[np.float32],
        features: NDArray[np.floating],
        logits: NDArray[np.floating],
    ) -> None:
        """Hold the arrays, `clip` str [K] and `start` float32 [K] as in windows.Windows."""
        self.features, self.logits = features.astype(np.float32), logits.astype(np.float32)
        self._index = WindowIndex(clip, start)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `cache-teacher` wrote under a folder. Raises UserError when that is nothing."""
        return cls(**load(folder, "features", "logits"))

    def match(self, windows: Windows) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Find each window's nearest stored one, at most 2 frames away, as WindowIndex.match."""
        return self._index.match(windows)


def _keys(clips: NDArray[np.int64], start: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return a number for each clip's number and start, such that near windows are near."""
    frames: NDArray[np.int64] = np.rint(start * FPS).astype(np.int64)
    return clips.astype(np.int64) * _FAR + frames
