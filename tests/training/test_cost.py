"""What recipes cost: that every part runs and is counted where it belongs; no times are judged."""

import json
from pathlib import Path

import pytest

from tests.edge.support import write_bundle, write_video
from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training.ablate import recipes
from tinyact_cloud.training.cost import costs, measure
from tinyact_cloud.training.cost_recordings import measure_recordings
from tinyact_cloud.training.options import UserError
from tinyact_edge import pose_files
from tinyact_edge.bundle import load_bundle
from tinyact_edge.pose_files import PoseFilesError

TIMED = {
    "landmarks": 1.0,
    "detector": 10.0,
    "draw": 100.0,
    "encoder": 1000.0,
    "pixel clip": 1e4,
    "pixel encoder": 1e5,
    "figures": 1e6,
}


def test_each_recipe_pays_for_what_it_runs() -> None:
    found = {name: sum(parts.values()) for name, parts in costs(TIMED).items()}
    # Eight frames, one look and two clips a second.
    body, pixels = 8 + 10 + 2 * 1_001_100, 2 * 110_000
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
    video = write_video(tmp_path / "square.mp4", 2.0)
    options += ["--recordings", str(video), "--bundle", str(write_bundle(tmp_path / "body"))]
    options += [str(write_bundle(tmp_path / "rgb", view="rgb"))]
    assert tools.main([*options, "--repetitions", "1"]) == 0
    told = capsys.readouterr().out
    assert "DATA/teacher/i3d_k400.npz" in told
    assert told.count("ms a second of recording") == 2
    stored = json.loads((tmp_path / "work" / "cost.json").read_text())
    assert stored["machine"]
    assert stored["code"]
    assert stored["repetitions"] == 1
    assert stored["ms"].keys() == TIMED.keys()
    assert all(milliseconds > 0 for milliseconds in stored["ms"].values())
    assert {row["name"] for row in stored["rows"]} == set(recipes()) - {"teacher"}
    for row in stored["rows"]:
        assert row["ms_per_camera_second"] == pytest.approx(sum(row["parts"].values()))


def test_whole_bundles_are_measured_on_recordings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path / "none"))
    bundle = load_bundle(write_bundle(tmp_path / "rgb", view="rgb"))
    videos = [write_video(tmp_path / f"{name}.mp4", 3.0) for name in "ab"]
    found = measure_recordings([bundle], videos)
    assert (found["videos"], found["seconds"]) == (2, 6.0)
    (rgb,) = found["bundles"]
    assert (rgb["name"], rgb["view"]) == ("tiny", "rgb")
    assert set(rgb["parts"]) >= {"picture", "clip", "encoder", "head"}
    assert all(ms > 0 for ms in rgb["parts"].values())
    assert rgb["ms_per_camera_second"] == pytest.approx(sum(rgb["parts"].values()))
    videos[1].write_text("no video")
    with pytest.raises(UserError, match=r"b\.mp4 cannot be read"):
        measure_recordings([bundle], videos)


def test_nothing_is_measured_without_a_round(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--work", str(tmp_path), "cost", "--repetitions", "0"]
    assert tools.main(options) == 2
    assert "--repetitions" in capsys.readouterr().err
