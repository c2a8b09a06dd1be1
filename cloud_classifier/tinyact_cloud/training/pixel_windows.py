"""Find again what `cache-pixels` cut out, with its truth and the body that moved in it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tinyact_edge.clip import square

from .options import UserError
from .prepare import cache_path
from .sets import FPS, LABELS, load_videos
from .windows import FRAMES, Windows

_NEAR = 2  # frames: windows this far apart show much the same
_LEAST_OVERLAP = 0.1


@dataclass(frozen=True, slots=True)
class PixelWindows:
    """M windows in which something moved, and for which the video's truth says something.

    `luma` uint8 [M, 16, 80, 80] as cache_pixels.py tells; `start` float32 [M], seconds; `set`,
    `clip` ("set/stem") and `group` str [M]; `allowed` bool [M, len(LABELS)]; `body` int64 [M], the
    row of the person window that shows whose movement it is, -1 where none does.
    """

    luma: NDArray[np.uint8]
    start: NDArray[np.float32]
    set: NDArray[np.str_]
    clip: NDArray[np.str_]
    group: NDArray[np.str_]
    allowed: NDArray[np.bool_]
    body: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the count of windows."""
        return len(self.luma)

    def __getitem__(self, chosen: NDArray[np.generic]) -> Self:
        """Return the windows that an index or mask array chooses."""
        return type(self)(
            self.luma[chosen],
            self.start[chosen],
            self.set[chosen],
            self.clip[chosen],
            self.group[chosen],
            self.allowed[chosen],
            self.body[chosen],
        )

    @classmethod
    def load(cls, folder: Path, data: Path, landmarks: Path, people: Windows) -> Self:
        """Read what `cache-pixels` wrote under `folder` of the videos under `data`.

        `landmarks` is where `prepare` keeps what it saw; `body` are rows of `people`, of which
        only flat windows count, in pixels. Raises UserError when nothing is there.
        """
        bodies = _Bodies(people)
        luma, start, clip, sets, groups, allowed, body = [], [], [], [], [], [], []
        for name, video, truth in load_videos(data, landmarks):
            path = cache_path(folder, data, video)
            if not path.exists():
                continue
            with np.load(path, allow_pickle=False) as file:
                stored = {key: file[key] for key in ("luma", "start", "square")}
            for row, seconds in enumerate(stored["start"].tolist()):
                labels = truth.labels(seconds, seconds + (FRAMES - 1) / FPS)
                if labels is None:
                    continue
                luma.append(stored["luma"][row])
                start.append(seconds)
                sets.append(name)
                clip.append(f"{name}/{video.stem}")
                groups.append(truth.group)
                allowed.append([label in labels for label in LABELS])
                body.append(bodies.find(clip[-1], seconds, stored["square"][row]))
        if not luma:
            raise UserError(
                f"Nothing that moves is known in {folder}: tinyact-train prepare and cache-pixels "
                "first."
            )
        return cls(
            np.stack(luma),
            np.array(start, np.float32),
            np.array(sets),
            np.array(clip),
            np.array(groups),
            np.array(allowed),
            np.array(body, np.int64),
        )


class _Bodies:
    """Finds the person window in which a moving square's movement is a body's."""

    def __init__(self, people: Windows) -> None:
        """Index flat person windows, `clip` "set/stem/person", by video and person."""
        self._people = people
        self._rows: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for row in np.flatnonzero(people.flat).tolist():
            video, _, person = str(people.clip[row]).rpartition("/")
            self._rows[video][person].append(row)

    def find(self, video: str, start: float, moving: NDArray[np.float32]) -> int:
        """Return the row of whose square overlaps `moving` (x, y, side) most, -1 if none's does.

        Of each person it is the window that starts nearest, at most two frames from `start`.
        """
        best, most = -1, _LEAST_OVERLAP
        for row in self._nearest(self._rows.get(video, {}).values(), start):
            overlap = _overlap(moving, *square(self._people.joints[row]))
            if overlap >= most:
                best, most = row, overlap
        return best

    def _nearest(self, persons: Iterable[list[int]], start: float) -> Iterable[int]:
        """Yield each person's row that starts nearest to `start`, if it is near."""
        for rows in persons:
            away = np.abs(self._people.start[rows] - start)
            nearest = int(away.argmin())
            if away[nearest] <= (_NEAR + 0.5) / FPS:
                yield rows[nearest]


def _overlap(moving: NDArray[np.float32], centre: NDArray[np.float32], side: float) -> float:
    """Return the intersection over the union of a square (x, y, side) and another one."""
    reach = (float(moving[2]) + side) / 2 - np.abs(moving[:2] - centre)
    shared = float(np.prod(reach.clip(0, min(float(moving[2]), side))))
    return shared / (float(moving[2]) ** 2 + side**2 - shared)
