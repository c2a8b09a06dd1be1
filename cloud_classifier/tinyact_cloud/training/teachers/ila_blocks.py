"""What the towers of ILA-ViT-B/16 are made of: CLIP's transformer block, and the model's sizes.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision" (ICML
2021, section 2.4). In all ila_*.py, modules and parameters have the names that the authors'
checkpoint gives them, and there is inference only: nothing is dropped, and each frame has its one
predicted point instead of the nine that training scatters around it.
"""

from collections import OrderedDict
from dataclasses import dataclass

import torch
from torch import Tensor, nn

HEAD = 64  # width of an attention head, everywhere


@dataclass(frozen=True, slots=True)
class Sizes:
    """The widths of a model; the defaults are those of ILA-ViT-B/16 on Kinetics-400."""

    frames: int = 16
    size: int = 224  # pixels, height and width
    patch: int = 16  # pixels
    width: int = 768  # of a patch's token
    layers: int = 12
    pair: int = 256  # channels of what two frames have in common
    embed: int = 512  # of a video, and of a class's text
    classes: int = 400
    vocabulary: int = 49408
    context: int = 77  # tokens of a text
    text_width: int = 512
    text_layers: int = 12

    @property
    def side(self) -> int:
        """Patches along a frame's side."""
        return self.size // self.patch


class QuickGelu(nn.Module):
    """The approximation of GELU that CLIP was trained with, x · sigmoid(1.702 x)."""

    def forward(self, x: Tensor) -> Tensor:
        """Map each number of a float tensor of any shape."""
        return x * torch.sigmoid(1.702 * x)


class ResidualAttention(nn.Module):
    """CLIP's transformer block: self-attention and an MLP, normalised before, added after."""

    def __init__(self, width: int) -> None:
        """Make the block for tokens of `width` numbers, a multiple of 64."""
        super().__init__()
        self.attn = nn.MultiheadAttention(width, width // HEAD, batch_first=True)
        self.ln_1 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            OrderedDict(
                c_fc=nn.Linear(width, 4 * width),
                gelu=QuickGelu(),
                c_proj=nn.Linear(4 * width, width),
            )
        )
        self.ln_2 = nn.LayerNorm(width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map tokens float32 [N, L, width]; `mask` float32 [L, L] is added to the scores."""
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=mask)[0]
        out: Tensor = x + self.mlp(self.ln_2(x))
        return out


class Layers(nn.Module):
    """Blocks one after the other, under the name that CLIP gives them."""

    def __init__(self, *blocks: ResidualAttention) -> None:
        """Stack `blocks`."""
        super().__init__()
        self.resblocks = nn.ModuleList(blocks)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map tokens like the blocks do."""
        for block in self.resblocks:
            x = block(x, mask)
        return x


class FrameIntegration(Layers):
    """Make one video embedding of its frames' (X-CLIP's multi-frame integration transformer)."""

    def __init__(self, sizes: Sizes) -> None:
        """Make its one block."""
        super().__init__(ResidualAttention(sizes.embed))
        self.positional_embedding = nn.Parameter(torch.zeros(1, sizes.frames, sizes.embed))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Map embeddings of frames float32 [N, T, embed] to videos' float32 [N, embed]."""
        return (x + super().forward(x + self.positional_embedding, mask)).mean(1)
