"""Finish the ONNX graph of a head, the same way for every kind."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, numpy_helper
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info

from tinyact_cloud.bundle import LATENT_SIZE

_IR_VERSION = 10
_OPSET = 21


def placement(present: NDArray[np.int64], n_labels: int) -> NDArray[np.float32]:
    """Return the 0/1 matrix [len(present), n_labels] that puts each known class at its label."""
    matrix = np.zeros((len(present), n_labels), np.float32)
    matrix[np.arange(len(present)), present] = 1
    return matrix


def head_model(
    nodes: Sequence[NodeProto],
    constants: Mapping[str, NDArray[Any]],
    n_labels: int,
    *,
    ml_opset: int,
) -> bytes:
    """Return a head whose `nodes` turn `latent` into `scores`, float32 [N, n_labels], none < 0.

    The rows of `scores` are divided by their sums to give the output `probabilities`.
    """
    normalise = [
        make_node("ReduceSum", ["scores", "columns"], ["total"], keepdims=1),
        make_node("Div", ["scores", "total"], ["probabilities"]),
    ]
    graph = make_graph(
        [*nodes, *normalise],
        "head",
        [make_tensor_value_info("latent", TensorProto.FLOAT, ["N", LATENT_SIZE])],
        [make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", n_labels])],
        [
            numpy_helper.from_array(value, name)
            for name, value in {**constants, "columns": np.array([1])}.items()
        ],
    )
    model: ModelProto = make_model(
        graph,
        producer_name="tinyact",
        ir_version=_IR_VERSION,
        opset_imports=[make_opsetid("", _OPSET), make_opsetid("ai.onnx.ml", ml_opset)],
    )
    checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
