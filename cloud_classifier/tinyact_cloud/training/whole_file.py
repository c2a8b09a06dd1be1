"""Write files whole or not at all: what was interrupted leaves no half file under their names."""

from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; what is there when the block ends comes to be at `path`.

    Its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    yield part
    part.replace(path)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as JSON for people to read, too."""
    with whole_file(path) as part:
        part.write_text(json.dumps(content, indent=1) + "\n", "utf-8")


def write_arrays(path: Path, **arrays: NDArray[Any]) -> None:
    """Write arrays as NPZ, without pickle."""
    # A file, not its path: numpy would add a suffix to that.
    with whole_file(path) as part, part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
