"""Compare recipes: train each with the same budget, and read each latent out in four ways.

Every recipe, protocol and seed is one run, kept under `<work>/ablation`; runs that are there are
not done again, and one that fails does not keep the others from being done. `tinyact-train report`
makes the table.
"""

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache as remember
from functools import partial
from itertools import chain
from pathlib import Path
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
import torch
from tqdm import tqdm

from tinyact_cloud.learning import boosting, forest, svm
from tinyact_edge.clip import fill_gaps
from tinyact_edge.figures import N_FIGURES, figures
from tinyact_edge.variants import disturb

from .augment import change_speed, film
from .corpus import Corpus
from .evaluate import fingerprint, judge_windows, pooled, verdicts_of
from .examples import examples_of, sampling_chances
from .fit import assign, base_latents, softmax
from .options import UserError, data_folder
from .pixel_windows import PixelWindows
from .pool import spread
from .protocols import protocols, split
from .provenance import code_version
from .recipe import Recipe
from .recipe_files import load_recipe, recipe_names
from .sets import LABELS
from .stored import TeacherCache
from .train import latent_scale, load_student, predict, train
from .whole_file import write_json
from .windows import W, Windows

_PREFIX = "ablate-"
# The recipes whose students are compared view by view.
_BODY, _RGB = "ce-motion", "rgb-kd"
_VIEWS = {"view-body": ("body",), "view-rgb": ("rgb",), "view-both": ("body", "rgb")}
_UNTRAINED = ("hand-made", "teacher", *_VIEWS)

Array = NDArray[np.float32]
# Fits to latents, classes and weights; returns what gives probabilities of latents.
_Fit = Callable[[Array, NDArray[np.int64], NDArray[np.float64], int], Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One recipe (or what needs no training), what it must not see, and a seed."""

    name: str
    protocol: str
    seed: int

    @property
    def title(self) -> str:
        """Return what the run is called."""
        return f"{self.name}.{self.protocol}.{self.seed}"

    def folder(self, work: Path) -> Path:
        """Return where the run is kept."""
        return work / "ablation" / self.title


def recipes() -> list[str]:
    """Return the names of what can be compared."""
    trained = [name.removeprefix(_PREFIX) for name in recipe_names(_PREFIX)]
    return [*trained, *_UNTRAINED]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    add = parser.add_argument
    add("--recipes", nargs="+", choices=recipes(), default=recipes(), metavar="RECIPE")
    add("--protocols", nargs="+", type=protocols, required=True, metavar="PROTOCOL")
    add("--seeds", nargs="+", type=int, default=[0, 1, 2])
    add("--clips", type=int, help="of each training, instead of the recipes' own count")
    add("--latents", type=int, default=1500, help="how many latents each readout is fitted on")
    add("--workers", type=int, default=1, help="processes, a thread each")


def run(options: argparse.Namespace) -> None:
    """Do every run that is not done.

    Raises UserError after the last one if any failed, and at once when a worker dies.
    """
    data = data_folder(options)
    todo = [
        Run(name, held_out, seed)
        for seed in options.seeds
        for held_out in chain.from_iterable(options.protocols)
        # What others learn from comes first.
        for name in sorted(options.recipes, key=recipes().index)
    ]
    todo = [one for one in todo if not (one.folder(options.work) / "results.json").exists()]
    doer = partial(_doer, data, options.work, options.clips, options.latents)
    failed = 0
    for one, error in tqdm(spread(doer, todo, options.workers), "runs", len(todo)):
        if error:
            failed += 1
            tqdm.write(f"{one.title} failed: {error}", sys.stderr)
    if failed:
        raise UserError(f"{failed} of {len(todo)} runs failed; the same command tries them again.")


def _doer(*settings: Any) -> Callable[[Run], str]:
    """Return what does a run, and returns what went wrong, "" for nothing."""

    def attempt(one: Run) -> str:
        try:
            do(one, *settings)
        except UserError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other runs can be done
            return f"{type(error).__name__}: {error}"
        return ""

    return attempt


def do(one: Run, data: Path, work: Path, clips: int | None, latents: int) -> None:
    """Train, read out, measure and store one run."""
    torch.set_num_threads(1)
    corpus = _corpus(data, work)
    folder = one.folder(work)
    settings: dict[str, Any] = {"run": asdict(one), "code": code_version()}
    if one.name in _UNTRAINED:
        recipe = load_recipe(Recipe, _PREFIX + _BODY)
        make = {"hand-made": _handmade, "teacher": _teacher}.get(one.name, _views)
        seen = make(corpus, recipe, one, latents, work)
    else:
        recipe = load_recipe(Recipe, _PREFIX + one.name)
        if clips:
            recipe = replace(recipe, epochs=1, clips_per_epoch=clips)
        settings["recipe"] = asdict(recipe)
        seen = _trained(corpus, recipe, one, latents, work)
    results = settings | {
        "fitted": len(seen.labels),
        "data": seen.data,
        "readouts": {kind: _read_out(fit, seen, one.seed) for kind, fit in _READOUTS.items()},
    }
    write_json(folder / "results.json", results)


def _split(one: Run, windows: W) -> tuple[W, W]:
    """Return the windows for training and those for testing. Raises UserError without either."""
    rest, test = split(one.protocol, windows)
    if not len(rest) or not len(test):
        missing = "is held out" if len(rest) else "is left to train on"
        raise UserError(f"nothing that {one.name} sees {missing} by {one.protocol}.")
    return rest, test


@remember
def _corpus(data: Path, work: Path) -> Corpus:
    return Corpus(data, work)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What readouts are fitted on, latents [M, D] and labels [M], and tested on, latents [K, D].

    `data` is the fingerprint of the windows for training.
    """

    latents: Array
    labels: NDArray[np.int64]
    test: Windows | PixelWindows
    test_latents: Array
    data: str


def _trained(corpus: Corpus, recipe: Recipe, one: Run, latents: int, work: Path) -> _Seen:
    windows, test = _split(one, corpus.windows(recipe, one.seed))
    teacher = replace(one, name=recipe.body_recipe.removeprefix(_PREFIX)).folder(work)
    lessons = corpus.lessons(recipe, windows, teacher)
    model = train(windows, recipe, one.folder(work), one.seed, lessons)
    scale = latent_scale(model, windows, recipe, one.seed)
    base = base_latents(model, windows, recipe, latents, one.seed, lessons, scale)
    seen, _ = predict(model, examples_of(test, recipe, one.seed, augment=False), scale)
    return _Seen(base.latents, base.labels, test, seen, fingerprint(windows))


def _handmade(corpus: Corpus, recipe: Recipe, one: Run, latents: int, _work: Path) -> _Seen:
    windows, test = _split(one, corpus.bodies(recipe.animated, one.seed))
    rng = np.random.default_rng(one.seed)
    drawn = windows[rng.choice(len(windows), latents, p=sampling_chances(windows))]
    shown = np.zeros((latents, N_FIGURES), np.float32)
    for row, (joints, flat) in enumerate(zip(drawn.joints, drawn.flat, strict=True)):
        moved = change_speed(joints, rng)
        shown[row] = figures(fill_gaps(disturb(moved if flat else film(moved, rng), rng)))
    labels, kept = _labels(shown, drawn.allowed, one.seed)
    seen = [
        figures(fill_gaps(joints if flat else film(joints, rng)))
        for joints, flat in zip(test.joints, test.flat, strict=True)
    ]
    return _Seen(shown[kept], labels[kept], test, np.stack(seen), fingerprint(windows))


def _teacher(corpus: Corpus, _recipe: Recipe, one: Run, latents: int, work: Path) -> _Seen:
    cache = TeacherCache.load(work / "teacher" / "i3d")
    windows, test = _split(one, corpus.filmed())
    has, row = cache.match(windows)
    windows, row = windows[np.flatnonzero(has)], row[has]
    rng = np.random.default_rng(one.seed)
    chosen = rng.choice(len(windows), latents, p=sampling_chances(windows))
    features = cache.features[row[chosen]]
    labels, kept = _labels(features, windows.allowed[chosen], one.seed)
    has, row = cache.match(test)
    test = test[np.flatnonzero(has)]
    data = fingerprint(windows)
    return _Seen(features[kept], labels[kept], test, cache.features[row[has]], data)


def _views(corpus: Corpus, body: Recipe, one: Run, latents: int, work: Path) -> _Seen:
    """Read out the body student, the rgb student that it taught, or both, on the same windows."""
    rgb = load_recipe(Recipe, _PREFIX + _RGB)
    teacher = replace(one, name=_BODY).folder(work)
    students = {
        "body": load_student(teacher, body),
        "rgb": load_student(replace(one, name=_RGB).folder(work), rgb),
    }
    wanted = _VIEWS[one.name]

    def look(windows: PixelWindows) -> Array:
        seen = {
            "body": examples_of(corpus.filmed()[windows.body], body, one.seed, augment=False),
            "rgb": examples_of(windows, rgb, one.seed, augment=False),
        }
        return np.concatenate([predict(students[view], seen[view])[0] for view in wanted], 1)

    pixels = corpus.pixels()
    windows, test = _split(one, pixels[np.flatnonzero(pixels.body >= 0)])
    if wanted == ("body",):
        # It has far more to learn from than what pixels show, too.
        bodies, _ = _split(one, corpus.bodies(body.animated, one.seed))
        base = base_latents(students["body"], bodies, body, latents, one.seed)
        return _Seen(base.latents, base.labels, test, look(test), fingerprint(bodies))
    lessons = corpus.lessons(rgb, windows, teacher)
    rng = np.random.default_rng(one.seed)
    chosen = rng.choice(len(windows), latents, p=sampling_chances(windows))
    answers = lessons.logits[lessons.row[chosen]] if lessons else np.zeros((0, len(LABELS)))
    labels, kept = assign(windows.allowed[chosen], softmax(answers))
    shown = look(windows[chosen])
    return _Seen(shown[kept], labels[kept], test, look(test), fingerprint(windows))


def _labels(
    features: Array, allowed: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Label windows that may be several things by what the single-labelled ones look like."""
    single = allowed.sum(1) == 1
    guess = _logistic(features[single], allowed[single].argmax(1), np.ones(int(single.sum())), seed)
    probabilities = np.zeros(allowed.shape)
    probabilities[:, guess.classes_] = guess.predict_proba(features)
    return assign(allowed, probabilities + 1e-9)


def _read_out(fit: _Fit, seen: _Seen, seed: int) -> dict[str, Any]:
    """Fit a readout and judge the test windows with it."""
    present, classes = np.unique(seen.labels, return_inverse=True)
    weights = (len(classes) / len(present) / np.bincount(classes))[classes]
    model = fit(seen.latents, classes, weights, seed)
    probabilities = np.zeros((len(seen.test), len(LABELS)))
    probabilities[:, present] = model.predict_proba(seen.test_latents)
    clips, verdicts = verdicts_of(seen.test, probabilities)
    return {
        **pooled(seen.test, probabilities),
        "within_allowed": float(clips.allowed[np.arange(len(clips)), verdicts].mean()),
        "sets": judge_windows(seen.test, probabilities),
    }


def _logistic(
    latents: Array, classes: NDArray[np.int64], weights: NDArray[np.float64], seed: int
) -> Any:
    machine = make_pipeline(
        StandardScaler(), LogisticRegression(C=0.01, max_iter=300, random_state=seed)
    )
    return machine.fit(latents, classes, logisticregression__sample_weight=weights)


_READOUTS: dict[str, _Fit] = {
    "rf": forest.fit,
    "svm": svm.fit,
    "xgb": boosting.fit,
    "logistic": _logistic,
}
