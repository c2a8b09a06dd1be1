"""Measure how well a run tells what it never saw: one label was left out of its training.

Confidence in the likeliest of the labels it knows should be low where the left-out label is shown.
"""

import argparse
import json

import numpy as np

from .corpus import Corpus
from .evaluate import encode, probabilities
from .options import UserError, data_folder, run_folder, run_settings
from .protocols import split, sure
from .provenance import code_version
from .recipe import recipe_of
from .reliability import auroc
from .sets import LABELS
from .whole_file import write_json


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    parser.add_argument("run", help="a fitted run whose recipe leaves a label out")
    parser.add_argument("--head", default="logistic", help="the head that judges")


def run(options: argparse.Namespace) -> None:
    """Measure, and add the result to `<work>/unknown.json`. Raises UserError."""
    folder = run_folder(options)
    settings = run_settings(folder)
    recipe = recipe_of(settings)
    if not recipe.left_out:
        raise UserError(f"{folder} knows every label: train it with a recipe that has left_out.")
    corpus = Corpus(data_folder(options), options.work)
    _, test = split(settings["protocol"], corpus.bodies(recipe.animated, options.seed))
    windows = test[np.flatnonzero(sure(test) & ~test.allowed[:, 0])]
    predicted = probabilities(folder, options.head, encode(folder, windows, recipe, options.seed))
    confidence = predicted[:, 1:].max(1)
    unknown = windows.allowed[:, LABELS.index(recipe.left_out)]
    if unknown.all() or not unknown.any():
        raise UserError(
            f"{settings['protocol']!r} holds out no {recipe.left_out}, or nothing else."
        )
    row = {
        "left_out": recipe.left_out,
        "auroc": auroc(-confidence[unknown], -confidence[~unknown]),
        "unknown_windows": int(unknown.sum()),
        "known_windows": int((~unknown).sum()),
        "run": options.run,
        "head": options.head,
        "data": settings["data"],
    }
    path = options.work / "unknown.json"
    rows = json.loads(path.read_text())["rows"] if path.exists() else []
    rows = [other for other in rows if other["run"] != options.run] + [row]
    write_json(path, {"rows": rows, "code": code_version()})
    print(json.dumps(row))  # noqa: T201
