"""Rewrite an encoder's first convolution so that the edge's engine computes it sooner, exactly.

Matrix units multiply dozens of channels at once, but a picture has three. Four columns of the clip
become one with twelve, and what was two columns of the result comes out as channels of one: the
same sums, and zeros. In memory nothing moves, because a pixel's channels lie beside the next
pixel's.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import onnx
from onnx import NodeProto, numpy_helper
from onnx.helper import get_node_attr_value, make_node

from .whole_file import whole_file

_BLOCK = 4  # columns; with eight as many sums are zeros as the wider channels save
_ELEMENTWISE = {"Relu", "QuantizeLinear", "DequantizeLinear"}
_CHANNELS_LAST, _CHANNELS_FIRST = (0, 2, 3, 4, 1), (0, 4, 1, 2, 3)


def fold_columns(path: Path) -> None:
    """Rewrite the first convolution of the encoder in `path`, ONNX; what it tells stays the same.

    Its weights may be quantised, per output channel. Raises ValueError where it is no 3D
    convolution of three columns with a stride of two.
    """
    model = onnx.load(path)
    _Graph(model.graph).fold()
    del model.graph.value_info[:]  # what it says of shapes no longer holds
    onnx.checker.check_model(model)
    with whole_file(path) as part:
        onnx.save(model, part)


def folded_weights(weights: NDArray[np.generic], block: int = _BLOCK) -> NDArray[np.generic]:
    """Return the weights for `block` columns in the place of one, [b / 2 * O, b * I, T, H, 2].

    `weights` is [O, I, T, H, 3], of a convolution with stride 2 and padding 1 along the columns;
    the new ones are for stride 1, and padding of one block before the first.
    """
    outputs, inputs, *reach, taps = weights.shape
    columns = block // 2
    folded = np.zeros((columns, outputs, 2 * block, inputs, *reach), weights.dtype)
    for column in range(columns):
        for tap in range(taps):
            # Of the block before, only the last column is ever looked at.
            folded[column, :, block + 2 * column + tap - 1] = weights[..., tap]
    split = folded.reshape(columns * outputs, 2, block * inputs, *reach)
    return np.ascontiguousarray(np.moveaxis(split, 1, -1))


class _Graph:
    """A network that is being rewritten."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._graph = graph
        self._constants = {tensor.name: tensor for tensor in graph.initializer}

    def fold(self) -> None:
        """Fold the clip and the first convolution, and unfold what comes of it."""
        clip = self._graph.input[0]
        conv = next(node for node in self._graph.node if node.op_type == "Conv")
        kernel, strides, pads = (
            get_node_attr_value(conv, name) for name in ("kernel_shape", "strides", "pads")
        )
        if (len(kernel), kernel[2], strides[2], pads[2], pads[5]) != (3, 3, 2, 1, 1):
            raise ValueError("the first convolution is not one of three columns that halves them")
        _, frames, rows, columns, channels = (
            size.dim_value for size in clip.type.tensor_type.shape.dim
        )
        made = self._constants_of(conv.input[1])[0].dims[0]
        self._fold_convolution(conv)
        # What is quantised stays so on the way.
        last = self._last_elementwise(conv)
        self._insert_behind(
            last.output[0],
            make_node("Transpose", [], [], perm=_CHANNELS_LAST),
            self._reshape(frames // strides[0], rows // strides[1], columns // 2, made),
            make_node("Transpose", [], [], perm=_CHANNELS_FIRST),
        )
        folded = self._reshape(frames, rows, columns // _BLOCK, _BLOCK * channels)
        self._insert_behind(clip.name, folded)

    def _fold_convolution(self, conv: NodeProto) -> None:
        for name in conv.input[1:]:
            for constant in self._constants_of(name):
                value = numpy_helper.to_array(constant)
                # Beside the weights there is one number for each output channel.
                new = folded_weights(value) if value.ndim > 1 else np.tile(value, _BLOCK // 2)
                constant.CopyFrom(numpy_helper.from_array(new, constant.name))
        for name, last in (("kernel_shape", 2), ("strides", 1), ("pads", 0)):
            attribute = next(a for a in conv.attribute if a.name == name)
            attribute.ints[-1] = last

    def _insert_behind(self, name: str, *nodes: NodeProto) -> None:
        """Have whoever uses `name` use what `nodes`, one after the other, make of it."""
        users = [node for node in self._graph.node if name in node.input]
        at = [number for number, node in enumerate(self._graph.node) if name in node.output]
        for number, node in enumerate(nodes):
            made = f"{name}_folds{number}"
            node.input.insert(0, name if number == 0 else f"{name}_folds{number - 1}")
            node.output.append(made)
        for user in users:
            user.input[:] = [nodes[-1].output[0] if used == name else used for used in user.input]
        for node in reversed(nodes):
            self._graph.node.insert(at[0] + 1 if at else 0, node)

    def _reshape(self, *shape: int) -> NodeProto:
        """Return a node, without its first input, that gives each clip this shape."""
        name = "folds_to_" + "_".join(map(str, shape))
        self._graph.initializer.append(numpy_helper.from_array(np.array([0, *shape]), name))
        return make_node("Reshape", [name], [])

    def _constants_of(self, name: str) -> list[onnx.TensorProto]:
        """Return the constant `name`, or the ones that it is quantised in."""
        if name in self._constants:
            return [self._constants[name]]
        maker = next(node for node in self._graph.node if name in node.output)
        return [self._constants[part] for part in maker.input]

    def _last_elementwise(self, node: NodeProto) -> NodeProto:
        """Return the last node behind `node` that takes each number by itself."""
        users = [user for user in self._graph.node if node.output[0] in user.input]
        if len(users) == 1 and users[0].op_type in _ELEMENTWISE:
            return self._last_elementwise(users[0])
        return node
