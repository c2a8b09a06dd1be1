"""The figures of a window."""

import numpy as np
from numpy.typing import NDArray

from tinyact_edge.figures import N_FIGURES, figures

# Somebody who stands, in metres, y down.
_STANDING = np.array(
    [
        (0, -1.6),
        *((-0.2, -1.4), (0.2, -1.4), (-0.25, -1.1), (0.25, -1.1), (-0.25, -0.85), (0.25, -0.85)),
        *((-0.1, -0.9), (0.1, -0.9), (-0.1, -0.45), (0.1, -0.45), (-0.1, 0), (0.1, 0)),
    ],
    np.float32,
)


def _window() -> NDArray[np.float32]:
    """Return somebody who stands, float32 [16, 13, 3]."""
    window = np.ones((16, 13, 3), np.float32)
    window[..., :2] = _STANDING
    return window


def _sitting_down() -> NDArray[np.float32]:
    window = _window()
    window[:, :9, 1] += np.linspace(0, 0.45, 16)[:, None]
    return window


def test_where_and_how_large_a_body_is_does_not_matter() -> None:
    window = _sitting_down()
    moved = window.copy()
    moved[..., :2] = moved[..., :2] * 120 + (300, 80)
    assert figures(window).shape == (N_FIGURES,)
    np.testing.assert_allclose(figures(moved), figures(window), atol=1e-3)


def test_sitting_down_differs_from_standing() -> None:
    assert np.abs(figures(_sitting_down()) - figures(_window())).max() > 0.2


def test_a_window_without_anybody_gives_zeros() -> None:
    assert not figures(np.full((16, 13, 3), np.nan, np.float32)).any()


def test_frames_before_somebody_came_do_not_count() -> None:
    window = _window()
    window[:6] = np.nan
    np.testing.assert_allclose(figures(window), figures(_window()), atol=1e-5)
