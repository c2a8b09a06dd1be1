"""Inception-I3D: the Kinetics-400 teacher that sees RGB.

Architecture of Carreira and Zisserman, "Quo Vadis, Action Recognition?" (CVPR 2017, figure 3):
Inception-v1 with every filter inflated in time. Weights are read from arrays named as in
DeepMind's model; batch normalisation is folded into the convolutions.
"""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from .compiled import Compiled

FRAMES, SIZE = 16, 224
WEIGHTS = Path("teacher") / "i3d_k400.npz"  # in the data folder

_FEATURES, _CLASSES = 1024, 400
_EPSILON = 1e-3  # of batch normalisation, as it was trained
_HEAD = "Logits/Conv3d_0c_1x1"
# Channels of an Inception block's branches: 1x1; 1x1 then 3x3; 1x1 then 3x3; pool then 1x1.
_MIXED = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}


class I3D(nn.Module):
    """uint8 clips [N, T, 224, 224, 3], RGB, to what I3D makes of them. T is 16, 24, 32 ...

    Returns features float32 [N, 1024] and logits float32 [N, 400].
    """

    def __init__(self) -> None:
        """Make the network; `load` gives it its weights. Blocks are named as in the file."""
        super().__init__()
        self.body = nn.Sequential()
        add = self.body.add_module
        add("Conv3d_1a_7x7", Unit(3, 64, 7, stride=2))
        add("MaxPool3d_2a_3x3", _max_pool((1, 3, 3), (1, 2, 2)))
        add("Conv3d_2b_1x1", Unit(64, 64, 1))
        add("Conv3d_2c_3x3", Unit(64, 192, 3))
        add("MaxPool3d_3a_3x3", _max_pool((1, 3, 3), (1, 2, 2)))
        width = 192
        for name, channels in _MIXED.items():
            if name == "Mixed_4b":
                add("MaxPool3d_4a_3x3", _max_pool((3, 3, 3), (2, 2, 2)))
            if name == "Mixed_5b":
                add("MaxPool3d_5a_2x2", _max_pool((2, 2, 2), (2, 2, 2)))
            block = _Mixed(width, channels)
            add(name, block)
            width = block.width
        self.head = nn.Linear(width, _CLASSES)

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Look at clips."""
        x = clips.permute(0, 4, 1, 2, 3).to(torch.float32) * (2 / 255) - 1
        # The classifier is linear: of the mean over time it makes the mean over time.
        features = F.avg_pool3d(self.body(x), (2, 7, 7), stride=1).mean((2, 3, 4))
        return features, self.head(features)


class Unit(nn.Module):
    """A convolution [N, in, T, H, W] to [N, out, T', H', W'], batch normalisation and ReLU."""

    def __init__(self, into: int, out: int, size: int, stride: int = 1) -> None:
        """Make a convolution `size` wide in time and space."""
        super().__init__()
        self.pad = _same((size,) * 3, (stride,) * 3)
        self.convolution = nn.Conv3d(into, out, size, stride)

    def fill(self, kernel: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) -> None:
        """Set the kernel [out, in, T, H, W] and a normalisation without scale, each [out]."""
        scale = torch.rsqrt(variance + _EPSILON)
        self.convolution.load_state_dict(
            {"weight": kernel * scale.view(-1, 1, 1, 1, 1), "bias": bias - mean * scale}
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        return F.relu(self.convolution(self.pad(x)))


def teacher(data: Path) -> Compiled:
    """Return I3D with the weights that lie in the data folder.

    Raises ValueError as `load` does.
    """
    return Compiled("i3d", load(data / WEIGHTS), FRAMES, SIZE)


def load(path: Path) -> I3D:
    """Return the network with the weights of a file, ready to be used.

    The file is an npz of float arrays: `params/<block>/Conv_0/kernel` [T, H, W, in, out],
    `params/<block>/BatchNorm_0/bias` [out], `batch_stats/<block>/BatchNorm_0/{mean,var}`
    [1, 1, 1, 1, out], and kernel and bias of the classifier, `params/Logits/Conv3d_0c_1x1/Conv_0`.
    Raises ValueError when there is no file, or when an array is missing, of another shape, or not
    known.
    """
    weights, network = _Weights(path), I3D()
    with torch.no_grad():
        for name, unit in network.body.named_modules():
            if isinstance(unit, Unit):
                unit.fill(*weights.unit(name.replace(".", "/"), unit.convolution))
        kernel = weights.take(f"params/{_HEAD}/Conv_0/kernel", (1, 1, 1, _FEATURES, _CLASSES))
        network.head.weight.copy_(kernel.reshape(_FEATURES, _CLASSES).T)
        network.head.bias.copy_(weights.take(f"params/{_HEAD}/Conv_0/bias", (_CLASSES,)))
    weights.finish()
    return network.eval().requires_grad_(requires_grad=False)


class _Mixed(nn.Module):
    """An Inception block: four branches, their channels one after the other."""

    def __init__(self, into: int, channels: tuple[int, int, int, int, int, int]) -> None:
        super().__init__()
        one, reduced_1, three_1, reduced_2, three_2, pooled = channels
        self.width = one + three_1 + three_2 + pooled
        pool = _max_pool((3, 3, 3), (1, 1, 1))
        branches: tuple[dict[str, nn.Module], ...] = (
            {"0a_1x1": Unit(into, one, 1)},
            {"0a_1x1": Unit(into, reduced_1, 1), "0b_3x3": Unit(reduced_1, three_1, 3)},
            {"0a_1x1": Unit(into, reduced_2, 1), "0b_3x3": Unit(reduced_2, three_2, 3)},
            {"0a_3x3": pool, "0b_1x1": Unit(into, pooled, 1)},
        )
        for index, branch in enumerate(branches):
            parts = OrderedDict((f"Conv3d_{name}", part) for name, part in branch.items())
            self.add_module(f"Branch_{index}", nn.Sequential(parts))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.children()], 1)


class _Weights:
    """The arrays of a file, each to be taken exactly once."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ValueError(f"I3D's weights are missing: put them at {path}.")
        self._path = path
        with np.load(path, allow_pickle=False) as file:
            self._arrays = {name: file[name] for name in file.files}

    def unit(self, block: str, convolution: nn.Conv3d) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return a unit's kernel [out, in, T, H, W], and bias, mean and variance [out]."""
        out, into, *sizes = convolution.weight.shape
        norm = f"{block}/BatchNorm_0"
        kernel = self.take(f"params/{block}/Conv_0/kernel", (*sizes, into, out))
        bias = self.take(f"params/{norm}/bias", (out,))
        mean, variance = (
            self.take(f"batch_stats/{norm}/{name}", (1, 1, 1, 1, out)).flatten()
            for name in ("mean", "var")
        )
        return kernel.permute(4, 3, 0, 1, 2), bias, mean, variance

    def take(self, name: str, shape: Sequence[int]) -> Tensor:
        """Return an array as float32. Raises ValueError when it is missing or misshapen."""
        array = self._arrays.pop(name, None)
        if array is None:
            raise ValueError(f"{self._path} is no I3D: it lacks {name}.")
        if array.shape != tuple(shape):
            raise ValueError(
                f"{self._path} is no I3D: {name} is {array.shape}, not {tuple(shape)}."
            )
        return torch.from_numpy(array.astype(np.float32))

    def finish(self) -> None:
        """Raise ValueError when something was not taken."""
        if self._arrays:
            raise ValueError(f"{self._path} is no I3D: what is {min(self._arrays)}?")


def _max_pool(kernel: tuple[int, ...], stride: tuple[int, ...]) -> nn.Module:
    # What is pooled comes from ReLU: zeros around it never win.
    return nn.Sequential(_same(kernel, stride), nn.MaxPool3d(kernel, stride))


def _same(kernel: tuple[int, ...], stride: tuple[int, ...]) -> nn.Module:
    """Pad as TensorFlow's "SAME" does where the stride divides the size: the odd zero goes behind.

    All sizes on the way from 224 pixels and 16 frames are such.
    """
    t, h, w = (max(size - step, 0) for size, step in zip(kernel, stride, strict=True))
    return nn.ZeroPad3d((w // 2, w - w // 2, h // 2, h - h // 2, t // 2, t - t // 2))
