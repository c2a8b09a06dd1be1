"""tinyact-train: from videos and skeletons to the shipped bundles, one step a sub-command."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
import json
import logging
import os
from pathlib import Path
import sys
from types import ModuleType

import torch

from tinyact_cloud.bundle import HEAD_KINDS
from tinyact_edge.bundle import DEFAULT_BUNDLE as EDGE_BUNDLE
from tinyact_edge.pose_files import PoseFilesError

from . import (
    ablate,
    cache_pixels,
    cache_teacher,
    convert_ila,
    cost,
    evaluate_events,
    extract,
    fewshot,
    fewshot_views,
    marks,
    report,
    reproduce,
    reveal,
    thresholds,
    unknown,
    unseen,
)
from .corpus import Corpus
from .evaluate import evaluate_run, fingerprint, unseen_videos
from .evaluate_folders import evaluate_folders, summary
from .examples import examples_of
from .export import export_bundles, export_encoder
from .figures import load_scale
from .fit import BaseLatents, base_latents, fit_heads, own_head
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
from .protocols import ALL, protocol, split, without_label
from .provenance import code_version
from .recipe import Recipe, recipe_of
from .recipe_files import load_recipe
from .sets import FPS
from .thresholds import chosen_thresholds, save_judged
from .train import latent_scale, load_student, train
from .watch import open_bundle
from .whole_file import write_json

# Steps that are a module of their own: `configure` adds its options, `run` does it.
_MODULES: dict[str, ModuleType] = {
    "ablate": ablate,
    "cache-pixels": cache_pixels,
    "cache-teacher": cache_teacher,
    "convert-ila": convert_ila,
    "cost": cost,
    "evaluate-events": evaluate_events,
    "extract": extract,
    "fewshot": fewshot,
    "fewshot-views": fewshot_views,
    "marks": marks,
    "report": report,
    "reproduce": reproduce,
    "reveal": reveal,
    "thresholds": thresholds,
    "unknown": unknown,
    "unseen": unseen,
}
_FOLDERS = "folders"
# Steps that train: the name, the recipe without another one, and what it is for.
_TRAININGS = (
    ("train", "tinyact", "train an encoder, or go on where it was interrupted"),
    ("pretrain", "pretrain", "train without labels: to rebuild the clip's motion"),
    ("distill", "distill", "train with a teacher's answers, which cache-teacher keeps"),
)
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
    recipe = load_recipe(Recipe, options.recipe)
    for name in ("epochs", "clips_per_epoch"):
        if getattr(options, name):
            recipe = replace(recipe, **{name: getattr(options, name)})
    corpus = _corpus(options)
    windows, _ = split(options.hold_out, corpus.windows(recipe, options.seed))
    windows = without_label(windows, recipe.left_out)
    run = run_folder(options)
    settings = {"protocol": options.hold_out, "recipe": asdict(recipe), "seed": options.seed}
    settings |= {"begins_with": options.begin_with, "teacher_run": options.teacher_run}
    settings |= {"windows": len(windows), "data": fingerprint(windows)}
    # As it is read back: a tuple becomes a list.
    settings = json.loads(json.dumps(settings))
    known = run / "run.json"
    stored = json.loads(known.read_text()) if known.exists() else settings
    if {**stored, "code": None} != {**settings, "code": None}:
        raise UserError(f"{run} holds another recipe or other data; choose another name.")
    torch.set_num_threads(options.threads)
    teacher = _teacher(options.work, options.teacher_run, options.hold_out)
    lessons = corpus.lessons(recipe, windows, teacher)
    # Not before: a command that cannot be done must not take the name.
    write_json(known, settings | {"code": code_version()})
    begin = load_student(options.work / options.begin_with, recipe) if options.begin_with else None
    model = train(windows, recipe, run, options.seed, lessons, begin)
    scale = latent_scale(model, windows, recipe, options.seed)
    if scale:
        scale.save(run)
    examples = examples_of(windows, recipe, options.seed, augment=True)
    export_encoder(model.encoder, examples, run, scale)


def _teacher(work: Path, name: str | None, hold_out: str) -> Path | None:
    """Return the folder of the run that teaches, if one does.

    Raises UserError when it is not trained, or has seen what its student must not hear of.
    """
    if name is None:
        return None
    known = run_settings(work / name)["protocol"]
    if hold_out not in {known, ALL}:
        raise UserError(
            f"{work / name} was trained with {known!r} held out, not {hold_out!r}: it would tell of"
            " what its student must not see."
        )
    return work / name


def _fit(options: argparse.Namespace) -> None:
    run = run_folder(options)
    stored = run / "latents.npz"
    settings = run_settings(run)
    recipe = recipe_of(settings)
    model, scale = load_student(run, recipe), load_scale(run)
    if not stored.exists():
        corpus = _corpus(options)
        windows, _ = split(settings["protocol"], corpus.windows(recipe, options.seed))
        windows = without_label(windows, recipe.left_out)
        # A body student knows better than its pupil which of several labels a window shows.
        lessons = (
            corpus.lessons(recipe, windows, options.work / settings["teacher_run"])
            if recipe.teacher == "body"
            else None
        )
        base = base_latents(model, windows, recipe, options.latents, options.seed, lessons, scale)
        base.save(stored)
    own = own_head(model, len(scale.mean) if scale else 0)
    fit_heads(BaseLatents.load(stored), run, options.seed, own)


def _evaluate(options: argparse.Namespace) -> None:
    if options.protocol == _FOLDERS:
        bundle = open_bundle(options.bundle)
        named = evaluate_folders(bundle, data_folder(options), options.negatives)
        print(json.dumps(named) if options.json else summary(named))  # noqa: T201
        return
    if options.run is None:
        raise UserError(
            f"What shall be measured? Name a run, or judge a bundle with --protocol {_FOLDERS} on "
            "videos in folders that are named after what they show."
        )
    run = run_folder(options)
    settings = run_settings(run)
    if options.protocol and options.protocol != settings["protocol"]:
        raise UserError(
            f"{run} was trained with {settings['protocol']!r} held out; that is its test."
        )
    if settings["protocol"] == ALL:
        raise UserError("This run has seen everything: there is nothing left to test it on.")
    recipe = recipe_of(settings)
    _, test = split(settings["protocol"], _corpus(options).windows(recipe, options.seed))
    if not len(test):
        raise UserError(f"{data_folder(options)} holds nothing that this run has not seen.")
    temperature = None
    if options.temperature_of:
        other = run_results(options.work / options.temperature_of)
        temperature = other["heads"][options.head]["temperature"]
    videos = unseen_videos(data_folder(options), landmarks_folder(options), settings["protocol"])
    measured, judged = evaluate_run(
        run, recipe, test, videos, options.head, temperature, options.seed, options.workers
    )
    results = settings | measured | {"measured_by": code_version()}
    save_judged(judged, run / "videos.json")
    write_json(run / "results.json", results)
    if options.json:
        print(json.dumps(results))  # noqa: T201
    else:
        for name, result in results["heads"][options.head]["sets"].items():
            print(  # noqa: T201
                f"{name}: {result['within_allowed']:.3f} of {result['clips']} clips"
            )


def _export(options: argparse.Namespace) -> None:
    run = run_folder(options)
    recipe = recipe_of(run_settings(run))
    cloud = None if options.edge_only else options.cloud
    if recipe.view != "body" and (options.edge == EDGE_BUNDLE or cloud == CLOUD_BUNDLE):
        raise UserError(
            f"{run} does not see bodies as the shipped model does, and shall not take its place: "
            "give --edge FOLDER, and --cloud FOLDER or --edge-only."
        )
    measured = run_results(options.work / options.settings_of)
    if recipe_of(measured).view != recipe.view:
        raise UserError(f"{options.settings_of} was measured on another view than {run} sees.")
    limits = chosen_thresholds(options.work, recipe.view)
    export_bundles(run, recipe, measured, limits, options.edge, cloud, options.head)


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

    for name, recipe, text in _TRAININGS:
        part = step(name, _train, text)
        part.add_argument("run", help="a name for the run")
        part.add_argument("--hold-out", type=protocol, default=ALL, help="what it must not see")
        part.add_argument("--recipe", default=recipe, help="a name in recipes/, or a TOML file")
        part.add_argument("--epochs", type=int, help="instead of the recipe's")
        part.add_argument("--clips-per-epoch", type=int, help="instead of the recipe's")
        part.add_argument("--threads", type=int, default=os.cpu_count() or 1)
        part.add_argument("--begin-with", metavar="RUN", help="the weights of another run")
        part.add_argument("--teacher-run", metavar="RUN", help="whose body student teaches")

    part = step(
        "fit",
        _fit,
        "fit RandomForest, SVM and XGBoost heads to the run's latents, and keep its own",
    )
    part.add_argument("run")
    part.add_argument("--latents", type=int, default=8000, help="how many latents to fit on")

    part = step("evaluate", _evaluate, "measure a run on what it has not seen")
    part.add_argument("run", nargs="?")
    part.add_argument(
        "--protocol",
        metavar="PROTOCOL",
        help=f"the run's own, or {_FOLDERS}: a bundle on DATA/LABEL/*.mp4, anybody's recordings",
    )
    part.add_argument("--bundle", type=Path, default=EDGE_BUNDLE, help=f"for {_FOLDERS}")
    part.add_argument(
        "--negatives", nargs="+", default=(), help=f"for {_FOLDERS}: folders that show nothing"
    )
    part.add_argument("--head", choices=HEAD_KINDS, default="logistic", help="for whole videos")
    part.add_argument("--temperature-of", metavar="RUN", help="for videos, instead of its own")
    part.add_argument("--workers", type=int, default=1, help="processes to share the videos")
    part.add_argument("--json", action="store_true", help="print all results as JSON")

    part = step("export", _export, "write the bundles of edge and classifier")
    part.add_argument("run")
    part.add_argument("--settings-of", metavar="RUN", required=True, help="measured temperatures")
    part.add_argument("--head", choices=HEAD_KINDS, default="logistic", help="the edge's own head")
    part.add_argument("--edge", type=Path, default=EDGE_BUNDLE)
    part.add_argument("--cloud", type=Path, default=CLOUD_BUNDLE)
    part.add_argument(
        "--edge-only", action="store_true", help="a small one, for an edge without a classifier"
    )
    return parser


def _corpus(options: argparse.Namespace) -> Corpus:
    return Corpus(data_folder(options), options.work)


if __name__ == "__main__":
    sys.exit(main())
