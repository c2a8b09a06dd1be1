"""What a student is shown: clips uint8 [16, 64, 64, 3] of windows, disturbed anew each time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tinyact_edge.bundle import ClipSpec
from tinyact_edge.clip import draw, fill_gaps
from tinyact_edge.figures import figures
from tinyact_edge.pixel_clip import pixel_channels
from tinyact_edge.variants import disturb

from .augment import change_speed, film
from .pixel_windows import PixelWindows
from .recipe import Recipe
from .sets import FPS
from .windows import FRAMES, Windows

SPEC = ClipSpec(view="body", frames=FRAMES, height=64, width=64, channels=3, fps=FPS, hop=4)
_HALF = 0.5
# Shares of an epoch: windows that may be several labels, and those that show nothing: most of a
# day is nothing, and takes many forms. Every other label has a share of 1.
_SEVERAL, _NOTHING = 1.0, 3.0
# A filmed window counts as much as this many captured ones.
_FILMED = 2.0


def spec_of(recipe: Recipe) -> ClipSpec:
    """Return what an encoder of `recipe` is shown."""
    return replace(SPEC, view=recipe.view, encoding=recipe.encoding)


class Examples(Protocol):
    """Windows of either view that can be shown as clips."""

    def __len__(self) -> int:
        """Return the count of windows."""
        ...

    def clip(self, index: int) -> NDArray[np.uint8]:
        """Return one window as uint8 [16, 64, 64, 3]."""
        ...

    def figures(self, index: int) -> NDArray[np.float32]:
        """Return the figures of the same window, float32 [60]; [0] where no joints are known."""
        ...


class Drawn:
    """Bodies drawn as clips: disturbed anew each time, or as they are."""

    def __init__(
        self, windows: Windows, seed: int, *, augment: bool, encoding: str = "joints"
    ) -> None:
        """Draw `windows`; the same seed disturbs them the same way."""
        self._windows = windows
        self._seed = seed
        self._augment = augment
        self._spec = replace(SPEC, encoding=encoding)

    def __len__(self) -> int:
        """Return the count of windows."""
        return len(self._windows)

    def clip(self, index: int) -> NDArray[np.uint8]:
        """Return one window as uint8 [16, 64, 64, 3]."""
        return draw(self.joints(index), self._spec)

    def figures(self, index: int) -> NDArray[np.float32]:
        """Return the figures of the same window, float32 [60]."""
        return np.nan_to_num(figures(fill_gaps(self.joints(index))))

    def true_figures(self, index: int) -> NDArray[np.float32]:
        """Return the figures, float32 [60], before a detector's errors; NaN if not all known."""
        joints, _ = self._filmed(index)
        return figures(fill_gaps(joints))

    def joints(self, index: int) -> NDArray[np.float32]:
        """Return flat joints float32 [16, 13, 3] as a detector finds them."""
        joints, rng = self._filmed(index)
        return disturb(joints, rng) if self._augment else joints

    def _filmed(self, index: int) -> tuple[NDArray[np.float32], np.random.Generator]:
        """Return flat joints float32 [16, 13, 3], and what further chances come from."""
        windows = self._windows
        rng = np.random.default_rng((self._seed, index))
        joints = windows.joints[index]
        if self._augment:
            joints = change_speed(fill_gaps(joints), rng)
        if not windows.flat[index]:
            joints = film(joints, rng)
        return joints, rng


class Pixels:
    """The moving part of pictures as clips: disturbed anew each time, or as they are."""

    def __init__(self, windows: PixelWindows, seed: int, *, augment: bool) -> None:
        """Show `windows`; the same seed disturbs them the same way."""
        self._windows = windows
        self._seed = seed
        self._augment = augment

    def __len__(self) -> int:
        """Return the count of windows."""
        return len(self._windows)

    def clip(self, index: int) -> NDArray[np.uint8]:
        """Return one window as uint8 [16, 64, 64, 3]."""
        luma = self._windows.luma[index]
        size, whole = SPEC.height, luma.shape[1]
        left = top = (whole - size) // 2
        if self._augment:
            rng = np.random.default_rng((self._seed, index))
            size = int(rng.integers(size - 8, whole + 1))
            top, left = rng.integers(0, whole - size + 1, 2)
            luma = _other_light(luma, rng)
            if rng.random() < _HALF:
                luma = luma[:, :, ::-1]
                left = whole - size - left
        luma = luma[:, top : top + size, left : left + size]
        if size != SPEC.height:
            luma = np.stack([cv2.resize(frame, (SPEC.width, SPEC.height)) for frame in luma])
        return pixel_channels(np.ascontiguousarray(luma))

    def figures(self, _index: int) -> NDArray[np.float32]:
        """Return nothing, float32 [0]: pixels have no joints."""
        return np.zeros(0, np.float32)


def examples_of(
    windows: Windows | PixelWindows, recipe: Recipe, seed: int, *, augment: bool
) -> Examples:
    """Return what a student of `recipe` is shown of `windows`."""
    if isinstance(windows, PixelWindows):
        return Pixels(windows, seed, augment=augment)
    return Drawn(windows, seed, augment=augment, encoding=recipe.encoding)


def _other_light(luma: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return the pictures under another light, with another camera's noise."""
    curve = 255 * (np.arange(256) / 255) ** np.exp(rng.normal(0, 0.35)) * rng.uniform(0.6, 1.2)
    noise = rng.normal(0, rng.uniform(0, 5), luma.shape)
    return np.asarray(np.clip(curve[luma] + noise, 0, 255), np.uint8)


def batches(
    examples: Examples, chosen: NDArray[np.integer[Any]], size: int
) -> Iterator[tuple[NDArray[np.integer[Any]], NDArray[np.uint8]]]:
    """Yield the indices of `size` windows and their clips uint8 [size, 16, 64, 64, 3].

    The next batch is drawn while this one is learnt from. In a thread: torch holds no lock while
    it computes, and forking a process that has run OpenVINO was seen to crash it.
    """

    def batch(part: NDArray[np.integer[Any]]) -> NDArray[np.uint8]:
        return np.stack([examples.clip(index) for index in part.tolist()])

    parts = [chosen[at : at + size] for at in range(0, len(chosen), size)]
    with ThreadPoolExecutor(1) as artist:
        drawing = [artist.submit(batch, parts[0])]
        for part, following in zip(parts, [*parts[1:], None], strict=True):
            if following is not None:
                drawing.append(artist.submit(batch, following))
            yield part, drawing.pop(0).result()


def sampling_chances(windows: Windows | PixelWindows) -> NDArray[np.float64]:
    """Return how often each window is drawn, float64 [M] with sum 1.

    Every set of allowed labels has its share, every data set within it a part of that by the square
    root of its size; filmed windows count double.
    """
    kinds = np.array([row.tobytes().hex() for row in windows.allowed])
    filmed = windows.flat if isinstance(windows, Windows) else np.ones(len(windows), np.bool_)
    chances = np.zeros(len(windows))
    for kind in np.unique(kinds):
        members = kinds == kind
        for name in np.unique(windows.set[members]):
            part = members & (windows.set == name)
            chances[part] = part.sum() ** -0.5 * (_FILMED if filmed[part][0] else 1.0)
        allowed = windows.allowed[members][0]
        share = _SEVERAL if allowed.sum() > 1 else _NOTHING if allowed[0] else 1.0
        chances[members] *= share / chances[members].sum()
    return np.asarray(chances / chances.sum())
