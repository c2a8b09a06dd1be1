"""Comparing recipes."""

import json
from pathlib import Path

import numpy as np
import pytest

from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training.protocols import without_label
from tinyact_cloud.training.sets import LABELS, load_sets
from tinyact_cloud.training.windows import cut


def test_recipes_are_compared_by_the_same_readouts_and_never_twice(
    data: Path, tmp_path: Path
) -> None:
    common = ["ablate", "--data", str(data), "--work", str(tmp_path), "--protocols", "groups"]
    budget = ["--seeds", "3", "--clips", "64", "--latents", "60"]
    assert tools.main([*common, *budget, "--recipes", "hand-made", "ce-motion"]) == 0
    stored = sorted(tmp_path.glob("ablation/*/results.json"))
    assert [path.parent.name for path in stored] == ["ce-motion.groups.3", "hand-made.groups.3"]
    for path in stored:
        result = json.loads(path.read_text())
        assert len(result["data"]) == 64
        assert set(result["readouts"]) == {"rf", "svm", "xgb", "logistic"}
        for readout in result["readouts"].values():
            # Two of four people are for testing, each with three clips of both kinds.
            assert readout["clips"] == 12
            assert np.sum(readout["confusion"]) == 12
    before = [path.stat().st_mtime_ns for path in stored]
    assert tools.main([*common, *budget, "--recipes", "hand-made"]) == 0
    assert [path.stat().st_mtime_ns for path in stored] == before


def test_what_cannot_be_compared_is_refused(data: Path, tmp_path: Path) -> None:
    common = ["ablate", "--data", str(data), "--work", str(tmp_path), "--clips", "64"]
    with pytest.raises(SystemExit):
        tools.main([*common, "--protocols", "without-nothing"])
    # It has folds, and no such one.
    with pytest.raises(SystemExit):
        tools.main([*common, "--protocols", "own-utd_mhad-2"])


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_that_fails_is_told_and_the_others_go_on(
    data: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], workers: str
) -> None:
    common = ["ablate", "--data", str(data), "--work", str(tmp_path), "--latents", "60"]
    wanted = ["--protocols", "groups", "without-arid", "--seeds", "0", "--workers", workers]
    # The teacher's answers are not cached, and nothing of ARID is there.
    assert tools.main([*common, *wanted, "--recipes", "teacher", "hand-made"]) == 2
    told = capfd.readouterr().err
    assert "teacher.groups.0 failed: There is nothing in" in told
    assert "hand-made.without-arid.0 failed: nothing that hand-made sees is held out" in told
    assert "tinyact-train: 3 of 4 runs failed; the same command tries them again." in told
    assert "Traceback" not in told
    (done,) = tmp_path.glob("ablation/*/results.json")
    assert done.parent.name == "hand-made.groups.0"


def test_all_folds_of_a_sets_own_protocol_are_run(data: Path, tmp_path: Path) -> None:
    common = ["ablate", "--data", str(data), "--work", str(tmp_path), "--latents", "60"]
    wanted = ["--protocols", "own-utd_mhad", "--seeds", "0", "--recipes", "hand-made"]
    assert tools.main([*common, *wanted]) == 0
    (done,) = tmp_path.glob("ablation/*/results.json")
    assert done.parent.name == "hand-made.own-utd_mhad-1.0"
    # Subjects 2 and 4, three clips of both kinds each.
    assert json.loads(done.read_text())["readouts"]["rf"]["clips"] == 12


def test_a_label_can_be_left_out_of_training(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 8)
    rest = without_label(windows, "sit")
    assert 0 < len(rest) < len(windows)
    assert not rest.allowed[:, LABELS.index("sit")].any()
    assert len(without_label(windows, "")) == len(windows)


def test_what_is_no_label_cannot_be_left_out(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--data", str(data), "--work", str(tmp_path)]
    recipe = tmp_path / "no-waving.toml"
    recipe.write_text('epochs = 1\nclips_per_epoch = 64\nanimated = 0\nleft_out = "wave"\n')
    assert tools.main([*common, "train", "x", "--recipe", str(recipe)]) == 2
    assert "wave" in capsys.readouterr().err
