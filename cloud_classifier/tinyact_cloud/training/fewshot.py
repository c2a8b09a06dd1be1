"""Measure teaching: how well a few recordings teach what a run's encoder has not seen.

Some recordings of an action are taught on top of the run's base latents, as a household would, and
the others are judged: those of the same place and, where there are any, those of other places.
What is taught is taught with its variants, as an edge does. A recording's verdict is the likeliest
label of its windows' mean probabilities, if that reaches a new label's threshold. Beside it:
whether the edge, which asks two of three windows of one person, would tell the action.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count as numbers
import json
from pathlib import Path
import statistics
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from tinyact_cloud.learning.composed import Own
from tinyact_cloud.learning.examples import Examples, Variants
from tinyact_cloud.learning.teach import USUAL_THRESHOLD, learn, refit
from tinyact_cloud.learning.trials import Base, Material
from tinyact_edge.classifier import quantise
from tinyact_edge.encoder import Encoder
from tinyact_edge.recognizer import Prediction, Recognizer, Window
from tinyact_edge.variants import variants

from .evaluate import encode, fingerprint, run_bundle
from .examples import SPEC, Drawn, spec_of
from .figures import load_scale
from .fit import BaseLatents
from .options import (
    UserError,
    data_folder,
    landmarks_folder,
    run_folder,
    run_results,
    run_settings,
)
from .prepare import videos
from .protocols import GROUPS, held_out
from .provenance import code_version
from .recipe import Recipe, recipe_of
from .sets import FPS, LABELS, VIDEO_SETS, load_sets
from .whole_file import write_json
from .windows import FRAMES, Windows, cut

FOLDER = "fewshot"
COUNTS = (1, 5, 10, 20)
# How an action is taught: alone; with recordings that are not it, so many for each that is; or
# together with all other actions of the set.
ALONE, COUNTERED, TOGETHER = "alone", "countered", "together"
_COUNTERS = 5
# What is refitted in full, to see what the base loses and how long it takes.
_REFITTED = 5
# As many as a bundle carries.
BASE = 2500
# Sets with more actions than this are taught together only: singly would take hours.
_FEW_ACTIONS = 10
# Folders of what is no action.
_NOTHING = frozenset({"noFight"})
# Sets whose recordings are all of one place; in others a group is one.
_ONE_PLACE = frozenset({"ut_interaction", "utd_mhad"})
TAUGHT_SETS = ("ut_interaction", "fight", "arid", "utd_mhad")
FIGURES = (
    *("recall_same", "precision_same", "told_same", "told_precision"),
    *("recall_other", "precision_other"),
)
NEVER, _NAMED, _SEEN = "never seen", "seen in other sets", "seen of other people"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    add = parser.add_argument
    add("run", nargs="?", help="a fitted run that has not seen some sets (also --run)")
    add("--run", dest="named", metavar="RUN", help=argparse.SUPPRESS)
    add("--draws", type=int, default=5, help="how often recordings are drawn (default: 5)")
    add("--json", action="store_true", help="print all results as JSON")
    add("--output", type=Path, help=f"where results are stored (default: WORK/{FOLDER}/RUN.json)")


def run(options: argparse.Namespace) -> None:
    """Measure a run and store the results. Raises UserError."""
    options.run = options.run or options.named
    if not options.run:
        raise UserError("Which run shall be taught? Name one that has not seen some set.")
    if options.draws < 1:
        raise UserError("--draws must be at least 1.")
    folder = run_folder(options)
    settings = run_settings(folder)
    recipe = recipe_of(settings)
    if recipe.view != "body":
        raise UserError(f"{folder} does not see bodies: few-shot teaching is measured of those.")
    windows = _unseen(settings["protocol"], recipe.left_out, options)
    latents = encode(folder, windows, recipe, options.seed)
    varied = _variants(folder, windows, recipe, options.seed)
    base = _base(folder, options.seed)
    results = {
        "run": options.run,
        "protocol": settings["protocol"],
        "left_out": recipe.left_out,
        "seed": options.seed,
        "draws": options.draws,
        "data": fingerprint(windows),
        "trained_by": settings["code"],
        "code": code_version(),
        "sets": {},
    }
    for name in np.unique(windows.set):
        chosen = windows.set == name
        gallery = Gallery.of(
            windows[np.flatnonzero(chosen)],
            latents[chosen],
            data_folder(options),
            [varied[row] for row in np.flatnonzero(chosen)],
        )
        results["sets"][str(name)] = measured(gallery, base, settings["protocol"], options)
    path = options.output or options.work / FOLDER / f"{options.run}.json"
    write_json(path, results)
    print(json.dumps(results) if options.json else summary(results))  # noqa: T201


@dataclass(frozen=True, slots=True)
class Gallery:
    """The recordings of one set: R of them, and the windows of all people in each.

    `action` and `place` are str [R], `rows` the numbers of each one's windows in `latents`
    float32 [M, 1024]; `allowed` bool [M, len(LABELS)] tells which labels a window may have,
    `person` str [M] whose it is, and `start` float32 [M] when it began, in seconds. `variants` are
    those of each window (learning/examples.py), or empty. A recording in which nobody was found is
    not among them.
    """

    set: str
    latents: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    person: NDArray[np.str_]
    start: NDArray[np.float32]
    recording: tuple[str, ...]
    action: NDArray[np.str_]
    place: NDArray[np.str_]
    rows: tuple[NDArray[np.int64], ...]
    variants: tuple[Variants, ...] = ()

    @classmethod
    def of(
        cls,
        windows: Windows,
        latents: NDArray[np.float32],
        data: Path,
        variants: Sequence[Variants] = (),
    ) -> "Gallery":
        """Group the windows of one set by recording."""
        name = str(windows.set[0])
        folders = {video.stem: video.parent.name for video in videos(data / name)}
        parts = [clip.split("/") for clip in windows.clip.tolist()]
        keys = np.array([part[1] if name in VIDEO_SETS else "/".join(part) for part in parts])
        recordings, first = np.unique(keys, return_index=True)
        action = [
            folders[key] if name in VIDEO_SETS else parts[at][1]
            for key, at in zip(recordings.tolist(), first.tolist(), strict=True)
        ]
        place = np.full(len(first), name) if name in _ONE_PLACE else windows.group[first]
        return cls(
            name,
            latents,
            windows.allowed,
            windows.clip,
            windows.start,
            tuple(recordings.tolist()),
            np.array([one if one in _NOTHING else one.lower() for one in action]),
            place,
            tuple(np.flatnonzero(keys == key) for key in recordings),
            tuple(variants),
        )

    @property
    def actions(self) -> list[str]:
        """Return what is taught."""
        return sorted(set(self.action.tolist()) - _NOTHING)


@dataclass(frozen=True, slots=True)
class Draw:
    """Which recordings are taught: of each action, and as being none of them."""

    shown: dict[str, NDArray[np.int64]]
    counters: NDArray[np.int64]

    @property
    def taught(self) -> NDArray[np.int64]:
        """Return all that are taught."""
        return np.concatenate([*self.shown.values(), self.counters])

    def examples(self, gallery: Gallery) -> Examples:
        """Return them as a household would teach them, all windows of each."""
        (first, *_) = self.shown
        lessons = [(name, False, one) for name, some in self.shown.items() for one in some]
        lessons += [(first, True, one) for one in self.counters]
        rows = [gallery.rows[one] for _, _, one in lessons]
        counts = [len(some) for some in rows]
        names = [name for name, _, _ in lessons]
        windows = np.concatenate(rows)
        return Examples(
            gallery.latents[windows],
            tuple(np.repeat(names, counts).tolist()),
            np.repeat([wrong for _, wrong, _ in lessons], counts),
            tuple(np.repeat([gallery.recording[one] for _, _, one in lessons], counts).tolist()),
            tuple(gallery.variants[row] for row in windows) if gallery.variants else (),
        )


def measured(
    gallery: Gallery, base: Base, protocol: str, options: argparse.Namespace
) -> dict[str, Any]:
    """Return all results on one set, as JSON can hold them."""
    ways = [TOGETHER] if len(gallery.actions) > _FEW_ACTIONS else [ALONE, COUNTERED, TOGETHER]
    results: dict[str, Any] = {
        "actions": {action: _knowledge(action, base, protocol) for action in gallery.actions},
        "recordings": len(gallery.recording),
        "ways": {},
    }
    for way in ways:
        for count in COUNTS:
            rows = list(trials(gallery, base, way, count, options))
            if rows:
                results["ways"].setdefault(way, {})[str(count)] = digest(rows, gallery)
    results["refit"] = _refits(gallery, base, options)
    return results


def trials(
    gallery: Gallery, base: Base, way: str, count: int, options: argparse.Namespace
) -> Iterator[dict[str, Any]]:
    """Yield the outcome for each draw and action that has recordings left to be tested on."""
    able = [action for action in gallery.actions if _places(gallery, action, count)]
    targets = [able] if way == TOGETHER and able else [[action] for action in able]
    for draw in tqdm(range(options.draws), desc=f"{gallery.set} {way} {count}", leave=False):
        for number, actions in enumerate(targets):
            rng = np.random.default_rng((options.seed, draw, count, number))
            chosen = _draw(gallery, actions, count, _COUNTERS if way == COUNTERED else 0, rng)
            for row in _outcome(gallery, base, chosen, options.seed):
                yield row | {"draw": draw}


def _places(gallery: Gallery, action: str, count: int) -> list[str]:
    """Return the places in which an action has more than `count` recordings."""
    places, counts = np.unique(gallery.place[gallery.action == action], return_counts=True)
    return [str(place) for place in places[counts > count]]


def _draw(
    gallery: Gallery,
    actions: Sequence[str],
    count: int,
    counters: int,
    rng: np.random.Generator,
) -> Draw:
    """Draw `count` recordings of one place for each action, and `counters` times as many others.

    The others are of the same place if it has enough, and never more than half of what there is.
    """
    shown, places = {}, []
    for action in actions:
        place = rng.choice(_places(gallery, action, count))
        there = np.flatnonzero((gallery.action == action) & (gallery.place == place))
        shown[action] = rng.permutation(there)[:count]
        places.append(place)
    others = np.flatnonzero(~np.isin(gallery.action, actions))
    wanted = min(count * counters, len(others) // 2)
    near = others[np.isin(gallery.place[others], places)]
    pool = near if len(near) >= wanted else others
    return Draw(shown, rng.permutation(pool)[:wanted])


def _outcome(gallery: Gallery, base: Base, draw: Draw, seed: int) -> Iterator[dict[str, Any]]:
    """Teach, judge all other recordings, and yield for each action what became of them."""
    examples = draw.examples(gallery)
    material = Material.of(base, examples, seed)
    learnt = learn(material, examples, "logistic", seed)
    said = learnt.head.probabilities(gallery.latents)
    means = np.stack([said[rows].mean(0) for rows in gallery.rows])
    verdict = np.array(material.names)[means.argmax(1)]
    thresholds = dict.fromkeys(material.names, USUAL_THRESHOLD) | learnt.thresholds
    sure = means.max(1) >= [thresholds[label] for label in verdict.tolist()]
    told = [_told(gallery, rows, said, thresholds) for rows in gallery.rows]
    tested = np.ones(len(gallery.rows), np.bool_)
    tested[draw.taught] = False
    for action, some in draw.shown.items():
        shows, same = gallery.action == action, gallery.place == gallery.place[some[0]]
        hit = sure & (verdict == action)
        is_told = np.array([action in labels for labels in told])
        yield {
            "action": action,
            "recall_same": _share(hit, tested & shows & same),
            "recall_other": _share(hit, tested & shows & ~same),
            "false": _share(hit, tested & ~shows),
            "told_same": _share(is_told, tested & shows & same),
            "told_false": _share(is_told, tested & ~shows),
        }


def _told(
    gallery: Gallery,
    rows: NDArray[np.int64],
    said: NDArray[np.float64],
    thresholds: Mapping[str, float],
) -> set[str]:
    """Return the actions that the edge would tell of one recording's windows."""
    recognizer = Recognizer("", dict(thresholds), numbers(1))
    people = np.unique(gallery.person[rows], return_inverse=True)[1]
    told = set()
    for turn in np.argsort(gallery.start[rows], kind="stable").tolist():
        row, start = rows[turn], float(gallery.start[rows[turn]])
        shares = dict(zip(thresholds, said[row].tolist(), strict=True))
        label = max(shares, key=shares.__getitem__)
        prediction = Prediction(label, shares[label], shares)
        window = Window(int(people[turn]), start, start + (FRAMES - 1) / FPS, prediction)
        told |= {action.label for action in recognizer.add(window)}
    return told


def _share(hit: NDArray[np.bool_], of: NDArray[np.bool_]) -> float | None:
    return float(hit[of].mean()) if of.any() else None


def digest(rows: Sequence[dict[str, Any]], gallery: Gallery) -> dict[str, Any]:
    """Return means over actions by draw, and over draws by action."""
    draws = sorted({row["draw"] for row in rows})
    ratio = len(set(gallery.action.tolist())) - 1
    by_draw = [_mean([row for row in rows if row["draw"] == draw], ratio) for draw in draws]
    actions = sorted({row["action"] for row in rows})
    by_action = {
        action: _mean([row for row in rows if row["action"] == action], ratio) for action in actions
    }
    return {"draws": by_draw, "actions": by_action}


def _mean(rows: Sequence[dict[str, Any]], ratio: int) -> dict[str, float | None]:
    """Return mean recall, and precision if each action of the set were as frequent as others."""
    found: dict[str, float | None] = {}
    for key in ("recall_same", "recall_other", "false", "told_same", "told_false"):
        values = [row[key] for row in rows if row[key] is not None]
        found[key] = statistics.fmean(values) if values else None
    for place in ("same", "other"):
        found[f"precision_{place}"] = _precision(found[f"recall_{place}"], found["false"], ratio)
    found["told_precision"] = _precision(found["told_same"], found["told_false"], ratio)
    return found


def _precision(recall: float | None, false: float | None, ratio: int) -> float | None:
    if recall is None or false is None or not recall + false:
        return None
    return recall / (recall + ratio * false)


def _refits(gallery: Gallery, base: Base, options: argparse.Namespace) -> dict[str, Any] | None:
    """Refit in full, once for each action: what the base loses then, and how long it takes."""
    rows = []
    for number, action in enumerate(gallery.actions[:_FEW_ACTIONS]):
        if not _places(gallery, action, _REFITTED):
            continue
        rng = np.random.default_rng((options.seed, number))
        draw = _draw(gallery, [action], _REFITTED, _COUNTERS, rng)
        # As the service fits. Two threads take several times as long where they share a core.
        with threadpool_limits(1):
            taught = refit(base, draw.examples(gallery), seed=options.seed)
        kept = _kept(gallery, draw, base.own, Own(taught.head))
        rows.append({"action": action, "kept": kept, **taught.report_as_dict()})
    if not rows:
        return None
    losses = [loss for row in rows for loss in row["worse"].values()]
    return {
        "fits": len(rows),
        "most_lost": max(losses, default=0.0),
        "worse": {row["action"]: row["worse"] for row in rows if row["worse"]},
        "kept": np.mean([row["kept"] for row in rows], 0).tolist(),
        "kinds": sorted({row["kind"] for row in rows}),
        "seconds": statistics.median(row["seconds"] for row in rows),
        "warnings": sorted({warning for row in rows for warning in row["warnings"]}),
    }


def _kept(gallery: Gallery, draw: Draw, *heads: Own) -> list[float]:
    """Return for each head the share of windows that get a label that they allow.

    They are of recordings that were not taught and show none of what was; they allow no new label.
    """
    others = ~np.isin(gallery.action, list(draw.shown))
    others[draw.taught] = False
    windows = np.concatenate(
        [np.empty(0, np.int64), *(gallery.rows[one] for one in np.flatnonzero(others))]
    )
    if not len(windows):
        return [1.0] * len(heads)
    allowed = np.pad(gallery.allowed[windows], ((0, 0), (0, len(draw.shown))))
    verdicts = (head.probabilities(gallery.latents[windows]).argmax(1) for head in heads)
    return [float(allowed[np.arange(len(windows)), verdict].mean()) for verdict in verdicts]


def _knowledge(action: str, base: Base, protocol: str) -> str:
    """Return what the run's encoder knew of an action."""
    if action in LABELS and not (base.labels == LABELS.index(action)).any():
        return NEVER  # the run left it out
    if protocol == GROUPS:
        return _SEEN
    return _NAMED if action in LABELS else NEVER


def _unseen(protocol: str, left_out: str, options: argparse.Namespace) -> Windows:
    """Return windows, as far apart as the edge's, of the sets that a run did not learn from.

    Raises UserError if there are none.
    """
    bodies = (
        body
        for body in load_sets(data_folder(options), landmarks_folder(options))
        if body.set in TAUGHT_SETS
    )
    windows = cut(bodies, SPEC.hop)
    unseen = held_out(protocol, windows.set, windows.group)
    if left_out:
        # Of all that the others see, only this is new to it.
        unseen &= np.isin(windows.set, ["fight"])
    if not unseen.any():
        raise UserError(f"A run of {protocol!r} has seen all of {', '.join(TAUGHT_SETS)}.")
    return windows[np.flatnonzero(unseen)]


def _variants(folder: Path, windows: Windows, recipe: Recipe, seed: int) -> list[Variants]:
    """Return those of each window as an edge hands them over."""
    spec = spec_of(recipe)
    encoder = Encoder(run_bundle(folder, "rf", {}, 1.0, spec))
    shown = Drawn(windows, seed, augment=False)
    return [
        quantise(encoder.encode(*variants(shown.joints(row), spec, seed=row)))
        for row in tqdm(range(len(windows)), desc="variants", unit="window", leave=False)
    ]


def _base(folder: Path, seed: int) -> Base:
    """Return the run's own head and the latents that others were fitted on, as a bundle has them.

    The head's temperature is the one that the run was measured at; raises UserError if it was not.
    """
    stored, head = folder / "latents.npz", folder / "head_logistic.onnx"
    if not stored.exists() or not head.exists():
        raise UserError(f"{folder} has no heads: tinyact-train fit {folder.name}")
    all_ = BaseLatents.load(stored)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(all_.labels))[:BASE])
    groups = np.unique(all_.groups[chosen], return_inverse=True)[1]
    own = Own(head.read_bytes(), run_results(folder)["temperature"])
    scale = load_scale(folder)
    return Base(
        all_.latents[chosen],
        all_.labels[chosen],
        groups.astype(np.int64),
        LABELS,
        own,
        0 if scale is None else len(scale.mean),
    )


def summary(results: dict[str, Any]) -> str:
    """Return the means as lines of text."""
    lines = []
    for name, of_set in results["sets"].items():
        for way, counts in of_set["ways"].items():
            for count, found in counts.items():
                lines.append(f"{name} {way} {count}: {figures(found['draws'])}")
    return "\n".join(lines)


def figures(draws: Sequence[dict[str, float | None]]) -> str:
    """Return means over draws as a line of text."""
    known = {key: [value for row in draws if (value := row[key]) is not None] for key in FIGURES}
    return "  ".join(
        f"{key} {statistics.fmean(values):.2f}" for key, values in known.items() if values
    )
