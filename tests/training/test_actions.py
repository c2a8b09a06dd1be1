"""What captured sets call their own actions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tinyact_cloud.training.actions import Actions
from tinyact_cloud.training.losses import action_loss
from tinyact_cloud.training.recipe import Recipe
from tinyact_cloud.training.sets import load_sets
from tinyact_cloud.training.train import load_student, train
from tinyact_cloud.training.windows import Windows, cut


def _windows(data: Path, work: Path) -> Windows:
    return cut(load_sets(data, work), 4)


def test_actions_are_rivals_within_their_set_only(data: Path, tmp_path: Path) -> None:
    windows = _windows(data, tmp_path)[np.arange(5)]
    names = np.array(["b/run", "", "a/wave", "b/run", "b/walk"])
    actions = Actions.of(replace(windows, action=names))
    assert actions.row.tolist() == [1, -1, 0, 1, 2]
    assert actions.rivals.astype(int).tolist() == [[1, 0, 0], [0, 1, 1], [0, 1, 1]]


def test_sets_name_their_actions(data: Path, tmp_path: Path) -> None:
    windows = _windows(data, tmp_path)
    assert set(windows.action) == {"utd_mhad/wave", "utd_mhad/stand_to_sit"}


def test_what_another_set_would_call_it_does_not_count() -> None:
    rivals = torch.tensor([[True, True, False], [True, True, False], [False, False, True]])
    own = torch.tensor([[1.0, 0.0, 50.0]])
    expected = torch.nn.functional.cross_entropy(own[:, :2], torch.tensor([0]))
    torch.testing.assert_close(action_loss(own, torch.tensor([0]), rivals), expected)


def test_latents_learn_to_tell_actions_apart(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = Recipe(epochs=3, clips_per_epoch=192, animated=0, classify=0, rebuild=0, actions=1)
    with caplog.at_level("INFO"):
        train(_windows(data, tmp_path), recipe, tmp_path / "run")
    losses = [float(message.split()[-1]) for message in caplog.messages if "loss" in message]
    # Of two actions that come equally often; nothing else is asked of it.
    assert losses[-1] < losses[0]
    assert losses[-1] < np.log(2) * 0.95
    # The head is for training alone.
    assert load_student(tmp_path / "run", recipe).actions is None
