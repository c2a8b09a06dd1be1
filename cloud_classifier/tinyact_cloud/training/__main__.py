"""tinyact-train: from videos and skeletons to the shipped bundles, one step a sub-command."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict
import json
import logging
import os
from pathlib import Path
import sys
from types import ModuleType

import numpy as np
import torch

from tinyact_cloud.bundle import HEAD_KINDS
from tinyact_edge.bundle import DEFAULT_BUNDLE as EDGE_BUNDLE
from tinyact_edge.pose_files import PoseFilesError

from . import cache_teacher, convert_ila, evaluate_events
from .autoencoder import Autoencoder
from .evaluate import Video, evaluate_run, fingerprint
from .export import export_bundles, export_encoder
from .fit import BaseLatents, base_latents, fit_heads
from .options import (
    UserError,
    add_common,
    data_folder,
    landmarks_folder,
    run_folder,
    run_results,
    run_settings,
)
from .prepare import prepare
from .protocols import ALL, held_out, names, split
from .report import write_report
from .sets import FPS, LABELS, load_sets, load_videos
from .train import Recipe, load_checkpoint, train
from .windows import Windows, cut, limit

_STRIDE = 1
_MOST_PER_LABEL = 800
# Steps that are a module of their own: `configure` adds its options, `run` does it.
_MODULES: dict[str, ModuleType] = {
    "cache-teacher": cache_teacher,
    "convert-ila": convert_ila,
    "evaluate-events": evaluate_events,
}
CLOUD_BUNDLE = Path(__file__).parents[1] / "model"


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
    done, bad = prepare(data_folder(options), landmarks_folder(options), FPS)
    print(f"{done} videos prepared now, {len(bad)} unreadable")  # noqa: T201


def _train(options: argparse.Namespace) -> None:
    windows, _ = split(options.hold_out, _windows(options))
    recipe = Recipe(
        epochs=options.epochs,
        clips_per_epoch=options.clips_per_epoch,
        seed=options.seed,
    )
    run = run_folder(options)
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
    run = run_folder(options)
    stored = run / "latents.npz"
    if not stored.exists():
        settings = run_settings(run)
        windows, _ = split(settings["protocol"], _windows(options))
        model = Autoencoder(len(LABELS))
        load_checkpoint(run / "checkpoint.npz", model)
        base_latents(model.eval(), windows, options.latents, options.seed).save(stored)
    fit_heads(BaseLatents.load(stored), run, options.seed)


def _evaluate(options: argparse.Namespace) -> None:
    run = run_folder(options)
    settings = run_settings(run)
    if settings["protocol"] == ALL:
        raise UserError("This run has seen everything: there is nothing left to test it on.")
    _, test = split(settings["protocol"], _windows(options))
    if not len(test):
        raise UserError(f"{data_folder(options)} holds nothing that this run has not seen.")
    found = list(load_videos(data_folder(options), landmarks_folder(options)))
    unseen = held_out(
        settings["protocol"],
        np.array([name for name, _, _ in found]),
        np.array([truth.group for _, _, truth in found]),
    )
    videos = [Video(*video) for video, chosen in zip(found, unseen, strict=True) if chosen]
    limits = None
    if options.settings_of:
        other = run_results(options.work / options.settings_of)
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
    results = {name: run_results(options.work / name) for name in options.runs}
    write_report(results, options.output)


def _export(options: argparse.Namespace) -> None:
    run = run_folder(options)
    measured = run_results(options.work / options.settings_of)
    export_bundles(run, measured, options.edge, options.cloud, options.head)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tinyact-train", description=__doc__)
    add_common(parser, defaults=True)
    steps = parser.add_subparsers(required=True, metavar="STEP")

    def step(
        name: str, run: Callable[[argparse.Namespace], None], text: str
    ) -> argparse.ArgumentParser:
        part = steps.add_parser(name, help=text, description=text)
        add_common(part, defaults=False)
        part.set_defaults(step=run)
        return part

    for name, module in _MODULES.items():
        module.configure(step(name, module.run, str(module.__doc__).partition("\n")[0]))

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


def _windows(options: argparse.Namespace) -> Windows:
    bodies = load_sets(data_folder(options), landmarks_folder(options))
    return limit(cut(bodies, _STRIDE), _MOST_PER_LABEL, options.seed)


if __name__ == "__main__":
    sys.exit(main())
