"""The paper's two tables, on a small folder in Kinetics' layout with a teacher who knows little."""

from dataclasses import replace
from functools import partial
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest
import torch

from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training import paper_training
from tinyact_cloud.training.kinetics import Kinetics, read_clip, read_kinetics
from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.paper import PaperRecipe, Student
from tinyact_cloud.training.paper_training import Clips, train
from tinyact_cloud.training.recipe_files import load_recipe
from tinyact_cloud.training.reproduce import Plan, TaughtBy, reproduce, tables
from tinyact_cloud.training.shards import ShardFolder
from tinyact_cloud.training.teacher_logits import align, cache_logits, class_columns, read_labels
from tinyact_cloud.training.workers import Cluster

from .kinetics_folder import MOVES, write_kinetics

SMALL = PaperRecipe(size=32, widths=(2, 3, 4, 4), hidden=8, epochs=2, batch=4)


class Fake:
    """A teacher who sees where the picture's light moves, and counts how often it is asked."""

    name, frames, size, features, logits = "fake", 8, 24, 1, 4

    def __init__(self) -> None:
        self.seen = 0

    def look(self, clips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        assert clips.shape == (1, 8, 24, 24, 3)
        self.seen += 1
        y, x = (clips.max(4) > 128)[0, -1].nonzero()
        down, right = (float(part.mean()) if len(part) else 0.0 for part in (y, x))
        # In the order of LABELS.
        logits = np.array([[down, 0, right, 5]], np.float32)
        return np.zeros((1, 1), np.float32), logits


# A name with blanks where the list has an underscore, and one class that the list has not.
LABELS = ("moving down", "yodelling", "moving right", "standing still")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_kinetics(tmp_path_factory.mktemp("kinetics"))
    # Corrupt videos are left out on every side.
    for split in ("train", "val"):
        read_kinetics(folder).of(split)[0].path.write_bytes(b"nothing")
    return folder


@pytest.fixture(scope="module")
def kinetics(folder: Path) -> Kinetics:
    return read_kinetics(folder)


def _clips(kinetics: Kinetics) -> Clips:
    read = partial(read_clip, frames=16, size=32)
    return Clips(kinetics.of("train"), kinetics.labels, read)


def test_clips_come_in_order_without_what_cannot_be_read(kinetics: Kinetics) -> None:
    clips = _clips(kinetics)
    videos = kinetics.of("train")
    order = np.array([5, 0, 3, 1, 0])
    batches = list(clips.batches(order, 2))
    assert [rows.tolist() for _, rows in batches] == [[5], [3, 1]]
    np.testing.assert_array_equal(
        batches[1][0], [read_clip(videos[at].path, frames=16, size=32) for at in (3, 1)]
    )
    assert list(clips.failed) == [videos[0].id]
    assert [kinetics.labels[at] for at in clips.truth] == [video.label for video in videos]


def test_training_makes_the_loss_less_and_listens_to_the_teacher(
    kinetics: Kinetics, tmp_path: Path
) -> None:
    """A student of the KL loss alone says what its teacher says, however wrong."""
    clips = _clips(kinetics)
    recipe = replace(
        SMALL, cross_entropy=0.0, distillation=1.0, reconstruction=0.0, epochs=6, rate=3e-3
    )
    wrong = np.zeros((len(clips), 3), np.float32)
    wrong[:, 1] = 12
    torch.manual_seed(0)
    student = Student(recipe, 3)
    train(student, clips, recipe, 0, tmp_path / "x" / "checkpoint.npz", wrong)
    _, said = paper_training.judge(student, clips, 4)
    assert set(said.tolist()) == {1}


def test_an_interrupted_training_ends_like_an_uninterrupted_one(
    kinetics: Kinetics, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = replace(SMALL, cross_entropy=1.0)

    def run(name: str) -> Student:
        torch.manual_seed(1)
        student = Student(recipe, 3)
        train(student, _clips(kinetics), recipe, 1, tmp_path / name / "checkpoint.npz")
        return student

    whole = run("whole")
    save = paper_training.save_checkpoint

    def save_and_stop(*arguments: Any) -> None:
        save(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(paper_training, "save_checkpoint", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            run("stopped")
    for name, value in run("stopped").state_dict().items():
        torch.testing.assert_close(value, whole.state_dict()[name], msg=name)


def test_a_teacher_sees_every_video_once(kinetics: Kinetics, tmp_path: Path) -> None:
    teacher, videos = Fake(), kinetics.of("train")
    shards = ShardFolder(tmp_path, {})
    look = teacher.look

    def interrupted(*clips: Any) -> Any:
        if teacher.seen == 10:
            raise KeyboardInterrupt
        return look(*clips)

    teacher.look = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        cache_logits(teacher, videos, "uniform", shards, 4)
    teacher.look = look  # type: ignore[method-assign]
    cache_logits(teacher, videos, "uniform", shards, 4)
    # 11 can be read; the shard that was interrupted is seen again.
    assert teacher.seen == 14
    rows = shards.rows("train")
    logits = align(rows, videos, class_columns(kinetics.labels, LABELS))
    assert not logits[0].any()
    for video, row in list(zip(videos, logits, strict=True))[1:]:
        clip = read_clip(video.path, frames=8, size=24)
        expected = look(clip[None])[1][0][[2, 0, 3]]
        by_label = dict(zip(kinetics.labels, row.tolist(), strict=True))
        found = [by_label[label] for label in ("moving right", "moving_down", "standing still")]
        np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_a_teacher_must_know_the_classes(tmp_path: Path) -> None:
    assert class_columns(["Standing_Still"], LABELS).tolist() == [3]
    with pytest.raises(UserError, match="does not know moving left"):
        class_columns(["moving left"], LABELS)
    with pytest.raises(UserError, match="--teacher-labels"):
        read_labels(tmp_path / "x.txt")
    (tmp_path / "x.txt").write_text("a b\n\nc\n")
    assert read_labels(tmp_path / "x.txt") == ["a b", "c"]


def test_both_tables(kinetics: Kinetics, tmp_path: Path) -> None:
    """From folder to tables with a teacher, twice: the second time nothing is done again."""
    students = {
        "plain": replace(SMALL, cross_entropy=1.0, distillation=1.0),
        "pretrained": replace(SMALL, cross_entropy=1.0, distillation=1.0, pretrained=True),
    }
    teacher = Fake()
    plan = Plan(replace(SMALL, students=tuple(students)), students, seed=3)
    run = partial(reproduce, plan, kinetics, tmp_path, "trial")
    results = run(TaughtBy(teacher, LABELS), Cluster(workers=1))
    assert json.loads((tmp_path / "reproduce" / "trial.json").read_text()) == json.loads(
        json.dumps(results)
    )
    assert teacher.seen == 11
    assert results["classes"] == sorted(MOVES)
    assert results["recipe"]["size"] == 32
    assert results["seed"] == 3
    assert results["data"] == kinetics.fingerprint
    assert results["code"]
    assert set(results["table_1"]) == {"rf", "svm", "xgb"}
    for result in (*results["table_1"].values(), *results["table_2"].values()):
        # Five validation videos can be read.
        assert np.sum(result["confusion"]) == 5
        assert 0 <= result["accuracy"] <= 1
    assert {name: row["pretrained"] for name, row in results["table_2"].items()} == {
        "plain": False,
        "pretrained": True,
    }
    assert all(row["distilled"] for row in results["table_2"].values())
    for split, count in (("train", 11), ("val", 5)):
        counts = results["videos"][split]
        assert (counts["latents"], counts["missing"]) == (count, 3)
        assert list(counts["unreadable"]) == [kinetics.of(split)[0].id]
    text = "\n".join(tables(results))
    for figure in ("57.00%", "55.00%", "54.00%", "15.11%", "11 videos, 1 unreadable, 3 missing"):
        assert figure in text

    def times() -> dict[Path, int]:
        kept = [*tmp_path.rglob("*.npz"), *tmp_path.rglob("*.onnx")]
        return {path: path.stat().st_mtime_ns for path in kept}

    before = times()
    again = run(TaughtBy(teacher, LABELS), Cluster(workers=1))
    # Somebody may have committed in between.
    assert again | {"code": ""} == results | {"code": ""}
    assert times() == before
    assert teacher.seen == 11
    # Another teacher's results have no place under this name.
    with pytest.raises(UserError, match="other settings"):
        run(None, Cluster(workers=1))


def test_what_the_user_can_mend_is_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--work", str(tmp_path), "--data", str(tmp_path), "reproduce"]
    common += ["--kinetics", str(folder)]
    assert tools.main([*common, "--recipe", "paper-student"]) == 2
    assert tools.main([*common, "--recipe", "nonsense"]) == 2
    assert tools.main([*common, "--classes", "yodelling"]) == 2
    assert tools.main([*common, "--teacher", "i3d"]) == 2
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))
    labels = ["--teacher-labels", str(tmp_path / "labels.txt")]
    assert tools.main([*common, "--teacher", "ila", *labels]) == 2
    assert tools.main([*common, "--workers", "0"]) == 2
    lines = capsys.readouterr().err.splitlines()
    hints = ["base autoencoder", "paper-small", "yodelling", "kinetics400_labels.txt"]
    hints += ["--teacher-weights", "--workers"]
    assert [hint in line for hint, line in zip(hints, lines, strict=True)] == [True] * 6


def test_the_small_recipe_runs_on_64_pixels() -> None:
    assert load_recipe(PaperRecipe, "paper-small").size == 64
