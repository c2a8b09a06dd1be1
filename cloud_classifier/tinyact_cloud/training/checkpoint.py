"""Keep a network that is being trained on disk, as plain arrays, and go on from there."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .whole_file import write_arrays


def save_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, epoch: int
) -> None:
    """Write both after `epoch` epochs, whole or not at all."""
    arrays = {f"model/{name}": value.cpu().numpy() for name, value in model.state_dict().items()}
    for index, state in optimizer.state_dict()["state"].items():
        arrays |= {f"optimizer/{index}/{key}": value.cpu().numpy() for key, value in state.items()}
    write_arrays(path, epoch=np.array(epoch, np.int64), **arrays)


def load_checkpoint(
    path: Path, model: nn.Module, optimizer: torch.optim.Optimizer | None = None
) -> int:
    """Read both back; return after how many epochs. Raises RuntimeError for another network."""
    with np.load(path, allow_pickle=False) as file:
        tensors = {name: torch.from_numpy(file[name]) for name in file.files}
    model.load_state_dict(
        {name.removeprefix("model/"): t for name, t in tensors.items() if name.startswith("model/")}
    )
    if optimizer:
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer/"):
                _, index, key = name.split("/")
                state.setdefault(int(index), {})[key] = tensor
        optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
    return int(tensors["epoch"])
