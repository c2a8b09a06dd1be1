"""Run a head: float latents in, calibrated probabilities out."""

from collections.abc import Callable, Mapping
import logging

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray
from onnx import AttributeProto, ModelProto, TensorProto, load_from_string
from onnx.helper import make_tensor_value_info
import onnxruntime as ort

from tinyact_cloud.bundle import LATENT_SIZE, BundleError, HeadFile

from .trees import Trees

_LOGGER = logging.getLogger(__name__)
_STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
_SUBGRAPHS = frozenset({AttributeProto.GRAPH, AttributeProto.GRAPHS})
# Trees and ONNX Runtime add up the same numbers in another order.
_ROUNDING = 1e-5

_Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Head:
    """One head on one thread, as ONNX Runtime runs it or faster."""

    def __init__(self, file: HeadFile, n_labels: int) -> None:
        """Load `file`. Raises BundleError when it is no head for `n_labels` labels."""
        try:
            model = _read(file.content)
            session = _session(file.content)
            _check_signature(session, n_labels)
            self._inverse_temperature = 1 / file.temperature
            self._run = _runs(session)
            self.probabilities(np.zeros((2, LATENT_SIZE), np.float32))
        except ValueError as error:
            raise BundleError(f"{file.path} is no usable head: {error}. Export it anew.") from error
        self._run = _faster(model, self._run) or self._run

    def probabilities(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return float64 [N, labels], six digits each, for `latents`, float32 [N, 1024].

        The head's probabilities p become p^(1/t), normalised, at temperature t. Raises
        ValueError when the head gives something else than probabilities.
        """
        rows = self._run(latents).astype(np.float64)
        highest = rows.max(axis=1, keepdims=True)
        # The least is NaN where any is.
        if not (rows.min() >= 0 and highest.min() > 0 and highest.max() < np.inf):
            raise ValueError("what it gives are not probabilities")
        if self._inverse_temperature != 1:
            rows = (rows / highest) ** self._inverse_temperature
        rows /= rows.sum(axis=1, keepdims=True)
        return rows.round(6)


def _read(content: bytes) -> ModelProto:
    """Return the model. Raises ValueError when it needs more than the standard operators.

    ONNX Runtime runs its own extensions even where a model does not declare them, so the nodes
    themselves are asked.
    """
    try:
        model = load_from_string(content)
    except DecodeError as error:
        raise ValueError("it is not ONNX") from error
    if model.functions:
        raise ValueError("it defines operators of its own")
    for node in model.graph.node:
        if node.domain not in _STANDARD_DOMAINS or any(
            part.type in _SUBGRAPHS for part in node.attribute
        ):
            raise ValueError(f"it uses the operator {node.op_type} of {node.domain or 'ai.onnx'}")
    return model


def _session(content: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no base class but this
        raise ValueError(f"ONNX Runtime refuses it ({type(error).__name__})") from error


def _check_signature(session: ort.InferenceSession, n_labels: int) -> None:
    inputs = [(i.name, i.type, i.shape[1:]) for i in session.get_inputs()]
    outputs = [(o.name, o.type, o.shape[1:]) for o in session.get_outputs()]
    if inputs != [("latent", "tensor(float)", [LATENT_SIZE])]:
        raise ValueError(f"its input must be latent, float [N, {LATENT_SIZE}]; it is {inputs}")
    if ("probabilities", "tensor(float)", [n_labels]) not in outputs:
        raise ValueError(
            f"it must have the output probabilities, float [N, {n_labels}]; it has {outputs}"
        )


def _runs(session: ort.InferenceSession) -> _Run:
    """Return `session` as a function of latents."""

    def run(latents: NDArray[np.float32]) -> NDArray[np.float32]:
        (rows,) = session.run(["probabilities"], {"latent": latents})
        return np.asarray(rows)

    return run


def _faster(model: ModelProto, run: _Run) -> _Run | None:
    """Return what gives the same as `run`, which runs all of `model`, in less time.

    A head that was taught holds trees beside the bundle's own head: ONNX Runtime then runs all but
    the trees. None where nothing is gained, or the trees are of a kind unknown here.
    """
    found = {
        node.output[0]: trees
        for node in model.graph.node
        if node.op_type == "TreeEnsemble"
        and list(node.input) == ["latent"]
        and (trees := Trees.of(node))
    }
    if not found:
        return None
    session = _session(_remainder(model, found))
    reads_latents = any(given.name == "latent" for given in session.get_inputs())

    def split(latents: NDArray[np.float32]) -> NDArray[np.float32]:
        given = {name: trees.sums(latents) for name, trees in found.items()}
        if reads_latents:
            given["latent"] = latents
        (rows,) = session.run(["probabilities"], given)
        return np.asarray(rows)

    probes = np.random.default_rng(0).normal(size=(40, LATENT_SIZE)).astype(np.float32)
    if np.abs(split(probes) - run(probes)).max() < _ROUNDING:
        return split
    _LOGGER.warning("a head's trees are left to ONNX Runtime: numpy gives other numbers")
    return None


def _remainder(model: ModelProto, found: Mapping[str, Trees]) -> bytes:
    """Return `model` without the nodes whose outputs are `found`: those become inputs."""
    remainder = ModelProto()
    remainder.CopyFrom(model)
    rest = [node for node in model.graph.node if node.output[0] not in found]
    del remainder.graph.node[:]
    remainder.graph.node.extend(rest)
    if not any("latent" in node.input for node in rest):
        del remainder.graph.input[:]
    remainder.graph.input.extend(
        make_tensor_value_info(name, TensorProto.FLOAT, ["N", trees.n_targets])
        for name, trees in found.items()
    )
    content: bytes = remainder.SerializeToString()
    return content
