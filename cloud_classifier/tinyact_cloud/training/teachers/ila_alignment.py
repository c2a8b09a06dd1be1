"""The implicit alignment of neighbouring frames, the heart of ILA.

Tu et al., "Implicit Temporal Modeling with Learnable Alignment for Video Recognition" (ICCV 2023,
section 3). The paper pools what was aligned to one more token; the published weights were trained
to have it added to the frame's own tokens, and so it is here.
"""

from collections import OrderedDict
import math

import torch
from torch import Tensor, nn

from .ila_blocks import Sizes

_REACH = 0.75  # how far from a frame's centre its point may lie; the edge is at 1
_INSIDE = 0.25  # half the side of the square around the point that counts in full
_FALL = 1.5  # how fast the weight falls outside it


class Alignment(nn.Module):
    """Align neighbouring frames without matching patches (ILA, section 3).

    Two frames' patches are convolved together. From the result comes a point in either frame,
    around which its patches count and away from which they fade, and what each frame shares with
    its neighbours.
    """

    def __init__(self, sizes: Sizes) -> None:
        """Make the layers. The prediction block's indices are those of the checkpoint."""
        super().__init__()
        width, pair, half, quarter = sizes.width, sizes.pair, sizes.pair // 2, sizes.pair // 4
        self.interactive_block = nn.Sequential(
            nn.Sequential(
                OrderedDict(
                    depthwise_conv=_convolution(2 * width, 2 * width, 3, groups=2 * width),
                    pointwise_conv=_convolution(2 * width, pair, 1),
                )
            ),
            *_convolution(pair, pair, 3),
        )
        self.prediction_block = nn.Sequential(
            nn.Conv2d(pair, half, 3, padding=1),
            nn.BatchNorm2d(half),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(half, half, 3, padding=1),
            nn.BatchNorm2d(half),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(2),
            nn.Conv1d(half, quarter, 1, groups=2),
            nn.ReLU(),
            nn.Conv1d(quarter, 4, 1, groups=2),
            nn.Tanh(),
        )
        self.conv = nn.Conv3d(half, half, (3, 1, 1), padding=(1, 0, 0))
        self.fc = nn.Linear(half, width)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return aligned and mutual tokens, both float32 [N, T, 1 + S², width], like `tokens`.

        Token 0 of a frame is its class token, which stays as it is; T is 2 at least.
        """
        count, frames, length, width = tokens.shape
        side = math.isqrt(length - 1)
        class_token, patches = tokens[:, :, :1], tokens[:, :, 1:]
        patches = patches.reshape(count, frames, side, side, width)
        common = self._common(patches)
        masks = self._masks(common).view(count, frames - 1, 2, side, side)
        aligned = (patches * per_frame(*masks.unbind(2))[..., None]).flatten(2, 3)
        halves = common.view(count, frames - 1, 2, -1, side, side)
        mutual = self.conv(per_frame(*halves.unbind(2)).transpose(1, 2))
        mutual = self.fc(mutual.permute(0, 2, 3, 4, 1).flatten(2, 3))
        return torch.cat((class_token, aligned), 2), torch.cat((class_token, mutual), 2)

    def _common(self, patches: Tensor) -> Tensor:
        """Return what pairs of frames have in common, float32 [N (T - 1), pair, S, S]."""
        pairs = torch.cat((patches[:, :-1], patches[:, 1:]), -1)
        out: Tensor = self.interactive_block(pairs.flatten(0, 1).permute(0, 3, 1, 2))
        return out

    def _masks(self, common: Tensor) -> Tensor:
        """Return the weights of a pair's patches, float32 [N (T - 1), 2, S, S]."""
        points = _REACH * self.prediction_block(common).view(-1, 2, 2)
        return soft_squares(points, common.shape[-1])


def soft_squares(points: Tensor, side: int) -> Tensor:
    """Return weights float32 [..., side, side] (rows, columns) around points float32 [..., 2].

    A point is (x, y), -1 to 1 from the first to the last column and row. A weight is the product
    of one per axis: 1 up to a distance of 0.25 from the point, then falling to 0 at 0.917.
    """
    grid = torch.linspace(-1, 1, side, device=points.device)
    distance = (grid - points[..., None]).abs()
    weights = (1 - _FALL * (distance - _INSIDE).clamp(min=0)).clamp(min=0)
    across, down = weights.unbind(-2)
    return down[..., :, None] * across[..., None, :]


def per_frame(earlier: Tensor, later: Tensor) -> Tensor:
    """Return per frame [N, T, ...] what was found per pair of neighbours [N, T - 1, ...].

    `earlier` is about a pair's first frame, `later` about its second. All frames but the first
    and the last are in two pairs, and get the mean.
    """
    middle = (earlier[:, 1:] + later[:, :-1]) / 2
    return torch.cat((earlier[:, :1], middle, later[:, -1:]), 1)


def _convolution(inputs: int, outputs: int, kernel: int, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, groups=groups),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )
