"""Fit the three heads on latents of a trained encoder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_cloud.bundle import HEAD_KINDS
from tinyact_cloud.learning import logistic
from tinyact_cloud.learning.heads import fit_head

from .autoencoder import Autoencoder
from .examples import examples_of, sampling_chances
from .figures import FigureScale
from .lessons import Lessons
from .pixel_windows import PixelWindows
from .recipe import Recipe
from .sets import LABELS
from .train import predict
from .whole_file import whole_file, write_arrays
from .windows import Windows

# Pseudo-labels below this are guesses.
_SURE = 0.6


@dataclass(frozen=True, slots=True)
class BaseLatents:
    """What heads are fitted on.

    `latents` float32 [M, 1024], `labels` int64 [M], `groups` str [M].
    """

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]
    groups: NDArray[np.str_]

    def save(self, path: Path) -> None:
        """Write as plain arrays, whole or not at all."""
        write_arrays(path, latents=self.latents, labels=self.labels, groups=self.groups)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(file["latents"], file["labels"], file["groups"])


def base_latents(
    model: Autoencoder,
    windows: Windows | PixelWindows,
    recipe: Recipe,
    count: int,
    seed: int,
    lessons: Lessons | None = None,
    scale: FigureScale | None = None,
) -> BaseLatents:
    """Encode `count` windows, disturbed as in training, drawn as often as training draws them.

    A window with several allowed labels gets the likeliest of them if the encoder's own classifier
    is sure, or its teacher, if that one knows our labels. With a `scale`, figures are part of it.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(windows), count, p=sampling_chances(windows))
    drawn = windows[chosen]
    latents, logits = predict(model, examples_of(drawn, recipe, seed, augment=True), scale)
    if lessons and lessons.logits.shape[1] == logits.shape[1]:
        row = lessons.row[chosen]
        logits[row >= 0] = lessons.logits[row[row >= 0]]
    labels, kept = assign(drawn.allowed, softmax(logits))
    return BaseLatents(latents[kept], labels[kept], drawn.group[kept])


def assign(
    allowed: NDArray[np.bool_], probabilities: NDArray[np.floating[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return one label of the `allowed` [M, L] for each window, and whether it is no mere guess."""
    likely = np.where(allowed, probabilities, 0)
    share = likely.max(1) / np.maximum(likely.sum(1), 1e-12)
    single = allowed.sum(1) == 1
    return np.where(single, allowed.argmax(1), likely.argmax(1)), single | (share >= _SURE)


def softmax(logits: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Return probabilities [M, L] of logits [M, L]."""
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(odds / odds.sum(1, keepdims=True))


def fit_heads(base: BaseLatents, folder: Path, seed: int, own: bytes) -> None:
    """Put every kind of head that `folder` does not hold yet there, as head_KIND.onnx.

    All are fitted, but for the logistic one: that is `own`, the one that was trained with the
    encoder, on far more clips than are kept.
    """
    for kind in tqdm(HEAD_KINDS, desc="heads", unit="head"):
        path = folder / f"head_{kind}.onnx"
        if path.exists():
            continue
        content = (
            own
            if kind == "logistic"
            else fit_head(kind, base.latents, base.labels, len(LABELS), seed)
        )
        with whole_file(path) as part:
            part.write_bytes(content)


def own_head(model: Autoencoder, carried: int) -> bytes:
    """Return the model's own classifier as a logistic head.

    It takes no notice of the last numbers of a latent, as many as are `carried` figures. What
    remains speaks louder for it, as with dropout (Srivastava et al., 2014), by which it learnt to
    do without some.
    """
    state = model.classifier.state_dict()
    weights = state["1.weight"].numpy().T.astype(np.float32)
    kept = len(weights) - carried
    weights[kept:] = 0
    weights *= np.float32(len(weights) / kept)
    labels = np.arange(weights.shape[1])
    return logistic.head(weights, state["1.bias"].numpy(), labels, len(labels))
