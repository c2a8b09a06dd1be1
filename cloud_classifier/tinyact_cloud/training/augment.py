"""Show a movement as another camera would have filmed it, or slower.

Bodies in three dimensions get a camera here. Every window, filmed or captured, then gets the
detector's errors (variants.py of the edge): shaky joints, guessed limbs, frames without anybody.
"""

import math

import numpy as np
from numpy.typing import NDArray

_SIDES = ((1, 3, 5, 7, 9, 11), (2, 4, 6, 8, 10, 12))
# Degrees by which cameras look down, and the share of those that hang under the ceiling.
_TILT, _TILT_OVERHEAD, _OVERHEAD = (-50, 8), (-90, -50), 0.15


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


def change_speed(window: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the window as a slower person would have moved: a part of it, stretched."""
    length = len(window)
    kept = rng.uniform(0.8, 1) * (length - 1)
    at = rng.uniform(0, length - 1 - kept) + np.linspace(0, kept, length)
    low = np.minimum(at.astype(int), length - 2)
    part = (at - low)[:, None, None].astype(np.float32)
    stretched: NDArray[np.float32] = window[low] * (1 - part) + window[low + 1] * part
    return stretched


def _turn(angle: float, axis: int) -> NDArray[np.float32]:
    """Return the rotation by `angle` radians around axis 0 (x), 1 (y) or 2 (z), for row vectors."""
    one, other = [index for index in range(3) if index != axis]
    matrix = np.eye(3, dtype=np.float32)
    matrix[one, one] = matrix[other, other] = math.cos(angle)
    matrix[one, other], matrix[other, one] = math.sin(angle), -math.sin(angle)
    return matrix
