"""turn the authors' ILA-ViT-B/16 checkpoint to safetensors, class texts encoded.

The authors' code and weights carry no licence: everybody fetches the checkpoint themselves. CLIP's
vocabulary is not part of it, so the class names must be given as tokens, or already encoded.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor

from .options import UserError
from .teachers.ila import Ila
from .teachers.ila_blocks import Sizes
from .teachers.ila_checkpoint import check, frames_of, read_checkpoint, write_converted
from .teachers.ila_text import TextTower


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's own options."""
    parser.add_argument(
        "checkpoint", type=Path, help="the authors' Kinetics-400 file, 8 or 16 frames"
    )
    parser.add_argument("output", type=Path, metavar="OUTPUT.safetensors")
    text = parser.add_mutually_exclusive_group(required=True)
    text.add_argument(
        "--tokens",
        type=Path,
        metavar="FILE",
        help="the bare names of the 400 classes in Kinetics' order, in CLIP's tokens (from"
        " open_clip_torch's SimpleTokenizer, say): integers [400, 77], .npy or .npz; the"
        " checkpoint's text tower encodes them",
    )
    text.add_argument(
        "--text-matrix",
        type=Path,
        metavar="FILE",
        help="instead: what that text tower makes of them, floats [400, 512] before"
        " normalisation, .npy or .npz; the text tower's weights are then not needed",
    )


def run(options: argparse.Namespace) -> None:
    """Convert, and say what became of the checkpoint's tensors."""
    kept, unused, sizes = convert(
        options.checkpoint, options.output, tokens=options.tokens, matrix=options.text_matrix
    )
    how = "encoded the class names and is" if options.tokens else "is"
    print(  # noqa: T201
        f"{options.output}: {kept} tensors for clips of {sizes.frames} frames."
        f" The text tower ({unused} tensors) {how} not needed any more."
    )


def convert(
    checkpoint: Path,
    output: Path,
    *,
    tokens: Path | None = None,
    matrix: Path | None = None,
    sizes: Sizes | None = None,
) -> tuple[int, int, Sizes]:
    """Write the weights that the teacher needs and the classes' text to `output`.

    Give either `tokens` or `matrix`. Returns the counts of tensors kept and left out, and the
    model's sizes. Raises UserError when a file is not what it should be.
    """
    found = read_checkpoint(checkpoint)
    sizes = frames_of(found, sizes or Sizes())
    with torch.device("meta"):
        model, tower = Ila(sizes).state_dict(), TextTower(sizes)
    del model["text"]
    check(found, model | tower.state_dict(), checkpoint)
    # Cloned: a file may let several tensors share memory, and ours must stand alone.
    found = {key: _single(value).clone() for key, value in found.items()}
    tower.load_state_dict({key: found.pop(key) for key in tower.state_dict()}, assign=True)
    text = _encoded(tower.eval(), tokens, sizes) if tokens else _matrix(matrix, sizes)
    write_converted(output, found | {"text": text})
    return len(found) + 1, len(tower.state_dict()), sizes


def _single(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


@torch.inference_mode()
def _encoded(tower: TextTower, path: Path, sizes: Sizes) -> Tensor:
    """Return the classes' text float32 [classes, embed] from a file of tokens."""
    tokens = _array(path, (sizes.classes, sizes.context), "iu")
    start, end = sizes.vocabulary - 2, sizes.vocabulary - 1
    if tokens.min() < 0 or (tokens[:, 0] != start).any() or (tokens.max(1) != end).any():
        raise UserError(
            f"{path} holds no CLIP tokens: each row begins with {start}, and has {end} at its end."
        )
    out: Tensor = tower(torch.from_numpy(tokens.astype(np.int64)))
    return out


def _matrix(path: Path | None, sizes: Sizes) -> Tensor:
    """Return the classes' text float32 [classes, embed] from a file that holds just that."""
    if path is None:
        raise UserError("Give the class names: --tokens FILE or --text-matrix FILE.")
    text = _array(path, (sizes.classes, sizes.embed), "f")
    if not np.isfinite(text).all():
        raise UserError(f"{path} is damaged: not every number in it is finite.")
    return torch.from_numpy(text.astype(np.float32))


def _array(path: Path, shape: tuple[int, int], kinds: str) -> NDArray[Any]:
    """Return the one array in a .npy or .npz file. `kinds` are letters of numpy's dtype.kind."""
    try:
        content = np.load(path, allow_pickle=False)
        arrays = [content] if isinstance(content, np.ndarray) else list(content.values())
    except (ValueError, EOFError) as error:
        raise UserError(f"{path} is no .npy or .npz file of plain numbers.") from error
    if len(arrays) != 1 or arrays[0].shape != shape or arrays[0].dtype.kind not in kinds:
        what = "floats" if kinds == "f" else "integers"
        raise UserError(f"{path} must hold one array of {what} {list(shape)}.")
    array: NDArray[Any] = arrays[0]
    return array
