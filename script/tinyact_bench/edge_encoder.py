"""Time the encoder of a clip, beside torch and beside X3D-S of as many multiplications.

All are asked for one clip at a time, on one thread, in turns; what counts is processor time. int8
is made of every network in the same way, as the shipped one was; made-up clips will do, for
networks take the same time whatever they see.
"""

from collections.abc import Callable
import copy
from pathlib import Path
import statistics
import tempfile
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
import openvino as ov
import torch
from torch import nn

from tinyact_cloud.training.autoencoder import Encoder as BodyNetwork
from tinyact_cloud.training.fold import fold_columns
from tinyact_cloud.training.onnx_encoder import write_encoder
from tinyact_cloud.training.paper import Encoder3D, PaperRecipe
from tinyact_edge.bundle import load_bundle
from tinyact_edge.encoder import OPTIONS, Encoder
from tinyact_edge.figures import N_FIGURES

from .x3d import X3DS

_WARM_UP = 3
_REPEATS = 10  # within a round
_PAPER_SIZE = 256


def measure(rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return the milliseconds that each network took, round by round, and what does not vary."""
    torch.set_num_threads(1)
    bundle = load_bundle()
    spec = bundle.clip
    shape = (spec.frames, spec.height, spec.width, spec.channels)
    networks: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
        "plain": (BodyNetwork().eval(), shape),
        "rgb256": (
            Encoder3D(PaperRecipe()).eval(),
            (spec.frames, _PAPER_SIZE, _PAPER_SIZE, spec.channels),
        ),
    }
    for name, (network, its_shape) in tuple(networks.items()):
        side = _side_of_equal_macs(macs(network, its_shape), spec.frames)
        networks[f"{name}_x3d_s"] = X3DS().eval(), (spec.frames, side, side, spec.channels)
    shipped, clip = Encoder(bundle), _clip(shape)
    figures = np.zeros((1, N_FIGURES), np.float32)
    runs: dict[str, Callable[[], object]] = {
        "encoder": lambda: shipped.encode(clip, figures),
        "encoder_torch": _eager(networks["plain"][0], clip),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (network, its_shape) in networks.items():
            runs |= _engine(name, network, its_shape, Path(folder))
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            taken[name].append(_ms(run))
    sizes = {f"{name}.mmac": macs(*pair) / 1e6 for name, pair in networks.items()}
    return taken, sizes | {f"{name}.side": pair[1][1] for name, pair in networks.items()}


def macs(network: nn.Module, shape: tuple[int, ...]) -> int:
    """Return how many multiplications convolutions and linear layers make for one clip."""
    total = 0

    def count(layer: Any, _inputs: Any, output: torch.Tensor) -> None:
        nonlocal total
        weights = layer.weight[0].numel()  # of one output
        total += weights * output[0].numel()

    network = copy.deepcopy(network)
    for layer in network.modules():
        if isinstance(layer, nn.Conv3d | nn.Linear):
            layer.register_forward_hook(count)
    with torch.no_grad():
        network.to("meta")(torch.zeros((1, *shape), dtype=torch.uint8, device="meta"))
    return total


def _side_of_equal_macs(wanted: int, frames: int) -> int:
    """Return how wide a clip X3D-S takes that costs it as much, to two pixels."""
    network = X3DS().eval()
    return min(
        range(32, 201, 2), key=lambda side: abs(macs(network, (frames, side, side, 3)) - wanted)
    )


def _engine(
    name: str, network: nn.Module, shape: tuple[int, ...], folder: Path
) -> dict[str, Callable[[], object]]:
    """Return `network` in the edge's engine, fp32 and int8."""
    exact, quick = folder / f"{name}.onnx", folder / f"{name}_int8.onnx"
    write_encoder(network, shape, exact)
    quantize_static(
        exact,
        quick,
        _Clips(shape),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )
    # X3D-S is as quick without: its second convolution sees each channel by itself.
    if not isinstance(network, X3DS):
        fold_columns(quick)
    return {f"{name}_fp32": _compiled(exact, shape), f"{name}_int8": _compiled(quick, shape)}


def _compiled(path: Path, shape: tuple[int, ...]) -> Callable[[], object]:
    model = ov.Core().read_model(path)
    model.reshape([1, *shape])
    request = ov.compile_model(model, "CPU", OPTIONS).create_infer_request()
    clip, seen = _clip(shape), request.get_tensor("clip").data

    def run() -> None:
        seen[...] = clip  # as encoder.py does
        request.infer(share_outputs=True)

    return run


def _eager(network: nn.Module, clip: NDArray[np.uint8]) -> Callable[[], object]:
    tensor = torch.from_numpy(clip)

    def run() -> torch.Tensor:
        with torch.inference_mode():
            out: torch.Tensor = network(tensor)
        return out

    return run


class _Clips(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Made-up clips for the quantiser, one at a time."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._left = 4
        self._shape = shape

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next input, None at the end."""
        self._left -= 1
        return {"clip": _clip(self._shape, self._left)} if self._left >= 0 else None


def _clip(shape: tuple[int, ...], seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (1, *shape), np.uint8)


def _ms(run: Callable[[], object]) -> float:
    """Return the median milliseconds of processor time of one call."""
    took = []
    for number in range(_WARM_UP + _REPEATS):
        began = time.process_time_ns()
        run()
        if number >= _WARM_UP:
            took.append((time.process_time_ns() - began) / 1e6)
    return statistics.median(took)
