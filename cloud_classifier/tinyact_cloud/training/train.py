"""Train the autoencoder jointly: to rebuild the clip, to name what is done, and by a teacher.

Plain reconstruction gives a latent that holds what is easy to see and not what is done in it;
the classifier's loss puts the action there.
"""

from dataclasses import dataclass, replace
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor
from tqdm import tqdm

from tinyact_edge.figures import N_FIGURES

from .actions import Actions
from .autoencoder import Autoencoder
from .checkpoint import load_checkpoint, save_checkpoint
from .examples import Drawn, Examples, batches, examples_of, sampling_chances
from .figures import FigureScale, figures_of, sample, true_figures_of
from .lessons import Lessons
from .losses import (
    action_loss,
    allowed_loss,
    feature_loss,
    figure_loss,
    logit_loss,
    rebuild_loss,
)
from .pixel_windows import PixelWindows
from .recipe import Recipe
from .sets import LABELS
from .windows import Windows

_LOGGER = logging.getLogger(__name__)


def new_model(
    recipe: Recipe, lessons: Lessons | None = None, actions: Actions | None = None
) -> Autoencoder:
    """Return an untrained model, with heads for what `lessons`, `actions` and figures teach."""
    features = lessons.features.shape[1] if lessons and recipe.features else 0
    # A teacher of our own labels teaches the classifier itself.
    classes = lessons.logits.shape[1] if lessons and recipe.logits else 0
    logits = 0 if classes == len(LABELS) else classes
    named = len(actions.rivals) if actions else 0
    figures = N_FIGURES if recipe.figures else 0
    return Autoencoder(len(LABELS), recipe.widths, features, logits, named, figures)


def train(
    windows: Windows | PixelWindows,
    recipe: Recipe,
    folder: Path,
    seed: int = 0,
    lessons: Lessons | None = None,
    begin: Autoencoder | None = None,
) -> Autoencoder:
    """Train on `windows`, keeping a checkpoint per epoch in `folder`, from which it goes on.

    It begins with random weights, or with those of the model `begin`. Raises ValueError when an
    epoch is shorter than a batch.
    """
    if recipe.clips_per_epoch < recipe.batch:
        raise ValueError(f"an epoch needs at least {recipe.batch} clips: see --clips-per-epoch")
    torch.manual_seed(seed)
    actions = Actions.of(windows) if recipe.actions and isinstance(windows, Windows) else None
    model = new_model(recipe, lessons, actions)
    if begin:
        model.load_state_dict(begin.state_dict(), strict=False)
    # A fifth faster; torch's stubs do not know the argument.
    model.encoder.stages.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    checkpoint = folder / "checkpoint.npz"
    done = load_checkpoint(checkpoint, model, optimizer) if checkpoint.exists() else 0
    chances = sampling_chances(windows)
    per_epoch = recipe.clips_per_epoch // recipe.batch
    steps = recipe.epochs * per_epoch
    examples = examples_of(windows, recipe, seed, augment=True)
    scale = (
        FigureScale.of(true_figures_of(examples, sample(windows, seed).tolist()))
        if recipe.figures and isinstance(examples, Drawn)
        else None
    )
    for epoch in range(done, recipe.epochs):
        # Every epoch has random numbers of its own, so that a run that goes on draws the same.
        torch.manual_seed(seed * 1000 + epoch)
        rng = np.random.default_rng((seed, epoch))
        chosen = rng.choice(len(windows), recipe.clips_per_epoch, p=chances)
        examples = examples_of(windows, recipe, seed * 1000 + epoch, augment=True)
        lit = batches(examples, chosen[: per_epoch * recipe.batch], recipe.batch)
        bar = tqdm(lit, desc=f"epoch {epoch + 1}/{recipe.epochs}", unit="batch", total=per_epoch)
        losses = []
        for step, (indices, clips) in enumerate(bar, epoch * per_epoch):
            for group in optimizer.param_groups:
                group["lr"] = _rate(recipe.rate, step, steps)
            figures = (
                scale.standard(true_figures_of(examples, indices.tolist()))
                if scale and isinstance(examples, Drawn)
                else np.zeros((len(indices), 0), np.float32)
            )
            batch = _batch(indices, clips, figures, windows.allowed, lessons, actions)
            losses.append(_step(model, optimizer, batch, recipe))
            bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")
        save_checkpoint(checkpoint, model, optimizer, epoch + 1)
        _LOGGER.info("epoch %d: loss %.4f", epoch + 1, np.mean(losses))
    model.eval()
    return model


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one step learns from.

    Clips uint8 [N, 16, H, W, 3], allowed labels bool [N, L], and what a teacher says of `taught`
    (int64 [T]) of them: features float32 [T, F] and logits float32 [T, C]. Those of `named`
    (int64 [K]) have an `action`, int64 [K], with its `rivals`, bool [A, A] (actions.Actions), those
    of `measured` (int64 [J]) `figures`, float32 [J, 60].
    """

    clips: Tensor
    allowed: Tensor
    taught: Tensor
    features: Tensor
    logits: Tensor
    named: Tensor
    action: Tensor
    rivals: Tensor
    measured: Tensor
    figures: Tensor


def _batch(
    indices: NDArray[np.integer[Any]],
    clips: NDArray[np.uint8],
    figures: NDArray[np.float32],
    allowed: NDArray[np.bool_],
    lessons: Lessons | None,
    actions: Actions | None,
) -> _Batch:
    action = actions.row[indices] if actions else np.full(len(indices), -1)
    named = np.flatnonzero(action >= 0)
    measured = np.flatnonzero(np.isfinite(figures).all(1)) if figures.size else named[:0]
    row = lessons.row[indices] if lessons else np.full(len(indices), -1)
    taught = np.flatnonzero(row >= 0)
    nothing = np.zeros((0, 0), np.float32)
    return _Batch(
        torch.from_numpy(clips),
        torch.from_numpy(allowed[indices]),
        torch.from_numpy(taught),
        torch.from_numpy(lessons.features[row[taught]] if lessons else nothing),
        torch.from_numpy(lessons.logits[row[taught]] if lessons else nothing),
        torch.from_numpy(named),
        torch.from_numpy(action[named]),
        torch.from_numpy(actions.rivals if actions else np.zeros((0, 0), np.bool_)),
        torch.from_numpy(measured),
        torch.from_numpy(figures[measured]),
    )


def _step(
    model: Autoencoder, optimizer: torch.optim.Optimizer, batch: _Batch, recipe: Recipe
) -> float:
    model.train()
    with torch.autocast("cpu", torch.bfloat16):
        latents, rebuilt, logits = model(batch.clips)
    loss = torch.zeros(())
    if recipe.classify:
        loss = loss + recipe.classify * allowed_loss(logits.float(), batch.allowed)
    if recipe.rebuild:
        motion = recipe.target == "motion"
        loss = loss + recipe.rebuild * rebuild_loss(rebuilt.float(), batch.clips, motion=motion)
    if model.actions and len(batch.named):
        names = model.actions(latents.float()[batch.named])
        loss = loss + recipe.actions * action_loss(names, batch.action, batch.rivals)
    if model.figures and len(batch.measured):
        figures = model.figures(latents.float()[batch.measured])
        loss = loss + recipe.figures * figure_loss(figures, batch.figures)
    if len(batch.taught):
        seen = latents.float()[batch.taught]
        if model.features:
            loss = loss + recipe.features * feature_loss(model.features(seen), batch.features)
        if recipe.logits:
            own = model.logits(seen) if model.logits else logits.float()[batch.taught]
            loss = loss + recipe.logits * logit_loss(own, batch.logits, recipe.temperature)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return float(loss.item())


def _rate(peak: float, step: int, steps: int) -> float:
    """Rise over the first twentieth of all steps, then fall like a cosine."""
    warm = steps / 20
    if step < warm:
        return peak * (step + 1) / warm
    return float(peak * 0.5 * (1 + np.cos(np.pi * (step - warm) / (steps - warm))))


def load_student(run: Path, recipe: Recipe) -> Autoencoder:
    """Return the trained model of a run, without the heads for its teacher."""
    model = new_model(recipe)
    with np.load(run / "checkpoint.npz", allow_pickle=False) as file:
        state = {name: torch.from_numpy(file[f"model/{name}"]) for name in model.state_dict()}
    model.load_state_dict(state)
    return model.eval()


@torch.inference_mode()
def predict(
    model: Autoencoder, examples: Examples, scale: FigureScale | None = None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return latents float32 [M, 1024] and the classifier's logits float32 [M, L].

    With a `scale`, figures are part of the latents as they are in what ships.
    """
    latents, logits = [], []
    lit = batches(examples, np.arange(len(examples)), 64)
    for indices, clips in tqdm(lit, desc="latents", unit="batch", leave=False):
        latent = model.encoder(torch.from_numpy(clips))
        logits.append(model.classifier(latent).numpy())
        learned = latent.numpy()
        if scale:
            learned = scale.latents(learned, figures_of(examples, indices.tolist()))
        latents.append(learned)
    return np.concatenate(latents), np.concatenate(logits)


def latent_scale(
    model: Autoencoder, windows: Windows | PixelWindows, recipe: Recipe, seed: int
) -> FigureScale | None:
    """Return how figures become part of the model's latents, if its recipe asks for that.

    A figure weighs as much as the encoder's own numbers do.
    """
    if not recipe.carry_figures or not isinstance(windows, Windows):
        return None
    examples = examples_of(windows[sample(windows, seed)], recipe, seed, augment=True)
    learned, _ = predict(model, examples)
    scale = FigureScale.of(figures_of(examples, range(len(examples))))
    return replace(scale, weight=float(np.abs(learned).mean()))
