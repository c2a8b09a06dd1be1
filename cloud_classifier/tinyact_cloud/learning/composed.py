"""A head that goes on saying what the bundle's own head says, beside what was taught.

The bundle's own head has learnt from far more clips than a bundle carries latents: a head refitted
on those and a few examples would know the base labels worse. So the refitted one says only how
much of a window is a new label, and what remains is shared among the base labels as the own head
has it. What people corrected about base labels is the difference between two refitted heads, one
of which has learnt from the examples; it moves that much from one base label to another, or a part
of it where that would cost the others too much (teach.py).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, compose, load_from_string, numpy_helper
from onnx.helper import make_node
import onnxruntime as ort

from .graph import head_model


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
    own: NDArray[np.float64],
    after: NDArray[np.float64],
    before: NDArray[np.float64] | None,
    heed: float = 1.0,
) -> NDArray[np.float64]:
    """Return probabilities [N, L] of K base labels and new ones.

    `own` is [N, K]; `after` [N, L + 1] is what the refitted head says, last of the rest, which is
    any base label; `before` [N, L + 1] what it said without the examples, None where no base label
    was corrected; `heed` is the part of what was corrected that counts.
    """
    k = own.shape[1]
    known, new = after[:, :k], after[:, k:-1]
    base = own * (1 - new.sum(1, keepdims=True))
    if before is not None:
        base = np.maximum(base + heed * (known - before[:, :k] * known.sum(1, keepdims=True)), 0)
    said = np.concatenate([base, new], 1)
    return np.asarray(said / said.sum(1, keepdims=True))


def export(own: Own, after: bytes, before: bytes | None, n_labels: int, heed: float = 1.0) -> bytes:
    """Return as a head of `n_labels` what `combine` says of three heads."""
    heads = {"own": own.content, "after": after} | ({"before": before} if before else {})
    nodes: list[NodeProto] = []
    constants: dict[str, NDArray[Any]] = {
        "own_power": np.array(1 / own.temperature, np.float32),
        "one": np.array(1, np.float32),
        "axis": np.array([1], np.int64),
        "labels": np.array([n_labels], np.int64),
    }
    for name, content in heads.items():
        graph = _prefixed(content, f"{name}/").graph
        nodes += graph.node
        constants |= {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    n_known = load_from_string(own.content).graph.output[0].type.tensor_type.shape.dim[1].dim_value
    constants["known"] = np.array([n_known], np.int64)
    if before:
        constants |= {"first": np.array([0], np.int64), "heed": np.array(heed, np.float32)}
    nodes += [
        make_node("Pow", ["own/probabilities", "own_power"], ["tempered"]),
        make_node("ReduceSum", ["tempered", "axis"], ["tempered_together"], keepdims=1),
        make_node("Div", ["tempered", "tempered_together"], ["own_said"]),
        make_node("Slice", ["after/probabilities", "known", "labels", "axis"], ["new"]),
        make_node("ReduceSum", ["new", "axis"], ["new_together"], keepdims=1),
        make_node("Sub", ["one", "new_together"], ["left"]),
        make_node("Mul", ["own_said", "left"], ["kept"]),
        *(_correction("kept", "base") if before else [make_node("Identity", ["kept"], ["base"])]),
        make_node("Concat", ["base", "new"], ["scores"], axis=1),
    ]
    return head_model(nodes, constants, n_labels, ml_opset=5)


def _correction(kept: str, corrected: str) -> list[NodeProto]:
    """Return the nodes that move between base labels what the examples moved."""
    return [
        make_node("Slice", ["after/probabilities", "first", "known", "axis"], ["then"]),
        make_node("Slice", ["before/probabilities", "first", "known", "axis"], ["once"]),
        make_node("ReduceSum", ["then", "axis"], ["then_together"], keepdims=1),
        make_node("Mul", ["once", "then_together"], ["as_once"]),
        make_node("Sub", ["then", "as_once"], ["moved"]),
        make_node("Mul", ["moved", "heed"], ["heeded"]),
        make_node("Add", [kept, "heeded"], ["moved_to"]),
        make_node("Relu", ["moved_to"], [corrected]),
    ]


def _prefixed(content: bytes, prefix: str) -> ModelProto:
    """Return a head whose names are its own, but for its input."""
    return compose.add_prefix(load_from_string(content), prefix, rename_inputs=False)
