"""What a run has not seen, laid out to be judged."""

import json
from pathlib import Path

import numpy as np
import pytest

from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training.prepare import Sighting


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a work folder with a run that did not see UR Fall, beside a data folder."""
    data, work = tmp_path / "data", tmp_path / "work"
    labels = [-1] * 30 + [0] * 30 + [1] * 30
    clips = [{"file": "fall-05-cam0.npy", "label": "fall", "frame_label": labels}]
    (data / "skeletons" / "urfall_coco17").mkdir(parents=True)
    (data / "skeletons" / "urfall_coco17" / "meta.json").write_text(json.dumps({"clips": clips}))
    nobody = np.zeros(0, np.int32)
    for name in ("fall/fall-05-cam0", "fall/fall-05-cam1", "adl/adl-07-cam0"):
        video = data / "urfall" / f"{name}.mp4"
        video.parent.mkdir(parents=True, exist_ok=True)
        video.write_bytes(b"video")
        sighting = Sighting(24, (320, 240), nobody, nobody, np.zeros((0, 33, 4), np.float32))
        sighting.save(work / "landmarks" / "urfall" / f"{name}.npz")
    (work / "run").mkdir()
    (work / "run" / "run.json").write_text('{"protocol": "without-urfall"}')
    return work


def test_falls_have_their_time_and_the_rest_is_ordinary(work: Path) -> None:
    common = ["unseen", "run", "--data", str(work.parent / "data"), "--work", str(work)]
    for _ in range(2):  # the second time finds the links
        assert tools.main(common) == 0
    lines = sorted((work / "run" / "unseen" / "events.csv").read_text().splitlines())
    assert lines == [
        "file,label,start,end",
        "urfall/adl/adl-07-cam0.mp4,,,",
        "urfall/fall/fall-05-cam0.mp4,fall,1.00,2.00",
        "urfall/fall/fall-05-cam1.mp4,fall,1.00,2.00",
    ]
    for line in lines[1:]:
        assert (work / "run" / "unseen" / line.split(",")[0]).read_bytes() == b"video"


def test_a_run_that_has_seen_everything_is_refused(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (work / "run" / "run.json").write_text('{"protocol": "all"}')
    common = ["unseen", "run", "--data", str(work.parent / "data"), "--work", str(work)]
    assert tools.main(common) == 2
    assert "seen everything" in capsys.readouterr().err
