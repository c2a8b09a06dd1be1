"""Fit heads to base latents and examples together, and try them on what they have not seen.

Examples are few and base latents many, and all windows of one camera resemble each other more
than those of other homes. So what is taught of a label is a class of its own, even where the base
knows the label, and every class weighs alike, however few its examples are. And what a label is
*not* is a class, too, the rest: among thousands of base latents it would be lost, and without it
what is taught spreads over all that its camera sees. What the rest is instead, nobody said: it is
left to the bundle's own head (composed.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import NONE, Bundle, HeadKind

from . import composed, logistic
from .composed import Own, TaughtClasses
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

    `labels` int64 are indices into `names`, whose first `n_known` are the base's, or the count of
    names for the rest: what a label is not. `fold` int64: rows of one group are in one fold.
    `taught` are the labels that examples show, each a class of its own. `variants` float32
    [V, 1024] are learnt with the rows whose they are, `variant_of` int64 [V].
    """

    latents: NDArray[np.float32]
    labels: NDArray[np.int64]
    taught: tuple[int, ...]
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

        An example that is not what the own head takes it for, by more than chance, is the likeliest
        of the other labels; one that it does not take for that is of the rest.
        """
        names = base.names + tuple(sorted(taught.shown() - set(base.names)))
        own = np.array([names.index(label) for label in taught.labels], np.int64)
        fold = np.zeros(len(base.labels), np.int64)
        for number, (_, test) in enumerate(grouped_folds(base.labels, base.groups, _FOLDS, seed)):
            fold[test] = number
        n, known = len(base.labels), len(base.names)
        variants, owners = taught.decoded_variants()
        each = np.arange(len(own))
        said = np.pad(base.own.probabilities(taught.latents), ((0, 0), (0, len(names) - known)))
        is_taken = said[each, own] > 1 / known
        said[each, own] = 0
        instead = np.where(is_taken, said.argmax(1), len(names))
        labels = np.where(taught.wrong, instead, own)
        return cls(
            np.concatenate([base.latents, taught.latents]),
            np.concatenate([base.labels, labels]),
            tuple(np.unique(labels[labels < len(names)]).tolist()),
            np.concatenate([fold, _deal(own, taught.groups, seed)]),
            np.arange(n + len(own)) < n,
            names,
            base.own,
            known,
            base.figures,
            variants,
            n + owners,
        )

    @property
    def classes(self) -> NDArray[np.int64]:
        """Return what is told apart, int64 [N + M]: base labels, what is taught, and the rest."""
        places = np.append(self.taught, len(self.names))
        taught = self.n_known + np.searchsorted(places, self.labels)
        return np.where(self.is_base, self.labels, taught)

    @property
    def corrected(self) -> bool:
        """Whether examples correct what is said of base labels."""
        return any(label < self.n_known for label in self.taught)

    def taught_classes(self, gate: float) -> TaughtClasses:
        """Return what is taught; of base labels it counts where it reaches `gate`.

        New labels have thresholds instead, which whoever is told of them knows, too.
        """
        gates = (gate if label < self.n_known else 0.0 for label in self.taught)
        return TaughtClasses(self.taught, tuple(gates))

    def without_variants(self) -> Self:
        """Return what was seen alone."""
        return replace(self, variants=self.variants[:0], variant_of=self.variant_of[:0])

    def of_rows(self, chosen: NDArray[np.generic]) -> Self:
        """Return some rows alone, to judge them: without variants."""
        return replace(
            self.without_variants(),
            latents=self.latents[chosen],
            labels=self.labels[chosen],
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
        truth = np.where(self.labels < len(self.names), self.labels, rest)
        return evaluate(truth, verdicts, self.names)


@dataclass(frozen=True, slots=True)
class Fitted:
    """An estimator, and which of `n_classes` each of its columns is, the rest being the last."""

    family: Family
    estimator: Any
    columns: NDArray[np.int64]
    n_classes: int

    def probabilities(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what it says of latents [n, 1024], float64 [n, n_classes]."""
        said = np.zeros((len(latents), self.n_classes))
        said[:, self.columns] = self.estimator.predict_proba(latents)
        return said

    def export(self) -> bytes:
        """Return it as a head of classes."""
        return self.family.export(self.estimator, self.columns, self.n_classes)


@dataclass(frozen=True, slots=True)
class Composed:
    """The own head, beside one that learnt from examples (composed.py)."""

    own: Own
    after: Fitted
    taught: TaughtClasses
    n_labels: int

    def probabilities(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return what it says of latents [n, 1024], float64 [n, n_labels]."""
        own, after = self.own.probabilities(latents), self.after.probabilities(latents)
        return composed.combine(own, after, self.taught, self.n_labels)

    def export(self) -> bytes:
        """Return it as a head."""
        return composed.export(self.own, self.after.export(), self.taught, self.n_labels)


def fit(
    material: Material, rows: NDArray[np.int64], kind: HeadKind, seed: int, gate: float = 0.0
) -> Composed:
    """Compose a head that has learnt from some rows."""
    after = _fit(material, rows, kind, seed)
    return Composed(material.own, after, material.taught_classes(gate), len(material.names))


def _fit(material: Material, rows: NDArray[np.int64], kind: HeadKind, seed: int) -> Fitted:
    """Fit to some rows and their variants.

    Every class weighs alike; one with a single row, variants included, is left out.
    """
    with_them = np.isin(material.variant_of, rows)
    latents = np.concatenate([material.latents[rows], material.variants[with_them]])
    rows = np.concatenate([rows, material.variant_of[with_them]])
    classes = material.classes[rows]
    enough = np.bincount(classes)[classes] > 1
    latents, rows = latents[enough], rows[enough]
    present, classes = np.unique(classes[enough], return_inverse=True)
    # An example and its variants count as one.
    parts = 1 / np.bincount(rows)[rows]
    weights = parts / np.bincount(classes, parts)[classes]
    family = _family(kind, material)
    estimator = family.fit(latents, classes, weights / weights.mean(), seed)
    return Fitted(family, estimator, present, material.n_known + len(material.taught) + 1)


def _family(kind: HeadKind, material: Material) -> Family:
    """Return how a head of `kind` is fitted where examples are few."""
    if kind != "logistic":
        return FAMILIES[kind]
    loud = np.ones(material.latents.shape[1], np.float32)
    loud[len(loud) - material.figures :] = _FIGURES_LOUD
    learn = partial(logistic.fit, c=_C, tolerance=_TOLERANCE, loud=loud)
    return Family(learn, logistic.export)


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
        said = np.zeros((len(self.material.labels), len(self.material.names)))
        said[:, : self.material.n_known] = self.material.own.probabilities(self.material.latents)
        return said

    def after(self, gate: float = 0.0) -> NDArray[np.float64]:
        """Return what is said after teaching, float64 [N + M, L], by heads that did not see it."""
        said = np.zeros((len(self.material.labels), len(self.material.names)))
        taught = self.material.taught_classes(gate)
        for fold, head in enumerate(self.heads):
            test = self.material.fold == fold
            said[test] = replace(head, taught=taught).probabilities(self.material.latents[test])
        return said


def _deal(classes: NDArray[np.int64], groups: Sequence[str], seed: int) -> NDArray[np.int64]:
    """Return a fold for each example: groups of one class are dealt to the folds in turn."""
    rng = np.random.default_rng(seed)
    own = dict(zip(groups, classes.tolist(), strict=True))
    shuffled = [sorted(own)[i] for i in rng.permutation(len(own))]
    turn = {group: i % _FOLDS for i, group in enumerate(sorted(shuffled, key=own.__getitem__))}
    return np.array([turn[group] for group in groups], np.int64)
