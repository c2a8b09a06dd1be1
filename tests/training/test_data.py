"""Sets, windows, splits and disturbances."""

from pathlib import Path

import numpy as np
import pytest

from tinyact_cloud.training import augment
from tinyact_cloud.training.protocols import GROUPS, folds, held_out, own, protocols, split
from tinyact_cloud.training.sets import (
    LABELS,
    Body,
    Labelling,
    always,
    around,
    by_movement,
    load_sets,
    resample,
)
from tinyact_cloud.training.windows import cut, limit

from .conftest import sitting_down

NONE, FALL, SIT = (LABELS.index(name) for name in ("none", "fall", "sit"))


def _body(frames: int, *, flat: bool) -> Body:
    joints = np.ones((frames, 13, 3), np.float32)
    return Body("set", "clip", "group", joints, flat, always("walk"))


def test_skeletons_become_windows_of_their_labels(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), stride=2)
    assert windows.joints.shape[1:] == (16, 13, 3)
    assert set(windows.group) == {f"utd_mhad/s{n}" for n in (1, 2, 3, 4)}
    sits = np.char.find(windows.clip, "stand_to_sit") >= 0
    assert windows.allowed[sits][:, SIT].all()
    assert windows.allowed[~sits][:, NONE].all()
    # Kinect's y points up, ours down: heads are above feet.
    assert (windows.joints[:, 0, 0, 1] < windows.joints[:, 0, 12, 1]).all()


def test_without_data_the_error_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="prepare"):
        cut(load_sets(tmp_path, tmp_path), stride=1)


def test_short_bodies_fill_one_window() -> None:
    (captured,) = cut([_body(12, flat=False)], 1).joints
    assert not np.isnan(captured).any()
    (filmed,) = cut([_body(12, flat=True)], 1).joints
    assert np.isnan(filmed[:4]).all()
    assert not np.isnan(filmed[4:]).any()


def test_windows_with_too_few_sightings_are_left_out() -> None:
    body = _body(16, flat=True)
    body.joints[:11] = np.nan
    with pytest.raises(ValueError, match="no window"):
        cut([body], 1)


def test_windows_in_which_a_joint_is_never_known_are_left_out() -> None:
    """They would be drawn black."""
    body = _body(16, flat=False)
    body.joints[:11, 5] = np.nan
    with pytest.raises(ValueError, match="no window"):
        cut([body], 1)
    body.joints[:1, 5] = 1
    assert len(cut([body], 1)) == 1


def test_a_moment_divides_a_clip_into_before_during_and_after() -> None:
    labels = around("fall", 5.0, before=frozenset({"walk"}), after=frozenset({"none"}))
    assert labels(1.0, 2.9) == {"walk"}
    assert labels(3.5, 5.4) == {"fall"}
    assert labels(5.0, 6.9) == {"none"}
    assert labels(2.5, 4.4) is None
    assert labels(4.5, 6.4) is None


def _moving(speed: float, jump: float = 0) -> Labelling:
    """Return what 3 s at `speed` m/s may be, with both feet `jump` metres high in the middle."""
    joints = np.zeros((24, 13, 3), np.float32)
    joints[..., 0] += (np.arange(24) * speed / 8)[:, None]
    joints[12:14, :, 1] -= jump
    return by_movement(joints, frozenset({"none", "walk", "run", "jump"}))


def test_how_fast_the_hips_travel_tells_standing_walking_and_running_apart() -> None:
    assert _moving(0.1)(0.2, 2.1) == {"none"}
    assert _moving(0.4)(0.2, 2.1) == {"none", "walk"}
    assert _moving(1.0)(0.2, 2.1) == {"walk"}
    assert _moving(3.0)(0.2, 2.1) == {"run"}


def test_both_feet_in_the_air_are_a_jump() -> None:
    assert _moving(0.1, jump=0.3)(0.2, 2.1) == {"jump"}
    assert _moving(0.1, jump=0.05)(0.2, 2.1) == {"none"}


def test_a_take_that_shows_nothing_it_is_called_is_left_out() -> None:
    still = np.zeros((24, 13, 3), np.float32)
    assert by_movement(still, frozenset({"run"}))(0.2, 2.1) is None


def test_resampling_keeps_time() -> None:
    times = np.arange(31) / 15
    points = np.broadcast_to(times[:, None, None], (31, 13, 3)).astype(np.float32)
    resampled = resample(points, times)
    np.testing.assert_allclose(resampled[:, 0, 0], np.arange(17) / 8, atol=1e-5)


def test_no_group_is_on_both_sides_of_a_split(data: Path, tmp_path: Path) -> None:
    train, test = split(GROUPS, cut(load_sets(data, tmp_path), 2))
    assert set(test.group) == {"utd_mhad/s2", "utd_mhad/s4"}
    assert not set(train.group) & set(test.group)


def test_cross_set_protocols_hold_out_the_whole_set() -> None:
    sets, groups = np.array(["urfall", "arid"]), np.array(["urfall/fall-1", "arid/train/x"])
    assert held_out("without-urfall", sets, groups).tolist() == [True, False]
    assert held_out("without-arid+fight", sets, groups).tolist() == [False, True]
    assert held_out("without-video", sets, groups).tolist() == [True, True]
    for wrong in ("nonsense", "without-nonsense", "without-"):
        with pytest.raises(ValueError, match="urfall"):
            held_out(wrong, sets, groups)


# Groups as sets.py names them, and the fold of the set's own protocol that tests each.
OWN_FOLDS = {
    "urfall": {"urfall/fall-05": 1, "urfall/adl-05": 1, "urfall/fall-30": 1, "urfall/adl-39": 5},
    "arid": {"arid/train/Run_11": 0, "arid/validate/Run_4": 1},
    "ut_interaction": {"ut/1": 1, "ut/10": 10},
    "fight": {"fight/0": 1, "fight/2": 1, "fight/3": 2, "fight/14": 5, "fight/15": 5},
    "utd_mhad": {"utd_mhad/s1": 0, "utd_mhad/s8": 1},
    "utkinect": {"utkinect/s01": 1, "utkinect/s10": 10},
    "lafan1_g1": {"lafan1_g1/subject5": 5},
    "precog": {"precog/s12": 12},
    "penn_action": {"penn_action/train": 0, "penn_action/test": 1},
}


@pytest.mark.parametrize("of_set", OWN_FOLDS)
def test_a_sets_own_protocol_tests_each_group_in_one_fold(of_set: str) -> None:
    expected = OWN_FOLDS[of_set]
    # The last row is of another set, which is never held out, whatever its group is called.
    sets = np.array([*[of_set] * len(expected), "bandai"])
    groups = np.array([*expected, next(iter(expected))])
    tested: list[list[int]] = [[] for _ in groups]
    for fold, name in enumerate(folds(f"own-{of_set}"), 1):
        assert own(name) == f"own-{of_set}"
        for row in np.flatnonzero(held_out(name, sets, groups)):
            tested[row].append(fold)
    assert tested == [[fold] if fold else [] for fold in [*expected.values(), 0]]


def test_a_protocol_of_folds_means_all_of_them() -> None:
    assert protocols("own-urfall") == [f"own-urfall-{fold}" for fold in range(1, 6)]
    assert protocols("own-urfall-3") == ["own-urfall-3"]
    assert protocols("without-urfall") == ["without-urfall"]
    assert not own("own-urfall")
    assert not own("without-urfall")
    # All folds together leave nothing to train on; gtu3d says of nobody who it is.
    for wrong in ("own-urfall", "own-urfall-0", "own-urfall-6", "own-gtu3d-1", "own-"):
        with pytest.raises(ValueError, match="SET-FOLD"):
            held_out(wrong, np.array(["urfall"]), np.array(["urfall/fall-1"]))


def test_limit_keeps_every_kind_of_window(data: Path, tmp_path: Path) -> None:
    windows = limit(cut(load_sets(data, tmp_path), 2), most=5, seed=0)
    assert windows.allowed.sum(0)[[NONE, SIT]].tolist() == [5, 5]


def test_filming_keeps_up_up() -> None:
    body = sitting_down(16, 8) * (1, -1, 1)
    for seed in range(20):
        seen = augment.film(body.astype(np.float32), np.random.default_rng(seed))
        assert seen[0, 0, 1] < seen[0, 12, 1]
        assert ((seen[..., 2] > 0) & (seen[..., 2] <= 1)).all()


def test_a_slower_movement_is_a_part_of_the_movement() -> None:
    window = np.arange(16, dtype=np.float32)[:, None, None] * np.ones((1, 13, 3), np.float32)
    slower = augment.change_speed(window, np.random.default_rng(3))[:, 0, 0]
    assert 0 <= slower[0] < slower[-1] <= 15
    steps = np.diff(slower)
    np.testing.assert_allclose(steps, steps[0], atol=1e-5)
    assert 0.8 <= steps[0] <= 1
