"""tinyact-train: from videos and skeletons to the shipped bundles, one step a sub-command."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
import json
import logging
import os
from pathlib import Path
import sys
from typing import Any

import numpy as np
import torch

from tinyact_cloud.bundle import HEAD_KINDS
from tinyact_edge.bundle import DEFAULT_BUNDLE as EDGE_BUNDLE
from tinyact_edge.pose_files import PoseFilesError

from .autoencoder import Autoencoder
from .evaluate import Video, evaluate_run, fingerprint
from .export import export_bundles, export_encoder
from .fit import BaseLatents, base_latents, fit_heads
from .prepare import prepare
from .protocols import ALL, held_out, names, split
from .report import write_report
from .sets import FPS, LABELS, load_sets, load_videos
from .train import Recipe, load_checkpoint, train
from .windows import Windows, cut, limit

_STRIDE = 1
_MOST_PER_LABEL = 800
CLOUD_BUNDLE = Path(__file__).parents[1] / "model"


class UserError(Exception):
    """Something the user can mend; the message says how."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sub-command; return its exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    step: Callable[[argparse.Namespace], None] = options.step
    try:
        step(options)
    except (UserError, PoseFilesError, ValueError, OSError) as error:
        print(f"tinyact-train: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


def _prepare(options: argparse.Namespace) -> None:
    done, bad = prepare(_data(options), options.work / "landmarks", FPS)
    print(f"{done} videos prepared now, {len(bad)} unreadable")  # noqa: T201


def _train(options: argparse.Namespace) -> None:
    windows, _ = split(options.hold_out, _windows(options))
    recipe = Recipe(
        epochs=options.epochs,
        clips_per_epoch=options.clips_per_epoch,
        seed=options.seed,
    )
    run = _run(options)
    settings = {"protocol": options.hold_out, "recipe": asdict(recipe)}
    settings |= {"windows": len(windows), "data": fingerprint(windows)}
    known = run / "run.json"
    if known.exists() and json.loads(known.read_text()) != settings:
        raise UserError(f"{run} holds another recipe or other data; choose another --run.")
    run.mkdir(parents=True, exist_ok=True)
    known.write_text(json.dumps(settings, indent=2))
    # One core draws the clips that the others learn from.
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))
    model = train(windows, recipe, run)
    export_encoder(model.encoder, windows, run, options.seed)


def _fit(options: argparse.Namespace) -> None:
    run = _run(options)
    stored = run / "latents.npz"
    if not stored.exists():
        settings = _settings(run)
        windows, _ = split(settings["protocol"], _windows(options))
        model = Autoencoder(len(LABELS))
        load_checkpoint(run / "checkpoint.npz", model)
        base_latents(model.eval(), windows, options.latents, options.seed).save(stored)
    fit_heads(BaseLatents.load(stored), run, options.seed)


def _evaluate(options: argparse.Namespace) -> None:
    run = _run(options)
    settings = _settings(run)
    if settings["protocol"] == ALL:
        raise UserError("This run has seen everything: there is nothing left to test it on.")
    _, test = split(settings["protocol"], _windows(options))
    if not len(test):
        raise UserError(f"{_data(options)} holds nothing that this run has not seen.")
    found = list(load_videos(_data(options), options.work / "landmarks"))
    unseen = held_out(
        settings["protocol"],
        np.array([name for name, _, _ in found]),
        np.array([truth.group for _, _, truth in found]),
    )
    videos = [Video(*video) for video, chosen in zip(found, unseen, strict=True) if chosen]
    limits = None
    if options.settings_of:
        other = _results(options.work / options.settings_of)
        limits = (other["thresholds"], other["heads"][options.head]["temperature"])
    results = settings | evaluate_run(run, test, videos, options.head, limits, options.seed)
    (run / "results.json").write_text(json.dumps(results, indent=1))
    if options.json:
        print(json.dumps(results))  # noqa: T201
    else:
        for name, result in results["heads"][options.head]["sets"].items():
            print(  # noqa: T201
                f"{name}: {result['within_allowed']:.3f} of {result['clips']} clips"
            )


def _report(options: argparse.Namespace) -> None:
    results = {name: _results(options.work / name) for name in options.runs}
    write_report(results, options.output)


def _export(options: argparse.Namespace) -> None:
    run = _run(options)
    measured = _results(options.work / options.settings_of)
    export_bundles(run, measured, options.edge, options.cloud, options.head)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tinyact-train", description=__doc__)
    parser.add_argument("--data", type=Path, help="the data folder (default: $TINYACT_DATA)")
    parser.add_argument("--work", type=Path, default=Path("runs"), help="where results are kept")
    parser.add_argument("--seed", type=int, default=0)
    steps = parser.add_subparsers(required=True, metavar="STEP")

    def step(
        name: str, run: Callable[[argparse.Namespace], None], text: str
    ) -> argparse.ArgumentParser:
        part = steps.add_parser(name, help=text, description=text)
        part.set_defaults(step=run)
        return part

    step("prepare", _prepare, "find the people in every video, once")

    part = step("train", _train, "train an encoder, or go on where it was interrupted")
    part.add_argument("run", help="a name for the run")
    part.add_argument("--hold-out", choices=names(), default=ALL, help="what it must not see")
    part.add_argument("--epochs", type=int, default=20)
    part.add_argument("--clips-per-epoch", type=int, default=8000)

    part = step("fit", _fit, "fit RandomForest, SVM and XGBoost heads to the run's latents")
    part.add_argument("run")
    part.add_argument("--latents", type=int, default=8000, help="how many latents to fit on")

    part = step("evaluate", _evaluate, "measure a run on what it has not seen")
    part.add_argument("run")
    part.add_argument("--head", choices=HEAD_KINDS, default="rf", help="for whole videos")
    part.add_argument("--settings-of", metavar="RUN", help="use this run's thresholds")
    part.add_argument("--json", action="store_true", help="print all results as JSON")

    part = step("report", _report, "write the results of runs as a page")
    part.add_argument("runs", nargs="+")
    part.add_argument("--output", type=Path, default=Path("docs/results.md"))

    part = step("export", _export, "write the bundles of edge and classifier")
    part.add_argument("run")
    part.add_argument("--settings-of", metavar="RUN", required=True, help="measured thresholds")
    part.add_argument("--head", choices=HEAD_KINDS, default="rf", help="the edge's own head")
    part.add_argument("--edge", type=Path, default=EDGE_BUNDLE)
    part.add_argument("--cloud", type=Path, default=CLOUD_BUNDLE)
    return parser


def _data(options: argparse.Namespace) -> Path:
    chosen = options.data or os.environ.get("TINYACT_DATA")
    if not chosen or not Path(chosen).is_dir():
        raise UserError("Where is the data? Give --data FOLDER or set TINYACT_DATA.")
    return Path(chosen)


def _windows(options: argparse.Namespace) -> Windows:
    bodies = load_sets(_data(options), options.work / "landmarks")
    return limit(cut(bodies, _STRIDE), _MOST_PER_LABEL, options.seed)


def _run(options: argparse.Namespace) -> Path:
    folder: Path = options.work / options.run
    return folder


def _settings(run: Path) -> dict[str, str]:
    try:
        settings: dict[str, str] = json.loads((run / "run.json").read_text())
    except FileNotFoundError as error:
        raise UserError(f"There is no run {run}: tinyact-train train {run.name} first.") from error
    return settings


def _results(run: Path) -> dict[str, Any]:
    try:
        results: dict[str, Any] = json.loads((run / "results.json").read_text())
    except FileNotFoundError as error:
        raise UserError(f"{run} is not measured: tinyact-train evaluate {run.name}") from error
    return results


if __name__ == "__main__":
    sys.exit(main())
