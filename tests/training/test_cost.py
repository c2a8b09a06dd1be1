"""What recipes cost: that every part runs and is counted where it belongs; no times are judged."""

import json
from pathlib import Path

import pytest

from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training.ablate import recipes
from tinyact_cloud.training.cost import costs, measure
from tinyact_edge import pose_files
from tinyact_edge.pose_files import PoseFilesError

TIMED = {
    "landmarks": 1.0,
    "detector": 10.0,
    "draw": 100.0,
    "encoder": 1000.0,
    "pixel clip": 1e4,
    "pixel encoder": 1e5,
    "features": 1e6,
}


def test_each_recipe_pays_for_what_it_runs() -> None:
    found = {name: sum(parts.values()) for name, parts in costs(TIMED).items()}
    # Eight frames, one look and two clips a second.
    body, pixels = 8 + 10 + 2 * 1100, 2 * 110_000
    assert found.keys() == set(recipes()) - {"teacher"}
    assert {found[name] for name in ("plain", "ce", "ce-motion", "kd-logits", "view-body")} == {
        body
    }
    assert {found[name] for name in ("rgb", "rgb-kd", "view-rgb")} == {pixels}
    assert found["view-both"] == body + pixels
    assert found["hand-made"] == 8 + 10 + 2e6
    assert costs(TIMED | {"teacher": 3.0})["teacher"] == {"teacher": 6.0}


def test_parts_take_turns_and_the_first_rounds_do_not_count() -> None:
    calls: list[str] = []
    timed = measure({name: lambda name=name: calls.append(name) for name in "ab"}, 2)  # type: ignore[misc]
    assert timed.keys() == {"a", "b"}
    assert "".join(calls) == "ab" * 5


def test_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        pose_files.find("pose_landmark_full.tflite")
    except PoseFilesError as error:
        pytest.skip(str(error))
    options = ["--work", str(tmp_path / "work"), "--data", str(tmp_path), "cost"]
    assert tools.main([*options, "--repetitions", "1"]) == 0
    assert "DATA/teacher/i3d_k400.npz" in capsys.readouterr().out
    stored = json.loads((tmp_path / "work" / "cost.json").read_text())
    assert stored["machine"]
    assert stored["code"]
    assert stored["repetitions"] == 1
    assert stored["ms"].keys() == TIMED.keys()
    assert all(milliseconds > 0 for milliseconds in stored["ms"].values())
    assert {row["name"] for row in stored["rows"]} == set(recipes()) - {"teacher"}
    for row in stored["rows"]:
        assert row["ms_per_camera_second"] == pytest.approx(sum(row["parts"].values()))


def test_nothing_is_measured_without_a_round(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--work", str(tmp_path), "cost", "--repetitions", "0"]
    assert tools.main(options) == 2
    assert "--repetitions" in capsys.readouterr().err
