"""Measure classifiers honestly: what belongs together is never on both sides of a split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Predictions against the truth.

    `confusion` counts windows: a row per true label, a column per predicted one. Recall of a
    label that never occurs, and precision of one that is never predicted, is None.
    """

    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    accuracy: float
    macro_recall: float
    recall: dict[str, float | None]
    precision: dict[str, float | None]

    def as_dict(self) -> dict[str, Any]:
        """Return the evaluation as JSON can hold it."""
        return {
            "labels": list(self.labels),
            "confusion": [list(row) for row in self.confusion],
            "accuracy": self.accuracy,
            "macro_recall": self.macro_recall,
            "recall": dict(self.recall),
            "precision": dict(self.precision),
        }


def evaluate(
    truth: NDArray[np.integer[Any]],
    predicted: NDArray[np.integer[Any]],
    labels: Sequence[str],
) -> Evaluation:
    """Compare `predicted` [N] with `truth` [N], both indices into `labels`.

    Macro recall averages over the labels that occur in `truth`. Raises ValueError when there
    is nothing to compare or an index has no label.
    """
    if truth.shape != predicted.shape or truth.ndim != 1 or not truth.size:
        raise ValueError(f"nothing to compare: {truth.shape} truths, {predicted.shape} predictions")
    both = np.concatenate([truth, predicted])
    if not 0 <= both.min() <= both.max() < len(labels):
        raise ValueError(f"an index has no label: there are {len(labels)} labels")
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (truth, predicted), 1)
    hits = confusion.diagonal()
    recall = _ratios(labels, hits, confusion.sum(axis=1))
    return Evaluation(
        labels=tuple(labels),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        accuracy=float(hits.sum() / truth.size),
        macro_recall=float(np.mean([value for value in recall.values() if value is not None])),
        recall=recall,
        precision=_ratios(labels, hits, confusion.sum(axis=0)),
    )


def grouped_folds(
    labels: NDArray[np.integer[Any]],
    groups: NDArray[np.integer[Any]],
    n_folds: int,
    seed: int,
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield `n_folds` pairs of row numbers, (train, test); every row is tested once.

    A group (a recording, a person) is never on both sides; labels are spread over the folds as
    evenly as the groups allow. Raises ValueError when there are fewer groups than folds.
    """
    n_groups = len(np.unique(groups))
    if not 2 <= n_folds <= n_groups:  # noqa: PLR2004
        raise ValueError(f"{n_groups} groups cannot be split into {n_folds} folds")
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(labels)), labels, groups)


def _ratios(
    labels: Sequence[str], hits: NDArray[np.int64], totals: NDArray[np.int64]
) -> dict[str, float | None]:
    """Return hits / total by label, None where the total is 0."""
    return {
        label: int(hit) / int(total) if total else None
        for label, hit, total in zip(labels, hits, totals, strict=True)
    }
