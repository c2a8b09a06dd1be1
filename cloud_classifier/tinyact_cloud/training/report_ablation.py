"""The results page's section on what each part of a recipe is worth."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
import statistics
from typing import Any

import numpy as np

from .protocols import own
from .recipe_files import RECIPES
from .report_folds import own_protocols
from .report_parts import (
    READOUT,
    READOUTS,
    Runs,
    codes,
    extent,
    missing,
    paragraph,
    quoted,
    spread,
    stored,
    table,
)

ABLATION = "ablation"  # the folder that `ablate` keeps its runs in
_CROSS_SET = "without-"
# Others follow.
_ORDER = (
    *("hand-made", "teacher", "plain", "motion", "ce", "ce-motion"),
    *("ce-motion-filmed", "ce-motion-limbs", "ce-motion-carry"),
    *("kd-features", "kd-logits", "rgb", "rgb-kd"),
    *("view-body", "view-rgb", "view-both"),
)
_UNTRAINED = {
    "hand-made": "60 figures of the landmarks, no network: the baseline to beat.",
    "teacher": "I3D's own features of the window's pixels, frozen.",
    "view-body": "The latents of ce-motion, on windows that both views see.",
    "view-rgb": "The latents of rgb-kd, on the same windows.",
    "view-both": "Both latents side by side, on the same windows.",
}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two recipes, and how many points the first must be above (or may be below) the second."""

    name: str
    over: str
    goal: float


_COMPARISONS = (
    _Comparison("kd-features", "ce-motion", 5.0),
    _Comparison("kd-logits", "ce-motion", 5.0),
    _Comparison("rgb-kd", "rgb", 5.0),
    _Comparison("view-rgb", "view-body", -5.0),
)


def ablation(work: Path) -> Iterator[str]:
    """Yield the section, from what `ablate` stored in `work`."""
    yield "## What each part of the recipe is worth"
    yield ""
    runs = stored_runs(work)
    if not runs:
        yield from missing("No recipes are compared yet", "ablate --protocols PROTOCOL ...")
        return
    names = in_order({name for name, _ in runs})
    protocols = sorted({protocol for _, protocol in runs if not own(protocol)})
    yield from _explained(runs, names)
    for held_out in protocols:
        yield f"### Held out: `{held_out}`"
        yield ""
        of_protocol = {name: runs[name, held_out] for name in names if (name, held_out) in runs}
        yield "Macro recall, by readout:"
        yield ""
        yield from _by_readout(of_protocol)
        yield from _never_said(of_protocol)
        yield f"Macro recall of the readout {READOUT}, by data set:"
        yield ""
        yield from _by_set(of_protocol)
    yield from _verdicts(runs, protocols)
    yield from own_protocols(runs, names)


def stored_runs(work: Path) -> Runs:
    """Return all results of `ablate` that `work` holds. Raises UserError when one is damaged."""
    runs: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for path in sorted((work / ABLATION).glob("*/results.json")):
        result = stored(path)
        if result is not None:
            run = result["run"]
            runs.setdefault((run["name"], run["protocol"]), {})[run["seed"]] = result
    return runs


def cross_set(runs: Runs) -> tuple[list[str], dict[str, float]]:
    """Return the protocols that hold out whole sets, and each recipe's mean macro recall over them.

    It is the readout rf's, the mean over seeds first. A recipe that lacks a protocol has none: its
    mean would be of other tests.
    """
    protocols = sorted({held_out for _, held_out in runs if held_out.startswith(_CROSS_SET)})
    means = {
        name: statistics.fmean(
            statistics.fmean(_recalls(runs[name, held_out], READOUT).values())
            for held_out in protocols
        )
        for name in in_order({name for name, _ in runs})
        if protocols and all((name, held_out) in runs for held_out in protocols)
    }
    return protocols, means


def in_order(names: Iterable[str]) -> list[str]:
    """Return recipes in the order of the page: from what needs no training to what needs most."""
    return sorted(names, key=lambda n: (_ORDER.index(n) if n in _ORDER else len(_ORDER), n))


def _explained(runs: Runs, names: Sequence[str]) -> Iterator[str]:
    results = [
        run for (_, held_out), seeds in runs.items() if not own(held_out) for run in seeds.values()
    ]
    budgets = {
        f"{run['recipe']['epochs']} epochs of {run['recipe']['clips_per_epoch']} clips"
        for run in results
        if "recipe" in run
    }
    trained = (
        f"Recipes are trained for {', '.join(sorted(budgets))} and" if budgets else "Recipes are"
    )
    yield from paragraph(
        f"{trained} read out in four ways. Figures are the macro recall of clips with one true "
        "label, mean ± standard deviation over seeds; with one seed there is no deviation. Pixels "
        "need movement and bodies need landmarks, so clips of the two views are not the same ones, "
        "except in view-*."
    )
    if results:
        made = f"Made by code {codes(results)}"
        data = {run["data"][:12] for run in results if "data" in run}
        yield from paragraph(f"{made}, from data {quoted(data)}." if data else f"{made}.")
    yield from (f"- `{name}`: {_explanation(name)}" for name in names)
    yield ""


def _explanation(name: str) -> str:
    """Return what a recipe is: the first comment in its file."""
    if name in _UNTRAINED:
        return _UNTRAINED[name]
    path = RECIPES / f"ablate-{name}.toml"
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    comments = (line.lstrip("# ") for line in lines if line.startswith("#"))
    return next(comments, "A recipe of its own.")


def _by_readout(of_protocol: Mapping[str, Mapping[int, Mapping[str, Any]]]) -> Iterator[str]:
    yield from table(
        ("recipe", *READOUTS, "seeds", "clips"),
        (
            (
                f"`{name}`",
                *(spread([*_recalls(seeds, kind).values()], 3) for kind in READOUTS),
                len(seeds),
                _count(seeds),
            )
            for name, seeds in of_protocol.items()
        ),
    )


def _never_said(of_protocol: Mapping[str, Mapping[int, Mapping[str, Any]]]) -> Iterator[str]:
    """Yield which recipes are silent about a label that clips show: that may not be their fault."""
    silent: dict[str, list[str]] = {}
    for name, seeds in of_protocol.items():
        readouts = [readout for run in seeds.values() for readout in run["readouts"].values()]
        counts = np.sum([readout["confusion"] for readout in readouts], 0)
        for label in np.flatnonzero(counts.sum(1).astype(bool) & ~counts.any(0)).tolist():
            silent.setdefault(readouts[0]["labels"][label], []).append(f"`{name}`")
    if silent:
        told = "; ".join(f"{label}: {', '.join(names)}" for label, names in silent.items())
        yield from paragraph(
            f"Shown, but never said by any readout: {told}. Where nothing that a view can train on "
            "shows a label, its recall is 0 whatever the recipe is, and lowers the mean."
        )


def _count(seeds: Mapping[int, Mapping[str, Any]]) -> str:
    """Return how many clips were judged; seeds may differ where a view sees not all."""
    return extent(run["readouts"][READOUT]["clips"] for run in seeds.values())


def _by_set(of_protocol: Mapping[str, Mapping[int, Mapping[str, Any]]]) -> Iterator[str]:
    by_recipe = {
        name: [run["readouts"][READOUT]["sets"] for run in seeds.values()]
        for name, seeds in of_protocol.items()
    }
    sets = sorted(
        {
            name
            for of_seeds in by_recipe.values()
            for of_sets in of_seeds
            for name, result in of_sets.items()
            if "single_label" in result
        }
    )
    yield from table(
        ("recipe", *sets),
        (
            (f"`{name}`", *(spread(_of_set(of_seeds, of_set), 3) for of_set in sets))
            for name, of_seeds in by_recipe.items()
        ),
    )


def _of_set(of_seeds: Sequence[Mapping[str, Any]], of_set: str) -> list[float]:
    singles = (sets.get(of_set, {}).get("single_label") for sets in of_seeds)
    return [single["macro_recall"] for single in singles if single]


def _verdicts(runs: Runs, protocols: Sequence[str]) -> Iterator[str]:
    yield "### Does the teacher help, and what do pixels cost?"
    yield ""
    yield from paragraph(
        "Differences of macro recall by readout, in points (hundredths), paired: mean ± standard "
        "deviation over seeds. A goal above 0 is to be gained at least, one below 0 may be lost at "
        "most."
    )
    rows, told = [], []
    for comparison in _COMPARISONS:
        by_protocol = {held_out: _gains(runs, comparison, held_out) for held_out in protocols}
        rows += [
            _row(comparison, held_out, gains) for held_out, gains in by_protocol.items() if gains
        ]
        crossing = {
            held_out: gains
            for held_out, gains in by_protocol.items()
            if gains and held_out.startswith(_CROSS_SET)
        }
        over_all = _mean_gains([*crossing.values()])
        if len(crossing) > 1 and over_all:
            rows.append(_row(comparison, f"mean of {len(crossing)} without-*", over_all))
        told.append(_sentence(comparison, [*crossing], over_all))
    yield from table(("difference", "held out", "seeds", *READOUTS, "goal", "met by"), rows)
    yield from (f"- {sentence}" for sentence in told)
    yield ""


# By readout, and in it by seed, in points.
_Gains = Mapping[str, Mapping[int, float]]


def _row(comparison: _Comparison, held_out: str, gains: _Gains) -> tuple[object, ...]:
    return (
        f"`{comparison.name}` less `{comparison.over}`",
        held_out,
        max(map(len, gains.values())),
        *(spread([*gains.get(kind, {}).values()], 1, "+") for kind in READOUTS),
        f"{comparison.goal:+.0f}",
        ", ".join(_met_by(comparison, gains)) or "none",
    )


def _sentence(comparison: _Comparison, protocols: Sequence[str], gains: _Gains) -> str:
    """Return what the comparison says over whole sets held out."""
    pair = f"`{comparison.name}` against `{comparison.over}`"
    if not gains:
        return f"{pair}: not measured on sets held out, or with no seed on all of them."
    least = comparison.goal
    goal = f"a gain of {least:.0f}" if least > 0 else f"a loss of no more than {-least:.0f}"
    met = _met_by(comparison, gains)
    missed = [kind for kind in gains if kind not in met]
    verdicts = (("met", met), ("missed", missed))
    told = ", ".join(f"{word} by {', '.join(kinds)}" for word, kinds in verdicts if kinds)
    return f"{pair}, {quoted(set(protocols))}: the goal, {goal}, is {told}."


def _met_by(comparison: _Comparison, gains: _Gains) -> list[str]:
    """Return the readouts by which a comparison reaches its goal."""
    return [
        kind
        for kind, by_seed in gains.items()
        if statistics.fmean(by_seed.values()) >= comparison.goal
    ]


def _gains(runs: Runs, comparison: _Comparison, held_out: str) -> _Gains:
    """Return by how many points the first recipe is better, by seeds that both have."""
    found: dict[str, dict[int, float]] = {}
    for kind in READOUTS:
        one, other = (
            _recalls(runs.get((name, held_out), {}), kind)
            for name in (comparison.name, comparison.over)
        )
        for seed in sorted(one.keys() & other.keys()):
            found.setdefault(kind, {})[seed] = 100 * (one[seed] - other[seed])
    return found


def _mean_gains(by_protocol: Sequence[_Gains]) -> _Gains:
    """Return the mean over protocols, by readouts and seeds that all have."""
    if not by_protocol:
        return {}
    found: dict[str, dict[int, float]] = {}
    for kind in READOUTS:
        of_kind = [gains.get(kind, {}) for gains in by_protocol]
        for seed in sorted(set.intersection(*map(set, of_kind))):
            found.setdefault(kind, {})[seed] = statistics.fmean(gains[seed] for gains in of_kind)
    return found


def _recalls(seeds: Mapping[int, Mapping[str, Any]], kind: str) -> dict[int, float]:
    """Return a readout's macro recall by seed, of the seeds that have it."""
    return {
        seed: run["readouts"][kind]["macro_recall"]
        for seed, run in sorted(seeds.items())
        if kind in run["readouts"]
    }
