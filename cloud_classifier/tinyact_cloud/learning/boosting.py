"""The gradient-boosted trees head (XGBoost)."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx.helper import make_node
from xgboost import XGBClassifier

from .graph import head_model, placement
from .trees import ML_OPSET, Tree, ensemble


def fit(
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
) -> XGBClassifier:
    """Fit the trees to latents [N, 1024] of classes 0..k-1 [N] with weights [N]."""
    booster = XGBClassifier(
        n_estimators=100,
        max_depth=4,
        learning_rate=0.1,
        subsample=0.8,
        colsample_bytree=0.3,
        tree_method="hist",
        n_jobs=1,
        random_state=seed,
    )
    return booster.fit(latents, classes, sample_weight=weights)


def export(booster: XGBClassifier, present: NDArray[np.int64], n_labels: int) -> bytes:
    """Return the trees as a head; class i becomes label `present[i]`.

    Keep the trees themselves with `booster.save_model("….ubj")`, never with a pickle.
    """
    # https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html has the schema.
    learner = json.loads(booster.get_booster().save_raw("json"))["learner"]
    model = learner["gradient_booster"]["model"]
    trees = [_tree(tree) for tree in model["trees"]]
    classes, bases = _of_classes(learner, np.array(model["tree_info"], np.int64))
    values = [np.array(tree["split_conditions"], np.float32) for tree in model["trees"]]
    leaves = [
        value[np.array(tree["left_children"]) < 0]
        for value, tree in zip(values, model["trees"], strict=True)
    ]
    targets = np.repeat(classes, [len(leaf) for leaf in leaves])
    nodes = [
        ensemble(trees, targets, np.concatenate(leaves), len(bases), "sums"),
        make_node("Add", ["sums", "bases"], ["margins"]),
        make_node("Softmax", ["margins"], ["shares"], axis=1),
        make_node("MatMul", ["shares", "placement"], ["scores"]),
    ]
    constants = {"bases": bases, "placement": placement(present, n_labels)}
    return head_model(nodes, constants, n_labels, ml_opset=ML_OPSET)


def _tree(tree: dict[str, Any]) -> Tree:
    """Read one tree of XGBoost's JSON; it asks `x < split`, ours asks `x <= threshold`."""
    splits = np.array(tree["split_conditions"], np.float32)
    return Tree.of(
        np.array(tree["left_children"]),
        np.array(tree["right_children"]),
        np.array(tree["split_indices"]),
        np.nextafter(splits, np.float32(-np.inf)),
    )


def _of_classes(
    learner: dict[str, Any], classes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the class [T] that each tree speaks for, and where each class's sum begins [k]."""
    bases = np.array(json.loads(learner["learner_model_param"]["base_score"]), np.float32)
    if len(bases) > 1:
        return classes, bases
    # Of two classes the trees are the second's log odds: its softmax beside 0 is the sigmoid.
    odds = np.log(bases[0] / (1 - bases[0]))
    return np.ones_like(classes), np.array([0, odds], np.float32)
