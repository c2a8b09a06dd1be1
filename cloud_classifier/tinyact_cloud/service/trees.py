"""Run ONNX's TreeEnsemble on numpy, all trees and several latents at once.

A processor that walks trees one by one mispredicts at every second split, and that is what a
forest's time is made of. Here all walks go down one level together, as array operations without
a branch: quicker than ONNX Runtime for batches, by how much depends on the processor, and slower
for a single latent, which takes a tenth of a millisecond anyway.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper

from tinyact_cloud.bundle import LATENT_SIZE

# How many latents go down together: more fill the cache, fewer leave numpy idle.
_TOGETHER = 32
# A level is a pass over all walks, so trees that are deep in places only would be no gain.
_MAX_DEPTH = 16
# A node is one number: where its children begin, above where its feature lies.
_FEATURE_BITS = 16
_FEATURE_MASK = (1 << _FEATURE_BITS) - 1
assert LATENT_SIZE * _TOGETHER <= 1 << _FEATURE_BITS  # noqa: S101


class Trees:
    """The sums of the leaves that latents reach, by target.

    Nodes of all trees lie in one row: the roots, then the two children of each split, side by
    side. A leaf is its own child, and no latent is above its threshold, so a walk ends there.
    """

    def __init__(
        self,
        roots: NDArray[np.int64],
        nodes: NDArray[np.int64],
        thresholds: NDArray[np.float32],
        weights: NDArray[np.float32],
        first_of_target: NDArray[np.int64],
        depth: int,
    ) -> None:
        """Take trees in the order of their targets; `weights` [nodes] counts at leaves only.

        `first_of_target` [targets] is the first tree of each target.
        """
        self._roots = roots
        self._nodes = nodes
        self._thresholds = thresholds
        self._weights = weights
        self._first_of_target = first_of_target
        self._depth = depth
        # Features by latents: what one tree asks of all latents lies together.
        self._columns = np.zeros((LATENT_SIZE, _TOGETHER), np.float32)
        self._walks = np.empty((4, len(roots) * _TOGETHER), np.int64)

    @classmethod
    def of(cls, node: NodeProto) -> "Trees | None":
        """Return the trees of a TreeEnsemble node, None for what these arrays cannot hold.

        https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
        """
        given = {part.name: helper.get_attribute_value(part) for part in node.attribute}
        return _read(given) if _is_plain(given) else None

    @property
    def n_targets(self) -> int:
        """Return how many sums there are."""
        return len(self._first_of_target)

    def sums(self, latents: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return float32 [N, targets] for finite `latents`, float32 [N, 1024]."""
        parts = [
            self._sums(latents[start : start + _TOGETHER])
            for start in range(0, len(latents), _TOGETHER)
        ]
        return np.concatenate(parts, axis=1).T

    def _sums(self, latents: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return float32 [targets, N] for at most 32 latents."""
        leaves = self._leaves(latents)
        weights = self._weights.take(leaves, mode="clip")
        if len(self._first_of_target) == len(self._roots):
            return weights
        return np.add.reduceat(weights, self._first_of_target, axis=0)

    def _leaves(self, latents: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the leaf that each of N latents reaches in each tree, [trees, N]."""
        count, shape = len(self._roots) * len(latents), (len(self._roots), len(latents))
        at: NDArray[np.int64] = self._walks[0, :count].reshape(shape)
        where = self._walks[1, :count].reshape(shape)
        value, threshold = (
            walk.view(np.float32)[:count].reshape(shape) for walk in self._walks[2:]
        )
        above = np.empty(shape, np.bool_)
        self._columns[:, : len(latents)] = latents.T
        columns, column = self._columns.reshape(-1), np.arange(len(latents))
        at[:] = self._roots[:, None]
        for _ in range(self._depth):
            # `clip` only spares numpy a check: every index is valid.
            self._thresholds.take(at, out=threshold, mode="clip")
            self._nodes.take(at, out=at, mode="clip")
            np.bitwise_and(at, _FEATURE_MASK, out=where)
            where += column
            columns.take(where, out=value, mode="clip")
            np.greater(value, threshold, out=above)
            np.right_shift(at, _FEATURE_BITS, out=at)
            at += above
        return at


def _is_plain(given: dict[str, Any]) -> bool:
    """Say whether the node adds up leaves of trees that ask `x <= split` and nothing else."""
    modes = numpy_helper.to_array(given["nodes_modes"])
    return (
        given.get("aggregate_function", 1) == 1
        and given.get("post_transform", 0) == 0
        and not (modes != 0).any()
        and "membership_values" not in given
        and not any(given.get("nodes_missing_value_tracks_true", ()))
    )


def _read(given: dict[str, Any]) -> Trees | None:
    tree_roots = np.array(given["tree_roots"])
    features = np.array(given["nodes_featureids"])
    splits = numpy_helper.to_array(given["nodes_splits"]).astype(np.float32)
    n_trees, n_splits = len(tree_roots), len(features)
    n_targets, targets = given["n_targets"], np.array(given["leaf_targetids"])

    # Which split or leaf each node is.
    children = np.stack([given["nodes_truenodeids"], given["nodes_falsenodeids"]], axis=1)
    child_is_leaf = np.stack([given["nodes_trueleafs"], given["nodes_falseleafs"]], axis=1)
    index = np.concatenate([tree_roots, children.reshape(-1)])
    is_leaf = np.concatenate([np.zeros(n_trees), child_is_leaf.reshape(-1)]).astype(np.bool_)
    split, leaf = index[~is_leaf], index[is_leaf]

    own = np.arange(n_trees + 2 * n_splits)
    first_child = own.copy()
    first_child[~is_leaf] = n_trees + 2 * split
    asks = np.zeros_like(own)
    asks[~is_leaf] = features[split]
    thresholds = np.full(len(own), np.inf, np.float32)
    thresholds[~is_leaf] = splits[split]
    weights = np.zeros(len(own), np.float32)
    weights[is_leaf] = numpy_helper.to_array(given["leaf_weights"])[leaf]
    target = np.full(len(own), -1)
    target[is_leaf] = targets[leaf]

    found = _descend(own[:n_trees], first_child, target)
    if found is None:
        return None
    target_of_tree, depth = found
    order = np.argsort(target_of_tree, kind="stable")
    if not np.array_equal(np.unique(target_of_tree), np.arange(n_targets)):
        return None
    return Trees(
        roots=own[:n_trees][order],
        nodes=(first_child << _FEATURE_BITS) | (asks * _TOGETHER),
        thresholds=thresholds,
        weights=weights,
        first_of_target=np.searchsorted(target_of_tree[order], np.arange(n_targets)),
        depth=depth,
    )


def _descend(
    roots: NDArray[np.int64], first_child: NDArray[np.int64], target: NDArray[np.int64]
) -> tuple[NDArray[np.int64], int] | None:
    """Return each tree's one target and the greatest depth.

    None for a tree that is too deep, or whose leaves have several targets.
    """
    lowest, highest = np.full(len(roots), np.iinfo(np.int64).max), np.full(len(roots), -1)
    at, tree = roots, np.arange(len(roots))
    for depth in range(_MAX_DEPTH + 1):
        ends = first_child[at] == at
        np.minimum.at(lowest, tree[ends], target[at[ends]])
        np.maximum.at(highest, tree[ends], target[at[ends]])
        below = first_child[at[~ends]]
        if not len(below):
            return (lowest, depth) if (lowest == highest).all() else None
        if len(below) > len(first_child):  # a node with two parents
            return None
        at, tree = np.concatenate([below, below + 1]), np.tile(tree[~ends], 2)
    return None
