"""ILA-ViT-B/16: the Kinetics-400 teacher that compares a video with the names of the classes.

Tu et al., "Implicit Temporal Modeling with Learnable Alignment for Video Recognition" (ICCV 2023,
arXiv 2304.10465). The names' text is encoded once, when the authors' checkpoint is converted
(`tinyact-train convert-ila`); what is loaded here needs neither text tower nor vocabulary.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor, nn
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from .ila_blocks import FrameIntegration, Sizes
from .ila_checkpoint import check, frames_of, read_converted
from .ila_prompts import PromptGenerator
from .ila_visual import VisualTower

WEIGHTS = Path("teacher") / "ila_vit_b16.safetensors"  # in the data folder

# ImageNet's, with which the authors trained, not CLIP's own.
_MEAN = (123.675, 116.28, 103.53)
_DEVIATION = (58.395, 57.12, 57.375)


class Ila(nn.Module):
    """Videos to embeddings and class scores. Parameters are named as in the checkpoint."""

    def __init__(self, sizes: Sizes) -> None:
        """Make the model; `text` holds the classes' embeddings, which no checkpoint has."""
        super().__init__()
        self.visual = VisualTower(sizes)
        self.mit = FrameIntegration(sizes)
        self.prompts_visual_ln = nn.LayerNorm(sizes.width)
        self.prompts_visual_proj = nn.Parameter(torch.zeros(sizes.width, sizes.embed))
        self.prompts_generator = PromptGenerator(sizes.embed)
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.register_buffer("text", torch.zeros(sizes.classes, sizes.embed))
        self.text: Tensor

    def forward(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Look at clips uint8 [N, T, size, size, 3], RGB.

        Returns video embeddings float32 [N, embed], before normalisation, and logits float32
        [N, classes]: the scaled cosine of each with the class's text and the video's prompt for it.
        """
        frames, patches = self.visual(_normalised(clips))
        video: Tensor = self.mit(frames)
        # Linear: the mean over time of the projected patches is the projection of the mean.
        shown = self.prompts_visual_ln(patches).mean(1) @ self.prompts_visual_proj
        text = self.text.expand(len(clips), -1, -1)
        text = text + self.prompts_generator(text, shown)
        cosine = F.normalize(text, dim=-1) @ F.normalize(video, dim=-1)[..., None]
        return video, self.logit_scale.exp() * cosine[..., 0]


class IlaTeacher:
    """The converted model as a teacher."""

    name = "ila-vit-b16"

    def __init__(self, path: Path, sizes: Sizes | None = None) -> None:
        """Load what `convert-ila` wrote; the file says whether clips have 8 or 16 frames.

        Raises UserError when it is not such a file, or there is none.
        """
        tensors = read_converted(path)
        sizes = frames_of(tensors, sizes or Sizes())
        with torch.device("meta"):
            model = Ila(sizes)
        check(tensors, model.state_dict(), path)
        model.load_state_dict(tensors, assign=True)
        self._model = model.eval().requires_grad_(requires_grad=False)
        self.frames = sizes.frames
        self.size = sizes.size
        self.features = sizes.embed
        self.logits = sizes.classes

    @torch.inference_mode()
    def look(self, clips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return features float32 [N, 512] and logits float32 [N, 400].

        `clips` is uint8 [N, frames, 224, 224, 3], RGB. Raises ValueError on other shapes.
        """
        if clips.shape[1:] != (self.frames, self.size, self.size, 3):
            raise ValueError(
                f"{self.name} looks at {self.frames} frames of {self.size} x {self.size} pixels,"
                f" not at clips of shape {list(clips.shape)}"
            )
        video, logits = self._model(torch.from_numpy(clips))
        return video.numpy(), logits.numpy()


def teacher(data: Path) -> IlaTeacher:
    """Return the teacher whose weights the data folder holds. Raises UserError without them."""
    return IlaTeacher(data / WEIGHTS)


def _normalised(clips: Tensor) -> Tensor:
    """Return float32 [N, T, 3, H, W] for uint8 [N, T, H, W, 3]."""
    mean = torch.tensor(_MEAN, device=clips.device)
    deviation = torch.tensor(_DEVIATION, device=clips.device)
    return ((clips.to(torch.float32) - mean) / deviation).permute(0, 1, 4, 2, 3)
