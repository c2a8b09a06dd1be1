"""Marks take a label away where, and only where, a camera's people said that it was not that."""

import numpy as np

from tinyact_cloud.learning.marks import Marks, marked

from .synthetic import draw_latents

LATENTS = draw_latents(2, seed=1).latents
SEEN = np.array([[0.1, 0.7, 0.2], [0.1, 0.7, 0.2]], np.float32)


def test_only_that_camera_and_that_movement_lose_the_label() -> None:
    marks = {"hall": Marks(LATENTS[:1], np.array([1]))}
    found = marked(LATENTS, SEEN, ["hall", "hall"], marks)
    np.testing.assert_allclose(found, [[1 / 3, 0, 2 / 3], SEEN[1]], atol=1e-6)
    np.testing.assert_array_equal(marked(LATENTS, SEEN, ["door", "door"], marks), SEEN)
