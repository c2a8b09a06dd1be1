"""Write an encoder as ONNX: what the edge runs."""

from pathlib import Path

import onnx
import torch
from torch import nn

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
    part = path.with_suffix(".part")
    onnx.save(_without_notes(program.model_proto), part)
    part.replace(path)


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
