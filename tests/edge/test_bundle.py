"""Bundles: what is refused, and that the shipped one works."""

import json
from pathlib import Path
import shutil
from typing import Any

import numpy as np
import pytest

from tinyact_edge.bundle import BundleError, load_bundle
from tinyact_edge.classifier import LocalHead
from tinyact_edge.encoder import Encoder
from tinyact_edge.figures import N_FIGURES

from .support import write_bundle


@pytest.fixture
def folder(bundle_folder: Path, tmp_path: Path) -> Path:
    """Return a bundle of this test's own."""
    return Path(shutil.copytree(bundle_folder, tmp_path / "bundle"))


def change(folder: Path, **fields: Any) -> None:
    """Change fields of the bundle's manifest."""
    path = folder / "tinyact-model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_the_shipped_bundle_loads_and_works() -> None:
    bundle = load_bundle()
    clips = np.zeros((2, *(bundle.clip.frames, bundle.clip.height, bundle.clip.width), 3), np.uint8)
    figures = np.zeros((2, N_FIGURES), np.float32)
    predictions = LocalHead(bundle).classify(Encoder(bundle).encode(clips, figures))
    assert [set(p.probabilities) for p in predictions] == [set(bundle.labels)] * 2
    assert sum(predictions[0].probabilities.values()) == pytest.approx(1)
    assert {"none", "fall", "sit", "stand", "walk", "run", "jump", "fight"} <= set(bundle.labels)


def test_the_shipped_bundle_is_small() -> None:
    folder = load_bundle().folder
    assert sum(file.stat().st_size for file in folder.iterdir()) < 15 << 20


def test_a_flipped_byte_is_noticed(folder: Path) -> None:
    path = folder / "head_rf.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"head_rf\.onnx is damaged.*--bundle"):
        load_bundle(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "encoder.onnx").unlink()
    with pytest.raises(BundleError, match=r"encoder\.onnx is missing"):
        load_bundle(folder)


def test_a_missing_bundle_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"tinyact-model\.json cannot be read.*--bundle"):
        load_bundle(tmp_path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"format": 4}, "update TinyAct"),
        ({"format": 2}, "use a model of this version"),
        ({"encoder": "0" * 64}, "encoder id"),
        ({"labels": ["fall", "walk"]}, "no 'none'"),
        ({"labels": "fall"}, "labels"),
        ({"thresholds": {"fall": 1.5}}, "thresholds"),
        ({"files": {"../../etc/passwd": "0" * 64}}, "plain file name"),
        ({"heads": {"rf": "../rf.onnx"}}, "plain file name"),
        ({"heads": {"rf": "other.onnx"}}, r"does not vouch for other\.onnx"),
        ({"input": {"view": "infrared"}}, "view"),
        ({"input": {"encoding": "crayons"}}, "encoding"),
    ],
)
def test_a_wrong_manifest_is_refused(folder: Path, fields: dict[str, Any], message: str) -> None:
    change(folder, **fields)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


def test_clips_of_pixels_are_square(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path, view="rgb")
    assert load_bundle(folder).clip.view == "rgb"
    manifest = json.loads((folder / "tinyact-model.json").read_text())
    change(folder, input=manifest["input"] | {"width": 48})
    with pytest.raises(BundleError, match="must be square"):
        load_bundle(folder)


def test_a_manifest_that_is_no_json_is_refused(folder: Path) -> None:
    (folder / "tinyact-model.json").write_text("{")
    with pytest.raises(BundleError, match="is not JSON"):
        load_bundle(folder)


def test_an_encoder_of_other_clips_is_refused(tmp_path: Path) -> None:
    folder = write_bundle(tmp_path)
    manifest = json.loads((folder / "tinyact-model.json").read_text())
    change(folder, input=manifest["input"] | {"frames": 8})
    with pytest.raises(BundleError, match=r"encoder\.onnx is no encoder"):
        Encoder(load_bundle(folder))
