"""Cut the pixels of windows out of their video: what a teacher, or a student that sees RGB, sees.

The person is in the middle of a square that stands still for the whole window, as in a body clip,
so that the body's own movement remains.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tinyact_edge.clip import square

from .prepare import sampled_frames, whole
from .sets import FPS
from .windows import FRAMES, Windows

# Joints end at wrists and ankles; hands, feet and what they touch belong to the action.
_MARGIN = 1.3


def filmed(video: Path, windows: Windows) -> Iterator[tuple[int, list[NDArray[np.uint8]]]]:
    """Yield the number of each of the video's windows and its 16 frames, uint8 [H, W, 3], RGB.

    They come in the order in which they end; the video is decoded once. The frames of a window
    that starts before the video are its first one. Raises av.FFmpegError, OSError or ValueError
    when the video cannot be read, or is shorter than its windows say.
    """
    due = defaultdict(list)
    for number, start in enumerate(windows.start.tolist()):
        due[round(start * FPS) + FRAMES - 1].append(number)
    recent: deque[NDArray[np.uint8]] = deque(maxlen=FRAMES)
    for index, (frame, _) in enumerate(sampled_frames(video, FPS)):
        image = whole(frame)
        recent.extend([image] if recent else [image] * FRAMES)
        for number in due.pop(index, ()):
            yield number, list(recent)
    if due:
        raise ValueError("it is shorter than when `prepare` saw it")


def crop(
    frames: Sequence[NDArray[np.uint8]], joints: NDArray[np.float32], size: int
) -> NDArray[np.uint8]:
    """Return the square around a person in T frames uint8 [H, W, 3] as uint8 [T, size, size, 3].

    `joints` is float32 [T, 13, 3]: x, y in pixels, visibility; NaN: not seen. Outside the frames,
    their edge goes on.
    """
    centre, side = square(joints)
    length = max(round(side * _MARGIN), 1)
    left, top = (round(at - length / 2) for at in centre.tolist())
    height, width = frames[0].shape[:2]
    rows = np.clip(np.arange(top, top + length), 0, height - 1)
    columns = np.clip(np.arange(left, left + length), 0, width - 1)
    way = cv2.INTER_AREA if length > size else cv2.INTER_LINEAR
    clip = np.empty((len(frames), size, size, 3), np.uint8)
    for target, frame in zip(clip, frames, strict=True):
        cv2.resize(frame[np.ix_(rows, columns)], (size, size), target, interpolation=way)
    return clip
