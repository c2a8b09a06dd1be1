"""Fit heads to base latents and examples together, and try them on what they have not seen.

Examples are few and base latents many, and all windows of one camera resemble each other more
than those of other homes. So every label weighs alike, however few its examples are; of a label
that the base knows, five examples weigh an eighth of it. And what a new label is *not* is learnt
as a class of its own, the rest: among thousands of base latents it would be lost, and without it a
new label spreads over all that its camera sees. What the rest is instead, nobody said: it is left
to the bundle's own head (composed.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import NONE, Bundle, HeadKind

from . import composed, logistic
from .composed import Own
from .evaluate import Evaluation, evaluate, grouped_folds
from .examples import Examples
from .heads import FAMILIES, Family

# A stronger penalty than the bundle's heads have, and an earlier end: better where examples are
# few, and fitted sooner. Chosen on ARID and UTD-MHAD (docs/training.md).
_C, _TOLERANCE = 0.03, 1e-3
# How loud the figures of a body are (training/figures.py) among what the encoder learnt to tell,
# which is about the base labels: of 1, 2, 3 and 5, best for actions of ARID and UTD-MHAD that are
# none of those.
_FIGURES_LOUD = 3.0
# So many examples of a base label have their full share of it. A greater one finds a few more of
# them in the same place, and costs other labels more: half costs `none` 8 points of 100.
_ENOUGH = 5
_SHARE = 1 / 8
# A new label's probability must reach this. Of five occasions nobody can tell a better one: what
# cross-validation chose found no more at the same precision (docs/training.md).
USUAL_THRESHOLD = 0.5
_FOLDS = 3
# The first kind is kept unless another one's macro recall is higher by more than this.
_MARGIN = 0.05
# Kinds are compared on no more base latents than these, and no variants: enough to choose.
_COMPARED = 800


@dataclass(frozen=True, slots=True)
class Base:
    """What a bundle knows: its own head, and what heads can be fitted on.

    `latents` float32 [N, 1024], `labels` int64 [N], indices into `names`, `groups` int64 [N]. The
    last `figures` numbers of a latent are figures of the body.
    """

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    names: tuple[str, ...]
    own: Own
    figures: int = 0

    @classmethod
    def of(cls, bundle: Bundle, kind: HeadKind | None = None) -> Self:
        """Read the head of `kind`, by default the bundle's choice, and what lies beside it.

        load_bundle has checked the files. Raises BundleError.
        """
        with np.load(bundle.folder / "base_latents.npz", allow_pickle=False) as file:
            latents = file["latents"].astype(np.float32) * file["scale"][:, None]
            labels, groups = file["labels"].astype(np.int64), file["groups"].astype(np.int64)
        head = bundle.head(kind)
        own = Own(head.content, head.temperature)
        return cls(latents, labels, groups, bundle.labels, own, bundle.figures)


@dataclass(frozen=True, slots=True)
class Material:
    """Base and examples together: N + M rows, the base first.

    `classes` int64 are indices into `names`, or their count for the rest: what a new label is not;
    `fold` int64: rows of one group are in one fold. The first `n_known` of `names` are the base's.
    `variants` float32 [V, 1024] are learnt with the rows whose they are, `variant_of` int64 [V].
    """

    latents: NDArray[np.float32]
    classes: NDArray[np.int64]
    fold: NDArray[np.int64]
    is_base: NDArray[np.bool_]
    names: tuple[str, ...]
    own: Own
    n_known: int
    figures: int
    variants: NDArray[np.float32]
    variant_of: NDArray[np.int64]

    @classmethod
    def of(cls, base: Base, taught: Examples, seed: int) -> Self:
        """Put them together.

        An example that is not a base label is the likeliest of the others, as the own head has it.
        """
        names = base.names + tuple(sorted(taught.shown() - set(base.names)))
        own = np.array([names.index(label) for label in taught.labels], np.int64)
        fold = np.zeros(len(base.labels), np.int64)
        for number, (_, test) in enumerate(grouped_folds(base.labels, base.groups, _FOLDS, seed)):
            fold[test] = number
        n, known = len(base.labels), len(base.names)
        variants, owners = taught.decoded_variants()
        material = cls(
            np.concatenate([base.latents, taught.latents]),
            np.concatenate([base.labels, np.where(taught.wrong & (own >= known), len(names), own)]),
            np.concatenate([fold, _deal(own, taught.groups, seed)]),
            np.arange(n + len(own)) < n,
            names,
            base.own,
            known,
            base.figures,
            variants,
            n + owners,
        )
        wrong = n + np.flatnonzero(taught.wrong & (own < known))
        if len(wrong):
            said = base.own.probabilities(material.latents[wrong])
            said[np.arange(len(wrong)), material.classes[wrong]] = 0
            material.classes[wrong] = said.argmax(1)
        return material

    @property
    def corrected(self) -> bool:
        """Whether examples correct what is said of base labels."""
        return bool((self.classes[~self.is_base] < self.n_known).any())

    def without_variants(self) -> Self:
        """Return what was seen alone."""
        return replace(self, variants=self.variants[:0], variant_of=self.variant_of[:0])

    def of_rows(self, chosen: NDArray[np.generic]) -> Self:
        """Return some rows alone, to judge them: without variants."""
        return replace(
            self.without_variants(),
            latents=self.latents[chosen],
            classes=self.classes[chosen],
            fold=self.fold[chosen],
            is_base=self.is_base[chosen],
        )

    @property
    def new(self) -> tuple[str, ...]:
        """Return the labels that the base does not know."""
        return self.names[self.n_known :]

    @property
    def usual_thresholds(self) -> dict[str, float]:
        """Return those of the new labels."""
        return dict.fromkeys(self.new, USUAL_THRESHOLD)

    def verdicts(
        self, said: NDArray[np.float64], thresholds: Mapping[str, float]
    ) -> NDArray[np.int64]:
        """Return the likeliest label of each row, int64 [N + M], by what is `said` [N + M, L].

        A new one that does not reach its threshold is `none`: nothing is told of it.
        """
        verdicts = said.argmax(1)
        least = np.array([thresholds.get(name, 0.0) for name in self.names])
        return np.where(said.max(1) < least[verdicts], self.names.index(NONE), verdicts)

    def judge(self, said: NDArray[np.float64], thresholds: Mapping[str, float]) -> Evaluation:
        """Compare verdicts on all rows, `said` [N + M, L], with what they are.

        Of the rest nobody knows that: there any base label is right, and a new one is `none`.
        """
        verdicts = self.verdicts(said, thresholds)
        rest = np.where(verdicts < self.n_known, verdicts, self.names.index(NONE))
        truth = np.where(self.classes < len(self.names), self.classes, rest)
        return evaluate(truth, verdicts, self.names)


@dataclass(frozen=True, slots=True)
class Fitted:
    """An estimator, and the column of each of its classes: a label, or last the rest."""

    family: Family
    estimator: Any
    columns: NDArray[np.int64]
    n_labels: int

    def probabilities(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what it says of latents [n, 1024], float64 [n, n_labels + 1]."""
        said = np.zeros((len(latents), self.n_labels + 1))
        said[:, self.columns] = self.estimator.predict_proba(latents)
        return said

    def export(self) -> bytes:
        """Return it as a head, with an output for the rest."""
        return self.family.export(self.estimator, self.columns, self.n_labels + 1)


@dataclass(frozen=True, slots=True)
class Composed:
    """The own head, beside one that learnt from examples, and from none (composed.py)."""

    own: Own
    after: Fitted
    before: Fitted | None
    heed: float = 1.0

    def probabilities(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what it says of latents [n, 1024], float64 [n, n_labels]."""
        before = self.before.probabilities(latents) if self.before else None
        own = self.own.probabilities(latents)
        return composed.combine(own, self.after.probabilities(latents), before, self.heed)

    def export(self) -> bytes:
        """Return it as a head."""
        before = self.before.export() if self.before else None
        after = self.after.export()
        return composed.export(self.own, after, before, self.after.n_labels, self.heed)


def fit(material: Material, rows: NDArray[np.int64], kind: HeadKind, seed: int) -> Composed:
    """Compose a head that has learnt from some rows."""
    base = rows[material.is_base[rows]]
    corrected = material.of_rows(rows).corrected
    return Composed(
        material.own,
        _fit(material, rows, kind, seed),
        _fit(material, base, kind, seed) if corrected else None,
    )


def _fit(material: Material, rows: NDArray[np.int64], kind: HeadKind, seed: int) -> Fitted:
    """Fit to some rows and their variants.

    Every class weighs alike, one with a single row is left out.
    """
    present, counts = np.unique(material.classes[rows], return_counts=True)
    present = present[counts > 1]
    rows = rows[np.isin(material.classes[rows], present)]
    with_them = np.isin(material.variant_of, rows)
    latents = np.concatenate([material.latents[rows], material.variants[with_them]])
    rows = np.concatenate([rows, material.variant_of[with_them]])
    classes = np.searchsorted(present, material.classes[rows])
    weights = _weights(classes, material.is_base[rows], 1 / np.bincount(rows)[rows])
    family = _family(kind, material)
    estimator = family.fit(latents, classes, weights, seed)
    return Fitted(family, estimator, present, len(material.names))


def _family(kind: HeadKind, material: Material) -> Family:
    """Return how a head of `kind` is fitted where examples are few."""
    if kind != "logistic":
        return FAMILIES[kind]
    loud = np.ones(material.latents.shape[1], np.float32)
    loud[len(loud) - material.figures :] = _FIGURES_LOUD
    learn = partial(logistic.fit, c=_C, tolerance=_TOLERANCE, loud=loud)
    return Family(learn, logistic.export)


def _weights(
    classes: NDArray[np.int64], is_base: NDArray[np.bool_], parts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return weights [n] of mean 1 with the same sum for each of the classes 0..k-1.

    `parts` [n] are what of one example a row is: those of an example and its variants add up to 1.
    """
    taught = np.bincount(classes, ~is_base * parts)
    known = np.bincount(classes, is_base * parts)
    share = np.where(known > 0, np.minimum(taught / _ENOUGH, 1) * _SHARE, 1)
    weights = parts * np.where(
        is_base,
        (1 - share[classes]) / np.maximum(known, 1)[classes],
        share[classes] / np.maximum(taught, 1)[classes],
    )
    return np.asarray(weights / weights.mean())


def choose(material: Material, kinds: Sequence[HeadKind], seed: int) -> HeadKind:
    """Return the first kind unless another is clearly better on a fold, learnt from the others."""
    if len(kinds) == 1:
        return kinds[0]
    some = np.random.default_rng(seed).permutation(np.flatnonzero(material.is_base))[:_COMPARED]
    rows = np.concatenate([some, np.flatnonzero(~material.is_base)])
    learnt = rows[material.fold[rows] != 0]
    material = material.without_variants()
    test = material.of_rows(rows[material.fold[rows] == 0])

    def recall(kind: HeadKind) -> float:
        said = fit(material, learnt, kind, seed).probabilities(test.latents)
        return test.judge(said, test.usual_thresholds).macro_recall

    recalls = {kind: recall(kind) for kind in kinds}
    best = max(recalls, key=recalls.__getitem__)
    return best if recalls[best] > recalls[kinds[0]] + _MARGIN else kinds[0]


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Heads that are fitted to all folds of `material` but one, in the order of the folds."""

    material: Material
    heads: tuple[Composed, ...]

    @classmethod
    def of(cls, material: Material, kind: HeadKind, seed: int) -> Self:
        """Fit them."""
        rest = (np.flatnonzero(material.fold != fold) for fold in range(_FOLDS))
        return cls(material, tuple(fit(material, rows, kind, seed) for rows in rest))

    def before(self) -> NDArray[np.float64]:
        """Return what the own head says of all rows, float64 [N + M, L]."""
        said = np.zeros((len(self.material.classes), len(self.material.names)))
        said[:, : self.material.n_known] = self.material.own.probabilities(self.material.latents)
        return said

    def after(self, heed: float = 1.0) -> NDArray[np.float64]:
        """Return what is said after teaching, float64 [N + M, L], by heads that did not see it."""
        said = np.zeros((len(self.material.classes), len(self.material.names)))
        for fold, head in enumerate(self.heads):
            test = self.material.fold == fold
            said[test] = replace(head, heed=heed).probabilities(self.material.latents[test])
        return said


def _deal(classes: NDArray[np.int64], groups: Sequence[str], seed: int) -> NDArray[np.int64]:
    """Return a fold for each example: groups of one class are dealt to the folds in turn."""
    rng = np.random.default_rng(seed)
    own = dict(zip(groups, classes.tolist(), strict=True))
    shuffled = [sorted(own)[i] for i in rng.permutation(len(own))]
    turn = {group: i % _FOLDS for i, group in enumerate(sorted(shuffled, key=own.__getitem__))}
    return np.array([turn[group] for group in groups], np.int64)
