"""Cut what moves out of two seconds of luma, without a network: a clip of the `rgb` view.

The view keeps its usual name but sees brightness only: colour costs more to decode than it tells.
As in a body clip, one square stands still around the whole movement, so that a body's path through
it remains; also when the body lies still at the end. Training cuts its clips with this file too.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

import cv2
from cv2.typing import MatLike
import numpy as np
from numpy.typing import NDArray

from .bundle import ClipSpec
from .clip import JOINTS, Clip, follows

# Without landmarks nobody can be told from anybody: all that moves is one person.
_WHO = 1
_NO_FIGURES = np.zeros(0, np.float32)
_NO_JOINTS = np.empty((0, len(JOINTS), 3), np.float32)
# Of fewer of a clip's pictures nothing is told.
_MIN_SEEN = 0.6

# Movement is looked for in a picture about this wide, averaged, so that noise is, too.
_COLUMNS = 160
# A pixel moves when it ranges over more than so many levels, more where soft shadows are brighter,
# and so many times what the quietest pixels do, of which every room has this share.
_LEVELS = 3.0
_SHADOW = 0.05  # of the picture's mean
_NOISES = 2.0
_QUIET = 0.3
# When even quiet pixels range over so many levels, and the picture's mean as far, it is the light;
# a camera that shakes leaves the mean as it is.
_LIGHT = 16.0
# A share of moving pixels under this is nothing.
_MOVEMENT = 0.001
# What is this near, in pixels of the small picture, moves as one; what moves less than this share
# of the part that moves most is a leaf, a screen or a clock.
_NEAR = 4
_PART = 0.1
# This share of the movement at each end of the box is shadow and blur.
_TRIM = 0.01
_MARGIN = 1.3
# A square is at least this share of the picture's height: to an arm that waves belongs a body.
_SMALLEST = 0.4

# Contrast is judged within so many parts of a square's side; what has less than this share of the
# whole clip's contrast is left as flat as it is.
_LOCAL = 5
_FLAT = 0.25
_SHADES = 48.0  # a standard deviation of local contrast
# Full scale of a difference covers this share of the pixels, and never less than so many times what
# half of them do, or so many levels: a square in which hardly anything moves is not full of noise.
_STRONG = 0.995
_ABOVE = 10.0
_FAINT = 8.0
_MIDDLE: Final = 128


class PixelClipBuilder:
    """Collects one camera's luma and hands out a clip of what moves every `spec.hop` frames."""

    def __init__(self, spec: ClipSpec) -> None:
        """Build clips as `spec` says; they are square."""
        self._spec = spec
        self.reset()

    def reset(self) -> None:
        """Forget what was seen: the next picture does not follow the last one."""
        self._times: deque[float] = deque(maxlen=self._spec.frames)
        self._recent: deque[NDArray[np.uint8]] = deque(maxlen=self._spec.frames)
        self._count = 0
        self._is_due = False

    def add(self, image: NDArray[np.uint8], at: float) -> list[Clip]:
        """Take the luma, uint8 [H, W], at `at` seconds; return the clip that is due, if one is.

        To be called `spec.fps` times a second; after a gap, or when the picture's size changes, the
        builder starts anew. Nothing is due while nothing moves.
        """
        self._note(image, at)
        return self._clips() if self._is_due else []

    def look_closer(self, person: int) -> None:
        """Do nothing: what moves is nobody in particular."""

    def rest(self) -> list[Clip]:
        """Return the clip of the last pictures, though it is not due yet: no more follow."""
        return self._clips() if self._is_due or self._count % self._spec.hop else []

    def _clips(self) -> list[Clip]:
        self._is_due = False
        if len(self._recent) < _MIN_SEEN * self._spec.frames:
            return []
        luma = luma_window(self._recent, self._spec.frames)
        found = moving_square(luma)
        if found is None:
            return []
        frames = pixel_channels(cut_luma(luma, *found, self._spec.height))
        centre, side = found
        (left, top), (right, bottom) = (centre - side / 2).tolist(), (centre + side / 2).tolist()
        box = (left, top, right, bottom)
        return [Clip(_WHO, self._times[0], self._times[-1], frames, _NO_JOINTS, _NO_FIGURES, box)]

    def miss(self, at: float) -> None:
        """Note that the picture at `at` seconds is not looked at: it was as the one before.

        A clip that is due then waits for the next picture.
        """
        if self._recent:
            self._note(self._recent[-1], at)

    def _note(self, image: NDArray[np.uint8], at: float) -> None:
        if self._times and not self._goes_on(image, at):
            self.reset()
        self._times.append(at)
        self._recent.append(image)
        self._count += 1
        self._is_due |= self._count % self._spec.hop == 0

    def _goes_on(self, image: NDArray[np.uint8], at: float) -> bool:
        return image.shape == self._recent[-1].shape and follows(self._times[-1], at, self._spec)


def luma_window(recent: Sequence[NDArray[np.uint8]], length: int) -> NDArray[np.uint8]:
    """Return the last pictures, uint8 [h, w] each, as a window, uint8 [length, h, w].

    Fewer than `length` begin at rest: with the first of them, again and again.
    """
    return np.stack([recent[0]] * (length - len(recent)) + list(recent))


def moving_square(luma: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float] | None:
    """Return the centre, float32 [2] (x, y), and side of the square around all that moves.

    `luma` is uint8 [T, h, w]; centre and side are in its pixels, and the square lies inside the
    picture as far as it fits. None when nothing moves, or the light changes everywhere.
    """
    size = np.array(luma.shape[:0:-1], np.float32)
    small, step = _shrink(luma)
    box = _moving_box(small)
    if box is None:
        return None
    low, high = box * step
    smallest, largest = _SMALLEST * float(size[1]), float(size.max())
    side = min(max(float((high - low).max()) * _MARGIN, smallest), largest)
    half = np.minimum(side, size) / 2
    return ((low + high) / 2).clip(half, size - half), side


def cut_luma(
    luma: NDArray[np.uint8], centre: NDArray[np.float32], side: float, size: int
) -> NDArray[np.uint8]:
    """Return one square of all frames, uint8 [T, size, size], of `luma`, uint8 [T, h, w].

    `centre`, float32 [2] (x, y), and `side` are in pixels. Outside the frames, their edge goes on.
    """
    length = max(round(side), 1)
    left, top = (round(at - length / 2) for at in centre.tolist())
    height, width = luma.shape[1:]
    inside = luma[:, max(top, 0) : max(top + length, 0), max(left, 0) : max(left + length, 0)]
    outside = (
        *(max(-top, 0), max(top + length - height, 0)),
        *(max(-left, 0), max(left + length - width, 0)),
    )
    way = cv2.INTER_AREA if length > size else cv2.INTER_LINEAR
    crop = np.empty((len(luma), size, size), np.uint8)
    for target, frame in zip(crop, inside, strict=True):
        whole = cv2.copyMakeBorder(frame, *outside, cv2.BORDER_REPLICATE)
        cv2.resize(whole, (size, size), target, interpolation=way)
    return crop


def pixel_channels(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return what a network sees of a square, uint8 [T, s, s, 3], of its luma, uint8 [T, s, s].

    In order: local contrast around 128, in which brightness and lamps no longer show; how far each
    pixel is from its median over time, in which the room no longer shows; the change since the
    frame before, around 128. The last two are scaled to the clip's own strongest movement, above
    its noise.
    """
    clip = np.empty((*crop.shape, 3), np.uint8)
    clip[..., 0] = _local_contrast(crop)
    middle = len(crop) // 2
    usual = np.partition(crop, middle, axis=0)[middle]
    # To OpenCV the frames are one tall picture.
    frames = crop.reshape(-1, crop.shape[2])
    away = cv2.absdiff(frames, np.tile(usual, (len(crop), 1)))
    clip[..., 1] = cv2.convertScaleAbs(away, alpha=255 / _full_scale(away)).reshape(crop.shape)
    before = np.concatenate([crop[:1], crop[:-1]]).reshape(frames.shape)
    gain = (_MIDDLE - 1) / _full_scale(cv2.absdiff(frames, before))
    change = cv2.addWeighted(frames, gain, before, -gain, _MIDDLE)
    clip[..., 2] = change.reshape(crop.shape)
    return clip


def _shrink(luma: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Return `luma` averaged over squares of so many pixels, and how many.

    A whole number of pixels makes it many times quicker; the rest at right and bottom is left out.
    """
    step = max(1, luma.shape[2] // _COLUMNS)
    if step == 1:
        return luma, 1
    rows, columns = luma.shape[1] // step, luma.shape[2] // step
    small = np.empty((len(luma), rows, columns), np.uint8)
    whole = luma[:, : rows * step, : columns * step]
    for target, frame in zip(small, whole, strict=True):
        cv2.resize(frame, (columns, rows), target, interpolation=cv2.INTER_AREA)
    return small, step


def _moving_box(luma: NDArray[np.uint8]) -> NDArray[np.float32] | None:
    """Return the box around what moves, float32 [2, 2]: lowest and highest (x, y)."""
    low, high = luma.min(0), luma.max(0)
    reach = cv2.blur(cv2.subtract(high, low), (3, 3))
    quiet = round(reach.size * _QUIET)
    noise = float(np.partition(reach.ravel(), quiet)[quiet])
    if noise > _LIGHT and float(np.ptp(luma.mean((1, 2)))) > noise:
        return None
    level = _LEVELS + _SHADOW * cv2.mean(luma[0])[0] + _NOISES * noise
    _, moves = cv2.threshold(reach, level, 255, cv2.THRESH_TOZERO)
    moves = cv2.morphologyEx(moves, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    if cv2.countNonZero(moves) < _MOVEMENT * moves.size:
        return None
    main = _main_parts(moves)
    spans = np.array([_span(main.sum(0)), _span(main.sum(1))], np.float32)
    return spans.T


def _main_parts(moves: MatLike) -> NDArray[np.float64]:
    """Return how much each pixel moves, [h, w], without the parts that move little in all."""
    near = np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)
    _, parts = cv2.connectedComponents(cv2.dilate(moves, near))
    amount = np.bincount(parts.ravel(), moves.ravel())
    return np.where((amount >= _PART * amount.max())[parts], moves, 0).astype(np.float64)


def _span(amount: NDArray[np.float64]) -> tuple[int, int]:
    """Return where nearly all of an amount along a line begins and ends."""
    total = np.cumsum(amount)
    first, last = np.searchsorted(total, total[-1] * np.array([_TRIM, 1 - _TRIM]))
    return int(first), int(last) + 1


def _local_contrast(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return luma, [T, s, s], less its surroundings' mean and divided by their deviation."""
    # To OpenCV the frames are the channels of one picture.
    levels = np.ascontiguousarray(crop.transpose(1, 2, 0), np.float32)
    reach = (max(1, crop.shape[1] // _LOCAL),) * 2
    mean = cv2.blur(levels, reach)
    variance = np.maximum(cv2.sqrBoxFilter(levels, cv2.CV_32F, reach) - mean * mean, 0)
    flat = _FLAT * float(levels.std()) + 1
    contrast = (levels - mean) / (np.sqrt(variance) + flat)
    return (contrast * _SHADES + _MIDDLE).clip(0, 255).transpose(2, 0, 1)


def _full_scale(change: MatLike) -> float:
    """Return the level that all but a clip's strongest changes, uint8, stay under.

    It is so far above what most of the square does that noise alone stays faint.
    """
    count = np.bincount(change.ravel(), minlength=256).cumsum()
    usual, strong = np.searchsorted(count, count[-1] * np.array([0.5, _STRONG]))
    return float(max(strong, usual * _ABOVE, _FAINT))
