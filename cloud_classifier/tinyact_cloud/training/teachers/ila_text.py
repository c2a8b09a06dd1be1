"""CLIP's text tower: used once, when a checkpoint is converted, to turn class names to numbers."""

import torch
from torch import Tensor, nn

from .ila_blocks import Layers, ResidualAttention, Sizes

_ROWS = 64  # texts encoded at a time, to bound memory


class TextTower(nn.Module):
    """Radford et al. (ICML 2021, section 2.4): a causal transformer over BPE tokens."""

    def __init__(self, sizes: Sizes) -> None:
        """Make the tower, its parameters named as in the checkpoint."""
        super().__init__()
        width = sizes.text_width
        self.token_embedding = nn.Embedding(sizes.vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.zeros(sizes.context, width))
        self.transformer = Layers(*(ResidualAttention(width) for _ in range(sizes.text_layers)))
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.zeros(width, sizes.embed))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens int64 [K, context] to embeddings float32 [K, embed], not normalised.

        A text ends at its highest token, which in CLIP's vocabulary is the mark of its end.
        """
        parts = range(0, len(tokens), _ROWS)
        return torch.cat([self._encode(tokens[at : at + _ROWS]) for at in parts])

    def _encode(self, tokens: Tensor) -> Tensor:
        end = tokens.argmax(1)
        # Attention is causal: nothing behind the longest text's end can change the result.
        length = int(end.max()) + 1
        mask = torch.full((length, length), -torch.inf).triu(1)
        x = self.token_embedding(tokens[:, :length]) + self.positional_embedding[:length]
        x = self.ln_final(self.transformer(x, mask))
        out: Tensor = x[torch.arange(len(x)), end] @ self.text_projection
        return out
