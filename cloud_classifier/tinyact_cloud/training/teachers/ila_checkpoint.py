"""Files of ILA weights: the authors' pickled checkpoint, read once and safely, and ours."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
import pickle
from typing import Any
import zipfile

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
import torch
from torch import Tensor

from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.whole_file import whole_file

from .ila_blocks import Sizes

_FRAMES_KEY = "mit.positional_embedding"  # float32 [1, T, embed]
_NAMED = 4  # how many keys a message names


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Return the tensors of the 'model' part of the authors' checkpoint.

    Raises UserError when the file is damaged or holds anything but tensors and plain data.
    """
    # Besides tensors, numbers and plain containers the authors saved their configuration, a
    # yacs.config.CfgNode. torch refuses that class, and would rightly: reading it as pickled would
    # run yacs's code. Under its name we hand torch an OrderedDict instead, which holds the values
    # and does nothing; any other class is still refused before anything of it is run.
    inert = torch.serialization.safe_globals([(OrderedDict, "yacs.config.CfgNode")])
    try:
        with inert:
            content = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except pickle.UnpicklingError as error:
        raise UserError(
            f"{path} is refused: it is no checkpoint of tensors and plain data only."
            " Download it again from the authors, whose file is accepted."
        ) from error
    except (RuntimeError, ValueError, EOFError, LookupError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is damaged; download it again.") from error
    return _tensors(content, path)


def _tensors(content: Any, path: Path) -> dict[str, Tensor]:
    model = content.get("model") if isinstance(content, Mapping) else None
    if not isinstance(model, Mapping):
        raise UserError(f"{path} has no 'model' part: is it the authors' ILA checkpoint?")
    for key, value in model.items():
        if not isinstance(value, Tensor) or value.layout != torch.strided or value.is_quantized:
            raise UserError(f"{path} is refused: {key!r} of its 'model' is no plain tensor.")
    return dict(model)


def read_converted(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a converted file. Raises UserError when it is none, or not there."""
    try:
        return load_file(path)
    except FileNotFoundError as error:
        raise UserError(
            f"There is no {path}: make it with tinyact-train convert-ila CHECKPOINT {path}."
        ) from error
    except SafetensorError as error:
        raise UserError(
            f"{path} is no safetensors file: make one with tinyact-train convert-ila."
        ) from error


def write_converted(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors as safetensors, whole or not at all."""
    with whole_file(path) as part:
        save_file({key: value.contiguous() for key, value in tensors.items()}, part)


def frames_of(tensors: Mapping[str, Tensor], sizes: Sizes) -> Sizes:
    """Return `sizes` with the count of frames that the weights are for.

    Where they do not tell, `check` will say what is missing.
    """
    told = tensors.get(_FRAMES_KEY)
    if told is None or told.ndim < 2 or told.shape[1] < 2:  # noqa: PLR2004 - axes; a pair
        return sizes
    return replace(sizes, frames=told.shape[1])


def check(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor], path: Path) -> None:
    """Demand exactly the keys of `expected`, each with its shape and kind of number, and finite.

    The tensors of `expected` may be on the meta device. Raises UserError, which names what is
    wrong with the file `path`.
    """
    faults = [
        ("lacks", sorted(expected.keys() - tensors.keys())),
        ("has what the model does not know:", sorted(tensors.keys() - expected.keys())),
        ("has other shapes:", _other_shapes(tensors, expected)),
    ]
    found = [f"{what} {_some(names)}" for what, names in faults if names]
    if found:
        raise UserError(f"{path} does not fit ILA-ViT-B/16: it {'; it '.join(found)}.")
    broken = [key for key, value in tensors.items() if not torch.isfinite(value).all()]
    if broken:
        raise UserError(f"{path} is damaged: not every number is finite in {_some(broken)}.")


def _other_shapes(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    return [
        f"{key} is {_described(tensors[key])} instead of {_described(wanted)}"
        for key, wanted in expected.items()
        if key in tensors and _described(tensors[key]) != _described(wanted)
    ]


def _described(tensor: Tensor) -> str:
    kind = "float" if tensor.is_floating_point() else str(tensor.dtype).removeprefix("torch.")
    return f"{kind} {list(tensor.shape)}"


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
