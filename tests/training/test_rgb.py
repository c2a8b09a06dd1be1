"""The view of pixels from recordings to a bundle that the edge runs: real videos, tiny networks.

Nowhere are there pose networks: the bodies that teach come from made-up landmarks, as `prepare`
would have kept them.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import pytest

from tests.edge.support import write_video
from tinyact_cloud.training import __main__ as tools
from tinyact_cloud.training import fewshot, fewshot_views
from tinyact_cloud.training.corpus import Corpus
from tinyact_cloud.training.examples import Drawn, Pixels
from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.prepare import Sighting
from tinyact_cloud.training.recipe import Recipe
from tinyact_cloud.training.recipe_files import load_recipe
from tinyact_cloud.training.stored import save
from tinyact_cloud.training.train import load_student, predict
from tinyact_edge.__main__ import main as edge
from tinyact_edge.bundle import load_bundle
from tinyact_edge.pipeline import Watch
from tinyact_edge.pixel_clip import PixelClipBuilder
from tinyact_edge.sampler import Sampler
from tinyact_edge.source import gray, luma, open_video, parse_source

FPS, SECONDS = 8, 4
SPEEDS = {"Walk": 2, "Run": 6}  # pixels a frame
SMALL = ["--epochs", "1", "--clips-per-epoch", "64"]


def _left(second: float, speed: int) -> int:
    """Return where a body is that goes to and fro."""
    return 10 + abs((speed * round(second * FPS) + 90) % 180 - 90)


def _draw(second: float, speed: int) -> NDArray[np.uint8]:
    picture = np.full((96, 128, 3), 60, np.uint8)
    left = _left(second, speed)
    picture[30:70, left : left + 20] = 200
    return picture


def _landmarks(speed: int) -> NDArray[np.float32]:
    """Return what a pose network would say of a video, float32 [T, 33, 4]."""
    found = np.ones((FPS * SECONDS, 33, 4), np.float32)
    for frame, points in enumerate(found):
        points[:, 0] = _left(frame / FPS, speed) + np.linspace(0, 20, 33)
        points[:, 1] = np.linspace(30, 70, 33)
    return found


@pytest.fixture
def videos(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the data folder with dark scenes of two kinds; what `prepare` saw is in runs."""
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path / "none"))
    for part, count in (("train", 3), ("validate", 2)):
        for label, speed in SPEEDS.items():
            for number in range(count):
                place = Path("arid", part, label, f"{label}_{part}{number}_1.mp4")
                (data / place).parent.mkdir(parents=True, exist_ok=True)
                write_video(data / place, SECONDS, lambda at, v=speed: _draw(at, v), fps=FPS)  # type: ignore[misc]
                landmarks = _landmarks(speed)
                frames = np.arange(len(landmarks), dtype=np.int32)
                person = np.ones(len(frames), np.int32)
                sighting = Sighting(len(frames), (128, 96), frames, person, landmarks)
                sighting.save(tmp_path / "runs" / "landmarks" / place.with_suffix(".npz"))
    return data


@pytest.fixture
def common(videos: Path, tmp_path: Path) -> list[str]:
    """Return the options of all steps, once what moves is cut out."""
    common = ["--data", str(videos), "--work", str(tmp_path / "runs")]
    assert tools.main([*common, "cache-pixels"]) == 0
    return common


@pytest.fixture
def body(common: list[str]) -> str:
    """Return the name of a body student."""
    assert tools.main([*common, "train", "body", "--hold-out", "groups", *SMALL]) == 0
    return "body"


def test_from_recordings_to_what_the_edge_recognises(
    common: list[str],
    body: str,
    videos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    work, bundle = tmp_path / "runs", tmp_path / "bundle"
    distill = ["distill", "pupil", "--recipe", "rgb", "--hold-out", "groups", *SMALL]
    assert tools.main([*common, *distill, "--teacher-run", body]) == 0
    assert tools.main([*common, "fit", "pupil", "--latents", "100"]) == 0
    assert tools.main([*common, "evaluate", "pupil"]) == 0
    results = json.loads((work / "pupil" / "results.json").read_text())
    assert results["heads"]["rf"]["sets"]["arid"]["clips"] == results["clips"] == 4
    assert results["videos"]["videos"] == 4
    judged = json.loads((work / "pupil" / "videos.json").read_text())
    # Seen by the edge: one person wherever something moves, every half second.
    assert {window[0] for video in judged for window in video["windows"]} == {1}
    assert all(len(video["windows"]) == 6 for video in judged)
    assert tools.main([*common, "thresholds", "pupil"]) == 0

    target = ["--settings-of", "pupil", "--edge", str(bundle)]
    assert tools.main([*common, "export", "pupil", *target, "--edge-only"]) == 0
    assert {file.name for file in bundle.iterdir()} == {
        "encoder.onnx",
        "head_logistic.onnx",
        "tinyact-model.json",
    }
    loaded = load_bundle(bundle)
    assert (loaded.name, loaded.clip.view) == ("tinyact-rgb", "rgb")
    fast = (work / "pupil" / "encoder_int8.onnx").read_bytes()
    assert (bundle / "encoder.onnx").read_bytes() == fast

    recording = next(videos.rglob("Run_validate0_1.mp4"))
    capsys.readouterr()
    assert edge(["recognize", str(recording), "--bundle", str(bundle), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["people"], found["model"]["name"]) == (1, "tinyact-rgb")

    table = tmp_path / "events.csv"
    table.write_text("file,label,start,end\n")
    judge = ["evaluate-events", "--annotations", str(table), "--bundle", str(bundle), "--json"]
    assert tools.main([*common, *judge]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["summary"]["videos"] == 10
    assert seen["bundle"]["name"] == "tinyact-rgb"

    folders = tmp_path / "folders" / "run"
    folders.mkdir(parents=True)
    (folders / recording.name).write_bytes(recording.read_bytes())
    judge = ["evaluate", "--protocol", "folders", "--bundle", str(bundle), "--json"]
    assert tools.main([*common, *judge, "--data", str(folders.parent)]) == 0
    assert json.loads(capsys.readouterr().out)["clips_without_person"] == 0


def test_both_bundles_have_the_same_encoder_and_the_shipped_ones_stay(
    common: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "alone.toml"
    recipe.write_text('view = "rgb"\nanimated = 0\n')
    train = ["train", "alone", "--recipe", str(recipe), "--hold-out", "groups", *SMALL]
    for step in (train, ["fit", "alone", "--latents", "100"], ["evaluate", "alone"]):
        assert tools.main([*common, *step]) == 0
    assert tools.main([*common, "thresholds", "alone"]) == 0
    edge_bundle, cloud = tmp_path / "edge", tmp_path / "cloud"
    export = [*common, "export", "alone", "--settings-of", "alone"]
    for refused in ([], ["--edge-only"], ["--cloud", str(cloud)], ["--edge", str(edge_bundle)]):
        capsys.readouterr()
        assert tools.main([*export, *refused]) == 2
        assert "--edge FOLDER" in capsys.readouterr().err
    assert tools.main([*export, "--edge", str(edge_bundle), "--cloud", str(cloud)]) == 0
    manifests = [json.loads((x / "tinyact-model.json").read_text()) for x in (edge_bundle, cloud)]
    assert manifests[0]["encoder"] == manifests[1]["encoder"] == load_bundle(edge_bundle).encoder_id
    assert load_bundle(edge_bundle).encoder.name == "encoder_int8.onnx"
    assert manifests[0]["input"]["view"] == manifests[1]["input"]["view"] == "rgb"


@pytest.mark.usefixtures("common")
def test_the_edge_encodes_what_training_shows(videos: Path, tmp_path: Path) -> None:
    """The same windows of one recording, from the cache and through the edge's own stages."""
    windows = Corpus(videos, tmp_path / "runs").pixels()
    of_one = windows[np.flatnonzero(windows.clip == "arid/Walk_train0_1")]
    spec = load_bundle().clip
    sampler = Sampler(spec.fps, picture=gray)
    watch = Watch(PixelClipBuilder(spec))
    video = next(videos.rglob("Walk_train0_1.mp4"))
    clips = []
    with open_video(parse_source(str(video))) as source:
        for frame, at in source.frames():
            sample = sampler.take(frame, luma(frame), at or 0.0)
            clips += watch.clips(sample) if sample else []
    seen = {round(clip.started_at * FPS): clip.frames for clip in clips[1:]}
    examples = Pixels(of_one, 0, augment=False)
    assert len(of_one) == 5
    for row, start in enumerate(of_one.start.tolist()):
        apart = np.abs(seen[round(start * FPS)].astype(int) - examples.clip(row))
        assert np.median(apart) == 0
        assert apart.mean() < 10


def test_pixels_beside_bodies_are_taught_on_the_same_windows(
    common: list[str],
    body: str,
    videos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fewshot_views, "COUNT", 1)
    monkeypatch.setattr(fewshot, "_ONE_PLACE", frozenset({"arid"}))
    work = tmp_path / "runs"
    distill = ["distill", "pupil", "--recipe", "rgb", "--hold-out", "groups", *SMALL]
    assert tools.main([*common, *distill, "--teacher-run", body]) == 0
    measure = [*common, "fewshot-views", body, "pupil", "--draws", "1"]
    assert tools.main([*common, "fewshot-views", "pupil", body]) == 2
    assert "sees rgb, not body" in capsys.readouterr().err
    assert tools.main(measure) == 2
    assert "tinyact-train fit body" in capsys.readouterr().err
    assert tools.main([*common, "fit", body, "--latents", "100"]) == 0
    (work / body / "results.json").write_text('{"temperature": 1.0}')
    assert tools.main(measure) == 2
    assert "cache-teacher first" in capsys.readouterr().err
    filmed = Corpus(videos, work).filmed()
    rng = np.random.default_rng(0)
    answers = {
        "features": rng.normal(size=(len(filmed), 1024)).astype(np.float16),
        "logits": rng.normal(size=(len(filmed), 400)).astype(np.float16),
    }
    save(work / "teacher" / "i3d" / "all.npz", filmed, **answers)
    assert tools.main([*measure, "--json"]) == 0
    stored = json.loads((work / "fewshot-views" / "body.json").read_text())
    assert stored == json.loads(capsys.readouterr().out)
    (views,) = stored["sets"].values()
    assert views.keys() == {"body", "body and rgb", "body and I3D"}
    for ways in views.values():
        assert ways.keys() == {"countered", "together"}
        (draw,) = ways["countered"]["draws"]
        assert 0 <= draw["recall_same"] <= 1
    bodies = views["body"]["countered"]["draws"]
    # The same draws, so that views differ by what they see alone.
    assert tools.main(measure) == 0
    assert "arid body and rgb countered: recall_same" in capsys.readouterr().out
    again = json.loads((work / "fewshot-views" / "body.json").read_text())
    assert again["sets"]["arid"]["body"]["countered"]["draws"] == bodies


def test_a_teacher_that_has_seen_the_test_is_refused(
    common: list[str], body: str, capsys: pytest.CaptureFixture[str]
) -> None:
    distill = [*common, "distill", "pupil", "--recipe", "rgb", *SMALL]
    assert tools.main([*distill, "--hold-out", "without-arid", "--teacher-run", body]) == 2
    assert "'groups' held out" in capsys.readouterr().err
    assert tools.main([*distill, "--hold-out", "groups"]) == 2
    assert "--teacher-run" in capsys.readouterr().err
    assert tools.main([*distill, "--hold-out", "groups", "--teacher-run", "nobody"]) == 2
    assert "train nobody first" in capsys.readouterr().err


def test_the_teacher_sees_what_it_was_trained_on(
    common: list[str], videos: Path, tmp_path: Path
) -> None:
    """Its own run says how bodies are drawn and how wide its network is."""
    recipe = tmp_path / "spots.toml"
    recipe.write_text('encoding = "joints"\nwidths = [8, 16, 16, 16]\nanimated = 0\n')
    train = ["train", "spots", "--recipe", str(recipe), "--hold-out", "groups", *SMALL]
    assert tools.main([*common, *train]) == 0
    corpus = Corpus(videos, tmp_path / "runs")
    windows, pupil = corpus.pixels(), load_recipe(Recipe, "rgb")
    lessons = corpus.lessons(pupil, windows, tmp_path / "runs" / "spots")
    assert lessons is not None
    assert (lessons.row >= 0).all()
    teacher = load_student(tmp_path / "runs" / "spots", load_recipe(Recipe, recipe))
    shown = corpus.filmed()[windows.body[:4]]
    _, logits = predict(teacher, Drawn(shown, 0, augment=False, encoding="joints"))
    np.testing.assert_allclose(lessons.logits[lessons.row[:4]], logits, atol=1e-4)
    with pytest.raises(UserError, match="--teacher-run"):
        corpus.lessons(pupil, windows, None)


def test_the_recipe_is_the_sister_of_what_ships() -> None:
    sister = load_recipe(Recipe, "rgb")
    assert (sister.view, sister.teacher) == ("rgb", "body")
    teacher = load_recipe(Recipe, sister.body_recipe)
    assert teacher.view == "body"
    # What the edge computes is as dear for both.
    assert sister.widths == teacher.widths
