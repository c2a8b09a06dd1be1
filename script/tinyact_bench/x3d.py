"""X3D-S, to compare with: a latent of 1024 numbers where the original has classes.

Feichtenhofer, "X3D: Expanding Architectures for Efficient Video Recognition", CVPR 2020, table 3.
"""

import torch
from torch import Tensor, nn

# Of each stage: blocks, and channels that go in and out of them. Within they are 2.25 times more.
_STAGES = ((3, 24), (5, 48), (11, 96), (7, 192))
_EXPANSION = 2.25
_STEM = 24
_SQUEEZE = 16  # the gate's channels are a sixteenth, rounded up to eights
_HEAD = 2048


class X3DS(nn.Module):
    """uint8 clips [N, T, S, S, 3] to latents float32 [N, 1024]."""

    def __init__(self, latent: int = 1024) -> None:
        """Make stem, four stages and head; its weights are random."""
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv3d(3, _STEM, (1, 3, 3), (1, 2, 2), (0, 1, 1), bias=False),
            nn.Conv3d(_STEM, _STEM, (5, 1, 1), padding=(2, 0, 0), groups=_STEM, bias=False),
            nn.BatchNorm3d(_STEM),
            nn.ReLU(),
        )
        blocks, before = [], _STEM
        for count, width in _STAGES:
            for number in range(count):
                blocks.append(_Block(before, width, first=number == 0, gated=number % 2 == 0))
                before = width
        self.blocks = nn.Sequential(*blocks)
        last = round(before * _EXPANSION)
        self.head = nn.Sequential(
            *_conv(before, last, 1), nn.ReLU(), nn.AdaptiveAvgPool3d(1),
            nn.Conv3d(last, _HEAD, 1, bias=False), nn.ReLU(),
        )  # fmt: skip
        self.latent = nn.Linear(_HEAD, latent)

    def forward(self, clips: Tensor) -> Tensor:
        """Encode clips."""
        x = clips.permute(0, 4, 1, 2, 3).to(torch.float32) * (1 / 255)
        out: Tensor = self.latent(self.head(self.blocks(self.stem(x))).flatten(1))
        return out


class _Block(nn.Module):
    """Widen, look around within each channel, weigh the channels, narrow; add what came in."""

    def __init__(self, inputs: int, outputs: int, *, first: bool, gated: bool) -> None:
        super().__init__()
        inner = round(outputs * _EXPANSION)
        stride = (1, 2, 2) if first else (1, 1, 1)
        self.widen = nn.Sequential(*_conv(inputs, inner, 1), nn.ReLU())
        self.around = nn.Sequential(
            nn.Conv3d(inner, inner, 3, stride, 1, groups=inner, bias=False), nn.BatchNorm3d(inner)
        )
        self.gate = _gate(inner) if gated else None
        self.narrow = nn.Sequential(nn.SiLU(), *_conv(inner, outputs, 1))
        self.short: nn.Module = nn.Identity()
        if first:
            self.short = nn.Sequential(
                nn.Conv3d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm3d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = self.around(self.widen(x))
        if self.gate is not None:
            inner = inner * self.gate(inner)
        return torch.relu(self.narrow(inner) + self.short(x))


def _gate(channels: int) -> nn.Sequential:
    squeezed = -(-channels // (_SQUEEZE * 8)) * 8
    return nn.Sequential(
        nn.AdaptiveAvgPool3d(1),
        nn.Conv3d(channels, squeezed, 1),
        nn.ReLU(),
        nn.Conv3d(squeezed, channels, 1),
        nn.Sigmoid(),
    )


def _conv(inputs: int, outputs: int, size: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv3d(inputs, outputs, size, bias=False), nn.BatchNorm3d(outputs)
