"""Find the people in every video once: landmarks on disk, so that training needs no pixels.

The edge's own tracker does it at the rate the edge samples at, so the landmarks have the very
errors that the recogniser will meet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
import logging
from pathlib import Path
from typing import Self

import av
from av.video.frame import VideoFrame
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_edge.person import PersonTracker, PoseNetworks
from tinyact_edge.source import upright

from .whole_file import whole_file

_LOGGER = logging.getLogger(__name__)
_VIDEO_TYPES = {
    *(".mp4", ".m4v", ".mov", ".3gp", ".avi", ".wmv", ".flv", ".mkv", ".webm"),
    *(".mpg", ".mpeg", ".ts", ".mts", ".m2ts"),
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """Everything the tracker saw in one video of `frames` sampled frames.

    `frame` is int32 [K], the frame of each sighting; `person` int32 [K]; `landmarks` float32
    [K, 33, 4] as in tinyact_edge.person.Person; `size` the frames' (width, height).
    """

    frames: int
    size: tuple[int, int]
    frame: NDArray[np.int32]
    person: NDArray[np.int32]
    landmarks: NDArray[np.float32]

    def save(self, path: Path) -> None:
        """Write atomically, so that an interrupted run leaves no half file."""
        with whole_file(path) as part, part.open("wb") as file:
            np.savez_compressed(
                file,
                frames=self.frames,
                size=self.size,
                frame=self.frame,
                person=self.person,
                landmarks=self.landmarks,
            )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            width, height = file["size"].tolist()
            return cls(
                int(file["frames"]),
                (width, height),
                file["frame"],
                file["person"],
                file["landmarks"],
            )


def videos(folder: Path) -> list[Path]:
    """Return every video under `folder`, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _VIDEO_TYPES)


def cache_path(cache: Path, data: Path, video: Path) -> Path:
    """Return where the sighting of `video`, which lies under `data`, is kept."""
    return cache / video.relative_to(data).with_suffix(".npz")


def prepare(data: Path, cache: Path, fps: float) -> tuple[int, list[Path]]:
    """Track the people of every video under `data` at `fps`; skip what `cache` has already.

    Returns how many videos were done now, and those that could not be read.
    """
    todo = [path for path in videos(data) if not cache_path(cache, data, path).exists()]
    networks = PoseNetworks()
    bad: list[Path] = []
    for video in tqdm(todo, desc="landmarks", unit="video"):
        try:
            sighting = track(video, networks, fps)
        except (av.FFmpegError, OSError, ValueError) as error:
            _LOGGER.warning("%s cannot be read and is left out: %s", video, error)
            bad.append(video)
            continue
        sighting.save(cache_path(cache, data, video))
    return len(todo) - len(bad), bad


def track(video: Path, networks: PoseNetworks, fps: float) -> Sighting:
    """Track the people of one video. Raises av.FFmpegError or ValueError when it cannot be read."""
    tracker = PersonTracker(networks)
    frames, people, landmarks = [], [], []
    size, count = (0, 0), 0
    for count, (frame, at) in enumerate(sampled_frames(video, fps), 1):
        image = whole(frame)
        size = (image.shape[1], image.shape[0])
        for person in tracker.update(image, at):
            frames.append(count - 1)
            people.append(person.id)
            landmarks.append(person.landmarks)
    if not count:
        raise ValueError("no frame in it")
    return Sighting(
        count,
        size,
        np.array(frames, np.int32),
        np.array(people, np.int32),
        np.array(landmarks, np.float32).reshape(-1, 33, 4),
    )


def whole(frame: VideoFrame) -> NDArray[np.uint8]:
    """Return `frame` as RGB uint8 [H, W, 3], however large: landmarks are in its pixels."""
    return upright(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), frame)


def sampled_frames(video: Path, fps: float) -> Iterator[tuple[VideoFrame, float]]:
    """Yield `fps` frames a second and their times.

    Raises av.FFmpegError or ValueError when the video cannot be read.
    """
    with av.open(video) as container:
        if not container.streams.video:
            raise ValueError("no video stream in it")
        due = 0.0
        for frame in container.decode(video=0):
            at = due if frame.pts is None else frame.time
            if at + 1e-6 >= due:
                yield frame, at
                due = max(due + 1 / fps, at)
