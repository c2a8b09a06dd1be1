"""Draw the last two seconds of a person's movement as a body clip.

Training draws its clips with this file too, so that what is trained on is what is seen. A clip
holds no pixel of the camera: a body is drawn from its joints, in one square that holds the whole
movement, so the person's size in it and path through it tell how far the body moved.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .bundle import ClipSpec
from .figures import figures
from .person import Person

# Joints common to BlazePose, COCO, Kinect and motion capture.
JOINTS = (
    "head",
    *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist"),
    *("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
)
# BlazePose's own numbers of all joints but the head, which is the middle of both ears.
_BLAZEPOSE = (11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
_EARS = (7, 8)

_HEAD, _LEFT_SHOULDER, _RIGHT_SHOULDER, _LEFT_HIP, _RIGHT_HIP = 0, 1, 2, 7, 8
_ARMS = ((1, 3), (3, 5), (2, 4), (4, 6))
_LEGS = ((7, 9), (9, 11), (8, 10), (10, 12))
_TRUNK = ((1, 2), (7, 8), (1, 7), (2, 8))
_ARM_JOINTS, _LEG_JOINTS, _TRUNK_JOINTS = (3, 4, 5, 6), (9, 10, 11, 12), (0, 1, 2, 7, 8)
# A limb that the network only guesses is drawn, but faintly.
_FAINTEST = 0.35
_VISIBLE = 0.2
_MARGIN = 1.15
_SUBPIXEL = 4  # bits
# Thin, sharp limbs miss each other by a pixel from one frame to the next, and teach slowly.
_LIMB, _SOFT, _KERNEL = 3, 1.0, (3, 3)
_SPOT, _SPOT_KERNEL = 24, (5, 5)  # the radius in subpixels
_SMALLEST_HEAD = 1.2
_FARTHEST = 4  # clips
# A window needs something to see in this share of its frames, or it shows nothing.
MIN_PRESENT = 0.375
# Frames that come this many times their usual distance apart do not belong to one window.
_GAP = 2.5

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Clip:
    """One person's window.

    `frames` is uint8 [T, H, W, 3], black where the person was not seen; `joints` are what it was
    drawn from, float32 [T, 13, 3], and `figures` float32 [60]: both [0] long where no joints are
    known. `started_at` and `at` are the times of the first and the last frame in seconds. `box` is
    around the person where last seen: left, top, right and bottom, in pixels of the picture.
    `in_view` tells whether that was in the last frame.
    """

    person: int
    started_at: float
    at: float
    frames: NDArray[np.uint8]
    joints: NDArray[np.float32]
    figures: NDArray[np.float32]
    box: Box
    in_view: bool = True


class ClipBuilder:
    """Collects one camera's people and hands out a clip of each every `spec.hop` frames.

    Of whom a closer look was asked for there is one more, halfway to the next.
    """

    def __init__(self, spec: ClipSpec) -> None:
        """Build clips as `spec` says."""
        self._spec = spec
        self.reset()

    def reset(self) -> None:
        """Forget everybody: the next frame does not follow the last one."""
        self._times: deque[float] = deque(maxlen=self._spec.frames)
        # Who was where in each frame; None where nobody looked.
        self._seen: deque[dict[int, NDArray[np.float32]] | None] = deque(maxlen=self._spec.frames)
        self._count = 0
        self._is_due = self._is_half_due = False
        self._closer: set[int] = set()
        self._done: set[int] = set()  # of whom there is a clip that ends with the last frame

    def look_closer(self, person: int) -> None:
        """Hand out a clip of `person` halfway to the next, too, once; from any thread."""
        self._closer.add(person)

    def add(self, people: Sequence[Person], at: float) -> list[Clip]:
        """Take the people of the frame at `at` seconds and return the clips that are due.

        To be called `spec.fps` times a second; after a gap the builder starts anew.
        """
        return self._take({person.id: body_joints(person.landmarks) for person in people}, at)

    def miss(self, at: float) -> None:
        """Note that the frame at `at` seconds is not looked at: people are drawn in between.

        A clip that is due then waits for the next frame.
        """
        self._take(None, at)

    def _take(self, seen: dict[int, NDArray[np.float32]] | None, at: float) -> list[Clip]:
        if self._times and not follows(self._times[-1], at, self._spec):
            self.reset()
        self._times.append(at)
        self._seen.append(seen)
        self._count += 1
        self._done.clear()
        self._is_due |= self._count % self._spec.hop == 0
        self._is_half_due |= self._count % self._spec.hop == self._spec.hop // 2
        if seen is None:
            return []
        if self._is_due:
            self._is_due = self._is_half_due = False
            return self._clips(self._present())
        if self._is_half_due:
            self._is_half_due = False
            closer = self._closer.copy()
            self._closer -= closer
            return self._clips(self._present() & closer)
        return []

    def rest(self) -> list[Clip]:
        """Return the clips of the last frames, though they are not due yet: no more follow."""
        return self._clips(self._present() - self._done)

    def _clips(self, people: set[int]) -> list[Clip]:
        self._done |= people
        return [self._clip(person) for person in sorted(people)]

    def _present(self) -> set[int]:
        """Return who was seen in enough of the last frames."""
        looked = [frame for frame in self._seen if frame is not None]
        enough = MIN_PRESENT * self._spec.frames * len(looked) / max(len(self._seen), 1)
        present = Counter(person for frame in looked for person in frame)
        return {person for person, frames in present.items() if frames >= enough}

    def _clip(self, person: int) -> Clip:
        window = fill_gaps(self._window(person))
        return Clip(
            person,
            self._times[0],
            self._times[-1],
            draw(window, self._spec),
            window,
            figures(window),
            last_box(window),
            not np.isnan(window[-1]).any(),
        )

    def _window(self, person: int) -> NDArray[np.float32]:
        """Return float32 [T, 13, 3]; frames without the person, or before the first, are NaN."""
        window = np.full((self._spec.frames, len(JOINTS), 3), np.nan, np.float32)
        for row, frame in enumerate(self._seen, self._spec.frames - len(self._seen)):
            if frame is not None and person in frame:
                window[row] = frame[person]
        return window


def follows(before: float, at: float, spec: ClipSpec) -> bool:
    """Tell whether a frame at `at` seconds goes on with a window whose last was at `before`."""
    return 0 < at - before < _GAP / spec.fps


def body_joints(landmarks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32 [13, 3] (x, y, visibility) in the order of JOINTS from BlazePose's [33, 4]."""
    joints = np.empty((len(JOINTS), 3), np.float32)
    joints[0] = landmarks[_EARS, :][:, (0, 1, 3)].mean(0)
    joints[1:] = landmarks[_BLAZEPOSE, :][:, (0, 1, 3)]
    return joints


def draw(window: NDArray[np.float32], spec: ClipSpec) -> NDArray[np.uint8]:
    """Draw joints float32 [T, 13, 3] (x, y in any one unit, y down, visibility; NaN: not there).

    Returns uint8 [T, H, W, 3]: arms, legs, and trunk with head, each in a channel of its own, so
    that a left and a right that the landmark network confuses do not matter.
    """
    return _ENCODINGS[spec.encoding](window, spec)


def draw_joints(window: NDArray[np.float32], spec: ClipSpec) -> NDArray[np.uint8]:
    """Draw as `draw` does, every joint as a spot.

    Unlike a limb, a joint looks alike from wherever it is seen: what learnt from spots was found to
    do better in front of cameras that it had not seen (docs/results.md).
    """

    def body(layers: NDArray[np.uint8], joints: _Drawable) -> None:
        for layer, members in zip(layers, (_ARM_JOINTS, _LEG_JOINTS, _TRUNK_JOINTS), strict=True):
            for joint in members:
                at, shade = joints.points[joint], joints.shades[joint]
                cv2.circle(layer, at, _SPOT, shade, cv2.FILLED, cv2.LINE_AA, _SUBPIXEL)

    return _drawn(window, spec, body, _SPOT_KERNEL)


def draw_limbs(window: NDArray[np.float32], spec: ClipSpec) -> NDArray[np.uint8]:
    """Draw as `draw` does, limbs as lines."""

    def body(layers: NDArray[np.uint8], joints: _Drawable) -> None:
        points, shades = joints.points, joints.shades
        for layer, limbs in zip(layers, (_ARMS, _LEGS, _TRUNK), strict=True):
            for start, end in limbs:
                shade = min(shades[start], shades[end])
                cv2.line(layer, points[start], points[end], shade, _LIMB, cv2.LINE_AA, _SUBPIXEL)
        head, size = points[_HEAD], joints.head
        cv2.circle(layers[2], head, size, shades[_HEAD], cv2.FILLED, cv2.LINE_AA, _SUBPIXEL)

    return _drawn(window, spec, body, _KERNEL)


class _Drawable(NamedTuple):
    """One frame's joints: places and the head's radius in subpixels, and how bright they are."""

    points: list[list[int]]
    shades: list[float]
    head: int


def _drawn(
    window: NDArray[np.float32],
    spec: ClipSpec,
    body: Callable[[NDArray[np.uint8], _Drawable], None],
    kernel: tuple[int, int],
) -> NDArray[np.uint8]:
    """Return a clip of what `body` draws into three black layers uint8 [3, H, W] of each frame."""
    window = fill_gaps(window)
    clip = np.zeros((len(window), spec.height, spec.width, 3), np.uint8)
    pixels = clip_pixels(window, spec)
    is_seen = ~np.isnan(pixels).any((1, 2))
    joints = zip(
        _in_subpixels(pixels[is_seen]),
        np.rint(255 * (_FAINTEST + (1 - _FAINTEST) * window[is_seen, :, 2])).tolist(),
        _in_subpixels(_head_radius(pixels[is_seen])),
        strict=True,
    )
    layers = np.empty((3, spec.height, spec.width), np.uint8)
    for number, one in zip(np.flatnonzero(is_seen), joints, strict=True):
        layers[...] = 0
        body(layers, _Drawable(*one))
        clip[number] = cv2.GaussianBlur(cv2.merge(list(layers)), kernel, _SOFT)
    return clip


_ENCODINGS: dict[str, Callable[[NDArray[np.float32], ClipSpec], NDArray[np.uint8]]] = {
    "limbs": draw_limbs,
    "joints": draw_joints,
}


def clip_pixels(window: NDArray[np.float32], spec: ClipSpec) -> NDArray[np.float32]:
    """Return where in a clip joints float32 [T, 13, 3] lie, float32 [T, 13, 2] (x, y), in pixels.

    What is guessed may lie outside, but never farther than a few clips: where hardly anything is
    visible the square is tiny, and OpenCV refuses coordinates that overflow.
    """
    centre, side = square(window)
    size = np.array([spec.width, spec.height], np.float32)
    pixels = (window[..., :2] - centre) / side * size + size / 2
    return np.clip(pixels, -_FARTHEST * size, _FARTHEST * size)


def square(window: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Return centre, float32 [2], and side of the square around everything visible in a window.

    `window` is float32 [T, 13, 3] as for `draw`, and so is the unit.
    """
    points = window[window[..., 2] > _VISIBLE][:, :2]
    if not len(points):
        points = window[~np.isnan(window[..., 0])][:, :2]
    if not len(points):
        return np.zeros(2, np.float32), 1.0
    low, high = points.min(0), points.max(0)
    return (low + high) / 2, max(float((high - low).max()) * _MARGIN, 1e-6)


def last_box(window: NDArray[np.float32]) -> Box:
    """Return the box around what is visible of a person in the last frame with them in it.

    `window` is float32 [T, 13, 3] as for `draw`, with somebody in it; the unit is its own.
    """
    body = window[~np.isnan(window[:, 0, 0])][-1]
    visible = body[body[:, 2] > _VISIBLE]
    points = (visible if len(visible) else body)[:, :2]
    (left, top), (right, bottom) = points.min(0).tolist(), points.max(0).tolist()
    return left, top, right, bottom


def fill_gaps(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return joints float32 [T, 13, 3] with a person between where last and next seen.

    Frames before the first and after the last sighting stay NaN.
    """
    seen = np.flatnonzero(~np.isnan(window[:, 0, 0]))
    if not 0 < len(seen) < len(window):
        return window
    filled = window.copy()
    for frame in np.setdiff1d(np.arange(seen[0], seen[-1]), seen).tolist():
        after = int(np.searchsorted(seen, frame))
        one, other = int(seen[after - 1]), int(seen[after])
        part = (frame - one) / (other - one)
        filled[frame] = window[one] * (1 - part) + window[other] * part
    return filled


def _head_radius(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how large a head to draw so that it is seen, [T], of joints float32 [T, 13, 2]."""
    neck = (pixels[:, _LEFT_SHOULDER] + pixels[:, _RIGHT_SHOULDER]) / 2
    hips = (pixels[:, _LEFT_HIP] + pixels[:, _RIGHT_HIP]) / 2
    length = np.hypot(*(neck - hips).T).astype(np.float64)
    radius: NDArray[np.float64] = np.maximum(0.18 * length, _SMALLEST_HEAD)
    return radius.astype(np.float32)


def _in_subpixels(pixels: NDArray[np.float32]) -> Any:
    """Return `pixels` in nested lists, in the fractions of a pixel that OpenCV draws with."""
    return np.rint(pixels * (1 << _SUBPIXEL)).astype(int).tolist()
