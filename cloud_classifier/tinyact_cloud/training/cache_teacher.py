"""Show the pixels of all videos' windows to a teacher once, and keep what it says.

For every video it writes `<work>/teacher/<name>/<video>.npz` with `features` float16 [K, F] and
`logits` float16 [K, L] of the teacher, and `<work>/pixels/<video>.npz` with `clips` uint8
[K, 16, 112, 112, 3], RGB, for a student that sees pixels. stored.py tells what else is in them
and finds windows again.
"""

import argparse
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import logging
from pathlib import Path

import av
import numpy as np
from tqdm import tqdm

from .options import UserError, data_folder, landmarks_folder
from .pixels import crop, filmed
from .pool import spread
from .prepare import cache_path
from .sets import VIDEO_SETS, load_sets, load_videos
from .stored import holds, save
from .teachers import Teacher, i3d, ila
from .windows import FRAMES, Windows, cut

PIXELS = 112  # a side, for students
_AT_ONCE = 4  # windows; a large teacher needs much memory for each

_LOGGER = logging.getLogger(__name__)
_TEACHERS: dict[str, Callable[[Path], Teacher]] = {
    "i3d": i3d.teacher,
    "ila-vit-b16": ila.teacher,
}


@dataclass(frozen=True, slots=True)
class Job:
    """One video, its windows, and the files to write."""

    video: Path
    windows: Windows
    answers: Path
    pixels: Path

    def done(self) -> bool:
        """Tell whether both files are there with all windows."""
        return holds(self.answers, self.windows) and holds(self.pixels, self.windows)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    add = parser.add_argument
    add("--teacher", choices=_TEACHERS, default="i3d")
    add("--stride", type=int, default=4, help="frames from a window's start to the next one's")
    add("--workers", type=int, default=1, help="processes, each with one thread and one teacher")


def run(options: argparse.Namespace) -> None:
    """Do what is not done yet. Raises UserError."""
    if options.stride < 1 or options.workers < 1:
        raise UserError("--stride and --workers are 1 or more.")
    data = data_folder(options)
    answers = options.work / "teacher" / options.teacher
    pixels = options.work / "pixels"
    found = jobs(data, landmarks_folder(options), answers, pixels, options.stride)
    make = _TEACHERS[options.teacher]
    count, bad = cache(found, data, make, options.workers)
    print(f"{count} windows seen now, {len(bad)} videos unreadable")  # noqa: T201


def jobs(data: Path, landmarks: Path, answers: Path, pixels: Path, stride: int) -> list[Job]:
    """Return the job of every video in which `landmarks` show somebody, done or not.

    Files are to be written under `answers` and `pixels`, for a window every `stride` frames.
    Raises ValueError when there is none.
    """
    videos = {f"{name}/{video.stem}": video for name, video, _ in load_videos(data, landmarks)}
    bodies = (body for body in load_sets(data, landmarks) if body.set in VIDEO_SETS)
    windows = cut(bodies, stride)
    rows = defaultdict(list)
    for row, clip in enumerate(windows.clip.tolist()):
        rows[clip.rpartition("/")[0]].append(row)
    return [
        Job(
            videos[name],
            windows[np.array(chosen)],
            cache_path(answers, data, videos[name]),
            cache_path(pixels, data, videos[name]),
        )
        for name, chosen in rows.items()
    ]


def cache(
    found: list[Job], data: Path, make: Callable[[Path], Teacher], workers: int
) -> tuple[int, list[Path]]:
    """Do the jobs that are not done, with teachers that `make(data)` returns.

    Returns how many windows were seen now, and the videos that could not be read. Raises UserError
    when a worker dies.
    """
    todo = [job for job in found if not job.done()]
    # Long ones first, so that all workers end at about the same time.
    todo.sort(key=lambda job: len(job.windows), reverse=True)
    count, bad = 0, []
    with tqdm(total=sum(len(job.windows) for job in todo), unit="window") as bar:
        for job, fault in spread(partial(_looker, data, make), todo, workers):
            bar.update(len(job.windows))
            if fault is None:
                count += len(job.windows)
            else:
                _LOGGER.warning("%s cannot be read and is left out: %s", job.video, fault)
                bad.append(job.video)
    return count, bad


def _looker(data: Path, make: Callable[[Path], Teacher]) -> Callable[[Job], str | None]:
    """Return what does one job; its teacher takes seconds to make."""
    return partial(_do, teacher=make(data))


def _do(job: Job, teacher: Teacher) -> str | None:
    """Do one job. Returns None, or what is wrong with the video."""
    count = len(job.windows)
    seen = np.empty((count, FRAMES, teacher.size, teacher.size, 3), np.uint8)
    small = np.empty((count, FRAMES, PIXELS, PIXELS, 3), np.uint8)
    try:
        for row, frames in filmed(job.video, job.windows):
            joints = job.windows.joints[row]
            seen[row] = crop(frames, joints, teacher.size)
            small[row] = crop(frames, joints, PIXELS)
    except (av.FFmpegError, OSError, ValueError) as error:
        return str(error)
    # A teacher for fewer frames sees the same two seconds.
    seen = seen[:, :: FRAMES // teacher.frames]
    answers = [teacher.look(seen[at : at + _AT_ONCE]) for at in range(0, count, _AT_ONCE)]
    features, logits = (
        np.concatenate(part).astype(np.float16) for part in zip(*answers, strict=True)
    )
    save(job.pixels, job.windows, clips=small)
    save(job.answers, job.windows, features=features, logits=logits)
    return None
