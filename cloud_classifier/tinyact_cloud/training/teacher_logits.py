"""What a teacher says of Kinetics' videos: computed once a video, and kept."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_edge.source import SourceError

from .kinetics import KineticsVideo, Sampling, read_clip
from .options import UserError
from .shards import SHARD, Rows, Shard, ShardFolder
from .teachers import Teacher


def cache_logits(
    teacher: Teacher,
    videos: Sequence[KineticsVideo],
    sampling: Sampling,
    folder: ShardFolder,
    shard_size: int = SHARD,
) -> None:
    """Show the teacher those videos that `folder` does not have, shard by shard.

    It sees the same frames as its student, as many as it is made for. Videos that cannot be read
    are listed in their shard. A shard has `logits` float16 [N, L].
    """
    todo = folder.todo(videos, shard_size)
    read = partial(read_clip, frames=teacher.frames, size=teacher.size, sampling=sampling)
    with tqdm(
        total=sum(len(shard.videos) for shard in todo), desc=teacher.name, unit="video"
    ) as bar:
        for shard in todo:
            logits, failures = [], {}
            for at, video in enumerate(shard.videos):
                try:
                    logits.append(teacher.look(read(video.path)[None])[1][0])
                except (SourceError, av.FFmpegError, OSError) as error:
                    failures[at] = str(error)
                bar.update()
            _write(folder, shard, logits, failures, teacher.logits)


def class_columns(labels: Sequence[str], teacher_labels: Sequence[str]) -> NDArray[np.int64]:
    """Return where the teacher has each of `labels`. Raises UserError when it has not."""
    known = {_plain(label): at for at, label in enumerate(teacher_labels)}
    unknown = [label for label in labels if _plain(label) not in known]
    if unknown:
        raise UserError(
            f"The teacher does not know {', '.join(unknown)}: leave them out with --classes, or "
            "give --teacher none."
        )
    return np.array([known[_plain(label)] for label in labels], np.int64)


def read_labels(path: Path) -> list[str]:
    """Read a teacher's labels, a line each, in the order of its logits. Raises UserError."""
    try:
        return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise UserError(
            f"There is no {path}: give the teacher's labels, a line each, as --teacher-labels FILE."
        ) from error


def align(
    rows: Rows, videos: Sequence[KineticsVideo], columns: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the logits float32 [N, C] of `videos` for the classes at `columns`.

    Videos that the teacher could not read get zeros: the student cannot read them either.
    """
    place = {name: at for at, name in enumerate(rows.video.tolist())}
    logits = np.zeros((len(videos), len(columns)), np.float32)
    for at, video in enumerate(videos):
        if video.id in place:
            logits[at] = rows.values["logits"][place[video.id], columns]
    return logits


def _write(
    folder: ShardFolder,
    shard: Shard,
    logits: Sequence[NDArray[np.float32]],
    failures: dict[int, str],
    width: int,
) -> None:
    stacked = np.array(logits, np.float16).reshape(-1, width)
    folder.write(shard, {"logits": stacked}, failures)


def _plain(label: str) -> str:
    return label.replace("_", " ").casefold().strip()
