"""Body clips: what is drawn, and when a clip is due."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_edge.bundle import ENCODINGS, ClipSpec
from tinyact_edge.clip import ClipBuilder, body_joints, draw, fill_gaps
from tinyact_edge.person import Person

SPEC = ClipSpec(view="body", frames=16, height=64, width=64, channels=3, fps=8, hop=4)
ARMS, LEGS, TRUNK = range(3)


def landmarks(x: float = 100, y: float = 100, visibility: float = 1.0) -> NDArray[np.float32]:
    """Return a standing person of 170 pixels, float32 [33, 4]."""
    points = np.zeros((33, 4), np.float32)
    points[:, 3] = visibility
    at = {
        **{ear: (side * 8, -70) for ear, side in ((7, -1), (8, 1))},
        11: (-20, -50),
        12: (20, -50),
        13: (-35, -20),
        14: (35, -20),
        15: (-38, 8),
        16: (38, 8),
        23: (-12, 10),
        24: (12, 10),
        25: (-12, 50),
        26: (12, 50),
        27: (-12, 90),
        28: (12, 90),
    }
    for index, (dx, dy) in at.items():
        points[index, :2] = x + dx, y + dy
    return points


def window(frames: int = 16, step: float = 0) -> NDArray[np.float32]:
    """Return joints of somebody who moves right by `step` pixels a frame."""
    return np.stack([body_joints(landmarks(100 + step * t)) for t in range(frames)])


@pytest.fixture(params=ENCODINGS)
def spec(request: pytest.FixtureRequest) -> ClipSpec:
    """Return what an encoder wants to see for whom bodies are drawn in either way."""
    return replace(SPEC, encoding=request.param)


def test_head_is_the_middle_of_the_ears() -> None:
    joints = body_joints(landmarks(100, 100))
    assert joints[0].tolist() == [100, 30, 1]
    assert joints.shape == (13, 3)


def test_limbs_have_their_channels(spec: ClipSpec) -> None:
    frame = draw(window(), spec)[0]
    rows = [np.flatnonzero(frame[..., channel].any(1)) for channel in range(3)]
    assert rows[TRUNK].min() < rows[ARMS].min() < rows[LEGS].min()
    assert rows[LEGS].max() > rows[ARMS].max()


def test_place_and_size_in_the_picture_do_not_matter(spec: ClipSpec) -> None:
    small = window()
    large = small.copy()
    large[..., :2] = large[..., :2] * 3 + 500
    np.testing.assert_array_equal(draw(small, spec), draw(large, spec))


def test_movement_through_the_picture_shows(spec: ClipSpec) -> None:
    columns = [
        np.average(np.arange(64), weights=frame.sum((0, 2)))
        for frame in draw(window(step=20), spec).astype(float)
    ]
    assert all(b > a for a, b in pairwise(columns))
    assert columns[-1] - columns[0] > 30


def test_left_and_right_swapped_by_the_detector_change_nothing(spec: ClipSpec) -> None:
    swapped = window()[:, (0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11)]
    difference = draw(window(), spec).astype(int) - draw(swapped, spec)
    assert np.abs(difference).max() <= 1


def test_guessed_limbs_are_faint(spec: ClipSpec) -> None:
    guessed = window()
    guessed[:, [9, 10, 11, 12], 2] = 0.25
    assert draw(guessed, spec)[..., LEGS].max() < 0.7 * draw(window(), spec)[..., LEGS].max()


def test_frames_before_a_person_came_and_after_they_went_are_black(spec: ClipSpec) -> None:
    joints = window()
    joints[:2] = joints[-3:] = np.nan
    clip = draw(joints, spec)
    assert [bool(frame.any()) for frame in clip] == [False] * 2 + [True] * 11 + [False] * 3


def test_a_person_missed_for_a_moment_is_drawn_between_before_and_after(spec: ClipSpec) -> None:
    joints = np.repeat(window()[:1], 16, 0)
    joints[..., 0] += np.arange(16, dtype=np.float32)[:, None]
    missed = joints.copy()
    missed[5:8] = np.nan
    np.testing.assert_allclose(fill_gaps(missed), joints, atol=1e-4)
    np.testing.assert_array_equal(draw(missed, spec), draw(joints, spec))
    assert np.isnan(missed[5:8]).all()


def test_a_body_of_which_one_point_is_visible_is_no_error(spec: ClipSpec) -> None:
    joints = window()
    joints[..., 2] = 0.1
    joints[:, 3] = (150.0, 90.0, 1.0)
    clip = draw(joints, spec)
    assert clip.shape == (16, 64, 64, 3)
    assert clip.any()


def test_a_window_without_anybody_is_black_not_an_error(spec: ClipSpec) -> None:
    assert not draw(np.full((16, 13, 3), np.nan, np.float32), spec).any()


def test_an_encoder_of_joints_is_not_shown_limbs() -> None:
    limbs, joints = (draw(window(), replace(SPEC, encoding=name)) for name in ENCODINGS)
    # Halfway down the left thigh there is no joint.
    assert limbs[0, 40:43, :, LEGS].any(1).all()
    assert (limbs > 0).sum() > 1.3 * (joints > 0).sum()


def _feed(builder: ClipBuilder, frames: range, people: tuple[int, ...] = (1,)) -> list[list[int]]:
    return [
        [clip.person for clip in builder.add([Person(p, landmarks()) for p in people], t / 8)]
        for t in frames
    ]


def test_a_clip_is_due_every_hop_once_the_person_was_seen_long_enough() -> None:
    due = [t for t, clips in enumerate(_feed(ClipBuilder(SPEC), range(24))) if clips]
    assert due == [7, 11, 15, 19, 23]


def test_everybody_gets_a_clip_of_their_own() -> None:
    assert _feed(ClipBuilder(SPEC), range(16), (4, 7))[-1] == [4, 7]


def test_who_is_looked_at_closer_has_one_more_clip_before_the_next_is_due() -> None:
    builder = ClipBuilder(SPEC)
    assert _feed(builder, range(12), (4, 7))[-1] == [4, 7]
    builder.look_closer(7)
    assert _feed(builder, range(12, 20), (4, 7)) == [[], [7], [], [4, 7], [], [], [], [4, 7]]


def test_a_closer_look_that_falls_on_a_missed_frame_is_taken_at_the_next() -> None:
    builder = ClipBuilder(SPEC)
    _feed(builder, range(12))
    builder.look_closer(1)
    _feed(builder, range(12, 13))
    builder.miss(13 / 8)
    assert _feed(builder, range(14, 16)) == [[1], [1]]


def test_the_rest_is_what_no_clip_shows_yet() -> None:
    builder = ClipBuilder(SPEC)
    _feed(builder, range(12), (4, 7))
    assert builder.rest() == []
    builder.look_closer(7)
    assert _feed(builder, range(12, 14), (4, 7)) == [[], [7]]
    assert [clip.person for clip in builder.rest()] == [4]
    assert builder.rest() == []


def test_nobody_who_is_gone_is_looked_at_closer() -> None:
    builder = ClipBuilder(SPEC)
    _feed(builder, range(12))
    builder.look_closer(1)
    builder.look_closer(9)
    builder.reset()
    due = [
        t for t, clips in zip(range(40, 55), _feed(builder, range(40, 55)), strict=True) if clips
    ]
    assert due == [47, 51]


def test_a_clip_knows_its_times() -> None:
    builder = ClipBuilder(SPEC)
    clips = [clip for t in range(20) for clip in builder.add([Person(1, landmarks())], t / 8)]
    assert [(clip.started_at, clip.at) for clip in clips] == [
        (0, 7 / 8),
        (0, 11 / 8),
        (0, 15 / 8),
        (4 / 8, 19 / 8),
    ]
    assert clips[0].frames.shape == (16, 64, 64, 3)
    assert not clips[0].frames[:8].any()
    assert clips[0].frames[8].any()


def test_after_a_gap_the_past_is_forgotten() -> None:
    builder = ClipBuilder(SPEC)
    _feed(builder, range(16))
    assert not any(_feed(builder, range(40, 45)))


@pytest.mark.parametrize(("gone", "clips"), [(10, True), (11, False)])
def test_too_short_a_sighting_makes_no_clip(gone: int, clips: bool) -> None:  # noqa: FBT001
    builder = ClipBuilder(SPEC)
    _feed(builder, range(16 - gone))
    assert any(_feed(builder, range(16 - gone, 16), ())[-1:][0]) is clips
