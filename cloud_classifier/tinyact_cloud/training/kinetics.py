"""Kinetics-400 as it is published: a CSV per split, and those of its videos that can still be had.

The layout is that of the official lists (Kay et al., "The Kinetics Human Action Video Dataset",
arXiv 1705.06950) and of the common downloaders: videos by split, in a folder per class or flat.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
import csv
from dataclasses import dataclass
import hashlib
from itertools import islice
import os
from pathlib import Path
import random
from typing import Literal

from av.video.frame import VideoFrame
import numpy as np
from numpy.typing import NDArray

from tinyact_edge.source import Kind, Source, Video, open_video

from .options import UserError

Sampling = Literal["uniform", "centre"]
Split = Literal["train", "val", "test"]
# What the lists call a split, and what the folders of it are called.
_SPLITS: dict[str, Split] = {
    "train": "train",
    "val": "val",
    "validate": "val",
    "validation": "val",
    "test": "test",
}
_COLUMNS = {"label", "youtube_id", "time_start", "time_end", "split"}
_SUFFIXES = {".mp4", ".mkv", ".webm", ".avi", ".mov", ".m4v"}
_CENTRE_FPS = 8.0  # as the edge samples


@dataclass(frozen=True, slots=True)
class KineticsVideo:
    """A video that is there. `id` is `<youtube_id>_<start>_<end>`, the name of its file."""

    id: str
    label: str
    split: Split
    path: Path


@dataclass(frozen=True, slots=True)
class Kinetics:
    """The chosen classes, their videos by split and id, and how many of a split are missing."""

    labels: tuple[str, ...]
    videos: tuple[KineticsVideo, ...]
    missing: Mapping[str, int]

    def of(self, split: Split) -> tuple[KineticsVideo, ...]:
        """Return the videos of a split."""
        return tuple(video for video in self.videos if video.split == split)

    @property
    def fingerprint(self) -> str:
        """Return a SHA-256 over the videos' splits, labels and ids: equal data, equal print."""
        digest = hashlib.sha256()
        for video in self.videos:
            digest.update(f"{video.split}\t{video.label}\t{video.id}\n".encode())
        return digest.hexdigest()


def parse_classes(text: str) -> tuple[str, ...] | int:
    """Return what `--classes` means: a count, or labels with commas between them."""
    return int(text) if text.isdecimal() else tuple(part.strip() for part in text.split(","))


def read_kinetics(
    folder: Path, classes: Sequence[str] | int | None = None, seed: int = 0
) -> Kinetics:
    """Read the lists in `folder` or its `annotations` and find the videos they name.

    `classes` are labels, or how many to draw with `seed` from those that have a video, or None for
    all. Raises UserError when there is no list, no such class, or no video.
    """
    rows = dict(_rows(folder))
    files = {split: _files(folder, split) for split in set(_SPLITS.values())}
    paths = {key: _find(files[key[0]], key[1], label) for key, label in rows.items()}
    # A partial download may hold some classes only.
    at_hand = sorted({label for key, label in rows.items() if paths[key]})
    labels = _choose(classes, at_hand, set(rows.values()), seed)
    videos, missing = [], Counter[str]()
    for key, label in sorted(rows.items()):
        if label in labels:
            if path := paths[key]:
                videos.append(KineticsVideo(key[1], label, key[0], path))
            else:
                missing[key[0]] += 1
    if not videos:
        raise UserError(f"{folder} holds no video of its lists: expected <split>/<label>/<id>.mp4")
    return Kinetics(labels, tuple(videos), dict(missing))


def read_clip(
    path: Path, *, frames: int, size: int, sampling: Sampling = "uniform"
) -> NDArray[np.uint8]:
    """Return RGB frames uint8 [frames, size, size, 3] of a video: its middle square.

    "uniform" takes the middle frame of each of `frames` equal parts of the video; "centre" takes
    `frames` frames at 8 a second around its middle. Raises SourceError when it cannot be read.
    """
    source = Source(Kind.FILE, str(path))
    with open_video(source) as video:
        seconds = video.stated_seconds or 0.0
        clip = list(_square(_at(video, _times(seconds, frames, sampling)), size))
        if seconds and not video.is_truncated:
            return np.stack(clip)
        seconds = video.seconds
    # Only now is it known how long the video really is.
    with open_video(source) as video:
        return np.stack(list(_square(_at(video, _times(seconds, frames, sampling)), size)))


def _rows(folder: Path) -> Iterator[tuple[tuple[Split, str], str]]:
    """Yield ((split, id), label) of every labelled row of every list. Raises UserError."""
    lists = 0
    for path in sorted((*folder.glob("*.csv"), *folder.glob("annotations/*.csv"))):
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not _COLUMNS.issubset(reader.fieldnames or ()):
                continue
            lists += 1
            for row in reader:
                yield from _row(row, f"{path}, line {reader.line_num}")
    if not lists:
        raise UserError(
            f"{folder} holds no Kinetics list: a CSV with the columns label, youtube_id, "
            "time_start, time_end, split, there or in annotations/"
        )


def _row(row: Mapping[str, str], where: str) -> Iterator[tuple[tuple[Split, str], str]]:
    if not row["label"]:  # the test list as it was first published
        return
    try:
        split = _SPLITS[row["split"]]
        start, end = (int(float(row[key])) for key in ("time_start", "time_end"))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{where} is no row of a Kinetics list: {error}") from error
    yield (split, f"{row['youtube_id']}_{start:06d}_{end:06d}"), row["label"]


def _files(folder: Path, split: Split) -> dict[tuple[str, str], Path]:
    """Return the videos of a split by their class folder ("" where flat) and stem.

    Looking once at each folder is much quicker than asking 300 000 times for a file.
    """
    found = {}
    for name in (name for name, meant in _SPLITS.items() if meant == split):
        for place, _, names in os.walk(folder / name, followlinks=True):
            where = os.path.relpath(place, folder / name)
            label = "" if where == "." else _plain(where)
            for path in sorted(Path(place) / name for name in names):
                if path.suffix.lower() in _SUFFIXES:
                    found[label, path.stem] = path
    return found


def _find(files: Mapping[tuple[str, str], Path], stem: str, label: str) -> Path | None:
    return files.get((_plain(label), stem)) or files.get(("", stem))


def _plain(label: str) -> str:
    return label.replace(" ", "_")


def _choose(
    classes: Sequence[str] | int | None, at_hand: Sequence[str], known: set[str], seed: int
) -> tuple[str, ...]:
    """Return the chosen labels, sorted. Raises UserError."""
    if classes is None:
        return tuple(at_hand)
    if isinstance(classes, int):
        if not 0 < classes <= len(at_hand):
            raise UserError(f"--classes {classes}: there are videos of {len(at_hand)} classes")
        return tuple(sorted(random.Random(seed).sample(at_hand, classes)))  # noqa: S311
    for label in classes:
        if label not in known:
            raise UserError(f"--classes: the lists have no class {label!r}")
    return tuple(sorted(set(classes)))


def _times(seconds: float, frames: int, sampling: Sampling) -> NDArray[np.float64]:
    """Return when to take frames, float64 [frames], in seconds, rising."""
    steps = np.arange(frames, dtype=np.float64)
    if sampling == "uniform":
        return np.asarray((steps + 0.5) * (seconds / frames))
    return np.maximum(seconds / 2 + (steps - (frames - 1) / 2) / _CENTRE_FPS, 0.0)


def _at(video: Video, times: NDArray[np.float64]) -> Iterator[VideoFrame]:
    """Yield for each of `times` the frame that is shown then; after the end, the last one."""
    asked = 0
    shown = None
    for frame, at in video.frames():
        while shown is not None and asked < len(times) and (at or 0) > times[asked]:
            asked += 1
            yield shown
        shown = frame
    if shown is not None:
        for _ in islice(times, asked, None):
            yield shown


def _square(frames: Iterable[VideoFrame], size: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the middle square of each frame, uint8 [size, size, 3]."""
    for frame in frames:
        scale = size / min(frame.width, frame.height)
        width, height = (max(size, round(side * scale)) for side in (frame.width, frame.height))
        image = frame.to_ndarray(format="rgb24", width=width, height=height)
        top, left = (height - size) // 2, (width - size) // 2
        yield np.asarray(image[top : top + size, left : left + size], np.uint8)
