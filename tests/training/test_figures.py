"""Figures as something to learn, and as part of the latent."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import onnxruntime
import pytest
import torch

from tinyact_cloud.training.autoencoder import Autoencoder
from tinyact_cloud.training.examples import Drawn
from tinyact_cloud.training.export import export_encoder
from tinyact_cloud.training.figures import (
    FigureScale,
    figures_of,
    load_scale,
    true_figures_of,
)
from tinyact_cloud.training.fit import own_head
from tinyact_cloud.training.recipe import Recipe
from tinyact_cloud.training.sets import LABELS, load_sets
from tinyact_cloud.training.train import latent_scale, load_student, predict, train
from tinyact_cloud.training.windows import Windows, cut
from tinyact_edge.figures import N_FIGURES


@pytest.fixture
def windows(data: Path, tmp_path: Path) -> Windows:
    return cut(load_sets(data, tmp_path), 4)


def test_figures_are_standardised(windows: Windows) -> None:
    told = figures_of(Drawn(windows, 0, augment=True), range(len(windows)))
    standard = FigureScale.of(told).standard(told)
    assert standard.shape == (len(windows), N_FIGURES)
    varied = standard.std(0) > 0.1
    assert varied.sum() > N_FIGURES / 2
    # Outliers are cut off, which moves the mean a little.
    assert np.abs(standard[:, varied].mean(0)).max() < 0.2
    assert np.abs(standard).max() <= 4


def test_true_figures_are_those_of_the_clip_that_is_shown_but_for_its_errors(
    windows: Windows,
) -> None:
    """The same camera films both, and another seed is another camera."""
    plain, disturbed = (Drawn(windows, 1, augment=augment) for augment in (False, True))
    np.testing.assert_array_equal(plain.true_figures(3), plain.figures(3))
    assert not np.allclose(disturbed.true_figures(3), disturbed.figures(3), atol=0.01)
    assert not np.allclose(Drawn(windows, 2, augment=False).figures(3), plain.figures(3))


def test_a_window_with_unknown_joints_teaches_no_figures(windows: Windows, tmp_path: Path) -> None:
    joints = windows.joints.copy()
    joints[::2, :, 12] = np.nan
    blind = replace(windows, joints=joints)
    told = true_figures_of(Drawn(blind, 0, augment=True), range(4))
    assert np.isnan(told).any(1).tolist() == [True, False, True, False]
    recipe = Recipe(epochs=1, clips_per_epoch=64, animated=0, classify=0, rebuild=0, figures=1)
    model = train(blind, recipe, tmp_path / "run")
    assert all(weights.isfinite().all() for weights in model.parameters())
    assert load_student(tmp_path / "run", recipe).figures is not None


def test_what_ships_makes_the_latents_that_heads_are_fitted_on(
    windows: Windows, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model = Autoencoder(len(LABELS)).eval()
    recipe = Recipe(carry_figures=True)
    scale = latent_scale(model, windows, recipe, 0)
    assert scale
    scale.save(tmp_path)
    assert load_scale(tmp_path).weight == scale.weight
    examples = Drawn(windows[np.arange(12)], 0, augment=True)
    export_encoder(model.encoder, examples, tmp_path, load_scale(tmp_path))
    session = onnxruntime.InferenceSession(tmp_path / "encoder.onnx")
    clips = np.stack([examples.clip(index) for index in range(12)])
    shown = {"clip": clips, "figures": figures_of(examples, range(12))}
    (latents,) = session.run(["latent"], shown)
    expected, _ = predict(model, examples, scale)
    np.testing.assert_allclose(latents, expected, atol=1e-4)
    learned, _ = predict(model, examples)
    np.testing.assert_array_equal(expected[:, :-N_FIGURES], learned[:, :-N_FIGURES])
    assert np.abs(expected[:, -N_FIGURES:]).mean() == pytest.approx(scale.weight, rel=0.5)


def test_a_recipe_without_figures_has_latents_of_its_own(windows: Windows) -> None:
    assert latent_scale(Autoencoder(len(LABELS)).eval(), windows, Recipe(), 0) is None


def test_the_logistic_head_is_the_models_own_classifier() -> None:
    torch.manual_seed(0)
    model = Autoencoder(len(LABELS)).eval()
    latents = torch.randn(5, 1024)
    with torch.inference_mode():
        expected = model.classifier(latents).softmax(1).numpy()
    np.testing.assert_allclose(_probabilities(own_head(model, 0), latents), expected, atol=1e-5)


def test_the_models_own_classifier_takes_no_notice_of_figures() -> None:
    torch.manual_seed(0)
    model = Autoencoder(len(LABELS)).eval()
    latents = torch.randn(5, 1024)
    head = own_head(model, N_FIGURES)
    with_figures = latents.clone()
    with_figures[:, -N_FIGURES:] = 3.0
    told = _probabilities(head, with_figures)
    np.testing.assert_array_equal(told, _probabilities(head, latents))
    with torch.inference_mode():
        dropped = latents * 1024 / (1024 - N_FIGURES)
        dropped[:, -N_FIGURES:] = 0
        expected = model.classifier(dropped).softmax(1).numpy()
    np.testing.assert_allclose(told, expected, atol=1e-5)


def _probabilities(head: bytes, latents: torch.Tensor) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(head)
    (probabilities,) = session.run(["probabilities"], {"latent": latents.numpy()})
    return np.asarray(probabilities)
