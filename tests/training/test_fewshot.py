"""Teaching, measured: what is drawn, what is judged, and what the command stores."""

import argparse
from dataclasses import replace
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinyact_cloud.learning.composed import Own
from tinyact_cloud.learning.heads import fit_head
from tinyact_cloud.learning.trials import Base
from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training import fewshot
from tinyact_cloud.training.fewshot import ALONE, COUNTERED, NEVER, TOGETHER, Gallery, measured
from tinyact_cloud.training.fit import BaseLatents
from tinyact_cloud.training.sets import LABELS

CENTRES = np.random.default_rng(0).normal(size=(len(LABELS) + 4, 1024))
ROOM = 2 * np.random.default_rng(1).normal(size=1024)
HUG, KICK, WALK = len(LABELS), len(LABELS) + 1, LABELS.index("walk")


def latents(centre: int, n: int, seed: int) -> Any:
    noise = np.random.default_rng((seed, centre)).normal(size=(n, 1024))
    return (CENTRES[centre] * 0.5 + noise).astype(np.float32)


@pytest.fixture
def base() -> Base:
    """Twelve latents of each label."""
    labels = np.repeat(np.arange(len(LABELS)), 12)
    rows = np.concatenate([latents(label, 12, 1) for label in range(len(LABELS))])
    own = Own(fit_head("logistic", rows, labels, len(LABELS), 0))
    return Base(rows, labels, np.arange(len(labels)) // 3, LABELS, own)


def gallery(places: int, actions: dict[str, int], each: int = 8) -> Gallery:
    """Return `each` recordings of two windows for each action, in one room, in turn in places."""
    names = [name for name in actions for _ in range(each)]
    rows = [latents(actions[name], 2, 100 + i) + ROOM for i, name in enumerate(names)]
    return Gallery(
        "ut_interaction",
        np.concatenate(rows).astype(np.float32),
        np.repeat([[label == name for label in LABELS] for name in names], 2, axis=0),
        np.repeat([f"{i}/1" for i in range(len(names))], 2),
        np.tile(np.float32([0, 0.5]), len(names)),
        tuple(f"{i}" for i in range(len(names))),
        np.array(names),
        np.array([f"room {i % places}" for i in range(len(names))]),
        tuple(np.arange(2) + 2 * i for i in range(len(names))),
    )


def options(draws: int = 2) -> argparse.Namespace:
    return argparse.Namespace(draws=draws, seed=0)


ACTIONS = {"hug": HUG, "kick": KICK, "walk": WALK}


def test_what_is_taught_is_found_and_the_rest_is_not_taken_for_it(base: Base) -> None:
    found = measured(gallery(1, ACTIONS), base, "without-ut_interaction", options())
    assert found["recordings"] == 24
    assert found["actions"] == {"hug": NEVER, "kick": NEVER, "walk": "seen in other sets"}
    assert found["ways"].keys() == {ALONE, COUNTERED, TOGETHER}
    assert found["ways"][COUNTERED].keys() == {"1", "5"}  # of 8 recordings
    five = found["ways"][COUNTERED]["5"]
    assert len(five["draws"]) == 2
    for figures in (*five["draws"], five["actions"]["hug"], five["actions"]["kick"]):
        assert figures["recall_same"] >= 0.9
        assert figures["precision_same"] >= 0.9
        assert figures["told_same"] >= 0.8
        assert figures["told_precision"] >= 0.8
        assert figures["recall_other"] is figures["precision_other"] is None
    alone = found["ways"][ALONE]["5"]["actions"]["hug"]
    assert alone["precision_same"] < five["actions"]["hug"]["precision_same"]
    assert found["refit"]["fits"] == 3
    assert found["refit"]["seconds"] > 0
    before, after = found["refit"]["kept"]
    assert 0 < before == pytest.approx(after, abs=0.05)
    json.dumps(found)


def test_other_places_are_judged_apart(base: Base) -> None:
    found = measured(gallery(2, ACTIONS), base, "without-ut_interaction", options(1))
    assert found["ways"][ALONE].keys() == {"1"}  # of 4 recordings in each place
    (draw,) = found["ways"][ALONE]["1"]["draws"]
    assert draw["recall_same"] is not None
    assert draw["recall_other"] is not None


def test_a_run_that_knows_no_such_label_has_never_seen_it(base: Base) -> None:
    blind = replace(base, labels=np.where(base.labels == WALK, 0, base.labels))
    found = measured(gallery(1, ACTIONS, 2), blind, "groups", options(1))
    assert found["actions"] == {"walk": NEVER} | dict.fromkeys(
        ("hug", "kick"), "seen of other people"
    )


def test_a_draw_is_of_one_place_and_spares_half_of_the_others() -> None:
    shown = gallery(2, ACTIONS)
    for seed in range(5):
        draw = fewshot._draw(shown, ["hug"], 3, 5, np.random.default_rng(seed))
        assert len(set(shown.place[draw.shown["hug"]])) == 1
        assert set(shown.action[draw.shown["hug"]]) == {"hug"}
        assert len(draw.counters) == 8  # of 16
        assert "hug" not in set(shown.action[draw.counters])
        assert len(set(draw.taught.tolist())) == 11
        examples = draw.examples(shown)
        assert (examples.count("hug"), int(examples.wrong.sum())) == (6, 16)
        assert len(set(examples.groups)) == 11


def test_precision_is_as_if_actions_were_equally_frequent() -> None:
    rows = [
        {"recall_same": 0.8, "recall_other": None, "false": 0.1, "told_same": 0.6, "told_false": 0}
    ]
    found = fewshot._mean(rows, 4)
    assert found["precision_same"] == pytest.approx(0.8 / (0.8 + 0.4))
    assert (found["precision_other"], found["told_precision"]) == (None, 1)


def test_from_data_to_results(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    common = ["--data", str(data), "--work", str(work)]
    small = ["--epochs", "1", "--clips-per-epoch", "64"]
    assert tools.main([*common, "train", "trial", "--hold-out", "groups", *small]) == 0
    teach = [*common, "fewshot", "--run", "trial", "--draws", "1"]
    assert tools.main(teach) == 2
    assert "tinyact-train fit trial" in capsys.readouterr().err
    labels = np.arange(48) % 2
    rows = np.random.default_rng(0).normal(size=(48, 1024)).astype(np.float32)
    groups = np.array([f"s{i // 4}" for i in range(48)])
    BaseLatents(rows, labels, groups).save(work / "trial" / "latents.npz")
    own = fit_head("logistic", rows, labels, len(LABELS), 0)
    (work / "trial" / "head_logistic.onnx").write_bytes(own)
    assert tools.main(teach) == 2
    assert "tinyact-train evaluate" in capsys.readouterr().err
    (work / "trial" / "results.json").write_text('{"temperature": 1.0}')
    assert tools.main([*teach, "--json"]) == 0
    stored = json.loads((work / "fewshot" / "trial.json").read_text())
    assert stored == json.loads(capsys.readouterr().out)
    assert stored["protocol"] == "groups"
    assert stored["sets"].keys() == {"utd_mhad"}
    people = stored["sets"]["utd_mhad"]
    assert people["actions"] == dict.fromkeys(("stand_to_sit", "wave"), "seen of other people")
    assert people["recordings"] == 12
    assert people["ways"][ALONE].keys() == {"1", "5"}
    output = tmp_path / "again.json"
    assert tools.main([*teach, "--output", str(output)]) == 0
    assert "utd_mhad alone 5: recall_same" in capsys.readouterr().out
    again = json.loads(output.read_text())
    assert again["sets"]["utd_mhad"]["ways"] == people["ways"]


@pytest.mark.parametrize(
    ("arguments", "reason"), [([], "Which run"), (["trial", "--draws", "0"], "--draws")]
)
def test_errors_are_one_line_that_helps(
    arguments: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tools.main(["--work", str(tmp_path), "fewshot", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert reason in line
