"""Measure what pixels add to a body's latents when a household teaches: both side by side.

A bundle has one view. Here the same recordings are taught by the latents of a run that sees bodies,
and again with those of one that sees pixels, and has not seen the sets either, beside them. I3D's
features of the same windows stand in for those pixels, too: that network is far larger and
has learnt 400 actions from pixels, so that more can hardly be hoped for.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.learning.composed import Own
from tinyact_cloud.learning.trials import Base

from .autoencoder import LATENT
from .corpus import Corpus
from .evaluate import encode, fingerprint
from .examples import sampling_chances
from .fewshot import BASE, COUNTERED, TAUGHT_SETS, TOGETHER, Gallery, digest, figures, trials
from .figures import load_scale
from .fit import assign
from .options import UserError, data_folder, run_results, run_settings
from .pixel_windows import PixelWindows
from .protocols import held_out
from .provenance import code_version
from .recipe import Recipe, recipe_of
from .sets import LABELS
from .stored import TeacherCache
from .whole_file import write_json
from .windows import Windows

FOLDER = "fewshot-views"
COUNT = 5
WAYS = (COUNTERED, TOGETHER)
# The latents that are taught by, side by side: the body's come last, its figures last of all.
VIEWS: Mapping[str, tuple[str, ...]] = {
    "body": ("body",),
    "body and rgb": ("rgb", "body"),
    "body and I3D": ("i3d", "body"),
}

Array = NDArray[np.float32]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    add = parser.add_argument
    add("run", help="a fitted run that sees bodies and has not seen some sets")
    add("pixels_run", metavar="PIXELS_RUN", help="one that sees pixels, with the same held out")
    add("--draws", type=int, default=5, help="how often recordings are drawn (default: 5)")
    add("--json", action="store_true", help="print all results as JSON")


def run(options: argparse.Namespace) -> None:
    """Measure every view and store the results. Raises UserError."""
    if options.draws < 1:
        raise UserError("--draws must be at least 1.")
    runs = _Runs.of(options.work / options.run, options.work / options.pixels_run)
    data = data_folder(options)
    windows = _Both.load(Corpus(data, options.work))
    teacher = TeacherCache.load(options.work / "teacher" / "i3d")
    windows = windows[np.flatnonzero(teacher.match(windows.bodies)[0])]
    unseen = held_out(runs.protocol, windows.bodies.set, windows.bodies.group)
    known = windows[_drawn(windows.pixels, ~unseen, options.seed)]
    unseen &= np.isin(windows.bodies.set, TAUGHT_SETS)
    if not unseen.any():
        raise UserError(f"A run of {runs.protocol!r} has seen all of {', '.join(TAUGHT_SETS)}.")
    judged = windows[np.flatnonzero(unseen)]
    of_known, of_judged = (runs.look(some, teacher, options.seed) for some in (known, judged))
    sets = judged.bodies.set
    results = {
        "run": options.run,
        "pixels_run": options.pixels_run,
        "protocol": runs.protocol,
        "seed": options.seed,
        "draws": options.draws,
        "base": len(known.bodies),
        "data": fingerprint(judged.bodies),
        "code": code_version(),
        "sets": {
            str(name): {
                view: _measured(
                    Gallery.of(
                        judged.bodies[np.flatnonzero(sets == name)],
                        _beside(of_judged, parts)[sets == name],
                        data,
                    ),
                    runs.base(known.bodies, of_known, parts),
                    options,
                )
                for view, parts in VIEWS.items()
            }
            for name in np.unique(sets)
        },
    }
    path = options.work / FOLDER / f"{options.run}.json"
    write_json(path, results)
    print(json.dumps(results) if options.json else summary(results))  # noqa: T201


@dataclass(frozen=True, slots=True)
class _Both:
    """M windows in which something moves, and the bodies whose movement it is."""

    pixels: PixelWindows
    bodies: Windows

    @classmethod
    def load(cls, corpus: Corpus) -> "_Both":
        """Return all that both views see. Raises UserError when pixels are not cached."""
        pixels = corpus.pixels()
        pixels = pixels[np.flatnonzero(pixels.body >= 0)]
        return cls(pixels, corpus.filmed()[pixels.body])

    def __getitem__(self, chosen: NDArray[np.int64]) -> "_Both":
        return _Both(self.pixels[chosen], self.bodies[chosen])


@dataclass(frozen=True, slots=True)
class _Runs:
    """Two runs with the same sets held out; `own` is the head that came with the body's encoder."""

    body: Path
    rgb: Path
    recipes: Mapping[str, Recipe]
    protocol: str
    own: Own
    figures: int

    @classmethod
    def of(cls, body: Path, rgb: Path) -> "_Runs":
        """Read them. Raises UserError where they do not belong together."""
        settings = {"body": run_settings(body), "rgb": run_settings(rgb)}
        recipes = {view: recipe_of(known) for view, known in settings.items()}
        for view, recipe in recipes.items():
            if recipe.view != view:
                raise UserError(f"{(body, rgb)[view == 'rgb']} sees {recipe.view}, not {view}.")
        protocol, other = (known["protocol"] for known in settings.values())
        if protocol != other:
            raise UserError(f"{body} was trained with {protocol!r} held out, {rgb} with {other!r}.")
        head = body / "head_logistic.onnx"
        if not head.exists():
            raise UserError(f"{body} has no heads: tinyact-train fit {body.name}")
        own = _OfBody(head.read_bytes(), run_results(body)["temperature"])
        scale = load_scale(body)
        return cls(body, rgb, recipes, protocol, own, 0 if scale is None else len(scale.mean))

    def look(self, windows: _Both, teacher: TeacherCache, seed: int) -> dict[str, Array]:
        """Return what each network makes of M windows, float32 [M, 1024] each."""
        return {
            "body": encode(self.body, windows.bodies, self.recipes["body"], seed),
            "rgb": encode(self.rgb, windows.pixels, self.recipes["rgb"], seed),
            "i3d": teacher.features[teacher.match(windows.bodies)[1]],
        }

    def base(self, bodies: Windows, seen: Mapping[str, Array], parts: tuple[str, ...]) -> Base:
        """Return what is known before teaching."""
        labels, kept = assign(bodies.allowed, self.own.probabilities(seen["body"]))
        groups = np.unique(bodies.group[kept], return_inverse=True)[1]
        latents = _beside(seen, parts)[kept]
        return Base(latents, labels[kept], groups, LABELS, self.own, self.figures)


class _OfBody(Own):
    """A head that knows only the body's latents, the last ones of those side by side."""

    def probabilities(self, latents: Array) -> NDArray[np.float64]:
        """Return float64 [N, K] of latents [N, D]."""
        return super().probabilities(np.ascontiguousarray(latents[:, -LATENT:]))


def _drawn(windows: PixelWindows, known: NDArray[np.bool_], seed: int) -> NDArray[np.int64]:
    """Return the rows of as many `known` windows as a bundle carries, drawn as training draws."""
    rows = np.flatnonzero(known)
    chances = sampling_chances(windows[rows])
    return np.random.default_rng(seed).choice(rows, BASE, p=chances)


def _beside(seen: Mapping[str, Array], parts: tuple[str, ...]) -> Array:
    return np.concatenate([seen[part] for part in parts], 1)


def _measured(gallery: Gallery, base: Base, options: argparse.Namespace) -> dict[str, Any]:
    """Return what five recordings teach, in each way that there are enough of them for."""
    found = {way: list(trials(gallery, base, way, COUNT, options)) for way in WAYS}
    return {way: digest(rows, gallery) for way, rows in found.items() if rows}


def summary(results: Mapping[str, Any]) -> str:
    """Return the means as lines of text."""
    return "\n".join(
        f"{name} {view} {way}: {figures(found['draws'])}"
        for name, views in results["sets"].items()
        for view, ways in views.items()
        for way, found in ways.items()
    )
