"""Decision trees as one ONNX operator, the same way for a forest and for boosted trees.

ONNX's TreeEnsembleClassifier spends some 85 bytes on a node; TreeEnsemble (ai.onnx.ml 5), about 25.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, numpy_helper
from onnx.helper import make_node

ML_OPSET = 5


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree as arrays over its splits; index 0 of an axis of two is where `x <= threshold`.

    It has at least one split. A leaf's number counts from 0 within its tree.
    """

    features: NDArray[np.int64]  # [S]
    thresholds: NDArray[np.float32]  # [S]
    children: NDArray[np.int64]  # [2, S], a split or, where `is_leaf`, a leaf
    is_leaf: NDArray[np.bool_]  # [2, S]

    @property
    def n_leaves(self) -> int:
        """Return how many leaves there are."""
        return int(self.children[self.is_leaf].max()) + 1

    @classmethod
    def of(
        cls,
        left: NDArray[np.integer],
        right: NDArray[np.integer],
        features: NDArray[np.integer],
        thresholds: NDArray[np.float32],
    ) -> "Tree":
        """Read a tree whose nodes [M] have two children each, or none: then `left` is negative.

        Leaves keep their order.
        """
        leaf = left < 0
        if leaf[0]:  # ONNX asks for a split at the root: this one's two sides are the same leaf.
            nowhere = np.zeros((2, 1), np.int64)
            return cls(nowhere[0], np.zeros(1, np.float32), nowhere, nowhere == 0)
        position = np.where(leaf, leaf.cumsum(), (~leaf).cumsum()) - 1
        children = np.stack([left, right])[:, ~leaf]
        return cls(
            features[~leaf].astype(np.int64),
            thresholds[~leaf],
            position[children],
            leaf[children],
        )


def ensemble(
    trees: Sequence[Tree],
    targets: NDArray[np.int64],
    weights: NDArray[np.float32],
    n_targets: int,
    output: str,
) -> NodeProto:
    """Return the node that adds up, for each latent and target, the weights of the leaves reached.

    `targets` and `weights` are those of every leaf, tree after tree; `output` is the name of the
    sums, float32 [N, n_targets].
    """
    roots = np.cumsum([0, *(len(tree.features) for tree in trees)])
    first_leaf = np.cumsum([0, *(tree.n_leaves for tree in trees)])
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
        [output],
        domain="ai.onnx.ml",
        n_targets=n_targets,
        aggregate_function=1,  # sum
        post_transform=0,  # none
        tree_roots=roots[:-1].tolist(),
        nodes_modes=numpy_helper.from_array(np.zeros(len(thresholds), np.uint8)),  # x <= split
        nodes_featureids=np.concatenate([tree.features for tree in trees]).tolist(),
        nodes_splits=numpy_helper.from_array(thresholds),
        nodes_truenodeids=children[0].tolist(),
        nodes_falsenodeids=children[1].tolist(),
        nodes_trueleafs=is_leaf[0].tolist(),
        nodes_falseleafs=is_leaf[1].tolist(),
        leaf_targetids=targets.tolist(),
        leaf_weights=numpy_helper.from_array(weights),
    )
