"""Run a head: float latents in, calibrated probabilities out."""

from collections.abc import Iterator

from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]
from google.protobuf.unknown_fields import UnknownFieldSet  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
import onnxruntime as ort

from tinyact_cloud.bundle import LATENT_SIZE, BundleError, HeadFile

_STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
_SUBGRAPHS = frozenset({"If", "Loop", "Scan", "SequenceMap"})

# Field numbers in onnx.proto: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
_MODEL_GRAPH, _MODEL_FUNCTIONS = 7, 25
_GRAPH_NODE = 1
_NODE_OP_TYPE, _NODE_DOMAIN = 4, 7


class Head:
    """An ONNX Runtime session for one head, on one thread."""

    def __init__(self, file: HeadFile, n_labels: int) -> None:
        """Load `file`. Raises BundleError when it is no head for `n_labels` labels."""
        try:
            _refuse_foreign(file.content)
            self._session = _session(file.content)
            self._check_signature(n_labels)
            self._inverse_temperature = 1 / file.temperature
            self.probabilities(np.zeros((2, LATENT_SIZE), np.float32))
        except ValueError as error:
            raise BundleError(f"{file.path} is no usable head: {error}. Export it anew.") from error

    def probabilities(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return float64 [N, labels], rows summing to 1, for `latents`, float32 [N, 1024].

        The head's probabilities p become p^(1/t), normalised, at temperature t. Raises
        ValueError when the head gives something else than probabilities.
        """
        (raw,) = self._session.run(["probabilities"], {"latent": latents})
        rows: NDArray[np.float64] = raw.astype(np.float64)
        highest = rows.max(axis=1, keepdims=True)
        if not np.isfinite(rows).all() or (rows < 0).any() or (highest == 0).any():
            raise ValueError("what it gives are not probabilities")
        rows = (rows / highest) ** self._inverse_temperature
        rows /= rows.sum(axis=1, keepdims=True)
        return rows

    def _check_signature(self, n_labels: int) -> None:
        inputs = [(i.name, i.type, i.shape[1:]) for i in self._session.get_inputs()]
        outputs = [(o.name, o.type, o.shape[1:]) for o in self._session.get_outputs()]
        if inputs != [("latent", "tensor(float)", [LATENT_SIZE])]:
            raise ValueError(f"its input must be latent, float [N, {LATENT_SIZE}]; it is {inputs}")
        if ("probabilities", "tensor(float)", [n_labels]) not in outputs:
            raise ValueError(
                f"it must have the output probabilities, float [N, {n_labels}]; it has {outputs}"
            )


def _session(content: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no base class but this
        raise ValueError(f"ONNX Runtime refuses it ({type(error).__name__})") from error


def _refuse_foreign(content: bytes) -> None:
    """Raise ValueError when a model needs more than the standard operators.

    ONNX Runtime runs its own extensions even where a model does not declare them, so the nodes
    themselves are read; without the onnx package, which serving does not need otherwise.
    """
    for number, value in _fields(content):
        if number == _MODEL_FUNCTIONS:
            raise ValueError("it defines operators of its own")
        if number == _MODEL_GRAPH:
            for node in (node for n, node in _fields(value) if n == _GRAPH_NODE):
                _refuse_foreign_node(dict(_fields(node)))


def _refuse_foreign_node(node: dict[int, bytes]) -> None:
    domain = node.get(_NODE_DOMAIN, b"").decode(errors="replace")
    operator = node.get(_NODE_OP_TYPE, b"").decode(errors="replace")
    if domain not in _STANDARD_DOMAINS or operator in _SUBGRAPHS:
        raise ValueError(f"it uses the operator {operator} of {domain or 'ai.onnx'}")


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of each nested field of a protobuf message."""
    parsed = Empty()
    try:
        parsed.ParseFromString(message)
    except Exception as error:  # DecodeError, of either protobuf implementation
        raise ValueError("it is not ONNX") from error
    for field in UnknownFieldSet(parsed):
        if isinstance(field.data, bytes):
            yield field.field_number, field.data
