"""What the benchmark's cameras show: 640 x 360 at 20 frames a second.

`person` is somebody who walks, sits down, picks things up (UR Fall's daily living, where the data
folder has it, else the demo's rendered film); `motion` the same room with something in it that
moves and is nobody, `idle` that room alone. The sensor's noise goes with both.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
import itertools
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from tinyact_demo.scene import film

FPS, WIDTH, HEIGHT = 20, 640, 360
KBIT = 600
SCENES = ("person", "motion", "idle")
_PERSON_SECONDS = 60
_QUIET_SECONDS = 20
_NOISE = 2.0  # standard deviation
# The ball that is nobody, and how many pixels it rolls in a frame.
_BALL, _ROLLS = 18, 4

_Picture = NDArray[np.uint8]


def make(folder: Path, data: Path | None) -> tuple[dict[str, Path], str]:
    """Write the three films to `folder`; return them by name, and what they are made of."""
    people, origin = recordings(data)
    room = _room(people[0])
    pictures: dict[str, Iterable[_Picture]] = {
        "person": itertools.chain.from_iterable(frames(path) for path in people),
        "motion": _quiet(room, rolls=True),
        "idle": _quiet(room, rolls=False),
    }
    lengths = {"person": _PERSON_SECONDS, "motion": _QUIET_SECONDS, "idle": _QUIET_SECONDS}
    films = {name: folder / f"{name}.mp4" for name in SCENES}
    for name, path in films.items():
        _write(path, itertools.islice(pictures[name], lengths[name] * FPS))
    return films, origin


def recordings(data: Path | None) -> tuple[list[Path], str]:
    """Return recordings of daily life, and what they are."""
    found = sorted((data / "urfall" / "adl").glob("*-cam0.mp4")) if data else []
    if found:
        # Neighbours show the same: every third of them.
        return found[::3], "UR Fall, daily living"
    return [film()], "the demo's rendered film"


def frames(path: Path, fps: int = FPS) -> Iterator[_Picture]:
    """Yield a recording's pictures, uint8 [360, 640, 3] RGB, so many a second."""
    due = 0.0
    with av.open(path) as container:
        for frame in container.decode(video=0):
            if (frame.time or 0.0) >= due - 1 / (8 * fps):
                due += 1 / fps
                yield _fit(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))


def _fit(image: _Picture) -> _Picture:
    """Return `image` as high as the benchmark's pictures; what lacks at the sides is its edge."""
    height, width = image.shape[:2]
    scaled = cv2.resize(image, (min(round(width * HEIGHT / height), WIDTH), HEIGHT))
    lacks = WIDTH - scaled.shape[1]
    return np.asarray(
        cv2.copyMakeBorder(scaled, 0, 0, lacks // 2, lacks - lacks // 2, cv2.BORDER_REPLICATE),
        np.uint8,
    )


def _room(path: Path) -> _Picture:
    """Return the room of a recording without who moves in it: the median over time."""
    return np.asarray(np.median(list(frames(path))[::5], axis=0), np.uint8)


def _quiet(room: _Picture, *, rolls: bool) -> Iterator[_Picture]:
    random = np.random.default_rng(0)
    for number in itertools.count():
        picture = room.copy()
        if rolls:
            # To and fro, so that it never jumps.
            way = WIDTH - 4 * _BALL
            left = abs((number * _ROLLS) % (2 * way) - way) + 2 * _BALL
            cv2.circle(picture, (left, HEIGHT - 3 * _BALL), _BALL, (190, 160, 120), cv2.FILLED)
        noisy = picture + random.normal(0, _NOISE, picture.shape[:2])[..., None]
        yield np.clip(noisy, 0, 255).astype(np.uint8)


def _write(path: Path, pictures: Iterable[_Picture]) -> None:
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # As a camera's second stream; the server encodes once more.
        stream.bit_rate, stream.gop_size = KBIT * 1000, 25
        stream.options = {"preset": "veryfast", "tune": "zerolatency"}
        stream.time_base = Fraction(1, FPS)
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
