"""Cut what moves out of every video once, for students that see pixels and need no landmarks.

For every video it writes `<work>/moving/<video>.npz` with, for each of the K windows in which
something moves, `luma` uint8 [K, 16, 80, 80], `start` float32 [K] in seconds, and `square` float32
[K, 3]: centre x, y and side in pixels of the video, as tinyact_edge.pixel_clip.moving_square finds
it. `luma` shows 80 / 64 of that square, so that training can cut 64 x 64 pixels at random.
"""

import argparse
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
import logging
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_edge.pixel_clip import cut_luma, luma_window, moving_square
from tinyact_edge.source import gray

from .options import UserError, data_folder
from .pool import spread
from .prepare import cache_path, sampled_frames, videos
from .sets import FPS, VIDEO_SETS
from .whole_file import write_arrays
from .windows import FRAMES

PIXELS = 64  # a side, for students
STORED = 80  # a side, with room for random crops
_HOP = 4  # frames from a window's start to the next one's, as on the edge

_LOGGER = logging.getLogger(__name__)


def pixels_folder(options: argparse.Namespace) -> Path:
    """Return where this step keeps what moved."""
    work: Path = options.work
    return work / "moving"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    parser.add_argument("--workers", type=int, default=1, help="processes, each with one thread")


def run(options: argparse.Namespace) -> None:
    """Do what is not done yet. Raises UserError."""
    if options.workers < 1:
        raise UserError("--workers is 1 or more.")
    count, bad = cache(data_folder(options), pixels_folder(options), options.workers)
    print(f"{count} moving windows kept now, {len(bad)} videos unreadable")  # noqa: T201


def cache(data: Path, folder: Path, workers: int) -> tuple[int, list[Path]]:
    """Cut every video under `data` that has no file under `folder` yet.

    Returns how many windows were kept now, and the videos that could not be read. Raises UserError
    when there is no video or a worker dies.
    """
    found = [video for name in VIDEO_SETS for video in videos(data / name)]
    if not found:
        raise UserError(f"There is no video in {data}: it needs a folder {', '.join(VIDEO_SETS)}.")
    todo = [video for video in found if not cache_path(folder, data, video).exists()]
    count, bad = 0, []
    each = spread(partial(_cutter, data, folder), todo, workers)
    for video, result in tqdm(each, "pixels", len(todo), unit="video"):
        if isinstance(result, int):
            count += result
        else:
            _LOGGER.warning("%s cannot be read and is left out: %s", video, result)
            bad.append(video)
    return count, bad


def _cutter(data: Path, folder: Path) -> Callable[[Path], int | str]:
    """Return what does one video; to be called once in a process."""
    cv2.setNumThreads(1)
    return partial(_do, data=data, folder=folder)


def _do(video: Path, data: Path, folder: Path) -> int | str:
    """Write what moves in one video. Returns how many windows, or what is wrong with the video."""
    try:
        kept = list(_moving_windows(video))
    except (av.FFmpegError, OSError, ValueError) as error:
        return str(error)
    _save(cache_path(folder, data, video), kept)
    return len(kept)


_Kept = tuple[NDArray[np.uint8], int, tuple[float, float, float]]


def _moving_windows(video: Path) -> Iterator[_Kept]:
    """Yield luma, uint8 [16, 80, 80], first frame's number, and square of what moves in windows."""
    for first, luma, scale in _windows(video):
        found = moving_square(luma)
        if found is not None:
            centre, side = found
            x, y = (scale * centre).tolist()
            crop = cut_luma(luma, centre, side * STORED / PIXELS, STORED)
            yield crop, first, (x, y, scale * side)


def _windows(video: Path) -> Iterator[tuple[int, NDArray[np.uint8], float]]:
    """Yield first frame's number, luma uint8 [16, H, W], and its scale, of a video's windows.

    A large video's luma is smaller than its frames by `scale`, as on the edge. A video shorter than
    a window begins with its first frame again and again, as in windows.Windows. Raises
    av.FFmpegError, OSError or ValueError when it cannot be read.
    """
    recent: deque[NDArray[np.uint8]] = deque(maxlen=FRAMES)
    count, scale = 0, 1.0
    for count, (frame, _) in enumerate(sampled_frames(video, FPS), 1):
        recent.append(gray(frame))
        scale = max(frame.width, frame.height) / max(recent[-1].shape)
        first = count - FRAMES
        if first >= 0 and first % _HOP == 0:
            yield first, luma_window(recent, FRAMES), scale
    if not count:
        raise ValueError("no frame in it")
    if count < FRAMES:
        yield count - FRAMES, luma_window(recent, FRAMES), scale


def _save(path: Path, kept: Sequence[_Kept]) -> None:
    write_arrays(
        path,
        luma=np.array([luma for luma, _, _ in kept], np.uint8).reshape(-1, FRAMES, STORED, STORED),
        start=np.array([first / FPS for _, first, _ in kept], np.float32),
        square=np.array([square for _, _, square in kept], np.float32).reshape(-1, 3),
    )
