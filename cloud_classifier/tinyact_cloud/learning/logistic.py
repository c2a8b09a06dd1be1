"""The logistic regression head: one matrix, the smallest and fastest of all."""

import numpy as np
from numpy.typing import NDArray
from onnx.helper import make_node
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from .graph import head_model, placement

# Weaker penalties are no better on held-out windows, and take several times as long to fit.
C = 0.1


def fit(
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
    *,
    c: float = C,
    tolerance: float = 1e-4,
    loud: NDArray[np.float32] | None = None,
) -> Pipeline:
    """Fit the regression to latents [N, 1024] of classes 0..k-1 [N] with weights [N].

    The penalty is 1/`c`; the greater `tolerance`, the earlier it stops. Numbers are standardised,
    and multiplied by `loud` [1024]: the penalty holds the louder ones back less.
    """
    scaler = StandardScaler().fit(latents)
    if loud is not None:
        scaler.scale_ /= loud
    machine = LogisticRegression(C=c, tol=tolerance, max_iter=1000, random_state=seed)
    machine.fit(scaler.transform(latents), classes, sample_weight=weights)
    return Pipeline([("scale", scaler), ("machine", machine)])


def export(pipeline: Pipeline, present: NDArray[np.int64], n_labels: int) -> bytes:
    """Return the regression as a head; class i becomes label `present[i]`."""
    scaler, machine = (step for _, step in pipeline.steps)
    # The scaling is folded in, in float64: latents then need nothing but one product.
    weights = machine.coef_.T.astype(np.float64) / scaler.scale_[:, None]
    intercept = machine.intercept_ - scaler.mean_ @ weights
    if len(machine.classes_) == 2:  # noqa: PLR2004
        # Of two classes it gives the second's log odds: its softmax beside 0 is the sigmoid.
        weights = np.hstack([np.zeros_like(weights), weights])
        intercept = np.array([0, intercept[0]])
    return head(weights.astype(np.float32), intercept.astype(np.float32), present, n_labels)


def head(
    weights: NDArray[np.float32],
    intercept: NDArray[np.float32],
    present: NDArray[np.int64],
    n_labels: int,
) -> bytes:
    """Return a head whose logits are latents times `weights` [1024, k], plus `intercept` [k].

    Logit i is that of label `present[i]`.
    """
    constants = {
        "weights": weights,
        "intercept": intercept,
        "placement": placement(present, n_labels),
    }
    nodes = [
        make_node("MatMul", ["latent", "weights"], ["products"]),
        make_node("Add", ["products", "intercept"], ["logits"]),
        make_node("Softmax", ["logits"], ["shares"], axis=1),
        make_node("MatMul", ["shares", "placement"], ["scores"]),
    ]
    return head_model(nodes, constants, n_labels, ml_opset=5)
