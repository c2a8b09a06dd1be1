"""Keep what is computed of many videos in shards: each written whole, and never done again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kinetics import KineticsVideo, Split
from .options import UserError
from .whole_file import whole_file, write_arrays

SHARD = 64  # videos


@dataclass(frozen=True, slots=True)
class Shard:
    """Some videos of one split; `name` is that of its file."""

    name: str
    videos: tuple[KineticsVideo, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the shards of a split hold: N videos, and those that could not be read.

    `values` has arrays [N, ...] by name, `label` and `video` are str [N]; `failed` says why by
    video id.
    """

    values: dict[str, NDArray[Any]]
    label: NDArray[np.str_]
    video: NDArray[np.str_]
    failed: dict[str, str]


def claim_folder(folder: Path, settings: Mapping[str, Any]) -> None:
    """Open or make a folder for results of `settings` (JSON), which are kept in it.

    Raises UserError when it holds results of other settings.
    """
    known = folder / "settings.json"
    text = json.dumps(settings, indent=2, sort_keys=True)
    if known.exists():
        if known.read_text() != text:
            raise UserError(
                f"{folder} was made of other data or with other settings: choose another --name, "
                "or remove that folder."
            )
        return
    with whole_file(known) as part:
        part.write_text(text)


class ShardFolder:
    """A folder of shards that were all made with the same settings."""

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        """Open or make `folder`. Raises UserError when it was made with other `settings`."""
        claim_folder(folder, settings)
        self._folder = folder

    def todo(self, videos: Sequence[KineticsVideo], size: int = SHARD) -> list[Shard]:
        """Return the shards of `videos` (sorted by split) that are not there yet."""
        return [shard for shard in _cut(videos, size) if not self._path(shard.name).exists()]

    def write(
        self, shard: Shard, values: Mapping[str, NDArray[Any]], failures: Mapping[int, str]
    ) -> None:
        """Write a shard whole or not at all.

        `values` has a row for each of its videos but those that `failures` names by their place.
        """
        good = [video for at, video in enumerate(shard.videos) if at not in failures]
        write_arrays(
            self._path(shard.name),
            label=np.array([video.label for video in good], np.str_),
            video=np.array([video.id for video in good], np.str_),
            failed=np.array([shard.videos[at].id for at in failures], np.str_),
            reason=np.array(list(failures.values()), np.str_),
            **{f"value_{name}": value for name, value in values.items()},
        )

    def rows(self, split: Split) -> Rows:
        """Return what the shards of a split hold, joined. Raises UserError when there is none."""
        paths = sorted(self._folder.glob(f"{split}-[0-9]*.npz"))
        if not paths:
            raise UserError(f"{self._folder} holds nothing of the {split} videos yet.")
        parts: dict[str, list[NDArray[Any]]] = {}
        for path in paths:
            with np.load(path, allow_pickle=False) as file:
                for name in file.files:
                    parts.setdefault(name, []).append(file[name])
        # A shard of which nothing could be read has no rows, and perhaps rows of no shape.
        joined = {
            name: np.concatenate([array for array in arrays if len(array)] or arrays[:1])
            for name, arrays in parts.items()
        }
        failed = dict(zip(joined["failed"].tolist(), joined["reason"].tolist(), strict=True))
        values = {
            name.removeprefix("value_"): array
            for name, array in joined.items()
            if name.startswith("value_")
        }
        return Rows(values, joined["label"], joined["video"], failed)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.npz"


def _cut(videos: Sequence[KineticsVideo], size: int) -> Iterator[Shard]:
    for split, group in groupby(videos, key=lambda video: video.split):
        members = tuple(group)
        for number, first in enumerate(range(0, len(members), size)):
            yield Shard(f"{split}-{number:05}", members[first : first + size])
