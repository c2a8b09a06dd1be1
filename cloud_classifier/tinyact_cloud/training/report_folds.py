"""The results page's part on recipes under each set's own protocol: its folds taken together."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .protocols import folds, own
from .report_parts import READOUT, READOUTS, Runs, codes, extent, missing, paragraph, spread, table


@dataclass(frozen=True, slots=True)
class Tested:
    """All test clips of some folds of a set's own protocol, by one readout.

    `confusion` int64 [L, L] counts clips with one true label, a row per true label; `clips` counts
    those with several allowed ones, too, and `right` the verdicts that are allowed.
    """

    labels: Sequence[str]
    confusion: NDArray[np.int64]
    clips: int
    right: float

    @property
    def macro_recall(self) -> float:
        """Return the mean over the labels that are shown of the share that was found."""
        shown = self.confusion.sum(1)
        return float((self.confusion.diagonal()[shown > 0] / shown[shown > 0]).mean())


@dataclass(frozen=True, slots=True)
class Pooled:
    """What a recipe's runs with one seed found: the names of the folds, and a Tested a readout."""

    folds: frozenset[str]
    readouts: Mapping[str, Tested]


# By recipe and `own-SET`, and in them by seed.
Pool = Mapping[tuple[str, str], Mapping[int, Pooled]]


def pool(runs: Runs) -> Pool:
    """Take the runs of a recipe on the folds of one protocol together, those of each seed apart."""
    by_fold: dict[tuple[str, str], dict[int, dict[str, Mapping[str, Any]]]] = {}
    for (name, held_out), seeds in runs.items():
        if own(held_out):
            of_recipe = by_fold.setdefault((name, own(held_out)), {})
            for seed, result in seeds.items():
                of_recipe.setdefault(seed, {})[held_out] = result["readouts"]
    return {
        key: {seed: _pooled(results) for seed, results in sorted(of_recipe.items())}
        for key, of_recipe in by_fold.items()
    }


def _pooled(results: Mapping[str, Mapping[str, Any]]) -> Pooled:
    """Return one seed's folds together; `results` has the readouts of each by its name."""
    kinds = set.intersection(*(set(readouts) for readouts in results.values()))
    return Pooled(
        frozenset(results),
        {kind: _tested([readouts[kind] for readouts in results.values()]) for kind in kinds},
    )


def _tested(of_folds: Sequence[Mapping[str, Any]]) -> Tested:
    sets = [of_set for readout in of_folds for of_set in readout["sets"].values()]
    return Tested(
        of_folds[0]["labels"],
        np.sum([readout["confusion"] for readout in of_folds], 0),
        sum(of_set["clips"] for of_set in sets),
        sum(of_set["within_allowed"] * of_set["clips"] for of_set in sets),
    )


def own_protocols(runs: Runs, names: Sequence[str]) -> Iterator[str]:
    """Yield the part, with a table for every protocol that a fold of was run; `names` in order."""
    yield "### Each set under its own protocol"
    yield ""
    pooled = pool(runs)
    if not pooled:
        yield from missing("No set is tested by its own yet", "ablate --protocols own-SET ...")
        return
    yield from paragraph(
        "Fold by fold, as reports on a set mostly test it. For each fold a recipe is trained anew "
        "on what the fold does not test: the rest of the set and all other sets, so that figures "
        "of work that trains on the set alone are no measure for these. The test clips of all "
        "folds are judged together. Rooms and cameras are often the same on both sides, unlike in "
        "a home that nobody has seen."
    )
    yield from paragraph(
        "*Clips* have one true label; *within allowed* is the share of all clips whose verdict by "
        f"{READOUT} the recording allows. In daily scenes that may show several things, what is "
        "made up lowers only this one."
    )
    results = (
        run for (_, held_out), seeds in runs.items() if own(held_out) for run in seeds.values()
    )
    yield from paragraph(f"Made by code {codes(results)}.")
    for whole in sorted({held_out for _, held_out in pooled}):
        of_protocol = {name: pooled[name, whole] for name in names if (name, whole) in pooled}
        yield f"#### `{whole}`"
        yield ""
        yield from _by_readout(of_protocol, len(folds(whole)))
        yield from _by_label(of_protocol)


def _by_readout(of_protocol: Mapping[str, Mapping[int, Pooled]], count: int) -> Iterator[str]:
    yield from table(
        ("recipe", *READOUTS, "seeds", "folds", "clips", "within allowed", "all clips"),
        (_row(name, [*seeds.values()], count) for name, seeds in of_protocol.items()),
    )


def _row(name: str, seeds: Sequence[Pooled], count: int) -> tuple[object, ...]:
    """Return a recipe's row; where a seed lacks folds, it says how many are there."""
    done = min(len(seed.folds) for seed in seeds)
    tests = [seed.readouts[READOUT] for seed in seeds]
    return (
        f"`{name}`",
        *(
            spread([seed.readouts[kind].macro_recall for seed in seeds if kind in seed.readouts], 3)
            for kind in READOUTS
        ),
        len(seeds),
        count if done == count else f"{done} of {count}",
        extent([int(test.confusion.sum()) for test in tests]),
        spread([test.right / test.clips for test in tests], 3),
        extent([test.clips for test in tests]),
    )


def _by_label(of_protocol: Mapping[str, Mapping[int, Pooled]]) -> Iterator[str]:
    """Yield the confusion of every recipe, all its seeds added, a column each."""
    tests = {
        name: [seed.readouts[READOUT] for seed in seeds.values()]
        for name, seeds in of_protocol.items()
    }
    labels = next(iter(tests.values()))[0].labels
    counts = {name: np.sum([test.confusion for test in of], 0) for name, of in tests.items()}
    shown = np.sum([*counts.values()], 0).any(1)
    yield f"Found / shown, by {READOUT}, and what was said instead:"
    yield ""
    yield from table(
        ("label", *(f"`{name}`" for name in counts)),
        (
            (label, *(_verdicts(labels, row, of[row]) for of in counts.values()))
            for row, label in enumerate(labels)
            if shown[row]
        ),
    )


def _verdicts(labels: Sequence[str], true: int, said: NDArray[np.int64]) -> str:
    """Return what was said of the clips that show the label `true`, the likeliest mistake first."""
    wrong = [of for of in np.argsort(-said, kind="stable").tolist() if said[of] and of != true]
    instead = ", ".join(f"{labels[of]} {said[of]}" for of in wrong)
    return f"{said[true]} / {said.sum()}" + (f": {instead}" if instead else "")
