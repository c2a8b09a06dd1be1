"""Synthetic latents: a centre and noise around it for each label."""

from dataclasses import dataclass
import hashlib

import numpy as np
from numpy.typing import NDArray

LABELS = ("none", "fall", "sit", "walk", "fight")
UNSEEN = LABELS.index("fight")
ENCODER = hashlib.sha256(b"an encoder").hexdigest()


@dataclass(frozen=True)
class Latents:
    """Latents float32 [N, 1024] and their labels [N]."""

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]


def draw_latents(n: int, seed: int, n_labels: int = UNSEEN, *, contrast: float = 0.5) -> Latents:
    """Draw `n` latents around one centre a label; every seed has the same centres."""
    centres = np.random.default_rng(0).normal(size=(n_labels, 1024))
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_labels
    noise = rng.normal(size=(n, 1024))
    return Latents((centres[labels] * contrast + noise).astype(np.float32), labels)
