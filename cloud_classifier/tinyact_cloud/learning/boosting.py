"""The gradient-boosted trees head (XGBoost)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx.helper import make_node
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from xgboost import XGBClassifier

from tinyact_cloud.bundle import LATENT_SIZE

from .graph import head_model, placement


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
    converted: Any = convert_xgboost(
        booster, initial_types=[("latent", FloatTensorType([None, LATENT_SIZE]))]
    )
    nodes = [
        *converted.graph.node,
        make_node("MatMul", ["probabilities_of_present", "placement"], ["scores"]),
    ]
    nodes[0].output[:] = ["class", "probabilities_of_present"]
    return head_model(nodes, {"placement": placement(present, n_labels)}, n_labels, ml_opset=1)
