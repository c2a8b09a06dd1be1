"""An encoder whose first convolution is folded tells the very same."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import onnx
from onnx import TensorProto, numpy_helper
from onnx.helper import (
    make_graph,
    make_model,
    make_node,
    make_opsetid,
    make_tensor_value_info,
)
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
import pytest

from tinyact_cloud.training.fold import fold_columns

CLIP = (4, 12, 16, 3)


class Clips(CalibrationDataReader):
    """Some clips to quantise with."""

    def __init__(self) -> None:
        self.left = 3

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        self.left -= 1
        return {"clip": clips(self.left)} if self.left >= 0 else None


def clips(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (1, *CLIP), np.uint8)


def write(path: Path, strides: tuple[int, int, int], outputs: int = 5) -> Path:
    """Write an encoder of two convolutions, the first with these strides."""
    random = np.random.default_rng(1)
    weights = {
        "w0": random.normal(size=(outputs, 3, 3, 3, 3)),
        "b0": random.normal(size=outputs),
        "w1": random.normal(size=(7, outputs, 3, 3, 3)),
        "b1": random.normal(size=7),
        "scale": np.array(1 / 255),
    }
    conv = {"kernel_shape": (3, 3, 3), "pads": (1,) * 6, "dilations": (1,) * 3, "group": 1}
    nodes = [
        make_node("Transpose", ["clip"], ["first"], perm=(0, 4, 1, 2, 3)),
        make_node("Cast", ["first"], ["levels"], to=TensorProto.FLOAT),
        make_node("Mul", ["levels", "scale"], ["x"]),
        make_node("Conv", ["x", "w0", "b0"], ["y0"], strides=strides, **conv),
        make_node("Relu", ["y0"], ["z0"]),
        make_node("Conv", ["z0", "w1", "b1"], ["y1"], strides=(2, 2, 2), **conv),
        make_node("Flatten", ["y1"], ["latent"]),
    ]
    graph = make_graph(
        nodes,
        "encoder",
        [make_tensor_value_info("clip", TensorProto.UINT8, ["n", *CLIP])],
        [make_tensor_value_info("latent", TensorProto.FLOAT, ["n", None])],
        [numpy_helper.from_array(value.astype(np.float32), k) for k, value in weights.items()],
    )
    onnx.save(make_model(graph, opset_imports=[make_opsetid("", 20)], ir_version=10), path)
    return path


def latents(path: Path) -> NDArray[np.float32]:
    session = ort.InferenceSession(path)
    return np.asarray(session.run(["latent"], {"clip": np.concatenate([clips(7), clips(8)])})[0])


@pytest.mark.parametrize("strides", [(1, 2, 2), (2, 2, 2)])
def test_the_same_comes_out(tmp_path: Path, strides: tuple[int, int, int]) -> None:
    path = write(tmp_path / "encoder.onnx", strides)
    before = latents(path)
    fold_columns(path)
    assert np.allclose(latents(path), before, atol=1e-4)
    with pytest.raises(ValueError, match="first convolution"):
        fold_columns(path)


def test_quantised_the_same_comes_out_to_the_bit(tmp_path: Path) -> None:
    exact, path = write(tmp_path / "encoder.onnx", (1, 2, 2)), tmp_path / "encoder_int8.onnx"
    quantize_static(
        exact,
        path,
        Clips(),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
    )
    before = latents(path)
    assert before.std() > 0
    fold_columns(path)
    assert np.array_equal(latents(path), before)
