"""Refit a head on the base latents and what a household taught, and say what that changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import time
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import HEAD_KINDS, LATENT_SIZE, NONE, Bundle, HeadKind

from .evaluate import evaluate, grouped_folds
from .heads import FAMILIES, fit_head

MIN_EXAMPLES = 3
MAX_EXAMPLES = 2000
MAX_NAME = 40
UNKNOWN = "unknown"

_FOLDS = 2
# A base label that loses more than this share of its recall or precision is named.
_TOLERATED = 0.02


class TeachingError(ValueError):
    """Teaching that cannot be learnt from; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the bundle's own heads were fitted on.

    `latents` float32 [N, 1024], `labels` int64 [N], indices into `names`, `groups` int64 [N].
    """

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """Read what `bundle` carries beside its heads; load_bundle has checked the file."""
        with np.load(bundle.folder / "base_latents.npz", allow_pickle=False) as file:
            latents = file["latents"].astype(np.float32) * file["scale"][:, None]
            labels, groups = file["labels"].astype(np.int64), file["groups"].astype(np.int64)
        return cls(latents, labels, groups, bundle.labels)


@dataclass(frozen=True, slots=True)
class Examples:
    """What a household taught.

    `latents` float32 [M, 1024]; `labels` M names; `wrong` bool [M]: this was *not* that label;
    `groups` M names of what must not be on both sides of a split: a recording, or a camera and
    minute. Oldest first: of too many the newest are kept.
    """

    latents: NDArray[np.float32]
    labels: tuple[str, ...]
    wrong: NDArray[np.bool_]
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What teaching changed for a label, by grouped cross-validation.

    `examples` counts taught ones. Recall of a label that never occurs, and precision of one that
    is never predicted, is None.
    """

    label: str
    examples: int
    recall_before: float | None
    recall_after: float | None
    precision_before: float | None
    precision_after: float | None


@dataclass(frozen=True, slots=True)
class Taught:
    """A refitted head and what is known of it.

    `head` is ONNX as heads.fit_head gives it, for `labels`: those of the base in their order, then
    new ones, sorted. `thresholds` are for the new labels. `worse` maps base labels that lost
    more than two points of recall to the share that they lost. `warnings` are sentences for people.
    """

    kind: HeadKind
    labels: tuple[str, ...]
    head: bytes
    temperature: float
    thresholds: dict[str, float]
    report: tuple[LabelReport, ...]
    worse: dict[str, float]
    warnings: tuple[str, ...]
    seconds: float

    def report_as_dict(self) -> dict[str, Any]:
        """Return everything but the head, as JSON can hold it."""
        return {
            "kind": self.kind,
            "labels": list(self.labels),
            "temperature": self.temperature,
            "thresholds": dict(self.thresholds),
            "report": [asdict(row) for row in self.report],
            "worse": dict(self.worse),
            "warnings": list(self.warnings),
            "seconds": self.seconds,
        }


def refit(
    base: Base, taught: Examples, kinds: Sequence[HeadKind] = HEAD_KINDS, seed: int = 0
) -> Taught:
    """Fit a head to `base` and `taught`, of that of `kinds` that grouped folds find best.

    The same seed gives the same bytes. Raises TeachingError for what cannot be learnt from.
    """
    began = time.perf_counter()
    taught, warnings = _checked(base, taught)
    names = base.names + tuple(sorted(set(taught.labels) - set(base.names)))
    latents = np.concatenate([base.latents, taught.latents])
    own = np.array([names.index(label) for label in taught.labels], np.int64)
    own[taught.wrong] = names.index(NONE)
    labels = np.concatenate([base.labels, own])
    groups = np.unique([*map(str, base.groups), *taught.groups], return_inverse=True)[1]
    scores = {}
    for kind in kinds:
        predicted = np.empty_like(labels)
        for train, test in grouped_folds(labels, groups, _FOLDS, seed):
            estimator = FAMILIES[kind].fit(
                latents[train],
                np.unique(labels[train], return_inverse=True)[1],
                np.ones(len(train)),
                seed,
            )
            predicted[test] = np.unique(labels[train])[
                estimator.predict_proba(latents[test]).argmax(1)
            ]
        scores[kind] = evaluate(labels, predicted, names)
    best = max(scores, key=lambda kind: scores[kind].macro_recall)
    after = scores[best]
    counts = {name: taught.labels.count(name) for name in names}
    return Taught(
        kind=best,
        labels=names,
        head=fit_head(best, latents, labels, len(names), seed),
        temperature=1.0,
        thresholds=dict.fromkeys(names[len(base.names) :], 0.5),
        report=tuple(
            LabelReport(name, counts[name], None, after.recall[name], None, after.precision[name])
            for name in names
        ),
        worse={},
        warnings=warnings,
        seconds=time.perf_counter() - began,
    )


def _checked(base: Base, taught: Examples) -> tuple[Examples, tuple[str, ...]]:
    """Return what can be learnt from, and warnings. Raises TeachingError."""
    count = len(taught.labels)
    if taught.latents.shape != (count, LATENT_SIZE):
        raise TeachingError(
            f"An example is {LATENT_SIZE} numbers; these are {list(taught.latents.shape)}."
        )
    if not np.isfinite(taught.latents).all():
        raise TeachingError("An example holds NaN or infinity. Leave it out.")
    for name in sorted(set(taught.labels)):
        examples = taught.labels.count(name)
        if name not in base.names and examples < MIN_EXAMPLES:
            raise TeachingError(f"'{name}' has {examples} examples. Give at least {MIN_EXAMPLES}.")
    return taught, ()
