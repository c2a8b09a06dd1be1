"""The random forest head.

ONNX's TreeEnsembleClassifier spends some 85 bytes on a node, which makes 25 MB of a forest on
1024 numbers. Here each tree yields one number instead, the row of its leaf in a table of class
shares that all trees use together, and the graph averages those rows: about 25 bytes a node.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, numpy_helper
from onnx.helper import make_node
from sklearn.ensemble import RandomForestClassifier

from .graph import head_model, placement

N_TREES = 300
# 300 x 128 leaves keep the file at 1.5 MB however many latents there are.
MAX_LEAVES = 128


@dataclass(frozen=True, slots=True)
class _Tree:
    """A tree as arrays over its splits; index 0 of an axis of two is where `x <= threshold`."""

    features: NDArray[np.int64]  # [S]
    thresholds: NDArray[np.float32]  # [S]
    children: NDArray[np.int64]  # [2, S], a split or, where `is_leaf`, a row of `shares`
    is_leaf: NDArray[np.bool_]  # [2, S]
    shares: NDArray[np.float64]  # [leaves, k]


def fit(
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
) -> RandomForestClassifier:
    """Fit the forest to latents [N, 1024] of classes 0..k-1 [N] with weights [N]."""
    forest = RandomForestClassifier(
        n_estimators=N_TREES,
        max_depth=12,
        max_leaf_nodes=MAX_LEAVES,
        min_samples_leaf=3,
        n_jobs=1,
        random_state=seed,
    )
    return forest.fit(latents, classes, sample_weight=weights)


def export(forest: RandomForestClassifier, present: NDArray[np.int64], n_labels: int) -> bytes:
    """Return the forest as a head; class i becomes label `present[i]`.

    Shares are kept as float16, which moves a probability by less than 0.0001.
    """
    trees = [_tree(estimator.tree_) for estimator in forest.estimators_]
    shares = np.concatenate([tree.shares for tree in trees]) @ placement(present, n_labels)
    table, rows = np.unique(shares.astype(np.float16), axis=0, return_inverse=True)
    nodes = [
        _ensemble(trees, rows.reshape(-1)),
        make_node("Cast", ["leaves"], ["rows"], to=TensorProto.INT64),
        make_node("Gather", ["table", "rows"], ["half_shares"]),
        make_node("Cast", ["half_shares"], ["shares"], to=TensorProto.FLOAT),
        make_node("ReduceMean", ["shares", "columns"], ["scores"], keepdims=0),
    ]
    return head_model(nodes, {"table": table}, n_labels, ml_opset=5)


def _tree(tree: Any) -> _Tree:
    """Read one fitted tree (sklearn.tree._tree.Tree)."""
    leaf = tree.children_left < 0
    if leaf[0]:  # ONNX asks for a split at the root: this one's two sides are the same leaf.
        nowhere = np.zeros((2, 1), np.int64)
        return _Tree(nowhere[0], np.zeros(1, np.float32), nowhere, nowhere == 0, tree.value[:, 0])
    position = np.where(leaf, leaf.cumsum(), (~leaf).cumsum()) - 1
    children = np.stack([tree.children_left, tree.children_right])[:, ~leaf]
    return _Tree(
        tree.feature[~leaf],
        _round_down(tree.threshold[~leaf]),
        position[children],
        leaf[children],
        tree.value[leaf, 0],
    )


def _round_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the largest float32 not above each: a float32 latent then falls on the same side."""
    nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > thresholds, below, nearest)


def _ensemble(trees: Sequence[_Tree], rows: NDArray[np.int64]) -> NodeProto:
    """Return the node that yields, for each latent and tree, the table row of the leaf reached.

    `rows` holds the table row of every leaf, tree after tree (ai.onnx.ml 5, TreeEnsemble).
    """
    n_leaves = [len(tree.shares) for tree in trees]
    roots = np.cumsum([0, *(len(tree.features) for tree in trees)])
    first_leaf = np.cumsum([0, *n_leaves])
    children = np.concatenate(
        [
            tree.children + np.where(tree.is_leaf, leaf, root)
            for tree, root, leaf in zip(trees, roots, first_leaf, strict=False)
        ],
        axis=1,
    )
    is_leaf = np.concatenate([tree.is_leaf for tree in trees], axis=1).astype(np.int64)
    thresholds = np.concatenate([tree.thresholds for tree in trees])
    return make_node(
        "TreeEnsemble",
        ["latent"],
        ["leaves"],
        domain="ai.onnx.ml",
        n_targets=len(trees),
        aggregate_function=1,  # sum; a tree has its target to itself
        post_transform=0,  # none
        tree_roots=roots[:-1].tolist(),
        nodes_modes=numpy_helper.from_array(np.zeros(len(thresholds), np.uint8)),  # x <= split
        nodes_featureids=np.concatenate([tree.features for tree in trees]).tolist(),
        nodes_splits=numpy_helper.from_array(thresholds),
        nodes_truenodeids=children[0].tolist(),
        nodes_falsenodeids=children[1].tolist(),
        nodes_trueleafs=is_leaf[0].tolist(),
        nodes_falseleafs=is_leaf[1].tolist(),
        leaf_targetids=np.repeat(np.arange(len(trees)), n_leaves).tolist(),
        leaf_weights=numpy_helper.from_array(rows.astype(np.float32)),  # exact below 2^24
    )
