"""Thresholds and how they are chosen."""

from dataclasses import asdict
import json
from pathlib import Path

import numpy as np
import pytest

from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.protocols import halve
from tinyact_cloud.training.recipe import Recipe
from tinyact_cloud.training.sets import LABELS
from tinyact_cloud.training.thresholds import (
    Judged,
    choose_thresholds,
    chosen_thresholds,
    crossed,
    save_judged,
    tally,
)

FALL = LABELS.index("fall")


def _judged(label: str, *confidences: float, group: str = "group") -> Judged:
    """Return a video in which a fall is seen with these confidences, truly if `label` is "fall"."""
    shown = ["fall"] if label == "fall" else []
    windows = []
    for at, confidence in enumerate(confidences):
        rest = (1 - confidence) / (len(LABELS) - 1)
        probabilities = [confidence if index == FALL else rest for index in range(len(LABELS))]
        windows.append((1, at / 2, at / 2 + 2, *probabilities))
    return Judged("set", "video", 3.0, shown, [*shown, "none"], windows, group)


def test_the_threshold_that_finds_most_among_those_quiet_enough() -> None:
    judged = [_judged("fall", 0.7, 0.7, 0.6), _judged("none", 0.5, 0.5, 0.5)]
    threshold = choose_thresholds(judged)["fall"]
    assert 0.5 < threshold <= 0.7
    assert tally(judged, {"fall": threshold})["set"]["fall"] == {
        "shown": 1,
        "found": 1,
        "absent": 1,
        "made_up": 0,
    }
    assert tally(judged, {"fall": 0.4})["set"]["fall"]["made_up"] == 1


def test_one_alarm_in_many_videos_is_allowed_for_a_fall_found_by_it() -> None:
    found, alarm, quiet = (
        _judged("fall", 0.45, 0.45),
        _judged("none", 0.5, 0.5),
        _judged("none", 0.1, 0.1),
    )
    few, many = [found, alarm, *[quiet] * 9], [found, alarm, *[quiet] * 999]
    assert choose_thresholds(few)["fall"] > 0.5
    assert choose_thresholds(many)["fall"] <= 0.45


def test_no_half_of_the_recordings_is_judged_at_a_threshold_of_its_own() -> None:
    """Only one half knows that 0.8 is no fall."""
    groups = np.array([f"room/{number}" for number in range(8)])
    first = groups[halve(groups)]
    other = groups[~halve(groups)]
    assert len(first) > 0 < len(other)
    easy = [_judged("fall", 0.9, 0.9, group=group) for group in groups]
    clear = [_judged("none", 0.1, 0.1, group=group) for group in first]
    alarms = [_judged("none", 0.8, 0.8, group=group) for group in other]
    judged = [*easy, *clear, *alarms]
    # With all of them in view no alarm would be made up.
    assert tally(judged, choose_thresholds(judged))["set"]["fall"]["made_up"] == 0
    counts = crossed(judged)["fall"]
    assert (counts["shown"], counts["found"]) == (len(easy), len(easy))
    assert (counts["absent"], counts["made_up"]) == (len(clear) + len(alarms), len(alarms))


def test_the_step_pools_runs_and_stores_what_it_chose(tmp_path: Path) -> None:
    measured = {"temperature": 1.0, "recipe": asdict(Recipe())}
    runs = {"one": _judged("fall", 0.8, 0.8), "two": _judged("none", 0.6, 0.6)}
    for name, video in runs.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(json.dumps(measured))
        save_judged([video], tmp_path / name / "videos.json")
    common = ["--work", str(tmp_path), "thresholds", "one", "two"]
    with pytest.raises(UserError, match="thresholds first"):
        chosen_thresholds(tmp_path, "body")
    assert tools.main(common) == 0
    assert 0.6 < chosen_thresholds(tmp_path, "body")["fall"] <= 0.8
    stored = json.loads((tmp_path / "thresholds.json").read_text())
    assert stored["tally"]["one"]["set"]["fall"]["found"] == 1
    for other in ({"temperature": 2.0}, {"recipe": asdict(Recipe(view="rgb"))}):
        (tmp_path / "two" / "results.json").write_text(json.dumps(measured | other))
        assert tools.main(common) == 2
    (tmp_path / "one" / "results.json").write_text(json.dumps(measured | other))
    assert tools.main(common) == 0
    assert chosen_thresholds(tmp_path, "rgb") == chosen_thresholds(tmp_path, "body")
