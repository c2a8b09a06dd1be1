"""Show a window as a mirror, another body and a poorer detector would.

A household teaches by a handful of windows. Each is learnt with a few variants of it, so that what
is learnt is the movement and not how it happened to be seen. Training disturbs every window it
shows the encoder in the same way.
"""

import math

import numpy as np
from numpy.typing import NDArray

from .bundle import ClipSpec
from .clip import JOINTS, MIN_PRESENT, draw, fill_gaps
from .figures import figures

# One teaches less, six no more.
N_VARIANTS = 4
_MIRROR = (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)
_LEGS = ((9, 11), (10, 12))
_LIMBS = ((3, 5), (4, 6), *_LEGS, (0,))
_HALF = 0.5
_LIMB_LOST, _LEGS_LOST = 0.3, 0.15


def variants(
    window: NDArray[np.float32], spec: ClipSpec, seed: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return clips uint8 [N_VARIANTS, T, H, W, 3] and figures float32 [N_VARIANTS, 60] of a window.

    `window` is flat joints float32 [T, 13, 3] (clip.py). The same seed gives the same.
    """
    rng = np.random.default_rng(seed)
    shown = [fill_gaps(disturb(window, rng)) for _ in range(N_VARIANTS)]
    return (
        np.stack([draw(one, spec) for one in shown]),
        np.nan_to_num(np.stack([figures(one) for one in shown])),
    )


def pack(window: NDArray[np.float32]) -> bytes:
    """Return joints float32 [T, 13, 3] as float16, about their centre in units of their size.

    That is what a window's variants need of it, and half as much to keep.
    """
    if not len(window):
        return b""
    points = window[..., :2]
    low, high = np.nanmin(points, (0, 1)), np.nanmax(points, (0, 1))
    packed = window.copy()
    packed[..., :2] = (points - (low + high) / 2) / max(float((high - low).max()), 1e-6)
    return packed.astype(np.float16).tobytes()


def unpack(packed: bytes) -> NDArray[np.float32]:
    """Return what `pack` was given, but for place and size."""
    return np.frombuffer(packed, np.float16).astype(np.float32).reshape(-1, len(JOINTS), 3)


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
    # A body seen in fewer frames is not judged.
    most = len(window) - round(MIN_PRESENT * len(window))
    missing = int(np.isnan(window[:, 0, 0]).sum())
    gone = max(0, min(most - missing, int(rng.integers(most + 1))))
    if not gone or rng.random() < _HALF:
        return
    match rng.choice(["late", "early", "now and then"], p=[0.5, 0.15, 0.35]):
        case "late":
            window[:gone] = np.nan
        case "early":
            window[-gone:] = np.nan
        case _:
            window[rng.choice(len(window), gone, replace=False)] = np.nan
