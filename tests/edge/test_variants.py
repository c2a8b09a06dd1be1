"""What a window's variants are, and what is kept of a window to draw them from."""

import numpy as np
from numpy.typing import NDArray

from tinyact_edge.bundle import DEFAULT_BUNDLE, load_bundle
from tinyact_edge.clip import draw
from tinyact_edge.figures import figures
from tinyact_edge.variants import N_VARIANTS, disturb, pack, unpack, variants


def somebody(frames: int = 16) -> NDArray[np.float32]:
    """Return joints float32 [T, 13, 3] of somebody who walks through a picture, in pixels."""
    rng = np.random.default_rng(5)
    body = np.stack([rng.uniform(0, 60, 13), np.linspace(0, 150, 13)], axis=1)
    steps = np.arange(frames)[:, None, None] * (4, 0.5) + rng.normal(0, 2, (frames, 13, 2))
    seen = np.concatenate([body + steps + (900, 400), np.ones((frames, 13, 1))], axis=2)
    return seen.astype(np.float32)


def test_disturbing_is_repeatable_bounded_and_leaves_the_window_alone() -> None:
    window = somebody()
    before = window.copy()
    one, again, other = (disturb(window, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(window, before)
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    for seed in range(30):
        gone = np.isnan(disturb(window, np.random.default_rng(seed))[:, 0, 0]).sum()
        assert gone <= 10


def test_what_is_kept_of_joints_draws_and_counts_the_same() -> None:
    window = somebody()
    window[:3] = np.nan
    packed = pack(window)
    assert len(packed) == 2 * window.size
    kept = unpack(packed)
    spec = load_bundle(DEFAULT_BUNDLE).clip
    there, again = (draw(joints, spec).astype(int) for joints in (window, kept))
    assert there.any()
    assert np.abs(there - again).mean() < 0.5
    np.testing.assert_allclose(figures(kept), figures(window), atol=0.02)
    assert not len(unpack(pack(window[:0])))


def test_variants_are_of_one_window_and_differ() -> None:
    spec = load_bundle(DEFAULT_BUNDLE).clip
    clips, numbers = variants(somebody(), spec, seed=3)
    assert clips.shape == (N_VARIANTS, spec.frames, spec.height, spec.width, spec.channels)
    assert numbers.shape == (N_VARIANTS, 60)
    assert np.isfinite(numbers).all()
    assert len({clip.tobytes() for clip in clips}) == N_VARIANTS
    np.testing.assert_array_equal(variants(somebody(), spec, seed=3)[0], clips)
