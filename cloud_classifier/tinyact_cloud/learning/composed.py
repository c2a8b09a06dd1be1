"""A head that goes on saying what the bundle's own head says, beside what was taught.

The bundle's own head has learnt from far more clips than a bundle carries latents: a head refitted
on those and a few examples would know the base labels worse. So the refitted one says only how much
of a window is what was taught, a class of its own for each label, and what remains is shared among
the base labels as the own head has it. What was taught of a base label is such a class, too, and
adds to what the own head says of it: the same room's next fall looks more like the last one than
like anybody else's.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, compose, load_from_string, numpy_helper
from onnx.helper import make_node
import onnxruntime as ort

from .graph import head_model


@dataclass(frozen=True, slots=True)
class TaughtClasses:
    """What was taught: C classes, each of the label `labels[c]`.

    A class counts in windows where its probability reaches `gates[c]`, elsewhere it says nothing.
    """

    labels: tuple[int, ...]
    gates: tuple[float, ...]

    def onto(self, n_labels: int) -> NDArray[np.float64]:
        """Return float64 [C, n_labels] that adds up classes of one label."""
        return np.eye(n_labels)[list(self.labels)]


@dataclass(frozen=True, slots=True)
class Own:
    """The bundle's own head: its ONNX, and the temperature of its probabilities."""

    content: bytes
    temperature: float = 1.0

    def probabilities(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return float64 [N, K], a column a base label, of latents [N, 1024]."""
        session = ort.InferenceSession(self.content, providers=["CPUExecutionProvider"])
        (said,) = session.run(["probabilities"], {"latent": latents})
        tempered = np.asarray(said, np.float64) ** (1 / self.temperature)
        return np.asarray(tempered / tempered.sum(1, keepdims=True))


def combine(
    own: NDArray[np.float64], after: NDArray[np.float64], taught: TaughtClasses, n_labels: int
) -> NDArray[np.float64]:
    """Return probabilities [N, n_labels] of K base labels and new ones.

    `own` is [N, K]; `after` [N, K + C + 1] is what the refitted head says: K base labels, C classes
    that were taught, and last the rest, which is any base label.
    """
    k = own.shape[1]
    said = after[:, k : k + len(taught.labels)]
    counted = np.where(said >= np.array(taught.gates), said, 0) @ taught.onto(n_labels)
    left = 1 - counted.sum(1, keepdims=True)
    return np.asarray(counted + np.pad(own * left, ((0, 0), (0, n_labels - k))))


def export(own: Own, after: bytes, taught: TaughtClasses, n_labels: int) -> bytes:
    """Return as a head of `n_labels` what `combine` says of two heads."""
    heads = {"own": own.content, "after": after}
    n_known = load_from_string(own.content).graph.output[0].type.tensor_type.shape.dim[1].dim_value
    nodes: list[NodeProto] = []
    constants: dict[str, NDArray[Any]] = {
        "own_power": np.array(1 / own.temperature, np.float32),
        "one": np.array(1, np.float32),
        "axis": np.array([1], np.int64),
        "first": np.array([n_known], np.int64),
        "end": np.array([n_known + len(taught.labels)], np.int64),
        "gates": np.array(taught.gates, np.float32),
        "onto": taught.onto(n_labels).astype(np.float32),
        "in_place": np.eye(n_known, n_labels, dtype=np.float32),
    }
    for name, content in heads.items():
        graph = _prefixed(content, f"{name}/").graph
        nodes += graph.node
        constants |= {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    nodes += [
        make_node("Pow", ["own/probabilities", "own_power"], ["tempered"]),
        make_node("ReduceSum", ["tempered", "axis"], ["tempered_together"], keepdims=1),
        make_node("Div", ["tempered", "tempered_together"], ["own_said"]),
        make_node("Slice", ["after/probabilities", "first", "end", "axis"], ["taught"]),
        make_node("GreaterOrEqual", ["taught", "gates"], ["is_open"]),
        make_node("Cast", ["is_open"], ["open"], to=TensorProto.FLOAT),
        make_node("Mul", ["taught", "open"], ["let_in"]),
        make_node("MatMul", ["let_in", "onto"], ["counted"]),
        make_node("ReduceSum", ["counted", "axis"], ["counted_together"], keepdims=1),
        make_node("Sub", ["one", "counted_together"], ["left"]),
        make_node("Mul", ["own_said", "left"], ["kept"]),
        make_node("MatMul", ["kept", "in_place"], ["base"]),
        make_node("Add", ["base", "counted"], ["scores"]),
    ]
    return head_model(nodes, constants, n_labels, ml_opset=5)


def _prefixed(content: bytes, prefix: str) -> ModelProto:
    """Return a head whose names are its own, but for its input."""
    return compose.add_prefix(load_from_string(content), prefix, rename_inputs=False)
