"""The autoencoder, its training, and the tools from data to bundles."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
import torch

import tinyact_cloud.bundle
from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training.autoencoder import Autoencoder, coarse
from tinyact_cloud.training.checkpoint import save_checkpoint
from tinyact_cloud.training.evaluate import calibration, fit_temperature, judge_windows
from tinyact_cloud.training.examples import Drawn, batches, sampling_chances
from tinyact_cloud.training.figures import figures_of, load_scale
from tinyact_cloud.training.lessons import Lessons
from tinyact_cloud.training.losses import allowed_loss, feature_loss, logit_loss, rebuild_loss
from tinyact_cloud.training.protocols import halve
from tinyact_cloud.training.recipe import Recipe
from tinyact_cloud.training.recipe_files import load_recipe, recipe_names
from tinyact_cloud.training.sets import LABELS, load_sets
from tinyact_cloud.training.train import load_student, predict, train
from tinyact_cloud.training.windows import Windows, cut
import tinyact_edge.bundle
from tinyact_edge.classifier import LocalHead
from tinyact_edge.encoder import Encoder

SMALL = ["--epochs", "1", "--clips-per-epoch", "64"]


def test_shapes() -> None:
    model = Autoencoder(len(LABELS)).eval()
    clips = torch.zeros((2, 16, 64, 64, 3), dtype=torch.uint8)
    latents, rebuilt, logits = model(clips)
    assert latents.shape == (2, 1024)
    assert rebuilt.shape == coarse(clips).shape
    assert logits.shape == (2, len(LABELS))


def test_with_one_allowed_label_the_loss_is_cross_entropy() -> None:
    logits = torch.randn(5, 8)
    truth = torch.tensor([0, 3, 3, 7, 1])
    allowed = torch.nn.functional.one_hot(truth, 8).bool()
    expected = torch.nn.functional.cross_entropy(logits, truth)
    torch.testing.assert_close(allowed_loss(logits, allowed, smoothing=0), expected)


def test_any_allowed_label_satisfies_the_loss() -> None:
    allowed = torch.tensor([[True, True, False]])
    for certain in ([9.0, 0, 0], [0, 9.0, 0]):
        assert allowed_loss(torch.tensor([certain]), allowed, smoothing=0) < 0.001
    assert allowed_loss(torch.tensor([[0, 0, 9.0]]), allowed, smoothing=0) > 8


def test_a_rare_label_has_the_share_of_a_common_one(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 2)
    sits = np.flatnonzero(windows.allowed[:, LABELS.index("sit")])
    few, many = windows[sits[:3]], windows[sits]
    rest = windows[np.flatnonzero(~windows.allowed[:, LABELS.index("sit")])]
    share = [sampling_chances(_joined(part, rest))[: len(part)].sum() for part in (few, many)]
    assert share[0] == pytest.approx(share[1])
    assert 0 < share[0] < 1


def _joined(one: Windows, other: Windows) -> Windows:
    names = Windows.__dataclass_fields__
    return Windows(*(np.concatenate([getattr(one, name), getattr(other, name)]) for name in names))


def test_an_interrupted_run_ends_like_an_uninterrupted_one(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = cut(load_sets(data, tmp_path), 4)
    plan = Recipe(epochs=2, clips_per_epoch=64, animated=0)
    whole = train(windows, plan, tmp_path / "whole")

    def save_and_stop(*arguments: Any) -> None:
        save_checkpoint(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("tinyact_cloud.training.train.save_checkpoint", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train(windows, plan, tmp_path / "stopped")
    resumed = train(windows, plan, tmp_path / "stopped")
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, msg=name)


def test_batches_are_the_chosen_windows_in_order(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 8)
    drawn = Drawn(windows, 0, augment=True)
    chosen = np.array([3, 1, 3, 0, 2])
    lit = list(batches(drawn, chosen, 2))
    assert [len(clips) for _, clips in lit] == [2, 2, 1]
    assert np.concatenate([indices for indices, _ in lit]).tolist() == chosen.tolist()
    np.testing.assert_array_equal(
        np.concatenate([clips for _, clips in lit]), [drawn.clip(i) for i in chosen.tolist()]
    )


def test_drawing_is_repeatable(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 8)
    one, again, other = (Drawn(windows, seed, augment=True).clip(0) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.shape == (16, 64, 64, 3)


def test_clips_are_judged_by_the_mean_of_their_windows(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 2)
    sits = windows.allowed[:, LABELS.index("sit")]
    predicted = np.zeros((len(windows), len(LABELS)))
    predicted[sits, LABELS.index("sit")] = 1
    predicted[~sits, LABELS.index("walk")] = 1
    (result,) = judge_windows(windows, predicted).values()
    assert result["clips"] == 24
    assert result["within_allowed"] == 0.5
    assert result["single_label"]["recall"]["sit"] == 1
    assert result["single_label"]["confusion"][0][LABELS.index("walk")] == 12


def test_overconfidence_raises_the_temperature(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 2)
    rng = np.random.default_rng(0)
    right = rng.random(len(windows)) < 0.6
    verdict = np.where(right, windows.allowed.argmax(1), LABELS.index("jump"))
    sure = np.full((len(windows), len(LABELS)), 0.001)
    sure[np.arange(len(windows)), verdict] = 0.993
    assert fit_temperature(windows, sure) > 1.5


def test_a_teacher_that_is_obeyed_costs_nothing() -> None:
    logits, features = torch.randn(4, 9), torch.randn(4, 16)
    torch.testing.assert_close(logit_loss(logits + 3, logits, 2.0), torch.tensor(0.0))
    torch.testing.assert_close(feature_loss(features * 2, features), torch.tensor(0.0))
    assert logit_loss(-logits, logits, 2.0) > 0.1
    assert feature_loss(-features, features) > 1.9


def test_logits_are_distilled_by_hinton_s_formula() -> None:
    own, teacher, t = torch.randn(3, 5), torch.randn(3, 5), 3.0
    p, q = (teacher / t).softmax(1), (own / t).softmax(1)
    expected = t * t * (p * (p / q).log()).sum(1).mean()
    torch.testing.assert_close(logit_loss(own, teacher, t), expected)


def test_a_picture_that_stands_still_has_no_motion_to_rebuild() -> None:
    clips = torch.randint(0, 255, (2, 1, 64, 64, 3), dtype=torch.uint8).repeat(1, 16, 1, 1, 1)
    nothing = torch.zeros(2, 3, 8, 16, 16)
    torch.testing.assert_close(rebuild_loss(nothing, clips, motion=True), torch.tensor(0.0))
    assert rebuild_loss(nothing, clips, motion=False) > 0.1


def test_features_are_taught_by_how_they_differ() -> None:
    features = np.array([[5, 1], [7, 1], [100, 100]], np.float16)
    lessons = Lessons.of(np.array([0, 1, -1, 1]), features, np.zeros((3, 4), np.float16))
    np.testing.assert_allclose(lessons.features[:2], [[-1, 0], [1, 0]], atol=1e-2)


@pytest.mark.parametrize("logits", [len(LABELS), 40])
def test_a_student_learns_what_its_teacher_says(data: Path, tmp_path: Path, logits: int) -> None:
    windows = cut(load_sets(data, tmp_path), 8)
    row = np.arange(len(windows))
    row[::3] = -1
    rng = np.random.default_rng(0)
    answers = rng.normal(size=(len(row), 16)), rng.normal(size=(len(row), logits))
    plan = Recipe(epochs=1, clips_per_epoch=64, features=1.0, logits=1.0, animated=0)
    model = train(windows, plan, tmp_path / "run", 0, Lessons.of(row, *answers))
    assert model.features is not None
    # Our own labels are taught to the classifier itself; what ships knows nothing of a teacher.
    assert (model.logits is None) == (logits == len(LABELS))
    student = load_student(tmp_path / "run", plan)
    assert student.features is None
    clips = torch.zeros((1, 16, 64, 64, 3), dtype=torch.uint8)
    torch.testing.assert_close(student.encoder(clips), model.encoder(clips))


def test_a_run_can_begin_with_another_one(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 8)
    plan = Recipe(epochs=1, clips_per_epoch=32, rate=0.0, decay=0.0, animated=0)
    first = train(windows, plan, tmp_path / "first", 1)
    second = train(windows, plan, tmp_path / "second", 2, begin=first)
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(one, other)


def test_every_recipe_that_trains_our_student_can_be_read() -> None:
    ours = [name for name in recipe_names() if not name.startswith("paper")]
    assert {"tinyact", "pretrain", "distill"} <= set(ours)
    for name in ours:
        assert load_recipe(Recipe, name).epochs > 0


def test_every_recipe_has_its_own_way_of_drawing(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 8)
    spots, limbs = (
        Drawn(windows, 0, augment=False, encoding=name).clip(0) for name in ("joints", "limbs")
    )
    assert spots.shape == limbs.shape
    assert 0 < (spots > 0).sum() < (limbs > 0).sum()


def test_calibration_is_measured_on_groups_that_it_was_not_fitted_on(
    data: Path, tmp_path: Path
) -> None:
    windows = cut(load_sets(data, tmp_path), 2)
    rng = np.random.default_rng(0)
    right = rng.random(len(windows)) < 0.6
    verdict = np.where(right, windows.allowed.argmax(1), LABELS.index("jump"))
    sure = np.full((len(windows), len(LABELS)), 0.001)
    sure[np.arange(len(windows)), verdict] = 0.993
    halves = halve(windows.group)
    assert 0 < halves.sum() < len(halves)
    assert not set(windows.group[halves]) & set(windows.group[~halves])
    found = calibration(windows, sure, halves)
    assert found["before"]["error"] > 0.3
    assert found["after"]["error"] < 0.5 * found["before"]["error"]


def test_from_data_to_bundles(data: Path, tmp_path: Path) -> None:
    """The README's training steps, on a small data set; both programs load what comes out."""
    work, edge, cloud = tmp_path / "runs", tmp_path / "edge", tmp_path / "cloud"
    common = ["--data", str(data), "--work", str(work)]
    assert tools.main([*common, "prepare"]) == 0
    assert tools.main([*common, "train", "trial", "--hold-out", "groups", *SMALL]) == 0
    assert tools.main([*common, "fit", "trial", "--latents", "200"]) == 0
    assert tools.main([*common, "evaluate", "trial"]) == 0
    results = json.loads((work / "trial" / "results.json").read_text())
    assert results["heads"]["rf"]["sets"]["utd_mhad"]["clips"] == 12
    assert results["clips"] == np.sum(results["confusion"]) == 12
    assert 0 <= results["macro_recall"] <= 1
    assert results["int8"]["cosine_least"] > 0.9
    report = tmp_path / "results.md"
    assert tools.main([*common, "report", "trial", "--output", str(report)]) == 0
    assert "| utd_mhad |    12 |" in report.read_text()
    target = ["--edge", str(edge), "--cloud", str(cloud), "--settings-of", "trial"]
    assert tools.main([*common, "export", "trial", *target]) == 2  # no thresholds yet
    assert tools.main([*common, "thresholds", "trial"]) == 0
    assert tools.main([*common, "export", "trial", *target]) == 0

    bundle = tinyact_edge.bundle.load_bundle(edge)
    served = tinyact_cloud.bundle.load_bundle(cloud)
    assert served.encoder == bundle.encoder_id
    assert set(served.heads) == {"rf", "svm", "xgb", "logistic"}
    examples = Drawn(cut(load_sets(data, work), 8)[np.arange(3)], 0, augment=False)
    clips, told = np.stack([examples.clip(row) for row in range(3)]), figures_of(examples, range(3))
    latents = Encoder(bundle).encode(clips, told)
    with pytest.raises(ValueError, match="needs 60 figures"):
        Encoder(bundle).encode(clips)
    model = load_student(work / "trial", Recipe())
    exact, _ = predict(model, examples, load_scale(work / "trial"))
    shown = {"clip": clips, "figures": told}
    full = ort.InferenceSession(str(edge / "encoder.onnx")).run(None, shown)[0]
    np.testing.assert_allclose(full, exact, atol=1e-3)
    cosine = (latents * exact).sum(1) / np.linalg.norm(latents, axis=1)
    assert (cosine / np.linalg.norm(exact, axis=1) > 0.95).all()
    assert LocalHead(bundle).classify(latents)[0].label in LABELS
    # No path of this machine may travel with a model.
    for file in (*edge.iterdir(), *cloud.iterdir()):
        assert str(tmp_path).encode() not in file.read_bytes()
        assert str(Path(tools.__file__).parent).encode() not in file.read_bytes()


def test_user_errors_are_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TINYACT_DATA", raising=False)
    assert tools.main(["--work", str(tmp_path), "train", "x"]) == 2
    common = ["--data", str(data), "--work", str(tmp_path)]
    assert tools.main([*common, "fit", "x"]) == 2
    assert tools.main([*common, "train", "x", "--clips-per-epoch", "5"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "--clips-per-epoch" in lines[2]
    assert "TINYACT_DATA" in lines[0]
    assert "train x first" in lines[1]


def test_another_recipe_does_not_go_on_with_the_old_run(data: Path, tmp_path: Path) -> None:
    common = ["--data", str(data), "--work", str(tmp_path), "train", "x"]
    assert tools.main([*common, *SMALL]) == 0
    assert tools.main([*common, "--epochs", "3", "--clips-per-epoch", "64"]) == 2
