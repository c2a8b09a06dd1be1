"""Trees on numpy: they give what ONNX Runtime gives, and leave to it what they cannot run."""

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper
import onnxruntime as ort
import pytest

from tinyact_cloud.bundle import HEAD_KINDS, HeadFile, HeadKind
from tinyact_cloud.learning import composed
from tinyact_cloud.learning.composed import Own
from tinyact_cloud.learning.heads import fit_head
from tinyact_cloud.learning.trees import Tree, ensemble
from tinyact_cloud.service import head as head_module
from tinyact_cloud.service.head import Head
from tinyact_cloud.service.trees import Trees

from .synthetic import LABELS, Latents, draw_latents

# Few numbers, so that latents often lie on a threshold.
VALUES = np.array([-1.5, -0.1, 0.0, 0.1, 1.5], np.float32)


def grow(rng: np.random.Generator, depth: int) -> Tree:
    """Draw a tree of at most `depth` levels, as uneven as chance has it."""
    left: list[int] = [-1]
    right, features, thresholds = [-1], [0], [np.float32(0)]
    edge = [(0, 0)]
    while edge:
        node, level = edge.pop()
        if level == depth or (level and rng.random() < 0.3):
            continue
        left[node], right[node] = len(left), len(left) + 1
        features[node], thresholds[node] = int(rng.integers(1024)), rng.choice(VALUES)
        for _ in range(2):
            edge.append((len(left), level + 1))
            left.append(-1)
            right.append(-1)
            features.append(0)
            thresholds.append(np.float32(0))
    return Tree.of(np.array(left), np.array(right), np.array(features), np.array(thresholds))


def forest(seed: int, n_trees: int, depth: int, n_targets: int, /, **other: Any) -> ModelProto:
    """Return a model whose trees have a target each, tree i target i modulo `n_targets`."""
    rng = np.random.default_rng(seed)
    trees = [grow(rng, depth) for _ in range(n_trees)]
    counts = [tree.n_leaves for tree in trees]
    targets = np.repeat(np.arange(n_trees) % n_targets, counts)
    weights = rng.normal(size=sum(counts)).astype(np.float32)
    node = ensemble(trees, targets, weights, n_targets, "sums")
    for name, value in other.items():
        kept = [part for part in node.attribute if part.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, value)])
    graph = helper.make_graph(
        [node],
        "trees",
        [helper.make_tensor_value_info("latent", TensorProto.FLOAT, ["N", 1024])],
        [helper.make_tensor_value_info("sums", TensorProto.FLOAT, ["N", n_targets])],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def runtime(model: ModelProto, latents: NDArray[np.float32]) -> NDArray[np.float32]:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (sums,) = session.run(None, {"latent": latents})
    return np.asarray(sums)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rounds=st.integers(1, 6),
    depth=st.integers(1, 8),
    n_targets=st.integers(1, 4),
    count=st.sampled_from([1, 2, 31, 32, 33, 70]),
)
def test_numpy_gives_what_onnx_runtime_gives(
    seed: int, rounds: int, depth: int, n_targets: int, count: int
) -> None:
    model = forest(seed, rounds * n_targets, depth, n_targets)
    trees = Trees.of(model.graph.node[0])
    assert trees is not None
    latents = np.random.default_rng(seed).choice(VALUES, (count, 1024))
    sums = trees.sums(latents)
    np.testing.assert_allclose(sums, runtime(model, latents), atol=1e-5)
    alone = np.concatenate([trees.sums(latents[i : i + 1]) for i in range(count)])
    assert (alone == sums).all()


def test_a_tree_of_one_leaf_is_a_tree() -> None:
    bare = Tree.of(np.array([-1]), np.array([-1]), np.array([0]), np.array([0], np.float32))
    node = ensemble([bare], np.array([0]), np.array([0.5], np.float32), 1, "sums")
    trees = Trees.of(node)
    assert trees is not None
    assert trees.sums(np.zeros((3, 1024), np.float32)).tolist() == [[0.5]] * 3


def test_what_cannot_be_run_is_left_alone() -> None:
    plain = forest(0, 4, 3, 2)
    n_splits = len(helper.get_node_attr_value(plain.graph.node[0], "nodes_featureids"))
    n_leaves = len(helper.get_node_attr_value(plain.graph.node[0], "leaf_targetids"))
    others: dict[str, ModelProto] = {
        "too deep": forest(1, 3, 20, 1),
        "another question": forest(
            0, 4, 3, 2, nodes_modes=numpy_helper.from_array(np.ones(n_splits, np.uint8))
        ),
        "the least leaf": forest(0, 4, 3, 2, aggregate_function=2),
        "a softmax": forest(0, 4, 3, 2, post_transform=2),
        "several targets a tree": forest(
            0, 4, 3, 2, leaf_targetids=[i % 2 for i in range(n_leaves)]
        ),
        "a target without a tree": forest(0, 4, 3, 2, n_targets=3),
    }
    assert Trees.of(plain.graph.node[0]) is not None
    assert {what for what, model in others.items() if Trees.of(model.graph.node[0])} == set()


def load(kind: HeadKind, content: bytes, n_labels: int = len(LABELS)) -> Head:
    return Head(HeadFile(kind, Path("head.onnx"), content, "0" * 64, 1.0), n_labels)


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_what_a_latent_gets_does_not_depend_on_its_batch(
    kind: HeadKind, heads: dict[HeadKind, bytes], fresh: Latents
) -> None:
    head = load(kind, heads[kind])
    together = head.probabilities(fresh.latents)
    for size in (1, 3, 32):
        parts = [
            head.probabilities(fresh.latents[start : start + size])
            for start in range(0, len(fresh.latents), size)
        ]
        np.testing.assert_allclose(np.concatenate(parts), together, atol=1.1e-6)


@pytest.mark.parametrize("kind", ["rf", "xgb"])
def test_trees_that_would_give_other_numbers_are_not_used(
    kind: HeadKind,
    heads: dict[HeadKind, bytes],
    fresh: Latents,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    fast = load(kind, heads[kind])
    assert fast._run.__qualname__.startswith("_faster")
    sums = Trees.sums
    monkeypatch.setattr(Trees, "sums", lambda self, latents: sums(self, -latents))
    slow = load(kind, heads[kind])
    assert not slow._run.__qualname__.startswith("_faster")
    assert "left to ONNX Runtime" in caplog.text
    monkeypatch.setattr(Trees, "sums", sums)
    np.testing.assert_allclose(
        fast.probabilities(fresh.latents), slow.probabilities(fresh.latents), atol=1.1e-6
    )


@pytest.mark.parametrize("own", ["logistic", "rf"])
@pytest.mark.parametrize("kind", ["rf", "xgb"])
def test_trees_of_a_taught_head_are_used(
    kind: HeadKind, own: HeadKind, heads: dict[HeadKind, bytes], fresh: Latents
) -> None:
    """They lie beside the bundle's own head."""
    known = draw_latents(160, seed=1)
    taught = fit_head(kind, known.latents, known.labels, len(LABELS) + 3, 0)
    classes = composed.TaughtClasses((1, len(LABELS)), (0.4, 0.0))
    content = composed.export(Own(heads[own], 0.8), taught, classes, len(LABELS) + 1)
    fast = load(kind, content, len(LABELS) + 1)
    assert fast._run.__qualname__.startswith("_faster")
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    (expected,) = session.run(["probabilities"], {"latent": fresh.latents})
    np.testing.assert_allclose(fast.probabilities(fresh.latents), expected, atol=1e-5)


def test_a_head_of_another_make_is_left_to_onnx_runtime(heads: dict[HeadKind, bytes]) -> None:
    assert head_module._faster(head_module._read(heads["svm"]), lambda rows: rows) is None
