"""Find the people in a picture and follow their bodies: BlazePose run by OpenVINO.

Source: Bazarevsky et al., "BlazePose: On-device Real-time Body Pose Tracking", 2020. A detector
finds hips and body size of new people; a landmark network then follows each person from one
frame to the next inside a square that its own last landmarks span.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
import math
import threading

import cv2
from cv2.typing import MatLike
import numpy as np
from numpy.typing import NDArray
import openvino as ov

from . import pose_files

LANDMARKS = 33
MAX_PEOPLE = 4

_DETECTOR_SIZE = 224
_LANDMARK_SIZE = 256
_MIN_DETECTION = 0.5
# How sure the landmark network must be that there is a body: to go on following one, and to begin.
# Shadows and furniture were taken up at 0.50 to 0.57, people from 0.65.
_MIN_PRESENCE = 0.5
_MIN_PRESENCE_NEW = 0.6
# The networks were trained on squares 1.25 times the circle around hips and outstretched body.
_ROI_SCALE = 1.25
# Seconds between two looks for new people: while someone is followed, and while nobody is. Where
# few pictures come, followed people are not looked for in each: so many lie between two looks.
_DETECT_EVERY = 1.0
_DETECT_EVERY_PICTURES = 6
_DETECT_EVERY_ALONE = 0.25
# What moves and was nobody in so many looks is a leaf or a cat: it is looked at less often, unless
# something moves where nothing did, by more than this share of the picture's width.
_IN_VAIN, _DETECT_EVERY_IN_VAIN = 20, 1.0
_ELSEWHERE = 0.1
# At first, so many frames in a row are searched.
_FIRST_VIEWS = 6
# A person lost in the middle of a movement is looked for in every frame for this long, and keeps
# the number if found near the old place.
_LOST_FOR = 1.0
# Pictures at least this much wider than high are also searched by halves.
_WIDE = 1.2
# What moves is looked for in a picture this wide, and differs by so many levels.
_COLUMNS = 160
_MOVES = 16
# The square that is searched around it is so many times larger, and at least so many pixels.
_AROUND, _SMALLEST_VIEW = 1.6, _DETECTOR_SIZE
# A cut-out so many times smaller than what it shows is averaged.
_SHRINKS_MUCH = 1.5
# Pictures darker than this (mean of 0..1) are raised to that: bodies are then found far more often.
_DARK = 0.35
_BRIGHTNESS = 0.45

# So many bodies at once take the landmark network less time than one after the other.
_TOGETHER = (4, 2)

_Roi = tuple[float, float, float, float]  # centre x, y, side (pixels), turn (radians)
_Box = tuple[int, int, int, int]  # left, top, right, bottom (pixels)


@dataclass(frozen=True, slots=True)
class Person:
    """One person in one frame.

    `landmarks` is float32 [33, 4]: x and y in pixels of the frame, z in pixels (towards the camera
    is negative, origin at the hips), visibility 0..1, in BlazePose's order.
    """

    id: int
    landmarks: NDArray[np.float32]


class PoseNetworks:
    """The two networks, compiled once per process. Not thread-safe."""

    def __init__(self, *, exact: bool = False) -> None:
        """Load both networks. Raises PoseFilesError when they are missing or damaged.

        They run in bfloat16 where the processor multiplies that by itself, which halves their time
        and moves landmarks less than a square that lies a pixel beside does (docs/performance.md);
        `exact` keeps float32, to compare.
        """
        core = ov.Core()
        quick = not exact and "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        options = {
            "INFERENCE_NUM_THREADS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if quick else "f32",
        }
        self._detector = core.compile_model(
            core.read_model(pose_files.find("pose_detection.tflite")), "CPU", options
        ).create_infer_request()
        network = core.read_model(pose_files.find("pose_landmark_full.tflite"))
        # The mask, the heat maps and the landmarks in metres that it could also tell take two
        # fifths of its time.
        used = ov.Model(network.outputs[:2], network.get_parameters(), network.get_friendly_name())

        def compiled(bodies: int) -> ov.InferRequest:
            used.reshape([bodies, _LANDMARK_SIZE, _LANDMARK_SIZE, 3])
            return core.compile_model(used, "CPU", options).create_infer_request()

        self._compiled = compiled
        self._landmarks = {1: compiled(1)}
        self._compiler: threading.Thread | None = None
        self._foreseen: dict[tuple[int, _Roi], tuple[NDArray[np.float32], float]] = {}

    def detect(self, image: NDArray[np.uint8], light: "Light") -> list[_Roi]:
        """Return the squares of the people in `image`, uint8 [H, W, 3] RGB, most certain first."""
        height, width = image.shape[:2]
        side = max(height, width)
        left, top = (width - side) / 2, (height - side) / 2
        square = light.adjust(_letterbox(image, _DETECTOR_SIZE))
        # What is written into the engine's own memory need not be handed over.
        sees = self._detector.get_input_tensor(0).data[0]
        np.multiply(square, np.float32(2 / 255), out=sees)
        sees -= 1
        self._detector.infer(share_outputs=True)
        raw = self._detector.get_output_tensor(0).data[0]
        logits = self._detector.get_output_tensor(1).data[0, :, 0]
        likely = np.flatnonzero(logits > math.log(_MIN_DETECTION / (1 - _MIN_DETECTION)))
        likely = likely[np.argsort(-logits[likely])]
        # Four boxes numbers, then x and y of: hips, full body, shoulders, upper body; in pixels
        # from the anchor.
        points = raw[likely, 4:8].reshape(-1, 2, 2) / _DETECTOR_SIZE + _anchors()[likely, None]
        points = points * side + (left, top)
        rois: list[_Roi] = []
        for hips, body in points:
            roi = _roi(hips, body)
            if all(_apart(roi, other) for other in rois):
                rois.append(roi)
        return rois

    def landmarks(
        self, image: NDArray[np.uint8], roi: _Roi, light: "Light", least: float = _MIN_PRESENCE
    ) -> tuple[NDArray[np.float32], _Roi] | None:
        """Return landmarks float32 [33, 4] and the next frame's square, or None: nobody there.

        `least` is the probability of a body below which nobody is there.
        """
        if (id(image), roi) not in self._foreseen:
            self._ask([(image, roi, light)])
        raw, presence = self._foreseen.pop((id(image), roi))
        if presence < least:
            return None
        out_of, scale = _out_of(roi)
        points = raw[:, :2] @ out_of[:, :2].T + out_of[:, 2]
        found = np.empty((LANDMARKS, 4), np.float32)
        found[:, :2] = points[:LANDMARKS]
        found[:, 2] = raw[:LANDMARKS, 2] * scale
        found[:, 3] = 1 / (1 + np.exp(-raw[:LANDMARKS, 3]))
        # Two points beyond the body's 33 span the next square.
        return found, _roi(points[33], points[34])

    def foresee(self, bodies: Sequence[tuple[NDArray[np.uint8], _Roi]]) -> None:
        """Compute together what `landmarks` will be asked for next: of these images and squares."""
        self._foreseen.clear()
        if len(bodies) < min(_TOGETHER):
            return
        if self._compiler is None:
            self._compiler = threading.Thread(target=self._compile, name="compiler")
            self._compiler.start()
        left = [(image, roi, Light(image)) for image, roi in bodies]
        for count in _TOGETHER:
            while len(left) >= count and count in self._landmarks:
                self._ask(left[:count])
                del left[:count]

    def _compile(self) -> None:
        """Make ready for several bodies: it takes seconds, in which nobody is to be missed."""
        for bodies in _TOGETHER:
            self._landmarks[bodies] = self._compiled(bodies)

    def _ask(self, bodies: Sequence[tuple[NDArray[np.uint8], _Roi, "Light"]]) -> None:
        """Have the landmark network look at squares of images, as many as it is compiled for."""
        request = self._landmarks[len(bodies)]
        sees = request.get_input_tensor(0).data
        for seen, (image, roi, light) in zip(sees, bodies, strict=True):
            crop = _cut_out(image, _out_of(roi)[0], _LANDMARK_SIZE)
            np.multiply(light.adjust(crop), np.float32(1 / 255), out=seen)
        request.infer(share_outputs=True)
        told = [request.get_output_tensor(number).data for number in (0, 1)]
        for (image, roi, _), raw, presence in zip(bodies, *told, strict=True):
            self._foreseen[id(image), roi] = raw.reshape(39, 5).copy(), float(presence[0])


class Light:
    """How much a picture must be brightened before the networks see it."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        """Judge the brightness of `image`, uint8 [H, W, 3]."""
        mean = float(image[::8, ::8].mean()) / 255
        self._table: NDArray[np.uint8] | None = None
        if 0 < mean < _DARK:
            gamma = math.log(_BRIGHTNESS) / math.log(mean)
            self._table = np.rint(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)

    def adjust(self, image: MatLike) -> MatLike:
        """Return `image` as the networks should see it: raised and freed of noise if dark."""
        if self._table is None:
            return image
        return cv2.medianBlur(cv2.LUT(image, self._table), 3)


@dataclass(slots=True)
class _Track:
    """A person being followed, or lost a moment ago."""

    id: int
    roi: _Roi
    seen: float


class PersonTracker:
    """Follows up to `max_people` people in one camera's frames."""

    def __init__(self, networks: PoseNetworks, max_people: int = MAX_PEOPLE) -> None:
        """Follow people with `networks`, which several trackers may share in one thread."""
        self._networks = networks
        self._max_people = max_people
        self._next_id = 1
        self.reset()

    def reset(self) -> None:
        """Forget everybody; the next frame is searched anew."""
        self._tracks: list[_Track] = []
        self._lost: list[_Track] = []
        self._looked = -math.inf
        self._since = 0  # pictures since then
        self._views = 0
        self._in_vain = 0  # looks in a row that found nobody, while nobody is followed
        self._nobody: _Box | None = None  # around all that moved meanwhile
        self._before: MatLike | None = None  # what the last look saw, small

    @property
    def squares(self) -> list[_Roi]:
        """Return where `update` will look for those who are followed."""
        return [track.roi for track in self._tracks]

    def update(self, image: NDArray[np.uint8], at: float) -> list[Person]:
        """Return the people in the next frame.

        `image` is uint8 [H, W, 3] RGB, `at` the frame's time in seconds, rising.
        """
        light = Light(image)
        people = [
            person for track in self._tracks if (person := self._follow(image, track, at, light))
        ]
        self._lost = [track for track in self._lost if at - track.seen < _LOST_FOR]
        self._since += 1
        if self._must_look(image, at):
            self._looked, self._since = at, 0
            people += self._look(image, at, light)
            self._in_vain = 0 if people else self._in_vain + 1
            if people:
                self._nobody = None
        return people

    def _must_look(self, image: NDArray[np.uint8], at: float) -> bool:
        if len(self._tracks) >= self._max_people:
            return False
        if self._lost or (not self._tracks and self._views < _FIRST_VIEWS):
            return True
        waited = at - self._looked
        if self._tracks:
            return waited >= _DETECT_EVERY and self._since >= _DETECT_EVERY_PICTURES
        if self._in_vain < _IN_VAIN:
            return waited >= _DETECT_EVERY_ALONE
        return waited >= _DETECT_EVERY_IN_VAIN or (
            waited >= _DETECT_EVERY_ALONE and self._moves_elsewhere(image)
        )

    def _moves_elsewhere(self, image: NDArray[np.uint8]) -> bool:
        """Tell whether something moves outside of where all that moved was nobody."""
        moving = _moving(self._before, _small(image), _step(image))
        if moving is None or self._nobody is None:
            return moving is not None
        room = _ELSEWHERE * image.shape[1]
        return any(
            beyond > room
            for beyond in (
                *(known - now for known, now in zip(self._nobody[:2], moving[:2], strict=True)),
                *(now - known for known, now in zip(self._nobody[2:], moving[2:], strict=True)),
            )
        )

    def _follow(
        self, image: NDArray[np.uint8], track: _Track, at: float, light: Light
    ) -> Person | None:
        """Move `track` to this frame, or to the lost ones."""
        found = self._networks.landmarks(image, track.roi, light)
        others = [other for other in self._tracks if other is not track]
        if found is None or not all(_apart(found[1], other.roi) for other in others):
            self._tracks = others
            self._lost.append(track)
            return None
        landmarks, track.roi = found
        track.seen = at
        return Person(track.id, landmarks)

    def _look(self, image: NDArray[np.uint8], at: float, light: Light) -> list[Person]:
        """Search a part of the picture for new people."""
        left, top, right, bottom = self._view(image)
        found = self._networks.detect(image[top:bottom, left:right], light)
        rois = [(x + left, y + top, side, turn) for x, y, side, turn in found]
        return self._greet(image, rois, at, light)

    def _view(self, image: NDArray[np.uint8]) -> _Box:
        """Return which part to search: in turn all of the picture, and closer where it may pay.

        The detector sees no more of a part than of the whole. Small people show where something
        moves or, if nothing does or much, in one half of a wide picture; the halves take turns.
        """
        height, width = image.shape[:2]
        small = _small(image)
        moving, self._before = _moving(self._before, small, _step(image)), small
        if moving:
            self._nobody = _around(self._nobody or moving, moving)
        self._views += 1
        if self._views % 2:
            return 0, 0, width, height
        if moving and (side := _side(moving)) < height:
            return _square_around(moving, side, width, height)
        if width < height * _WIDE:
            return 0, 0, width, height
        left = 0 if self._views % 4 else width - height
        return left, 0, left + height, height

    def _greet(
        self, image: NDArray[np.uint8], rois: list[_Roi], at: float, light: Light
    ) -> list[Person]:
        """Begin to follow the people in `rois` whom nobody follows yet."""
        people = []
        for roi in rois:
            if len(self._tracks) >= self._max_people:
                break
            if not all(_apart(roi, track.roi) for track in self._tracks):
                continue
            found = self._networks.landmarks(image, roi, light, _MIN_PRESENCE_NEW)
            if found is None or not all(_apart(found[1], t.roi) for t in self._tracks):
                continue
            landmarks, square = found
            track = self._recall(square) or _Track(self._new_id(), square, at)
            track.roi, track.seen = square, at
            self._tracks.append(track)
            people.append(Person(track.id, landmarks))
        return people

    def _recall(self, roi: _Roi) -> _Track | None:
        """Take the track lost near `roi` a moment ago off the lost ones, if there is one."""
        near = [
            track
            for track in self._lost
            if math.dist(track.roi[:2], roi[:2]) < max(track.roi[2], roi[2]) / 2
        ]
        if not near:
            return None
        nearest = min(near, key=lambda track: math.dist(track.roi[:2], roi[:2]))
        self._lost.remove(nearest)
        return nearest

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1


def _out_of(roi: _Roi) -> tuple[NDArray[np.float32], float]:
    """Return what maps the landmark network's square into the picture, [2, 3], and its scale."""
    x, y, side, turn = roi
    scale = side / _LANDMARK_SIZE
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    half = _LANDMARK_SIZE / 2
    out_of = np.array(
        [[cos, -sin, x - (cos - sin) * half], [sin, cos, y - (sin + cos) * half]], np.float32
    )
    return out_of, scale


def _step(image: NDArray[np.uint8]) -> int:
    """Return of how many pixels one is looked at to see what moves."""
    columns: int = image.shape[1]
    return max(1, columns // _COLUMNS)


def _small(image: NDArray[np.uint8]) -> MatLike:
    """Return as much of `image` as it takes to see what moves."""
    step = _step(image)
    return cv2.medianBlur(np.ascontiguousarray(image[::step, ::step, 1]), 3)


def _moving(before: MatLike | None, small: MatLike, step: int) -> _Box | None:
    """Return the box, in pixels of the picture, around what has changed, if anything has."""
    if before is None or before.shape != small.shape:
        return None
    _, moves = cv2.threshold(cv2.absdiff(small, before), _MOVES, 255, cv2.THRESH_BINARY)
    left, top, width, height = cv2.boundingRect(cv2.medianBlur(moves, 3))
    if not width:
        return None
    return left * step, top * step, (left + width) * step, (top + height) * step


def _around(one: _Box, other: _Box) -> _Box:
    """Return the box around two."""
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _letterbox(image: NDArray[np.uint8], size: int) -> MatLike:
    """Return all of `image` in the middle of a black square of `size` pixels."""
    height, width = image.shape[:2]
    scale = size / max(height, width)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    within = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, within, interpolation=way)
    right, below = size - within[0], size - within[1]
    return cv2.copyMakeBorder(
        small, below // 2, below - below // 2, right // 2, right - right // 2, cv2.BORDER_CONSTANT
    )


def _side(box: _Box) -> int:
    """Return the side of the square to search when what is in `box` moves."""
    left, top, right, bottom = box
    return max(round(_AROUND * max(right - left, bottom - top)), _SMALLEST_VIEW)


def _square_around(box: _Box, side: int, width: int, height: int) -> _Box:
    """Return the square of `side` around the middle of `box`, moved into the picture."""
    left = min(max((box[0] + box[2] - side) // 2, 0), max(width - side, 0))
    top = min(max((box[1] + box[3] - side) // 2, 0), max(height - side, 0))
    return left, top, min(left + side, width), min(top + side, height)


def _cut_out(image: NDArray[np.uint8], out_of: NDArray[np.float32], size: int) -> MatLike:
    """Return the square of `size` pixels that `out_of`, float32 [2, 3], maps into `image`.

    What shrinks much is cut out finer and then averaged: of a full-HD picture a plain
    interpolation would look at one pixel in thirty.
    """
    shrinks = math.hypot(out_of[0, 0], out_of[1, 0])
    finer = 1 if shrinks < _SHRINKS_MUCH else 2 if shrinks < 2 * _SHRINKS_MUCH else 4
    matrix = out_of * np.array([1 / finer, 1 / finer, 1], np.float32)
    square = cv2.warpAffine(
        image,
        matrix,
        (size * finer, size * finer),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    )
    if finer == 1:
        return square
    return cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA)


def _roi(hips: NDArray[np.float32], body: NDArray[np.float32]) -> _Roi:
    """Return the square around the circle with centre `hips` through `body`, body upwards."""
    dx, dy = float(body[0] - hips[0]), float(body[1] - hips[1])
    side = 2 * math.hypot(dx, dy) * _ROI_SCALE
    return float(hips[0]), float(hips[1]), side, math.pi / 2 - math.atan2(-dy, dx)


def _apart(one: _Roi, other: _Roi) -> bool:
    """Tell whether two squares hold different people: hips a fifth of the larger one apart."""
    return math.dist(one[:2], other[:2]) > 0.2 * max(one[2], other[2]) / _ROI_SCALE


@cache
def _anchors() -> NDArray[np.float32]:
    """Return the detector's anchor centres, float32 [2254, 2], 0..1.

    Its five feature maps have strides 8, 16, 32, 32, 32 and two anchors a cell; maps of equal
    stride share one grid.
    """
    rows = []
    for stride, per_cell in ((8, 2), (16, 2), (32, 6)):
        cells = _DETECTOR_SIZE // stride
        y, x = np.divmod(np.arange(cells * cells), cells)
        centres = (np.stack([x, y], 1) + 0.5) / cells
        rows.append(np.repeat(centres, per_cell, 0))
    return np.concatenate(rows).astype(np.float32)
