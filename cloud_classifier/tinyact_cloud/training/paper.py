"""The paper's own networks: its base autoencoder, and the student that learns from a teacher.

"TinyAct: A framework for real-time action recognition in the cloud through distillation learning"
(PLOS ONE 2026, doi 10.1371/journal.pone.0347245), figures 2 and 3. It states what goes in and out,
strided 3D convolutions and the three losses; what it leaves open is a field of PaperRecipe.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tinyact_cloud.bundle import LATENT_SIZE

from .kinetics import Sampling
from .onnx_encoder import write_encoder
from .options import UserError


@dataclass(frozen=True, slots=True)
class PaperRecipe:
    """One training run. What the paper states is said; all else is our choice, by name.

    With neither `cross_entropy` nor `distillation` it trains the base autoencoder, else a student.
    """

    # The clip. Paper: 256 x 256 pixels, 16 frames. Open: which frames of a video.
    size: int = 256
    frames: int = 16
    sampling: Sampling = "uniform"
    # The autoencoder. Paper: strided 3D convolutions, a latent of 1024 numbers. Open: everything
    # else. Each width is a convolution that halves time, height and width; "flatten" gives the
    # latent layer all cells that are left, "pooled" no more than `pooled` x `pooled` of them.
    widths: tuple[int, ...] = (32, 64, 128, 256)
    batch_norm: bool = True
    latent_head: Literal["flatten", "pooled"] = "flatten"
    pooled: int = 4
    # MLPResNetClassifier. Paper: its name.
    hidden: int = 512
    blocks: int = 2
    dropout: float = 0.3
    # The losses. Paper: cross-entropy + KL(teacher || student) + reconstruction, and that there is
    # a temperature. Open: how they are weighed, and the temperature.
    reconstruction: float = 1.0
    cross_entropy: float = 0.0
    distillation: float = 0.0
    temperature: float = 4.0
    # Paper: the student's autoencoder is pretrained (as the base is), or it is not.
    pretrained: bool = False
    # Open: how it is trained.
    epochs: int = 20
    batch: int = 16
    optimizer: Literal["adam", "adamw", "sgd"] = "adam"
    rate: float = 1e-3
    decay: float = 0.0
    # Open: how many classes of Kinetics-400 (0: all), drawn with the seed.
    classes: int = 0
    # Base recipe only: the recipes of its students, which are the rows of Table 2.
    students: tuple[str, ...] = ()

    @property
    def is_student(self) -> bool:
        """Tell whether this run learns labels."""
        return bool(self.cross_entropy or self.distillation)

    @property
    def grid(self) -> tuple[int, int, int]:
        """Return the cells (time, height, width) that the convolutions leave."""
        shrink = 2 ** len(self.widths)
        side = -(-self.size // shrink)
        return -(-self.frames // shrink), side, side

    def check(self) -> None:
        """Raise UserError, naming the key, where values make no sense together."""
        shrink = 2 ** len(self.widths)
        if not self.widths or self.frames % shrink or self.size % shrink:
            raise UserError(
                f"widths: {len(self.widths)} convolutions halve {self.frames} frames of "
                f"{self.size} pixels to no whole number; change widths, frames or size."
            )
        for key in ("epochs", "batch", "rate", "temperature", "pooled", "hidden"):
            if getattr(self, key) <= 0:
                raise UserError(f"{key} must be more than 0.")


class Encoder3D(nn.Module):
    """uint8 clips [N, T, S, S, 3] to latents float32 [N, 1024] (figure 2)."""

    def __init__(self, recipe: PaperRecipe) -> None:
        """Make a strided convolution per width."""
        super().__init__()
        self.stages = nn.Sequential(
            *(_down(a, b, recipe) for a, b in pairwise((3, *recipe.widths)))
        )
        self.pool = _pool(recipe)
        self.latent = nn.Linear(recipe.widths[-1] * prod(_kept(recipe)), LATENT_SIZE)

    def forward(self, clips: Tensor) -> Tensor:
        """Encode clips."""
        out: Tensor = self.latent(self.pool(self.stages(target(clips))).flatten(1))
        return out


class VideoAutoEncoder3D(nn.Module):
    """Clips to latents, and back to the whole clip: float32 [N, 3, T, S, S], 0..1 (figure 2)."""

    def __init__(self, recipe: PaperRecipe) -> None:
        """Make the encoder and, mirrored, the decoder."""
        super().__init__()
        widths = recipe.widths[::-1]
        kept = _kept(recipe)
        self.encoder = Encoder3D(recipe)
        self.decoder = nn.Sequential(
            nn.Linear(LATENT_SIZE, widths[0] * prod(kept)),
            nn.ReLU(),
            nn.Unflatten(1, (widths[0], *kept)),
            nn.Upsample(recipe.grid),
            *(_up(a, b, recipe) for a, b in pairwise(widths)),
            nn.ConvTranspose3d(widths[-1], 3, 2, stride=2),
            nn.Sigmoid(),
        )

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Return latents [N, 1024] and the rebuilt clips [N, 3, T, S, S]."""
        latents = self.encoder(clips)
        return latents, self.decoder(latents)


class MLPResNetClassifier(nn.Module):
    """Latents [N, 1024] to logits [N, classes]: a perceptron with residual blocks (figure 3)."""

    def __init__(self, recipe: PaperRecipe, classes: int) -> None:
        """Make the blocks."""
        super().__init__()
        self.enter = nn.Linear(LATENT_SIZE, recipe.hidden)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(recipe.hidden),
                nn.Linear(recipe.hidden, recipe.hidden),
                nn.ReLU(),
                nn.Dropout(recipe.dropout),
                nn.Linear(recipe.hidden, recipe.hidden),
            )
            for _ in range(recipe.blocks)
        )
        self.leave = nn.Sequential(
            nn.LayerNorm(recipe.hidden), nn.ReLU(), nn.Linear(recipe.hidden, classes)
        )

    def forward(self, latents: Tensor) -> Tensor:
        """Classify latents."""
        x = self.enter(latents)
        for block in self.blocks:
            x = x + block(x)
        out: Tensor = self.leave(x)
        return out


class Student(nn.Module):
    """VideoAutoEncoder3D and MLPResNetClassifier on its latent (figure 3)."""

    def __init__(self, recipe: PaperRecipe, classes: int) -> None:
        """Make both for `classes` classes."""
        super().__init__()
        self.autoencoder = VideoAutoEncoder3D(recipe)
        self.classifier = MLPResNetClassifier(recipe, classes)

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Return the rebuilt clips [N, 3, T, S, S] and logits [N, classes]."""
        latents, rebuilt = self.autoencoder(clips)
        return rebuilt, self.classifier(latents)


def target(clips: Tensor) -> Tensor:
    """Return uint8 clips [N, T, S, S, 3] as what is to be rebuilt: float32 [N, 3, T, S, S]."""
    return clips.permute(0, 4, 1, 2, 3).to(torch.float32) * (1 / 255)


def distillation_loss(logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Return KL(teacher || student) of softened logits [N, C], the mean over N, times T squared.

    The factor keeps its gradient as large as that of cross-entropy (Hinton, Vinyals and Dean,
    "Distilling the Knowledge in a Neural Network", arXiv 1503.02531, section 2).
    """
    student = (logits / temperature).log_softmax(1)
    wanted = (teacher / temperature).log_softmax(1)
    return F.kl_div(student, wanted, reduction="batchmean", log_target=True) * temperature**2


def student_loss(
    recipe: PaperRecipe,
    rebuilt: Tensor,
    logits: Tensor,
    clips: Tensor,
    truth: Tensor,
    teacher: Tensor | None,
) -> Tensor:
    """Return the weighed sum of the three losses of figure 3.

    `teacher` are its logits [N, C] for the student's own classes; without them that loss is left
    out. `truth` is int64 [N].
    """
    loss = recipe.cross_entropy * F.cross_entropy(logits.float(), truth)
    loss = loss + recipe.reconstruction * F.mse_loss(rebuilt.float(), target(clips))
    if teacher is not None and recipe.distillation:
        kl = distillation_loss(logits.float(), teacher, recipe.temperature)
        loss = loss + recipe.distillation * kl
    return loss


def make_optimizer(recipe: PaperRecipe, model: nn.Module) -> torch.optim.Optimizer:
    """Return the recipe's optimiser."""
    weights = model.parameters()
    match recipe.optimizer:
        case "sgd":
            return torch.optim.SGD(weights, recipe.rate, momentum=0.9, weight_decay=recipe.decay)
        case "adamw":
            return torch.optim.AdamW(weights, recipe.rate, weight_decay=recipe.decay)
        case "adam":
            return torch.optim.Adam(weights, recipe.rate, weight_decay=recipe.decay)


def export_onnx(encoder: Encoder3D, recipe: PaperRecipe, path: Path) -> None:
    """Write the encoder, fp32, as ONNX: `clip` uint8 [N, T, S, S, 3] to `latent` [N, 1024]."""
    write_encoder(encoder, (recipe.frames, recipe.size, recipe.size, 3), path)


def _kept(recipe: PaperRecipe) -> tuple[int, int, int]:
    """Return the cells (time, height, width) that the latent layer sees."""
    time, side, _ = recipe.grid
    if recipe.latent_head == "pooled":
        side = min(side, recipe.pooled)
    return time, side, side


def _pool(recipe: PaperRecipe) -> nn.Module:
    return nn.AdaptiveAvgPool3d(_kept(recipe)) if _kept(recipe) != recipe.grid else nn.Identity()


def _down(inputs: int, outputs: int, recipe: PaperRecipe) -> nn.Sequential:
    convolution = nn.Conv3d(inputs, outputs, 3, 2, padding=1, bias=not recipe.batch_norm)
    return nn.Sequential(convolution, *_after(outputs, recipe))


def _up(inputs: int, outputs: int, recipe: PaperRecipe) -> nn.Sequential:
    convolution = nn.ConvTranspose3d(inputs, outputs, 2, 2, bias=not recipe.batch_norm)
    return nn.Sequential(convolution, *_after(outputs, recipe))


def _after(channels: int, recipe: PaperRecipe) -> Iterator[nn.Module]:
    if recipe.batch_norm:
        yield nn.BatchNorm3d(channels)
    yield nn.ReLU()
