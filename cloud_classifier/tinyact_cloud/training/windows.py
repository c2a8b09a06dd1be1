"""Cut bodies into 16-frame windows, each with the labels it may have."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from tinyact_edge.clip import MIN_PRESENT

from .sets import FPS, LABELS, Body

FRAMES = 16
# Fewer frames with a body show nothing, and the edge makes no clip of them.
MIN_FRAMES = round(MIN_PRESENT * FRAMES)


class Labelled(Protocol):
    """M windows of whatever view, and what is known of each: see Windows."""

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """Which labels each may have, bool [M, len(LABELS)]."""
        ...

    @property
    def set(self) -> NDArray[np.str_]:
        """The data set of each, str [M]."""
        ...

    @property
    def clip(self) -> NDArray[np.str_]:
        """The recording of each, str [M]."""
        ...

    @property
    def group(self) -> NDArray[np.str_]:
        """What must not be on both sides of a split, str [M]."""
        ...

    def __len__(self) -> int:
        """Return the count of windows."""
        ...

    def __getitem__(self, chosen: NDArray[np.generic]) -> Self:
        """Return the windows that an index or mask array chooses."""
        ...


W = TypeVar("W", bound=Labelled)


@dataclass(frozen=True, slots=True)
class Windows:
    """M windows.

    `joints` float32 [M, 16, 13, 3] and `flat` bool [M] as in sets.Body; `allowed` bool
    [M, len(LABELS)]; `start` float32 [M], seconds; `set`, `clip`, `group`, `action`
    str [M].
    """

    joints: NDArray[np.float32]
    flat: NDArray[np.bool_]
    allowed: NDArray[np.bool_]
    start: NDArray[np.float32]
    set: NDArray[np.str_]
    clip: NDArray[np.str_]
    group: NDArray[np.str_]
    action: NDArray[np.str_]

    def __len__(self) -> int:
        """Return the count of windows."""
        return len(self.joints)

    def __getitem__(self, chosen: NDArray[np.generic]) -> Self:
        """Return the windows that an index or mask array chooses."""
        return type(self)(
            self.joints[chosen],
            self.flat[chosen],
            self.allowed[chosen],
            self.start[chosen],
            self.set[chosen],
            self.clip[chosen],
            self.group[chosen],
            self.action[chosen],
        )


def cut(bodies: Iterable[Body], stride: int) -> Windows:
    """Cut a window every `stride` frames. Raises ValueError when none comes of it."""
    joints, flat, allowed, start, sets, clips, groups = [], [], [], [], [], [], []
    actions = []
    for body in bodies:
        for first, window in _spans(body, stride):
            seconds = first / FPS
            labels = body.labels(seconds, seconds + (FRAMES - 1) / FPS)
            if labels is None or _drawable(window).sum() < MIN_FRAMES:
                continue
            joints.append(window)
            flat.append(body.flat)
            allowed.append([label in labels for label in LABELS])
            start.append(seconds)
            sets.append(body.set)
            clips.append(body.clip)
            groups.append(body.group)
            actions.append(body.action)
    if not joints:
        raise ValueError("no window: is the data folder right, and has `prepare` run?")
    return Windows(
        np.stack(joints),
        np.array(flat),
        np.array(allowed),
        np.array(start, np.float32),
        np.array(sets),
        np.array(clips),
        np.array(groups),
        np.array(actions),
    )


def _spans(body: Body, stride: int) -> Iterable[tuple[int, NDArray[np.float32]]]:
    """Yield the first frame's number and the joints [16, 13, 3] of each window."""
    missing = FRAMES - len(body.joints)
    if missing > 0:
        # A video begins with nobody seen; a cut-out movement begins and ends at rest.
        before = missing if body.flat else missing // 2
        pad = ((before, missing - before), (0, 0), (0, 0))
        mode = {"mode": "constant", "constant_values": np.nan} if body.flat else {"mode": "edge"}
        yield -before, np.pad(body.joints, pad, **mode)
        return
    for first in range(0, len(body.joints) - FRAMES + 1, stride):
        yield first, body.joints[first : first + FRAMES]


def _drawable(window: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return in which of T frames [T, 13, 3] a body is drawn: with every joint known, bool [T]."""
    return np.asarray(~np.isnan(window).any((1, 2)))


def limit(windows: Windows, most: int, seed: int) -> Windows:
    """Keep at most `most` windows of one set with one set of labels, so that none drowns all."""
    rng = np.random.default_rng(seed)
    keys = np.char.add(windows.set, [str(row.tobytes()) for row in windows.allowed])
    chosen = []
    for key in np.unique(keys):
        members = np.flatnonzero(keys == key)
        chosen.append(rng.permutation(members)[:most])
    return windows[np.sort(np.concatenate(chosen))]
