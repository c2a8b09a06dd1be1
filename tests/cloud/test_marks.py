"""Marks take a label away where, and only where, a camera's people said that it was not that."""

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_cloud.learning.marks import FOLLOWS, MAX_MARKS, Marks, marked

from .synthetic import draw_latents

LATENTS = draw_latents(2, seed=1).latents
FALL, SIT = 1, 2
SEEN = np.array([[0.1, 0.7, 0.2], [0.1, 0.7, 0.2]], np.float32)


def of(
    latents: NDArray[np.float32], *labels: int, persons: object = 1, times: object = np.nan
) -> dict[str, Marks]:
    """Return the hall's marks on `latents`, whose labels, persons and times may be of all."""
    each = (np.broadcast_to(np.array(all_), len(latents)) for all_ in (persons, times))
    return {"hall": Marks.of(latents, np.array(labels), *each)}


def marks(latents: NDArray[np.float32], label: int = FALL) -> dict[str, Marks]:
    return of(latents, *[label] * len(latents))


def like(latents: NDArray[np.float32], noise: float) -> NDArray[np.float32]:
    """Return what looks much like `latents`, the less the more `noise`, and at another scale."""
    rng = np.random.default_rng(0)
    other = latents + noise * latents.std() * rng.normal(size=latents.shape)
    return (2 * other).astype(np.float32)


def test_only_that_camera_and_that_movement_lose_the_label() -> None:
    wrong = marks(LATENTS[:1])
    found = marked(LATENTS, SEEN, ["hall", "hall"], wrong)
    np.testing.assert_allclose(found, [[1 / 3, 0, 2 / 3], SEEN[1]], atol=1e-6)
    np.testing.assert_array_equal(marked(LATENTS, SEEN, ["door", "door"], wrong), SEEN)


def test_what_looks_alike_loses_it_too_and_what_looks_a_little_alike_does_not() -> None:
    wrong = marks(LATENTS)
    cameras = ["hall", "hall"]
    assert (marked(like(LATENTS, 0.3), SEEN, cameras, wrong)[:, FALL] == 0).all()
    np.testing.assert_array_equal(marked(like(LATENTS, 0.8), SEEN, cameras, wrong), SEEN)


@pytest.mark.parametrize(
    ("wrong", "hidden"),
    [
        (of(LATENTS, FALL, FALL, times=[7.0, 7.5]), True),
        (of(LATENTS, FALL, FALL, times=[7.0, 7.0 + FOLLOWS]), True),
        (of(LATENTS, FALL, FALL, times=[7.0, 7.1 + FOLLOWS]), False),
        (of(LATENTS, FALL, FALL, times=[7.5, 7.0], persons=[1, 2]), False),
        (of(LATENTS, FALL, SIT, times=[7.0, 7.5]), False),
        (of(LATENTS, FALL, FALL, times=[7.0, np.nan]), False),
        (of(LATENTS, FALL, FALL), False),
    ],
)
def test_what_is_between_two_windows_that_follow_each_other_loses_it_too(
    wrong: dict[str, Marks], *, hidden: bool
) -> None:
    """They are a quarter of a second from it, where the action happened half a second apart."""
    (found,) = marked(LATENTS.mean(0, keepdims=True), SEEN[:1], ["hall"], wrong)
    assert (found[FALL] == 0) == hidden


def test_what_comes_second_loses_it_as_well() -> None:
    found = marked(LATENTS[:1], SEEN[:1], ["hall"], marks(LATENTS[:1], SIT))
    np.testing.assert_allclose(found, [[1 / 8, 7 / 8, 0]], atol=1e-6)


def test_a_window_may_lose_several_labels() -> None:
    both = of(np.repeat(LATENTS[:1], 2, 0), FALL, SIT)
    (found,) = marked(LATENTS[:1], SEEN[:1], ["hall"], both)
    np.testing.assert_allclose(found, [1, 0, 0], atol=1e-6)


def test_nothing_left_is_none() -> None:
    certain = np.array([[0, 1, 0]], np.float32)
    (found,) = marked(LATENTS[:1], certain, ["hall"], marks(LATENTS[:1]))
    np.testing.assert_array_equal(found, [1, 0, 0])


def test_what_is_given_stays_as_it_is() -> None:
    given = SEEN.copy()
    marked(LATENTS, given, ["hall", "hall"], marks(LATENTS))
    np.testing.assert_array_equal(given, SEEN)


def test_of_too_many_marks_the_newest_count() -> None:
    many = draw_latents(MAX_MARKS, seed=3).latents
    wrong = marks(np.concatenate([LATENTS, many]))
    seen = np.repeat(SEEN[:1], MAX_MARKS, 0)
    assert (marked(many, seen, ["hall"] * MAX_MARKS, wrong)[:, FALL] == 0).all()
    np.testing.assert_array_equal(marked(LATENTS, SEEN, ["hall", "hall"], wrong), SEEN)


def test_no_window_and_no_mark() -> None:
    assert marked(LATENTS[:0], SEEN[:0], [], marks(LATENTS)).shape == (0, 3)
    np.testing.assert_array_equal(marked(LATENTS, SEEN, ["hall", "hall"], {}), SEEN)
