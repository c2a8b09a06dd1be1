"""Run the paper's Tables 1 and 2 from a Kinetics-400 folder, and print them beside its figures.

Table 1: the base autoencoder's latents, without distillation, classified by RandomForest, SVM and
XGBoost. Table 2: the student that also learns from a teacher, its autoencoder pretrained or not.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import onnxruntime as ort
import torch

from tinyact_cloud.bundle import HeadKind
from tinyact_cloud.learning.evaluate import evaluate
from tinyact_cloud.learning.heads import fit_head

from .extract import extract_onnx
from .kinetics import Kinetics, Split, parse_classes, read_clip, read_kinetics
from .options import UserError, data_folder
from .paper import PaperRecipe, Student, VideoAutoEncoder3D, export_onnx
from .paper_training import Clips, judge, train
from .provenance import code_version
from .recipe_files import load_recipe
from .shards import Rows, ShardFolder, claim_folder
from .teacher_logits import align, cache_logits, class_columns, read_labels
from .teachers import Teacher, i3d
from .teachers.ila import IlaTeacher
from .whole_file import write_json
from .workers import Cluster, add_cluster, chosen_cluster

# Top-1 accuracy in per cent, as published; of Table 2 the best row is known.
PAPER_TABLE_1: dict[HeadKind, float] = {"rf": 57.00, "svm": 55.00, "xgb": 54.00}
PAPER_TABLE_2_BEST = 15.11
_NAMES: dict[HeadKind, str] = {"rf": "RandomForest", "svm": "SVM", "xgb": "XGBoost"}
_LABELS = Path("teacher") / "kinetics400_labels.txt"  # in the data folder
# What a student's autoencoder must share with the base that it starts from.
_NETWORK = ("size", "frames", "widths", "batch_norm", "latent_head", "pooled")


@dataclass(frozen=True, slots=True)
class TaughtBy:
    """A teacher, and its labels in the order of its logits."""

    teacher: Teacher
    labels: Sequence[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: the base, and the students of Table 2 by their recipe's name."""

    base: PaperRecipe
    students: Mapping[str, PaperRecipe]
    seed: int = 0

    def check(self) -> None:
        """Raise UserError where the recipes do not fit their roles."""
        if self.base.is_student:
            raise UserError("--recipe must be a base autoencoder's: its students are named in it.")
        self.base.check()
        for name, student in self.students.items():
            student.check()
            if not student.is_student:
                raise UserError(f"{name} is no student's recipe: it learns no labels.")
            other = [key for key in _NETWORK if getattr(student, key) != getattr(self.base, key)]
            if student.pretrained and other:
                raise UserError(f"{name} cannot start from the base: it differs in {other[0]}.")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `reproduce`."""
    add = parser.add_argument
    add("--kinetics", type=Path, required=True, metavar="DIR", help="lists and videos")
    add("--classes", metavar="A,B,C|N", help="only these classes, or N that --seed draws")
    add("--recipe", default="paper-base", help="the base autoencoder's: a name, or a TOML file")
    add("--name", help="a name for the results (default: the recipe's)")
    add(
        "--teacher", choices=("none", "i3d", "ila"), default="none", help="whom students learn from"
    )
    add("--teacher-weights", type=Path, metavar="FILE", help="for ila: what convert-ila wrote")
    add("--teacher-labels", type=Path, metavar="FILE", help="a label a line, in logit order")
    add("--json", action="store_true", help="print all results as JSON")
    add_cluster(parser)


def run(options: argparse.Namespace) -> None:
    """Run both tables, or go on where that was interrupted. Raises UserError."""
    base = load_recipe(PaperRecipe, options.recipe)
    plan = Plan(
        base, {name: load_recipe(PaperRecipe, name) for name in base.students}, options.seed
    )
    plan.check()
    classes = parse_classes(options.classes) if options.classes else base.classes or None
    kinetics = read_kinetics(options.kinetics, classes, options.seed)
    results = reproduce(
        plan,
        kinetics,
        options.work,
        options.name or Path(options.recipe).stem,
        _taught_by(options),
        chosen_cluster(options),
    )
    print(json.dumps(results) if options.json else "\n".join(tables(results)))  # noqa: T201


def reproduce(
    plan: Plan,
    kinetics: Kinetics,
    work: Path,
    name: str,
    taught_by: TaughtBy | None,
    cluster: Cluster,
) -> dict[str, Any]:
    """Run both tables; return the results, which `<work>/reproduce/<name>.json` keeps.

    Whatever is done already in `<work>` is not done again. Raises UserError.
    """
    test = _test_split(kinetics)
    columns = class_columns(kinetics.labels, taught_by.labels) if taught_by else None
    settings = {
        "recipe": asdict(plan.base),
        "students": {key: asdict(student) for key, student in plan.students.items()},
        "seed": plan.seed,
        "classes": list(kinetics.labels),
        "data": kinetics.fingerprint,
        "teacher": taught_by.teacher.name if taught_by else None,
    }
    folder = work / "reproduce" / name
    claim_folder(folder, settings)
    base = _base(plan, kinetics, folder / "base")
    latents = extract_onnx(
        kinetics,
        work / "latents" / name,
        folder / "base" / "encoder.onnx",
        plan.base.sampling,
        cluster,
    )
    rows = {split: latents.rows(split) for split in ("train", test)}
    table_1 = _table_1(rows["train"], rows[test], kinetics.labels, plan.seed)
    table_2 = {}
    for key, recipe in plan.students.items():
        logits = None
        if taught_by and columns is not None and recipe.distillation:
            logits = _logits(taught_by.teacher, kinetics, recipe, work, columns)
        student = _student(recipe, plan.seed, kinetics, folder / key, base, logits)
        truth, said = judge(student, _clips(kinetics, test, recipe), recipe.batch)
        table_2[key] = {
            "pretrained": recipe.pretrained,
            "distilled": logits is not None,
            **evaluate(truth, said, kinetics.labels).as_dict(),
        }
    results = settings | {
        "code": code_version(),
        "test": test,
        "videos": {
            split: {
                "latents": len(rows[split].video),
                "unreadable": rows[split].failed,
                "missing": kinetics.missing.get(split, 0),
            }
            for split in rows
        },
        "table_1": table_1,
        "table_2": table_2,
        "paper": {"table_1": dict(PAPER_TABLE_1), "table_2_best": PAPER_TABLE_2_BEST},
    }
    write_json(work / "reproduce" / f"{name}.json", results)
    return results


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of both tables, the paper's figures beside ours."""
    for split, counts in results["videos"].items():
        yield (
            f"{split}: {counts['latents']} videos, {len(counts['unreadable'])} unreadable, "
            f"{counts['missing']} missing"
        )
    yield f"{len(results['classes'])} classes, top-1 accuracy on {results['test']}"
    yield ""
    yield "Table 1: base autoencoder without distillation, latents of 16 frames"
    yield f"{'classifier':<36}{'here':>9}{'paper':>9}"
    for kind, result in results["table_1"].items():
        paper = results["paper"]["table_1"][kind]
        yield f"{_NAMES[kind]:<36}{result['accuracy']:>9.2%}{paper:>8.2f}%"
    yield ""
    yield f"Table 2: students, teacher: {results['teacher'] or 'none, so without the KL loss'}"
    yield f"{'student':<36}{'here':>9}{'paper':>9}"
    for name, result in results["table_2"].items():
        yield f"{name:<36}{result['accuracy']:>9.2%}"
    yield f"{'best':<36}{'':>9}{results['paper']['table_2_best']:>8.2f}%"


def _base(plan: Plan, kinetics: Kinetics, folder: Path) -> VideoAutoEncoder3D:
    """Return the trained base autoencoder; its encoder lies in `folder`, too."""
    torch.manual_seed(plan.seed)
    model = VideoAutoEncoder3D(plan.base)
    clips = _clips(kinetics, "train", plan.base)
    train(model, clips, plan.base, plan.seed, folder / "checkpoint.npz")
    # Exported once: latents are known by their encoder's bytes.
    if not (folder / "encoder.onnx").exists():
        export_onnx(model.encoder, plan.base, folder / "encoder.onnx")
    return model


def _student(
    recipe: PaperRecipe,
    seed: int,
    kinetics: Kinetics,
    folder: Path,
    base: VideoAutoEncoder3D,
    logits: NDArray[np.float32] | None,
) -> Student:
    """Return a trained student; `logits` are its teacher's, as `train` wants them."""
    torch.manual_seed(seed)
    student = Student(recipe, len(kinetics.labels))
    if recipe.pretrained:
        student.autoencoder.load_state_dict(base.state_dict())
    clips = _clips(kinetics, "train", recipe)
    train(student, clips, recipe, seed, folder / "checkpoint.npz", logits)
    return student


def _clips(kinetics: Kinetics, split: Split, recipe: PaperRecipe) -> Clips:
    read = partial(read_clip, frames=recipe.frames, size=recipe.size, sampling=recipe.sampling)
    return Clips(kinetics.of(split), kinetics.labels, read)


def _logits(
    teacher: Teacher,
    kinetics: Kinetics,
    recipe: PaperRecipe,
    work: Path,
    columns: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the teacher's logits float32 [N, C] of the training videos."""
    settings = {"data": kinetics.fingerprint, "sampling": recipe.sampling, "teacher": teacher.name}
    # Another choice of classes is another folder: a shard is known by its place in its split.
    name = f"{teacher.name}-{recipe.sampling}-{kinetics.fingerprint[:12]}"
    folder = ShardFolder(work / "teacher-logits" / name, settings)
    videos = kinetics.of("train")
    cache_logits(teacher, videos, recipe.sampling, folder)
    return align(folder.rows("train"), videos, columns)


def _table_1(train_rows: Rows, test_rows: Rows, labels: Sequence[str], seed: int) -> dict[str, Any]:
    """Fit the three heads as they ship, ONNX, and return what each makes of the test latents."""
    results: dict[str, Any] = {}
    truth = _indices(test_rows, labels)
    if not len(truth):
        raise UserError("None of the videos to test on can be read.")
    for kind in PAPER_TABLE_1:
        head = fit_head(kind, _latents(train_rows), _indices(train_rows, labels), len(labels), seed)
        session = ort.InferenceSession(head, providers=["CPUExecutionProvider"])
        (probabilities,) = session.run(["probabilities"], {"latent": _latents(test_rows)})
        results[kind] = evaluate(truth, probabilities.argmax(1), labels).as_dict()
    return results


def _latents(rows: Rows) -> NDArray[np.float32]:
    return rows.values["latent"].astype(np.float32)


def _indices(rows: Rows, labels: Sequence[str]) -> NDArray[np.int64]:
    return np.array([labels.index(label) for label in rows.label.tolist()], np.int64)


def _test_split(kinetics: Kinetics) -> Split:
    """Return the split to measure on. Raises UserError when one side has no video."""
    if not kinetics.of("train"):
        raise UserError("There is no training video.")
    splits: tuple[Split, ...] = ("val", "test")
    for split in splits:
        if kinetics.of(split):
            return split
    raise UserError("There is no video of the validation or the test list to measure on.")


def _taught_by(options: argparse.Namespace) -> TaughtBy | None:
    """Return the teacher that the user means. Raises UserError."""
    if options.teacher == "none":
        return None
    labels = read_labels(options.teacher_labels or data_folder(options) / _LABELS)
    if options.teacher == "i3d":
        return TaughtBy(i3d.teacher(data_folder(options)), labels)
    if not options.teacher_weights:
        raise UserError("--teacher ila needs --teacher-weights FILE, as convert-ila writes it.")
    return TaughtBy(IlaTeacher(options.teacher_weights), labels)
