"""A short film of a person in a room, for where no camera is at hand.

Rendered once per version of this package and kept in the user's cache.
"""

from fractions import Fraction
import hashlib
import os
from pathlib import Path
import tempfile

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from . import person
from .body import articulate
from .motion import DURATION, pose_at
from .room import Room

WIDTH, HEIGHT = 640, 360
FPS = 20

_FINER = 2  # drawn this much larger, then shrunk, for smooth edges
_GROUP = 40  # frames from key frame to key frame, as cameras have it
_NOISE = 2.2  # standard deviation of the sensor's noise, of 255


def film_path() -> Path:
    """Return where this version's film is kept, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "tinyact" / "scene" / f"{_version()}.mp4"


def film() -> Path:
    """Return the film's path, after rendering it if it is not in the cache."""
    path = film_path()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        # Nobody meets half a film.
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            part = Path(folder) / path.name
            render(part)
            part.rename(path)
    return path


def render(path: Path) -> None:
    """Render the film to `path`, an MP4 with H.264."""
    random = np.random.default_rng(0)
    room = Room(WIDTH * _FINER, HEIGHT * _FINER, random)
    noise = random.normal(0, _NOISE, (HEIGHT + 64, WIDTH + 64, 3)).astype(np.float32)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.gop_size = _GROUP
        stream.options = {"crf": "21", "preset": "veryfast", "bf": "0"}
        stream.time_base = Fraction(1, FPS)
        for number in range(round(DURATION * FPS)):
            body = articulate(pose_at(number / FPS))
            canvas = room.canvas_with_shadow(body)
            person.draw(canvas, body)
            picture = cv2.resize(canvas.image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
            x, y = random.integers(0, 64, 2)
            picture = picture * 255 + noise[y : y + HEIGHT, x : x + WIDTH]
            frame = av.VideoFrame.from_ndarray(_bytes(picture), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _bytes(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.clip(picture, 0, 255).astype(np.uint8)


def _version() -> str:
    """Return a hash of the code that draws."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
