"""Fit a head of any kind and hand it back as ONNX."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import LATENT_SIZE, HeadKind

from . import boosting, forest, logistic, svm


@dataclass(frozen=True, slots=True)
class Family:
    """How heads of one kind are fitted and exported."""

    fit: Callable[[NDArray[np.float32], NDArray[np.int64], NDArray[np.float64], int], Any]
    export: Callable[[Any, NDArray[np.int64], int], bytes]


FAMILIES: dict[HeadKind, Family] = {
    "rf": Family(forest.fit, forest.export),
    "svm": Family(svm.fit, svm.export),
    "xgb": Family(boosting.fit, boosting.export),
    "logistic": Family(logistic.fit, logistic.export),
}


def fit_head(
    kind: HeadKind,
    latents: NDArray[np.float32],
    labels: NDArray[np.integer[Any]],
    n_labels: int,
    seed: int,
    sample_weight: NDArray[np.floating[Any]] | None = None,
) -> bytes:
    """Fit a head of `kind` and return it as an ONNX model; the same seed gives the same bytes.

    `latents` is float32 [N, 1024], `labels` an integer below `n_labels` for each. Labels count
    alike however many latents they have; `sample_weight` [N] weighs latents within a label.
    The model maps `latent`, float32 [N, 1024], to `probabilities`, float32 [N, n_labels];
    a label without examples always gets 0.

    Raises ValueError when the data cannot be learnt from, saying why.
    """
    weights = np.ones(len(labels)) if sample_weight is None else sample_weight.astype(np.float64)
    _check(latents, labels, n_labels, weights)
    present, classes = np.unique(labels.astype(np.int64), return_inverse=True)
    per_class = np.bincount(classes, weights=weights)
    balanced = weights / per_class[classes] * len(classes) / len(present)
    family = FAMILIES[kind]
    return family.export(family.fit(latents, classes, balanced, seed), present, n_labels)


def _check(
    latents: NDArray[np.float32],
    labels: NDArray[np.integer[Any]],
    n_labels: int,
    weights: NDArray[np.float64],
) -> None:
    """Raise ValueError unless a head can be fitted to these."""
    if latents.dtype != np.float32 or latents.shape != (len(labels), LATENT_SIZE):
        raise ValueError(
            f"latents must be float32 [{len(labels)}, {LATENT_SIZE}], one row a label; "
            f"got {latents.dtype} {list(latents.shape)}"
        )
    if not np.isfinite(latents).all():
        raise ValueError("latents hold NaN or infinity; leave those rows out")
    if weights.shape != labels.shape or not (np.isfinite(weights) & (weights > 0)).all():
        raise ValueError("sample_weight must hold one positive number for each latent")
    if len(labels) and not 0 <= labels.min() <= labels.max() < n_labels:
        raise ValueError(f"labels must lie between 0 and {n_labels - 1}")
    present, counts = np.unique(labels, return_counts=True)
    if len(present) < 2:  # noqa: PLR2004
        raise ValueError("a head needs examples of at least two labels")
    if counts.min() < 2:  # noqa: PLR2004
        raise ValueError(
            f"label {present[counts.argmin()]} has a single example; add one or leave it out"
        )
