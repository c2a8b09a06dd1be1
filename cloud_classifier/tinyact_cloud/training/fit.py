"""Fit the three heads on latents of a trained encoder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_cloud.bundle import HEAD_KINDS
from tinyact_cloud.learning.heads import fit_head

from .autoencoder import Autoencoder
from .protocols import sure
from .sets import LABELS
from .train import predict, sampling_chances
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
        part = path.with_suffix(".part.npz")
        np.savez(part, latents=self.latents, labels=self.labels, groups=self.groups)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(file["latents"], file["labels"], file["groups"])


def base_latents(model: Autoencoder, windows: Windows, count: int, seed: int) -> BaseLatents:
    """Encode `count` windows, disturbed as in training, drawn as often as training draws them.

    A window with several allowed labels gets the likeliest of them by the encoder's own
    classifier, if that one is sure.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(windows), count, p=sampling_chances(windows))
    drawn = windows[chosen]
    latents, probabilities = predict(model, drawn, seed=seed, augment=True)
    likely = np.where(drawn.allowed, probabilities, 0)
    share = likely.max(1) / np.maximum(likely.sum(1), 1e-12)
    kept = sure(drawn) | (share >= _SURE)
    labels = np.where(sure(drawn), drawn.allowed.argmax(1), likely.argmax(1))
    return BaseLatents(latents[kept], labels[kept], drawn.group[kept])


def fit_heads(base: BaseLatents, folder: Path, seed: int) -> None:
    """Fit every kind of head that `folder` does not hold yet, as head_KIND.onnx."""
    for kind in tqdm(HEAD_KINDS, desc="heads", unit="head"):
        path = folder / f"head_{kind}.onnx"
        if path.exists():
            continue
        content = fit_head(kind, base.latents, base.labels, len(LABELS), seed)
        part = path.with_suffix(".part")
        part.write_bytes(content)
        part.replace(path)
