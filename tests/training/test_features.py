"""The hand-made features of the baseline."""

import numpy as np

from tinyact_cloud.training.features import N_FEATURES, handmade

from .conftest import STANDING, sitting_down


def _seen(body: np.ndarray) -> np.ndarray:
    flat = (body * (1, -1, 1)).astype(np.float32)
    flat[..., 2] = 1
    return flat


def test_where_and_how_large_a_body_is_does_not_matter() -> None:
    window = _seen(sitting_down(16, 8))
    moved = window.copy()
    moved[..., :2] = moved[..., :2] * 120 + (300, 80)
    assert handmade(window).shape == (N_FEATURES,)
    np.testing.assert_allclose(handmade(moved), handmade(window), atol=1e-3)


def test_sitting_down_differs_from_standing() -> None:
    still = _seen(np.repeat(STANDING[None], 16, 0))
    assert np.abs(handmade(_seen(sitting_down(16, 8))) - handmade(still)).max() > 0.2


def test_a_window_without_anybody_gives_zeros() -> None:
    assert not handmade(np.full((16, 13, 3), np.nan, np.float32)).any()
