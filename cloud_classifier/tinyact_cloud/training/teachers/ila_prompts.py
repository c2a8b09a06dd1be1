"""Prompts that depend on the video: what its patches add to the text of each class.

Ni et al., "Expanding Language-Image Pretrained Models for General Video Recognition" (X-CLIP,
ECCV 2022, section 3), whose skeleton ILA has.
"""

import torch
from torch import Tensor, nn
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from .ila_blocks import HEAD, QuickGelu


class CrossAttention(nn.Module):
    """Attention of texts to what a video shows."""

    def __init__(self, width: int) -> None:
        """Make the projections."""
        super().__init__()
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, text: Tensor, visual: Tensor) -> Tensor:
        """Return float32 [N, K, width] for queries [N, K, width] and values [N, P, width]."""
        query, key, value = (
            x.unflatten(2, (-1, HEAD)).transpose(1, 2)
            for x in (self.q_proj(text), self.k_proj(visual), self.v_proj(visual))
        )
        mixed = F.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.proj(mixed.transpose(1, 2).flatten(2))
        return out


class PromptLayer(nn.Module):
    """One layer of the prompt generator: cross-attention and an MLP."""

    def __init__(self, width: int) -> None:
        """Make the layer."""
        super().__init__()
        self.cross_attn = CrossAttention(width)
        self.norm1 = nn.LayerNorm(width)
        self.norm3 = nn.LayerNorm(width)
        # Training drops out after the activation, so the last layer has index 3 in a checkpoint.
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), QuickGelu(), nn.Identity(), nn.Linear(4 * width, width)
        )

    def forward(self, text: Tensor, visual: Tensor) -> Tensor:
        """Map texts float32 [N, K, width], given patches [N, P, width]."""
        text = text + self.cross_attn(self.norm1(text), visual)
        out: Tensor = text + self.mlp(self.norm3(text))
        return out


class PromptGenerator(nn.Module):
    """What a video's own patches add to the text of each class (X-CLIP's video-specific prompt)."""

    def __init__(self, width: int, layers: int = 2) -> None:
        """Make the layers."""
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.decoder = nn.ModuleList(PromptLayer(width) for _ in range(layers))
        self.alpha = nn.Parameter(torch.zeros(width))

    def forward(self, text: Tensor, visual: Tensor) -> Tensor:
        """Return float32 [N, K, width] for texts [N, K, width] and patches [N, P, width]."""
        visual = self.norm(visual)
        for layer in self.decoder:
            text = layer(text, visual)
        return self.alpha * text
