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
from tinyact_cloud.training.evaluate import (
    Judged,
    choose_thresholds,
    fit_temperature,
    judge_windows,
    tally,
)
from tinyact_cloud.training.sets import LABELS, Truth, always, load_sets
from tinyact_cloud.training.train import (
    Drawn,
    Recipe,
    allowed_loss,
    load_checkpoint,
    sampling_chances,
    save_checkpoint,
    train,
)
from tinyact_cloud.training.windows import Windows, cut
import tinyact_edge.bundle
from tinyact_edge.classifier import LocalHead
from tinyact_edge.encoder import Encoder
from tinyact_edge.recognizer import Prediction, Window

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
    plan = Recipe(epochs=2, clips_per_epoch=64)
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
    batches = list(drawn.batches(chosen, 2))
    assert [len(clips) for clips, _ in batches] == [2, 2, 1]
    np.testing.assert_array_equal(
        np.concatenate([clips for clips, _ in batches]), [drawn.clip(i) for i in chosen.tolist()]
    )
    np.testing.assert_array_equal(
        np.concatenate([allowed for _, allowed in batches]), windows.allowed[chosen]
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


def _judged(label: str, *confidences: float) -> Judged:
    """Return a video in which `label` is seen with these confidences, truly if it is "fall"."""
    windows = [
        Window(1, at / 2, at / 2 + 2, Prediction("fall", confidence, {"fall": confidence}))
        for at, confidence in enumerate(confidences)
    ]
    shown = frozenset({"fall"} if label == "fall" else ())
    return Judged("set", Truth("group", always("none"), shown, shown | {"none"}), 3.0, windows)


def test_thresholds_lie_between_what_is_true_and_what_is_made_up() -> None:
    judged = [_judged("fall", 0.8, 0.8, 0.7), _judged("none", 0.5, 0.5, 0.5)]
    threshold = choose_thresholds(judged)["fall"]
    assert 0.5 < threshold <= 0.8
    counts = tally(judged, {"fall": threshold})["set"]["fall"]
    assert counts == {"shown": 1, "found": 1, "absent": 1, "made_up": 0}
    counts = tally(judged, {"fall": 0.4})["set"]["fall"]
    assert counts == {"shown": 1, "found": 1, "absent": 1, "made_up": 1}


def test_overconfidence_raises_the_temperature(data: Path, tmp_path: Path) -> None:
    windows = cut(load_sets(data, tmp_path), 2)
    rng = np.random.default_rng(0)
    right = rng.random(len(windows)) < 0.6
    verdict = np.where(right, windows.allowed.argmax(1), LABELS.index("jump"))
    sure = np.full((len(windows), len(LABELS)), 0.001)
    sure[np.arange(len(windows)), verdict] = 0.993
    assert fit_temperature(windows, sure) > 1.5


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
    report = tmp_path / "results.md"
    assert tools.main([*common, "report", "trial", "--output", str(report)]) == 0
    assert "| utd_mhad |    12 |" in report.read_text()
    target = ["--edge", str(edge), "--cloud", str(cloud), "--settings-of", "trial"]
    assert tools.main([*common, "export", "trial", *target]) == 0

    bundle = tinyact_edge.bundle.load_bundle(edge)
    served = tinyact_cloud.bundle.load_bundle(cloud)
    assert served.encoder == bundle.encoder_id
    assert set(served.heads) == {"rf", "svm", "xgb"}
    clips = np.stack([Drawn(cut(load_sets(data, work), 8), 0, augment=False).clip(0)] * 3)
    latents = Encoder(bundle).encode(clips)
    model = Autoencoder(len(LABELS))
    load_checkpoint(work / "trial" / "checkpoint.npz", model)
    with torch.inference_mode():
        exact = model.eval().encoder(torch.from_numpy(clips)).numpy()
    full = ort.InferenceSession(str(edge / "encoder.onnx")).run(None, {"clip": clips})[0]
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
