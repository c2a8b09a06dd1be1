"""Animated bodies: what they show, and that they are bodies still."""

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_cloud.training.animate import animate
from tinyact_cloud.training.sets import FPS, Body, always

from .conftest import STANDING, waving


def _actor() -> Body:
    joints = (waving(40, 8) * (1, -1, 1)).astype(np.float32)
    return Body("bandai", "bandai/1", "bandai", joints, flat=False, labels=always("none"))


def _bodies(count: int = 48) -> list[Body]:
    return list(animate([_actor()], count, seed=0))


def _of(kind: str) -> list[Body]:
    return [body for body in _bodies() if f"/{kind}/" in body.clip]


def _upright(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how high neck is above hips in each frame, in lengths of the spine."""
    spine = joints[:, 7:9].mean(1) - joints[:, 1:3].mean(1)
    return np.asarray(spine[:, 1] / np.linalg.norm(spine, axis=1))


def test_bones_keep_their_length_and_nobody_sinks_into_the_floor() -> None:
    lengths = {
        pair: float(np.linalg.norm(STANDING[pair[0]] - STANDING[pair[1]]))
        for pair in ((3, 5), (4, 6), (7, 9), (9, 11), (10, 12))
    }
    for body in _bodies():
        assert not np.isnan(body.joints).any()
        assert body.joints[..., 1].max() < 1e-4
        for (start, end), length in lengths.items():
            bone = np.linalg.norm(body.joints[:, start] - body.joints[:, end], axis=1)
            # The one who waves stretches an arm.
            if (start, end) != (4, 6):
                np.testing.assert_allclose(bone, length, rtol=0.02)


def test_who_falls_stands_before_and_lies_after() -> None:
    lying = 0
    for body in _of("fall"):
        shows = [body.labels(at / FPS, (at + 15) / FPS) for at in range(len(body.joints) - 15)]
        assert {"fall"} in shows
        first = shows.index(frozenset({"fall"}))
        upright = _upright(body.joints)
        lying += upright[first + 15] < 0.6
        # Faster than anybody lies down on purpose: within the one window.
        assert upright[: first + 2].max() > 0.8
    assert lying >= 0.7 * len(_of("fall"))


def test_lying_down_crouching_and_bending_are_no_falls() -> None:
    for kind in ("lie_down", "crouch", "bend"):
        for body in _of(kind):
            assert "fall" not in (body.labels(0, 2) or ())
    assert min(_upright(body.joints)[-4:].mean() for body in _of("lie_down")) < 0.3


def test_who_jumps_leaves_the_floor() -> None:
    for body in _of("jump"):
        feet = body.joints[:, 11:13, 1].max(1)
        assert feet.min() < -0.05
        assert any(
            body.labels(at / FPS, (at + 15) / FPS) == {"jump"} for at in range(len(feet) - 15)
        )


def test_the_same_seed_gives_the_same_bodies() -> None:
    one, again = _bodies(8), _bodies(8)
    other = list(animate([_actor()], 8, seed=1))
    assert all(np.array_equal(a.joints, b.joints) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0].joints, other[0].joints)


def test_who_does_not_stand_cannot_be_led_into_a_fall() -> None:
    lying = _actor()
    lying.joints[...] = lying.joints[..., [1, 0, 2]]
    with pytest.raises(ValueError, match="stands"):
        next(animate([lying], 1, 0))
