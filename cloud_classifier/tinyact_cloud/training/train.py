"""Train the autoencoder jointly: to rebuild the clip, and to tell what is done in it.

Plain reconstruction gives a latent that holds what is easy to see and not what is done in it;
the classifier's loss puts the action there.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import logging
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor
from tqdm import tqdm

from tinyact_edge.bundle import ClipSpec
from tinyact_edge.clip import draw

from .augment import change_speed, disturb, film
from .autoencoder import Autoencoder, coarse
from .sets import FPS, LABELS
from .windows import FRAMES, Windows

SPEC = ClipSpec(view="body", frames=FRAMES, height=64, width=64, channels=3, fps=FPS, hop=4)
_LOGGER = logging.getLogger(__name__)
_NONE = LABELS.index("none")
# A filmed window counts as much as this many captured ones.
_FILMED = 2.0
# Shares of the windows that may be several labels, and of those that show nothing: most of a
# day is nothing, and takes many forms. Every other label has a share of 1.
_SEVERAL, _NOTHING = 0.4, 3.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a training run may vary."""

    epochs: int = 20
    clips_per_epoch: int = 8000
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.02
    reconstruction: float = 1.0
    seed: int = 0


class Drawn:
    """Windows drawn as clips: disturbed anew each time, or as they are."""

    def __init__(self, windows: Windows, seed: int, *, augment: bool) -> None:
        """Draw `windows`; the same seed disturbs them the same way."""
        self._windows = windows
        self._seed = seed
        self._augment = augment

    def __len__(self) -> int:
        """Return the count of windows."""
        return len(self._windows)

    def clip(self, index: int) -> NDArray[np.uint8]:
        """Return one window as uint8 [16, 64, 64, 3]."""
        windows = self._windows
        rng = np.random.default_rng((self._seed, index))
        joints = windows.joints[index]
        if self._augment:
            joints = change_speed(joints, rng)
        if not windows.flat[index]:
            joints = film(joints, rng)
        if self._augment:
            joints = disturb(joints, rng)
        return draw(joints, SPEC)

    def batches(
        self, chosen: NDArray[np.integer[Any]], size: int
    ) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
        """Yield clips uint8 [size, 16, 64, 64, 3] and their allowed labels bool [size, L].

        The next batch is drawn while this one is learnt from. In a thread: torch holds no lock
        while it computes, and forking a process that has run OpenVINO was seen to crash it.
        """
        parts = [chosen[at : at + size] for at in range(0, len(chosen), size)]
        with ThreadPoolExecutor(1) as artist:
            drawing = artist.submit(self._batch, parts[0])
            for part in parts[1:]:
                following = artist.submit(self._batch, part)
                yield drawing.result()
                drawing = following
            yield drawing.result()

    def _batch(
        self, indices: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        clips = np.stack([self.clip(index) for index in indices.tolist()])
        return clips, self._windows.allowed[indices]


def train(windows: Windows, recipe: Recipe, folder: Path) -> Autoencoder:
    """Train on `windows`, keeping a checkpoint per epoch in `folder`, from which it goes on.

    Raises ValueError when an epoch is shorter than a batch.
    """
    if recipe.clips_per_epoch < recipe.batch:
        raise ValueError(f"an epoch needs at least {recipe.batch} clips: see --clips-per-epoch")
    torch.manual_seed(recipe.seed)
    model = Autoencoder(len(LABELS))
    # A fifth faster; torch's stubs do not know the argument.
    model.encoder.stages.to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    checkpoint = folder / "checkpoint.npz"
    done = load_checkpoint(checkpoint, model, optimizer) if checkpoint.exists() else 0
    chances = sampling_chances(windows)
    per_epoch = recipe.clips_per_epoch // recipe.batch
    steps = recipe.epochs * per_epoch
    for epoch in range(done, recipe.epochs):
        # Every epoch has random numbers of its own, so that a run that goes on draws the same.
        torch.manual_seed(recipe.seed * 1000 + epoch)
        rng = np.random.default_rng((recipe.seed, epoch))
        chosen = rng.choice(len(windows), recipe.clips_per_epoch, p=chances)
        batches = Drawn(windows, recipe.seed * 1000 + epoch, augment=True).batches(
            chosen[: per_epoch * recipe.batch], recipe.batch
        )
        bar = tqdm(
            batches, desc=f"epoch {epoch + 1}/{recipe.epochs}", unit="batch", total=per_epoch
        )
        losses = []
        for step, (clips, allowed) in enumerate(bar, epoch * per_epoch):
            for group in optimizer.param_groups:
                group["lr"] = _rate(recipe.rate, step, steps)
            loss = _step(
                model,
                optimizer,
                torch.from_numpy(clips),
                torch.from_numpy(allowed),
                recipe.reconstruction,
            )
            losses.append(loss)
            bar.set_postfix(loss=f"{np.mean(losses[-50:]):.3f}")
        save_checkpoint(checkpoint, model, optimizer, epoch + 1)
        _LOGGER.info("epoch %d: loss %.4f", epoch + 1, np.mean(losses))
    model.eval()
    return model


def _step(
    model: Autoencoder,
    optimizer: torch.optim.Optimizer,
    clips: Tensor,
    allowed: Tensor,
    reconstruction: float,
) -> float:
    model.train()
    with torch.autocast("cpu", torch.bfloat16):
        _, rebuilt, logits = model(clips)
    loss = allowed_loss(logits.float(), allowed)
    # Most of a body clip is black: the square error is small by nature, so it is scaled up.
    loss = loss + reconstruction * 10 * (rebuilt.float() - coarse(clips)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return float(loss.item())


def allowed_loss(logits: Tensor, allowed: Tensor, smoothing: float = 0.05) -> Tensor:
    """Return the mean of -log of the probability that the allowed labels share.

    `logits` float32 [N, L], `allowed` bool [N, L]. With one allowed label this is cross-entropy.
    `smoothing` pulls all probabilities a little towards even, against overconfidence.
    """
    log_p = logits.log_softmax(1)
    shared = torch.logsumexp(log_p.masked_fill(~allowed, -torch.inf), 1)
    return -((1 - smoothing) * shared + smoothing * log_p.mean(1)).mean()


def sampling_chances(windows: Windows) -> NDArray[np.float64]:
    """Return how often each window is drawn, float64 [M] with sum 1.

    Every set of allowed labels has its share, every data set within it a part of that by the square
    root of its size; filmed windows count double.
    """
    labels = np.array([row.tobytes().hex() for row in windows.allowed])
    chances = np.zeros(len(windows))
    for label in np.unique(labels):
        members = labels == label
        for name in np.unique(windows.set[members]):
            part = members & (windows.set == name)
            chances[part] = part.sum() ** -0.5 * (_FILMED if windows.flat[part][0] else 1.0)
        allowed = windows.allowed[members][0]
        share = _SEVERAL if allowed.sum() > 1 else _NOTHING if allowed[_NONE] else 1.0
        chances[members] *= share / chances[members].sum()
    return np.asarray(chances / chances.sum())


def _rate(peak: float, step: int, steps: int) -> float:
    """Rise over the first twentieth of all steps, then fall like a cosine."""
    warm = steps / 20
    if step < warm:
        return peak * (step + 1) / warm
    return float(peak * 0.5 * (1 + np.cos(np.pi * (step - warm) / (steps - warm))))


def save_checkpoint(
    path: Path, model: Autoencoder, optimizer: torch.optim.Optimizer | None, epoch: int
) -> None:
    """Write the state as plain arrays, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"model/{name}": value.numpy() for name, value in model.state_dict().items()}
    if optimizer:
        for index, state in optimizer.state_dict()["state"].items():
            arrays |= {f"optimizer/{index}/{key}": value.numpy() for key, value in state.items()}
    part = path.with_suffix(".part.npz")
    np.savez(part, epoch=epoch, **arrays)
    part.replace(path)


def load_checkpoint(
    path: Path, model: Autoencoder, optimizer: torch.optim.Optimizer | None = None
) -> int:
    """Read a state back and return how many epochs it has seen."""
    with np.load(path, allow_pickle=False) as file:
        tensors = {name: torch.from_numpy(file[name]) for name in file.files}
    model.load_state_dict(
        {name.removeprefix("model/"): t for name, t in tensors.items() if name.startswith("model/")}
    )
    if optimizer:
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer/"):
                _, index, key = name.split("/")
                state.setdefault(int(index), {})[key] = tensor
        optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
    return int(tensors["epoch"])


@torch.inference_mode()
def predict(
    model: Autoencoder, windows: Windows, *, seed: int = 0, augment: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return latents float32 [M, 1024] and the classifier's probabilities float32 [M, L]."""
    latents, probabilities = [], []
    batches = Drawn(windows, seed, augment=augment).batches(np.arange(len(windows)), 64)
    for clips, _ in tqdm(batches, desc="latents", unit="batch", leave=False):
        latent = model.encoder(torch.from_numpy(clips))
        latents.append(latent.numpy())
        probabilities.append(model.classifier(latent).softmax(1).numpy())
    return np.concatenate(latents), np.concatenate(probabilities)
