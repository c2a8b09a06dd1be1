"""Show what a latent reveals: what the encoder sees of a body, and what its decoder gives back.

The decoder was trained with the encoder and never ships; whoever trains one of their own for the
same encoder gets about as much. The figures among a latent's numbers are lengths and speeds, and
are left out.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
import torch

from .autoencoder import Autoencoder, coarse
from .examples import SPEC, batches, examples_of
from .figures import load_scale
from .options import UserError, data_folder, landmarks_folder, run_folder, run_settings
from .protocols import held_out
from .recipe import recipe_of
from .sets import Body, load_sets
from .train import load_student
from .windows import cut

_IMAGE = Path("docs/images/latent.png")
_PIXEL = 6  # of the picture, for one of the decoder's
_SHOWN = 3  # windows


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    parser.add_argument("run", help="a trained run that has not seen some set of videos")
    parser.add_argument("--output", type=Path, default=_IMAGE, help="the picture (%(default)s)")


def run(options: argparse.Namespace) -> None:
    """Draw some windows that the run has not seen, and what their latents give back.

    Raises UserError.
    """
    folder = run_folder(options)
    settings = run_settings(folder)
    recipe = recipe_of(settings)
    if recipe.view != "body":
        raise UserError(f"{folder} does not see bodies.")
    bodies = load_sets(data_folder(options), landmarks_folder(options))
    windows = cut(islice(_unseen(bodies, settings["protocol"]), _SHOWN), SPEC.hop)
    if not len(windows):
        raise UserError(f"{folder} has seen every set of videos.")
    chosen = np.linspace(0, len(windows) - 1, _SHOWN).round().astype(np.int64)
    examples = examples_of(windows[chosen], recipe, options.seed, augment=False)
    ((_, clips),) = batches(examples, np.arange(_SHOWN), _SHOWN)
    scale = load_scale(folder)
    drawn = picture(load_student(folder, recipe), clips, 0 if scale is None else len(scale.mean))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(options.output), drawn)
    print(f"{options.output} shows {_SHOWN} windows of {windows.set[0]}")  # noqa: T201


def picture(model: Autoencoder, clips: NDArray[np.uint8], figures: int) -> NDArray[np.uint8]:
    """Return uint8 [H, W]: of clips uint8 [N, 16, H, W, 3], one above the other, two rows each.

    Eight moments of what the encoder sees, as coarse as the decoder is; and of what the decoder
    gives back of the latent without its last `figures` numbers.
    """
    model.eval()
    seen = torch.from_numpy(clips)
    with torch.no_grad():
        latents = model.encoder(seen)
        latents[:, latents.shape[1] - figures :] = 0
        rebuilt = model.decoder(latents).numpy()
        shown = coarse(seen).numpy()
    # What moves is rebuilt, and nothing else: both are shown as what differs from the mean.
    rows = [
        _strip(clip - clip.mean(1, keepdims=True))
        for pair in zip(shown, rebuilt, strict=True)
        for clip in pair
    ]
    return np.concatenate(rows)


def _strip(clip: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the moments of a coarse clip [3, 8, 16, 16] side by side, darker where more moves."""
    moved = np.abs(clip).max(0)
    shade = 255 * (1 - moved / max(float(moved.max()), 1e-6))
    large = np.kron(shade, np.ones((1, _PIXEL, _PIXEL), np.float32))
    framed = np.pad(large, ((0, 0), (1, 1), (1, 1)), constant_values=200)
    return np.concatenate(list(framed), axis=1).astype(np.uint8)


def _unseen(bodies: Iterator[Body], protocol: str) -> Iterator[Body]:
    for body in bodies:
        if held_out(protocol, np.array([body.set]), np.array([body.group]))[0]:
            yield body
