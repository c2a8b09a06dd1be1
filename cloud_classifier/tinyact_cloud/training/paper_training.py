"""Train the paper's networks on videos, and see what a student says of them."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
import logging
import os
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from tqdm import tqdm

from tinyact_edge.source import SourceError

from .checkpoint import load_checkpoint, save_checkpoint
from .kinetics import KineticsVideo
from .options import UserError
from .paper import PaperRecipe, Student, VideoAutoEncoder3D, make_optimizer, student_loss, target

_LOGGER = logging.getLogger(__name__)

ReadClip = Callable[[Path], NDArray[np.uint8]]


class Clips:
    """Videos as clips, decoded anew each time: all of Kinetics-400 would be 700 GB.

    `truth` is int64 [N], indices into `labels`. `failed` says by id which videos were left out.
    """

    def __init__(
        self, videos: Sequence[KineticsVideo], labels: Sequence[str], read: ReadClip
    ) -> None:
        """Read `videos`, in this order, with `read`."""
        self.videos = videos
        self.truth = np.array([labels.index(video.label) for video in videos], np.int64)
        self.failed: dict[str, str] = {}
        self._read = read

    def __len__(self) -> int:
        """Return the count of videos."""
        return len(self.videos)

    def batches(
        self, order: NDArray[np.int64], size: int
    ) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
        """Yield clips uint8 [n, T, S, S, 3] and which of the videos they are, int64 [n].

        `n` is `size`, less what cannot be read. The next batch is decoded while this one is used.
        """
        parts = [order[at : at + size] for at in range(0, len(order), size)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            coming = self._submit(pool, parts[0])
            for part, following in zip(parts, [*parts[1:], order[:0]], strict=True):
                reading, coming = coming, self._submit(pool, following)
                clips = [future.result() for future in reading]
                good = [clip for clip in clips if clip is not None]
                if good:
                    yield np.stack(good), part[[clip is not None for clip in clips]]

    def _submit(
        self, pool: ThreadPoolExecutor, part: NDArray[np.int64]
    ) -> list[Future[NDArray[np.uint8] | None]]:
        return [pool.submit(self._clip, self.videos[at]) for at in part.tolist()]

    def _clip(self, video: KineticsVideo) -> NDArray[np.uint8] | None:
        if video.id in self.failed:
            return None
        try:
            return self._read(video.path)
        except (SourceError, av.FFmpegError, OSError, ValueError) as error:
            _LOGGER.warning("%s is left out: %s", video.path, error)
            self.failed[video.id] = str(error)
            return None


def train(
    model: VideoAutoEncoder3D | Student,
    clips: Clips,
    recipe: PaperRecipe,
    seed: int,
    checkpoint: Path,
    teacher: NDArray[np.float32] | None = None,
) -> None:
    """Train `model`, keeping `checkpoint` every epoch, from which it goes on.

    `teacher` is float32 [N, C]: for each video the teacher's logits for the student's classes.
    Raises UserError when no video can be read.
    """
    device = best_device()
    model.to(device)
    optimizer = make_optimizer(recipe, model)
    done = load_checkpoint(checkpoint, model, optimizer) if checkpoint.exists() else 0
    batches = -(-len(clips) // recipe.batch)
    for epoch in range(done, recipe.epochs):
        # Every epoch has random numbers of its own, so that a run that goes on draws the same.
        torch.manual_seed(seed * 1000 + epoch)
        order = np.random.default_rng((seed, epoch)).permutation(len(clips))
        bar = tqdm(
            clips.batches(order, recipe.batch),
            desc=f"{checkpoint.parent.name}, epoch {epoch + 1}/{recipe.epochs}",
            unit="batch",
            total=batches,
        )
        losses = []
        for batch, rows in bar:
            losses.append(
                _step(
                    model.train(),
                    optimizer,
                    recipe,
                    torch.from_numpy(batch).to(device),
                    torch.from_numpy(clips.truth[rows]).to(device),
                    None if teacher is None else torch.from_numpy(teacher[rows]).to(device),
                )
            )
            bar.set_postfix(loss=f"{np.mean(losses[-50:]):.4f}")
        if not losses:
            raise UserError("None of the training videos can be read.")
        save_checkpoint(checkpoint, model, optimizer, epoch + 1)
    model.eval()


@torch.inference_mode()
def judge(
    student: Student, clips: Clips, batch: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the true and the likeliest label, int64 [M] each, of the M videos that can be read."""
    device = best_device()
    student.to(device).eval()
    truth, said = [], []
    every = np.arange(len(clips))
    bar = tqdm(clips.batches(every, batch), desc="judged", unit="batch", leave=False)
    for part, rows in bar:
        _, logits = student(torch.from_numpy(part).to(device))
        truth.append(clips.truth[rows])
        said.append(logits.argmax(1).cpu().numpy())
    if not truth:
        raise UserError("None of the videos to test on can be read.")
    return np.concatenate(truth), np.concatenate(said)


def best_device() -> torch.device:
    """Return where to compute: a graphics card where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _step(
    model: VideoAutoEncoder3D | Student,
    optimizer: torch.optim.Optimizer,
    recipe: PaperRecipe,
    clips: Tensor,
    truth: Tensor,
    teacher: Tensor | None,
) -> float:
    with torch.autocast(clips.device.type, torch.bfloat16):
        if isinstance(model, Student):
            rebuilt, logits = model(clips)
        else:
            _, rebuilt = model(clips)
    if isinstance(model, Student):
        loss = student_loss(recipe, rebuilt, logits, clips, truth, teacher)
    else:
        loss = recipe.reconstruction * F.mse_loss(rebuilt.float(), target(clips))
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.item())
