"""Figures of a window that no network has to learn, because joints tell them.

Ten signals of the body (how upright, how high, how wide, how fast) and six figures of each, 60
numbers in all: what a person would write down who has to tell a fall from sitting down. They are
the last 60 numbers of a body's latent, whose encoder puts them there (encoder.py).
"""

import numpy as np
from numpy.typing import NDArray

N_FIGURES = 60
_QUARTER = 4  # frames


def figures(window: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return 60 figures, float32 [60], of flat joints float32 [T, 13, 3] without gaps (clip.py).

    Lengths are in torsos, speeds in torsos a frame. A window without anybody gives zeros, a joint
    that is never known NaN.
    """
    joints = window[:, :, :2]
    joints = joints[~np.isnan(joints[:, 0, 0])].astype(np.float64)
    if len(joints) < 2:  # noqa: PLR2004
        return np.zeros(N_FIGURES, np.float32)
    signals = _signals(joints)
    quarter = min(_QUARTER, len(joints) - 1)
    steps = signals[:, quarter:] - signals[:, :-quarter]
    found = (
        signals[:, :quarter].mean(1),
        signals[:, -quarter:].mean(1),
        signals.min(1),
        signals.max(1),
        steps.max(1),
        steps.min(1),
    )
    return np.concatenate(found).astype(np.float32)


def _signals(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return ten signals over time, float64 [10, T], of joints [T, 13, 2]."""
    neck, hips = joints[:, 1:3].mean(1), joints[:, 7:9].mean(1)
    knees, ankles = joints[:, 9:11].mean(1), joints[:, 11:13].mean(1)
    torso = max(float(np.median(np.linalg.norm(neck - hips, axis=1))), 1e-6)
    low, high = joints.min(1), joints.max(1)
    width, height = (high - low).T / torso
    spine = (neck - hips) / torso
    moves = np.gradient(joints, axis=0) / torso
    wrists, feet = (
        np.linalg.norm(moves[:, part] - moves[:, 7:9].mean(1, keepdims=True), axis=2).max(1)
        for part in (slice(5, 7), slice(11, 13))
    )
    floor = high[:, 1].max()
    return np.stack(
        [
            -spine[:, 1] / np.maximum(np.linalg.norm(spine, axis=1), 1e-6),
            np.log(np.maximum(width, 1e-3) / np.maximum(height, 1e-3)),
            (floor - joints[:, 0, 1]) / torso,
            (floor - hips[:, 1]) / torso,
            (ankles[:, 1] - hips[:, 1]) / torso,
            (knees[:, 1] - hips[:, 1]) / torso,
            moves[:, 0, 1],
            np.abs(moves[:, 7:9, 0].mean(1)),
            wrists,
            feet,
        ]
    )
