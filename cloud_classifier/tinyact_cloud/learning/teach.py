"""Add to a bundle's own head what a household taught, and say what that changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import NONE, HeadKind

from .examples import Examples, admitted
from .remarks import Remark, TeachingError
from .trials import USUAL_THRESHOLD, Base, Composed, CrossFitted, Material, choose, fit

__all__ = [
    "QUICK_KINDS",
    "USUAL_THRESHOLD",
    "Base",
    "Examples",
    "LabelReport",
    "Taught",
    "TeachingError",
    "refit",
]

# Kinds that are fitted within seconds. The forest and the boosted trees may be asked for, too.
QUICK_KINDS: tuple[HeadKind, ...] = ("logistic", "svm")

# A base label that loses more than this share of its windows is named.
_TOLERATED = 0.02
# What was taught of a base label counts everywhere, or only where it is so likely, if otherwise
# base labels would lose more.
_GATES = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_SHUT = 2.0
# The threshold of a new label is the usual one, or a higher one where it would take more of `none`.
_THRESHOLDS = np.round(np.arange(USUAL_THRESHOLD, 0.81, 0.05), 2).tolist()
# A new label that takes this share of the windows of half of the base labels is everything, and so
# is one of whose many examples they take it.
_EVERYTHING = 0.15
_MANY = 20
# Two labels of which one gets this share of the other's windows cannot be told apart.
_CONFUSED = 0.4


@dataclass(frozen=True, slots=True)
class LabelReport:
    """What teaching changed for a label, window by window, by grouped cross-validation.

    "Before" is the bundle's own head, which may have learnt from the base windows: of base labels
    read what changed, not how high it is. `examples` counts taught ones. Recall of a label that
    never occurs, and precision of one that is never predicted, is None, and so is
    all of a new label whose examples are of one occasion: then nothing is left to test it on.
    Windows of which one knows only that they are not a new label are right as any base label.
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
    new ones, sorted. `thresholds` are for the new labels, at `temperature`. `worse` maps base
    labels to the share of their base windows that they lost, where it is more than two points.
    `remarks` are for people.
    """

    kind: HeadKind
    labels: tuple[str, ...]
    head: bytes
    temperature: float
    thresholds: dict[str, float]
    report: tuple[LabelReport, ...]
    worse: dict[str, float]
    remarks: tuple[Remark, ...]
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
            "warnings": [remark.text for remark in self.remarks],
            "doubts": [remark.as_dict() for remark in self.remarks],
            "seconds": self.seconds,
        }


def refit(
    base: Base, taught: Examples, kinds: Sequence[HeadKind] = QUICK_KINDS, seed: int = 0
) -> Taught:
    """Fit a head to `base` and `taught`: the first of `kinds` unless another is clearly better.

    The same seed gives the same bytes. Raises TeachingError for what cannot be learnt from.
    """
    began = time.perf_counter()
    taught, notes = admitted(taught, base.names)
    material = Material.of(base, taught, seed)
    kind = choose(material, kinds, seed)
    learnt = learn(material, taught, kind, seed)
    tested, before, after = learnt.tested, learnt.before, learnt.after
    spread = _spread(material.of_rows(tested), after[tested])
    _refuse_everything(material, spread)
    return Taught(
        kind=kind,
        labels=material.names,
        head=learnt.head.export(),
        temperature=1.0,  # that of the own head is part of the new one
        thresholds=learnt.thresholds,
        report=_report(
            material.of_rows(tested), taught, before[tested], after[tested], learnt.thresholds
        ),
        worse=_worse(material, before, after, learnt.thresholds),
        remarks=(*notes, *_doubts(material, taught, spread)),
        seconds=time.perf_counter() - began,
    )


@dataclass(frozen=True, slots=True)
class Learnt:
    """A head of one kind, and what is said by ones like it of rows that they have not seen.

    `before` teaching and `after` it, float64 [N + M, L]; `tested` bool [N + M] tells which rows can
    be judged. `thresholds` are for the new labels.
    """

    head: Composed
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    tested: NDArray[np.bool_]
    thresholds: dict[str, float]


def learn(material: Material, taught: Examples, kind: HeadKind, seed: int) -> Learnt:
    """Fit a head of `kind` to all that `material` has of `taught`, and try it."""
    crossed = CrossFitted.of(material, kind, seed)
    gate = bearable(crossed)
    after = crossed.after(gate)
    return Learnt(
        fit(material, np.arange(len(material.labels)), kind, seed, gate),
        crossed.before(),
        after,
        _tested(material, taught),
        {name: _threshold(material, after, name) for name in material.new},
    )


def bearable(crossed: CrossFitted) -> float:
    """Return the lowest gate of what is taught of base labels by which none loses too much.

    What they lose by new labels is not held against it. The highest if all cost too much.
    """
    if not crossed.material.corrected:
        return _GATES[0]
    before, usual = crossed.before(), crossed.material.usual_thresholds

    def worse(gate: float) -> set[str]:
        return set(_worse(crossed.material, before, crossed.after(gate), usual))

    anyway = worse(_SHUT)
    return next((gate for gate in _GATES if worse(gate) <= anyway), _GATES[-1])


def _new(material: Material) -> range:
    """Return the new labels."""
    return range(material.n_known, len(material.names))


def _tested(material: Material, taught: Examples) -> NDArray[np.bool_]:
    """Return which rows can be judged: not those of a new label that one occasion shows alone."""
    alone = [label for label in _new(material) if len(taught.occasions(material.names[label])) == 1]
    return ~np.isin(material.labels, alone)


def _spread(material: Material, said: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of each label's windows that gets each label, float64 [L, L]."""
    verdicts = said.argmax(1)
    counts = np.zeros((len(material.names),) * 2)
    # What a label is not counts for nothing here: it was taught because it is confused.
    rows = material.labels < len(material.names)
    np.add.at(counts, (material.labels[rows], verdicts[rows]), 1)
    return np.asarray(counts / np.maximum(counts.sum(1, keepdims=True), 1))


def _refuse_everything(material: Material, spread: NDArray[np.float64]) -> None:
    """Raise TeachingError if a new label takes windows of half of the labels, or they of it."""
    known = material.names[: material.n_known]
    for label in _new(material):
        mixed = spread[: len(known), label] > _EVERYTHING
        if (material.labels == label).sum() >= _MANY:
            mixed |= spread[label, : len(known)] > _EVERYTHING
        if 2 * mixed.sum() >= len(known):
            others = ", ".join(np.array(known)[mixed])
            raise TeachingError(
                f"'{material.names[label]}' was taught for nearly everything: its examples look "
                f"like {others}. Keep those that show it alone, and delete the others.",
                "everything",
                label=material.names[label],
                others=np.array(known)[mixed].tolist(),
            )


def _threshold(material: Material, after: NDArray[np.float64], name: str) -> float:
    """Return the usual threshold of a new label, or the lowest that leaves `none` its windows.

    If none does: the usual one.
    """
    nothing = after[material.is_base & (material.labels == material.names.index(NONE))]
    verdicts = nothing.argmax(1)
    taken = nothing.max(1)[verdicts == material.names.index(name)]
    bearable = (t for t in _THRESHOLDS if (taken >= t).sum() <= _TOLERATED * len(nothing))
    return next(bearable, USUAL_THRESHOLD)


def _report(
    material: Material,
    taught: Examples,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    thresholds: Mapping[str, float],
) -> tuple[LabelReport, ...]:
    """Compare what was said before and after of rows [n] of the material."""
    first, then = (material.judge(said, thresholds) for said in (before, after))
    return tuple(
        LabelReport(
            name,
            taught.count(name),
            first.recall[name] if label < material.n_known else None,
            then.recall[name],
            first.precision[name] if label < material.n_known else None,
            then.precision[name],
        )
        for label, name in enumerate(material.names)
    )


def _worse(
    material: Material,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    thresholds: Mapping[str, float],
) -> dict[str, float]:
    """Return what share of its base windows each base label lost, if it is more than tolerated."""
    labels = material.labels[material.is_base]
    counts = np.bincount(labels, minlength=material.n_known)
    kept, left = (
        np.bincount(labels[verdicts[material.is_base] == labels], minlength=len(counts))
        for verdicts in (material.verdicts(said, thresholds) for said in (before, after))
    )
    lost = (kept - left) / np.maximum(counts, 1)
    return {
        material.names[label]: float(lost[label]) for label in np.flatnonzero(lost > _TOLERATED)
    }


def _doubts(material: Material, taught: Examples, spread: NDArray[np.float64]) -> Iterator[Remark]:
    """Yield remarks on what is to be doubted of new labels."""
    for label in _new(material):
        name = material.names[label]
        if len(taught.occasions(name)) == 1:
            yield Remark(
                f"All examples of '{name}' are of one occasion, so nobody can tell how well it "
                "will be recognised. Teach it on other occasions, too.",
                "one_occasion",
                {"label": name},
            )
        if not taught.wrong.any():
            yield Remark(
                f"Nothing was taught that is not '{name}'. In front of the same camera much may "
                f"pass for it: say 'not {name}' of some ordinary moments there.",
                "nothing_else",
                {"label": name},
            )
        for other, known in enumerate(material.names[: material.n_known]):
            if max(spread[label, other], spread[other, label]) > _CONFUSED:
                yield Remark(
                    f"'{name}' can hardly be told from '{known}'. Teach more of it, or use "
                    f"'{known}' for both.",
                    "hard_to_tell",
                    {"label": name, "other": known},
                )
