"""Write an encoder as ONNX: what the edge runs."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper
from onnx.helper import make_node, make_tensor_value_info
import torch
from torch import nn

from .figures import MOST, FigureScale
from .whole_file import whole_file

_OPSET = 20


def write_encoder(encoder: nn.Module, clip: tuple[int, ...], path: Path) -> None:
    """Write `encoder`, fp32, whole or not at all: `clip` uint8 [N, *clip] to `latent` [N, 1024].

    Raises RuntimeError when torch cannot export it.
    """
    program = torch.onnx.export(
        encoder.cpu().eval(),
        (torch.zeros((2, *clip), dtype=torch.uint8),),
        input_names=["clip"],
        output_names=["latent"],
        dynamic_shapes=({0: torch.export.Dim("n", min=1, max=4096)},),
        opset_version=_OPSET,
        dynamo=True,
        verbose=False,
    )
    if program is None:
        raise RuntimeError("torch did not export the encoder")
    with whole_file(path) as part:
        onnx.save(_without_notes(program.model_proto), part)


def add_figures(path: Path, scale: FigureScale) -> None:
    """Give the encoder in `path` a second input, `figures` float32 [N, 60], and rewrite it.

    Standardised and weighed they take the place of the last 60 numbers of `latent`.
    """
    model = onnx.load(path)
    graph = model.graph
    for node in graph.node:
        node.output[:] = ["learned" if name == "latent" else name for name in node.output]
    constants = {
        "figures_mean": scale.mean,
        "figures_deviation": scale.deviation,
        "figures_most": np.float32(MOST),
        "figures_least": np.float32(-MOST),
        "figures_weight": np.float32(scale.weight),
        "learned_first": np.array([0], np.int64),
        "learned_end": np.array([-len(scale.mean)], np.int64),
        "learned_axis": np.array([1], np.int64),
    }
    graph.initializer.extend(
        numpy_helper.from_array(np.asarray(x), k) for k, x in constants.items()
    )
    own = ["learned", "learned_first", "learned_end", "learned_axis"]
    graph.node.extend(
        [
            make_node("Sub", ["figures", "figures_mean"], ["figures_from_mean"]),
            make_node("Div", ["figures_from_mean", "figures_deviation"], ["figures_standard"]),
            make_node(
                "Clip", ["figures_standard", "figures_least", "figures_most"], ["figures_clipped"]
            ),
            make_node("Mul", ["figures_clipped", "figures_weight"], ["figures_weighed"]),
            make_node("Slice", own, ["learned_part"]),
            make_node("Concat", ["learned_part", "figures_weighed"], ["latent"], axis=1),
        ]
    )
    batch = graph.input[0].type.tensor_type.shape.dim[0].dim_param or "n"
    graph.input.append(
        make_tensor_value_info("figures", TensorProto.FLOAT, [batch, len(scale.mean)])
    )
    onnx.checker.check_model(model)
    with whole_file(path) as part:
        onnx.save(model, part)


def _without_notes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drop what the exporter wrote about the source: it holds this machine's paths."""
    del model.metadata_props[:]
    model.doc_string = ""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    for tensor in model.graph.initializer:
        del tensor.metadata_props[:]
    return model
