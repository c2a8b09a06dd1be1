"""The support vector machine head.

An exact RBF machine would carry every latent it was fitted on (24 MB for 6 000). This one
approximates the kernel on at most 512 landmarks (Nyström; Williams and Seeger, 2001), which
bounds the file at 1.1 MB, and turns margins into probabilities as Platt (1999) does.
"""

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from onnx.helper import make_node
from sklearn.calibration import CalibratedClassifierCV
from sklearn.kernel_approximation import Nystroem
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from .graph import head_model, placement

N_LANDMARKS = 512
CALIBRATION_FOLDS = 5


def fit(
    latents: NDArray[np.float32],
    classes: NDArray[np.int64],
    weights: NDArray[np.float64],
    seed: int,
) -> Pipeline:
    """Fit the machine to latents [N, 1024] of classes 0..k-1 [N] with weights [N].

    Every class needs two examples: one to learn from, one to calibrate on.
    """
    # In float64: neighbouring windows give latents so alike that the kernel's inverse root would
    # magnify float32's rounding. Once folded into the weights it no longer does.
    wide = latents.astype(np.float64)
    scaler = StandardScaler().fit(wide)
    scaled = scaler.transform(wide)
    # Rounded first, so that the exported float16 landmarks are the very ones fitted with.
    candidates = np.unique(scaled.astype(np.float16), axis=0).astype(np.float64)
    kernel = Nystroem(
        gamma=1 / latents.shape[1],
        n_components=min(N_LANDMARKS, len(candidates)),
        random_state=seed,
    ).fit(candidates)
    folds = StratifiedKFold(
        min(CALIBRATION_FOLDS, int(np.bincount(classes).min())), shuffle=True, random_state=seed
    )
    machine = CalibratedClassifierCV(
        LinearSVC(C=0.1, random_state=seed), method="sigmoid", cv=folds, ensemble=False
    ).fit(kernel.transform(scaled), classes, sample_weight=weights)
    return Pipeline([("scale", scaler), ("kernel", kernel), ("machine", machine)])


def export(pipeline: Pipeline, present: NDArray[np.int64], n_labels: int) -> bytes:
    """Return the machine as a head; class i becomes label `present[i]`."""
    scaler, kernel, machine = (step for _, step in pipeline.steps)
    landmarks = kernel.components_
    weights, intercept = _logits(machine)
    constants = {
        "mean": scaler.mean_.astype(np.float32),
        "deviation": scaler.scale_.astype(np.float32),
        "half_landmarks": landmarks.T.astype(np.float16),
        "landmark_norms": (landmarks**2).sum(axis=1).astype(np.float32),
        "two": np.array(2, np.float32),
        "minus_gamma": np.array(-kernel.gamma, np.float32),
        "weights": (kernel.normalization_.T @ weights).astype(np.float32),
        "intercept": intercept.astype(np.float32),
        "placement": placement(present, n_labels),
    }
    nodes = [
        make_node("Sub", ["latent", "mean"], ["centred"]),
        make_node("Div", ["centred", "deviation"], ["scaled"]),
        # |x - l|^2 = |x|^2 + |l|^2 - 2 x.l
        make_node("Cast", ["half_landmarks"], ["landmarks"], to=TensorProto.FLOAT),
        make_node("MatMul", ["scaled", "landmarks"], ["products"]),
        make_node("Mul", ["products", "two"], ["two_products"]),
        make_node("ReduceSumSquare", ["scaled", "columns"], ["norms"], keepdims=1),
        make_node("Add", ["norms", "landmark_norms"], ["sums"]),
        make_node("Sub", ["sums", "two_products"], ["distances"]),
        make_node("Mul", ["distances", "minus_gamma"], ["exponents"]),
        make_node("Exp", ["exponents"], ["kernel"]),
        make_node("MatMul", ["kernel", "weights"], ["weighted"]),
        make_node("Add", ["weighted", "intercept"], ["logits"]),
        make_node("Sigmoid", ["logits"], ["shares"]),
        make_node("MatMul", ["shares", "placement"], ["scores"]),
    ]
    return head_model(nodes, constants, n_labels, ml_opset=5)


def _logits(
    machine: CalibratedClassifierCV,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fold Platt's 1 / (1 + exp(a margin + b)) into weights [landmarks, k] and intercept [k]."""
    (calibrated,) = machine.calibrated_classifiers_
    svm = calibrated.estimator
    slope = np.array([-calibrator.a_ for calibrator in calibrated.calibrators])
    offset = np.array([-calibrator.b_ for calibrator in calibrated.calibrators])
    weights = svm.coef_.T * slope
    intercept = svm.intercept_ * slope + offset
    if len(slope) == 1:  # two classes share one margin
        return np.hstack([-weights, weights]), np.hstack([-intercept, intercept])
    return weights, intercept
