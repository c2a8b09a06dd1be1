"""Show a window as another camera, another body and a poorer detector would.

Bodies in three dimensions get a camera here. Every window, filmed or captured, then gets the
detector's errors: shaky joints, guessed limbs, frames without anybody.
"""

import math

import numpy as np
from numpy.typing import NDArray

from .windows import FRAMES, MIN_FRAMES

_LEGS = ((9, 11), (10, 12))
_LIMBS = ((3, 5), (4, 6), *_LEGS, (0,))
_SIDES = ((1, 3, 5, 7, 9, 11), (2, 4, 6, 8, 10, 12))
_MIRROR = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)
# Frames of a window: a body seen in any fewer is not judged.
_MAX_GONE = FRAMES - MIN_FRAMES
_HALF = 0.5
# Degrees by which cameras look down, and the share of those that hang under the ceiling.
_TILT, _TILT_OVERHEAD, _OVERHEAD = (-50, 8), (-90, -50), 0.15
_LIMB_LOST, _LEGS_LOST = 0.3, 0.15


def film(body: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Film joints float32 [T, 13, 3] in metres (y down) with a camera somewhere in a room.

    Returns float32 [T, 13, 3]: x, y in the camera's unit, visibility.
    """
    points = body - np.nanmean(body[:, 7:9], axis=(0, 1))
    points = points @ _turn(rng.uniform(0, 2 * math.pi), axis=1)
    low, high = _TILT if rng.random() > _OVERHEAD else _TILT_OVERHEAD
    points = points @ _turn(math.radians(rng.uniform(low, high)), axis=0)
    points = points @ _turn(math.radians(rng.normal(0, 3)), axis=2)
    depth = np.maximum(points[..., 2] + rng.uniform(2.5, 7), 0.3)
    seen = np.ones((*points.shape[:2], 3), np.float32)
    seen[..., :2] = points[..., :2] / depth[..., None]
    # The side turned away is what a detector guesses.
    far = np.argmax([np.nanmean(points[:, side, 2]) for side in _SIDES])
    seen[:, _SIDES[far], 2] = rng.uniform(0.3, 1)
    return seen


def disturb(window: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return flat joints float32 [T, 13, 3] with another body's shape and a detector's errors."""
    window = window.copy()
    points, visibility = window[..., :2], window[..., 2]
    if rng.random() < _HALF:
        points[..., 0] *= -1
        points[:], visibility[:] = points[:, _MIRROR], visibility[:, _MIRROR]
    body = points[~np.isnan(points[:, 0, 0])]
    centre, spread = body.mean((0, 1)), float(np.ptp(body, axis=1).max())
    angle = math.radians(rng.normal(0, 6))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    points[:] = (points - centre) @ (turn * rng.uniform(0.85, 1.15, 2)) + centre
    # One wrong offset per joint that wanders, and one that flickers.
    wander = rng.normal(0, 0.012 * spread, (3, *points.shape[1:]))
    at = np.linspace(0, 2, len(points))
    low = np.minimum(at.astype(int), 1)
    part = (at - low)[:, None, None]
    points += wander[low] * (1 - part) + wander[low + 1] * part
    points += rng.normal(0, rng.uniform(0.002, 0.012) * spread, points.shape)
    if rng.random() < _LIMB_LOST:
        _guess(window, _LIMBS[rng.integers(len(_LIMBS))], 0.06 * spread, rng)
    if rng.random() < _LEGS_LOST:
        for leg in _LEGS:
            _guess(window, leg, 0.04 * spread, rng)
    _jerk(points, spread, rng)
    _vanish(window, rng)
    return window


def change_speed(window: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the window as a slower person would have moved: a part of it, stretched."""
    length = len(window)
    kept = rng.uniform(0.8, 1) * (length - 1)
    at = rng.uniform(0, length - 1 - kept) + np.linspace(0, kept, length)
    low = np.minimum(at.astype(int), length - 2)
    part = (at - low)[:, None, None].astype(np.float32)
    stretched: NDArray[np.float32] = window[low] * (1 - part) + window[low + 1] * part
    return stretched


def _guess(
    window: NDArray[np.float32], limb: tuple[int, ...], error: float, rng: np.random.Generator
) -> None:
    """Make joints that the detector does not see: faint, and not where they are."""
    window[:, limb, :2] += rng.normal(0, error, (len(window), len(limb), 2))
    window[:, limb, 2] *= rng.uniform(0, 0.5)


def _jerk(points: NDArray[np.float32], spread: float, rng: np.random.Generator) -> None:
    """Misplace the whole body in a few frames, as a tracker does that has lost its grip."""
    for frame in np.flatnonzero(rng.random(len(points)) < rng.uniform(0, 0.2)).tolist():
        centre = points[frame].mean(0)
        scale = np.exp(rng.normal(0, 0.15, 2))
        points[frame] = (points[frame] - centre) * scale + centre + rng.normal(0, 0.05 * spread, 2)


def _vanish(window: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Blank the frames before a person came, and some in which the detector failed."""
    missing = int(np.isnan(window[:, 0, 0]).sum())
    gone = max(0, min(_MAX_GONE - missing, int(rng.integers(_MAX_GONE + 1))))
    if not gone or rng.random() < _HALF:
        return
    match rng.choice(["late", "early", "now and then"], p=[0.5, 0.15, 0.35]):
        case "late":
            window[:gone] = np.nan
        case "early":
            window[-gone:] = np.nan
        case _:
            window[rng.choice(len(window), gone, replace=False)] = np.nan


def _turn(angle: float, axis: int) -> NDArray[np.float32]:
    """Return the rotation by `angle` radians around axis 0 (x), 1 (y) or 2 (z), for row vectors."""
    one, other = [index for index in range(3) if index != axis]
    matrix = np.eye(3, dtype=np.float32)
    matrix[one, one] = matrix[other, other] = math.cos(angle)
    matrix[one, other], matrix[other, one] = math.sin(angle), -math.sin(angle)
    return matrix
