"""Hand-made features as something to learn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tinyact_cloud.training.examples import Drawn
from tinyact_cloud.training.features import N_FEATURES
from tinyact_cloud.training.figures import FigureScale
from tinyact_cloud.training.recipe import Recipe
from tinyact_cloud.training.sets import load_sets
from tinyact_cloud.training.train import load_student, train
from tinyact_cloud.training.windows import Windows, cut


@pytest.fixture
def windows(data: Path, tmp_path: Path) -> Windows:
    return cut(load_sets(data, tmp_path), 4)


def test_figures_are_standardised_over_the_sample(windows: Windows) -> None:
    examples = Drawn(windows, 0, augment=True)
    everything = range(len(windows))
    figures = FigureScale.of(examples, everything).figures(examples, everything)
    assert figures.shape == (len(windows), N_FEATURES)
    varied = figures.std(0) > 0.1
    assert varied.sum() > N_FEATURES / 2
    # Outliers are cut off, which moves the mean a little.
    assert np.abs(figures[:, varied].mean(0)).max() < 0.2
    assert np.abs(figures).max() <= 4


def test_figures_are_those_of_the_clip_that_is_shown(windows: Windows) -> None:
    """The same camera films both, and another seed is another camera."""
    one, same, other = (Drawn(windows, seed, augment=False) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.figures(3), same.figures(3))
    np.testing.assert_array_equal(one.clip(3), same.clip(3))
    assert not np.array_equal(one.figures(3), other.figures(3))


def test_a_window_with_unknown_joints_teaches_no_figures(windows: Windows, tmp_path: Path) -> None:
    joints = windows.joints.copy()
    joints[::2, :, 12] = np.nan
    blind = replace(windows, joints=joints)
    recipe = Recipe(epochs=1, clips_per_epoch=64, animated=0, classify=0, rebuild=0, figures=1)
    model = train(blind, recipe, tmp_path / "run")
    assert all(weights.isfinite().all() for weights in model.parameters())
    assert load_student(tmp_path / "run", recipe).encoder.latent.weight.isfinite().all()
