"""The random forest head.

Each tree yields one number, the row of its leaf in a table of class shares that all trees use
together, and the graph averages those rows: a leaf costs the file no more than a split does.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from onnx.helper import make_node
from sklearn.ensemble import RandomForestClassifier

from .graph import head_model, placement
from .trees import ML_OPSET, Tree, ensemble

# On held-out recordings as good as 300 trees of depth 12, and half the steps from root to leaf.
# The file stays under 2.5 MB however many latents there are.
N_TREES = 200
MAX_DEPTH = 8


def fit(
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
) -> RandomForestClassifier:
    """Fit the forest to latents [N, 1024] of classes 0..k-1 [N] with weights [N]."""
    forest = RandomForestClassifier(
        n_estimators=N_TREES,
        max_depth=MAX_DEPTH,
        min_samples_leaf=3,
        n_jobs=1,
        random_state=seed,
    )
    return forest.fit(latents, classes, sample_weight=weights)


def export(forest: RandomForestClassifier, present: NDArray[np.int64], n_labels: int) -> bytes:
    """Return the forest as a head; class i becomes label `present[i]`.

    Shares are kept as float16, which moves a probability by less than 0.0001.
    """
    fitted = [estimator.tree_ for estimator in forest.estimators_]
    trees = [_tree(tree) for tree in fitted]
    shares = np.concatenate([tree.value[tree.children_left < 0, 0] for tree in fitted])
    table, rows = np.unique(
        (shares @ placement(present, n_labels)).astype(np.float16), axis=0, return_inverse=True
    )
    targets = np.repeat(np.arange(len(trees)), [tree.n_leaves for tree in trees])
    nodes = [
        # A tree has its target to itself; rows are exact in float32 below 2^24.
        ensemble(trees, targets, rows.reshape(-1).astype(np.float32), len(trees), "leaves"),
        make_node("Cast", ["leaves"], ["rows"], to=TensorProto.INT64),
        make_node("Gather", ["table", "rows"], ["half_shares"]),
        make_node("Cast", ["half_shares"], ["shares"], to=TensorProto.FLOAT),
        make_node("ReduceMean", ["shares", "columns"], ["scores"], keepdims=0),
    ]
    return head_model(nodes, {"table": table}, n_labels, ml_opset=ML_OPSET)


def _tree(tree: Any) -> Tree:
    """Read one fitted tree (sklearn.tree._tree.Tree)."""
    thresholds = _round_down(tree.threshold)
    return Tree.of(tree.children_left, tree.children_right, tree.feature, thresholds)


def _round_down(thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the largest float32 not above each: a float32 latent then falls on the same side."""
    nearest = thresholds.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest > thresholds, below, nearest)
