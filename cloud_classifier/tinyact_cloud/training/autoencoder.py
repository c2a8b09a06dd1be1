"""The 3D video autoencoder: a clip to 1024 numbers, and from them a coarse clip again.

Differs from the paper's base autoencoder in that it pools before the latent layer, which would
otherwise hold nearly all parameters, and rebuilds a coarse clip, which saves most of the decoder.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

LATENT = 1024
WIDTHS = (24, 48, 96, 128)
COARSE = (8, 16, 16)  # frames, height, width of what the decoder rebuilds


class Encoder(nn.Module):
    """uint8 clips [N, 16, H, W, 3] to latents float32 [N, 1024]."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        """Make a stage of strided convolution per width."""
        super().__init__()
        stages = [_stage(3, widths[0], stride=(1, 2, 2))]
        stages += [_stage(a, b, (2, 2, 2)) for a, b in pairwise(widths)]
        self.stages = nn.Sequential(*stages)
        # 2 x 2 x 2 cells keep when and where something moved.
        self.pool = nn.AvgPool3d((1, 2, 2))
        self.latent = nn.Linear(widths[-1] * 8, LATENT)

    def forward(self, clips: Tensor) -> Tensor:
        """Encode clips of 64 x 64 pixels."""
        x = clips.permute(0, 4, 1, 2, 3).to(torch.float32) * (1 / 255)
        out: Tensor = self.latent(self.pool(self.stages(x)).flatten(1))
        return out


class Decoder(nn.Module):
    """Latents float32 [N, 1024] to coarse clips float32 [N, 3, 8, 16, 16]."""

    def __init__(self) -> None:
        """Make two transposed convolutions that each double time, height and width."""
        super().__init__()
        self.grow = nn.Linear(LATENT, 48 * 2 * 4 * 4)
        self.stages = nn.Sequential(
            nn.ReLU(),
            nn.ConvTranspose3d(48, 24, 2, stride=2),
            nn.ReLU(),
            nn.ConvTranspose3d(24, 16, 2, stride=2),
            nn.ReLU(),
            nn.Conv3d(16, 3, 3, padding=1),
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Rebuild coarse clips."""
        out: Tensor = self.stages(self.grow(latents).view(-1, 48, 2, 4, 4))
        return out


class Autoencoder(nn.Module):
    """Encoder, decoder, and the linear classifier that gives the latent its meaning.

    `features` and `logits` turn latents into what a teacher says, while there is one, and `actions`
    into what captured sets call it. `figures` turns them into hand-made features (features.py).
    """

    def __init__(
        self,
        labels: int,
        widths: tuple[int, ...] = WIDTHS,
        teacher_features: int = 0,
        teacher_logits: int = 0,
        actions: int = 0,
        figures: int = 0,
    ) -> None:
        """Make the parts for so many labels, and what else the latent shall tell while training."""
        super().__init__()
        self.encoder = Encoder(widths)
        self.decoder = Decoder()
        self.classifier = nn.Sequential(nn.Dropout(0.3), nn.Linear(LATENT, labels))
        self.features = nn.Linear(LATENT, teacher_features) if teacher_features else None
        self.logits = nn.Linear(LATENT, teacher_logits) if teacher_logits else None
        self.actions = (
            nn.Sequential(nn.Dropout(0.3), nn.Linear(LATENT, actions)) if actions else None
        )
        self.figures = nn.Linear(LATENT, figures) if figures else None

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return latents [N, 1024], coarse clips [N, 3, 8, 16, 16] and logits [N, labels]."""
        latents = self.encoder(clips)
        return latents, self.decoder(latents), self.classifier(latents)


def coarse(clips: Tensor) -> Tensor:
    """Return what the decoder should rebuild of uint8 clips: float32 [N, 3, 8, 16, 16], 0..1."""
    x = clips.permute(0, 4, 1, 2, 3).to(torch.float32) * (1 / 255)
    return F.adaptive_avg_pool3d(x, COARSE)


def _stage(inputs: int, outputs: int, stride: tuple[int, int, int]) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm3d(outputs),
        nn.ReLU(),
    )
