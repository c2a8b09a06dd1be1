"""Bundles and heads: whole ones are read, others are refused with a way out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper
import pytest

from tinyact_cloud.bundle import BundleError, HeadKind, load_bundle
from tinyact_cloud.service.served import Served

from .conftest import MakeBundle
from .synthetic import ENCODER, LABELS

SHA256 = "0" * 64


def test_whole_bundle(make_bundle: MakeBundle, heads: dict[HeadKind, bytes]) -> None:
    bundle = load_bundle(make_bundle())
    assert (bundle.name, bundle.version) == ("tinyact-test", "2026.11.23")
    assert bundle.encoder == ENCODER
    assert bundle.labels == LABELS
    assert bundle.metrics == {"accuracy": 0.5}
    assert bundle.head().kind == "rf"
    assert bundle.head("svm").temperature == 2.0
    assert bundle.head("xgb").content == heads["xgb"]


MANIFESTS: list[tuple[str, dict[str, Any]]] = [
    ("format 4.*Update TinyAct", {"format": 4}),
    ("no format", {"format": True}),
    ("no format", {"format": None}),
    ("encoder", {"encoder": "abc"}),
    ("size", {"latent": {"size": 1023}}),
    ("labels", {"labels": ["none"]}),
    ("labels", {"labels": ["none", "fall", "fall"]}),
    ("labels", {"labels": ["none", 7]}),
    ("'none' is missing", {"labels": ["fall", "sit"]}),
    ("default head is missing", {"heads": {"svm": "head_svm.onnx"}}),
    ("heads", {"heads": {"pickle": "head_rf.onnx"}}),
    ("does not vouch for", {"heads": {"rf": "other.onnx"}}),
    ("temperature", {"temperature": {"rf": 0}}),
    ("temperature", {"temperature": {"rf": float("nan")}}),
    ("thresholds", {"thresholds": {"fall": 1.5}}),
    ("thresholds", {"thresholds": [0.5]}),
    ("metrics", {"metrics": []}),
    ("plain file name", {"files": {"../head_rf.onnx": SHA256}}),
    ("plain file name", {"files": {"/etc/passwd": SHA256}}),
    ("plain file name", {"files": {"..": SHA256}}),
    ("plain file name", {"files": {"a\\b": SHA256}}),
    ("plain file name", {"files": {"": SHA256}}),
    ("plain file name", {"heads": {"rf": "../head_rf.onnx"}}),
    ("files", {"files": {f"file{i}": SHA256 for i in range(33)}}),
    ("files", {"files": {"head_rf.onnx": "short"}}),
    ("missing", {"files": {"absent": SHA256}, "heads": {"rf": "absent"}}),
]


@pytest.mark.parametrize(("reason", "changes"), MANIFESTS)
def test_wrong_manifests(make_bundle: MakeBundle, reason: str, changes: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match=reason) as caught:
        load_bundle(make_bundle(**changes))
    assert "tinyact-model.json" in str(caught.value) or "absent" in str(caught.value)


def flip_a_byte(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def grow(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.truncate(1 << 30)  # sparse: takes no room


DAMAGE: list[tuple[str, Callable[[Path], None]]] = [
    ("is damaged", flip_a_byte),
    ("is missing", Path.unlink),
    ("is larger than", grow),
]


@pytest.mark.parametrize("name", ["head_svm.onnx", "base_latents.npz"])
@pytest.mark.parametrize(("reason", "damage"), DAMAGE)
def test_damaged_files(
    make_bundle: MakeBundle, name: str, reason: str, damage: Callable[[Path], None]
) -> None:
    folder = make_bundle()
    damage(folder / name)
    with pytest.raises(BundleError, match=rf"{name} {reason}.*Export the bundle anew"):
        load_bundle(folder)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\xff", b"[" * 100_000, b"[]", b"null"])
def test_manifests_that_are_none(make_bundle: MakeBundle, content: bytes) -> None:
    folder = make_bundle()
    (folder / "tinyact-model.json").write_bytes(content)
    with pytest.raises(BundleError, match=r"tinyact-model\.json is not"):
        load_bundle(folder)


def test_no_bundle_at_all(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"tinyact-model\.json is missing"):
        load_bundle(tmp_path)


def test_head_that_the_bundle_lacks(make_bundle: MakeBundle) -> None:
    bundle = load_bundle(make_bundle(heads={"rf": "head_rf.onnx"}))
    with pytest.raises(BundleError, match=r"no svm head\. Choose one of: rf"):
        bundle.head("svm")


def linear(
    *, name: str = "latent", size: int = 1024, domain: str = "", operator: str = "Abs"
) -> bytes:
    """Make a model that adds up its latent and shows it as if it were probabilities."""
    n_labels = len(LABELS)
    nodes = [
        helper.make_node("MatMul", [name, "weights"], ["sums"]),
        helper.make_node(operator, ["sums"], ["probabilities"], domain=domain),
    ]
    graph = helper.make_graph(
        nodes,
        "head",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", n_labels])],
        [
            helper.make_tensor(
                "weights", TensorProto.FLOAT, [size, n_labels], np.ones((size, n_labels)).ravel()
            )
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())


def with_a_branch() -> bytes:
    yes = helper.make_graph(
        [helper.make_node("Gelu", ["sums"], ["y"], domain="com.microsoft")],
        "yes",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", len(LABELS)])],
    )
    graph = helper.make_graph(
        [
            helper.make_node(
                "If", ["condition"], ["probabilities"], then_branch=yes, else_branch=yes
            )
        ],
        "head",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["N", 1024])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(LABELS)])],
    )
    return bytes(helper.make_model(graph).SerializeToString())


HEADS = [
    ("it is not ONNX", b"\xff" * 100),
    ("ONNX Runtime refuses it", b""),
    ("the operator Gelu of com.microsoft", linear(domain="com.microsoft", operator="Gelu")),
    ("the operator If", with_a_branch()),
    ("its input must be latent", linear(name="features")),
    ("its input must be latent", linear(size=512)),
    ("not probabilities", linear()),  # all zeros for a latent of zeros
    ("not probabilities", linear(operator="Log")),  # minus infinity for it
]


@pytest.mark.parametrize(("reason", "head"), HEADS)
def test_heads_that_are_none(make_bundle: MakeBundle, reason: str, head: bytes) -> None:
    bundle = load_bundle(make_bundle({"rf": head}))
    with pytest.raises(BundleError, match=rf"head_rf\.onnx is no usable head: .*{reason}"):
        Served.load(bundle)


def test_head_for_other_labels(make_bundle: MakeBundle) -> None:
    bundle = load_bundle(make_bundle(labels=[*LABELS, "jump"]))
    with pytest.raises(BundleError, match=r"probabilities, float \[N, 6\]"):
        Served.load(bundle)
