"""The vision tower of ILA: CLIP's, with an alignment of the frames in every block."""

import torch
from torch import Tensor, nn

from .ila_alignment import Alignment
from .ila_blocks import Layers, ResidualAttention, Sizes


class AlignedAttention(ResidualAttention):
    """CLIP's block, which first gets from the neighbouring frames what alignment found."""

    def __init__(self, sizes: Sizes) -> None:
        """Make CLIP's layers and those of the alignment."""
        super().__init__(sizes.width)
        self.message_fc = nn.Linear(sizes.width, sizes.width)
        self.message_ln = nn.LayerNorm(sizes.width)
        self.message_attn = Alignment(sizes)
        self.temporal_skip_fc = nn.Linear(sizes.width, sizes.width)
        self.temporal_skip_align_fc = nn.Linear(sizes.width, sizes.width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map the tokens of frames, float32 [N, T, 1 + S², width]."""
        aligned, mutual = self.message_attn(self.message_ln(self.message_fc(x)))
        x = x + self.temporal_skip_align_fc(aligned) + self.temporal_skip_fc(mutual)
        return super().forward(x.flatten(0, 1), mask).view_as(x)


class VisualTower(nn.Module):
    """CLIP's vision transformer, its blocks aligning the frames."""

    def __init__(self, sizes: Sizes) -> None:
        """Make the tower."""
        super().__init__()
        width = sizes.width
        self.conv1 = nn.Conv2d(3, width, sizes.patch, sizes.patch, bias=False)
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.positional_embedding = nn.Parameter(torch.zeros(1 + sizes.side**2, width))
        self.ln_pre = nn.LayerNorm(width)
        self.transformer = Layers(*(AlignedAttention(sizes) for _ in range(sizes.layers)))
        self.ln_post = nn.LayerNorm(width)
        self.proj = nn.Parameter(torch.zeros(width, sizes.embed))

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Look at normalised frames float32 [N, T, 3, size, size].

        Returns an embedding per frame, float32 [N, T, embed], and the frames' patch tokens,
        float32 [N, T, S², width].
        """
        patches = self.conv1(frames.flatten(0, 1)).flatten(2).transpose(1, 2)
        class_token = self.class_embedding.expand(len(patches), 1, -1)
        x = self.ln_pre(torch.cat((class_token, patches), 1) + self.positional_embedding)
        x = self.transformer(x.unflatten(0, frames.shape[:2]))
        return self.ln_post(x[:, :, 0]) @ self.proj, x[:, :, 1:]
