"""Tell what a camera that sends nothing but 4K costs: decoding, and making its pictures smaller.

The film is made here: 3840 x 2160 at 20 frames a second, something moving before a detailed room.
"""

import argparse
import os
from pathlib import Path
import statistics
import tempfile
import time
from typing import Any

import av
import cv2
import numpy as np

from tinyact_edge.sampler import Sampler
from tinyact_edge.source import Kind, Source, luma, open_video

_WIDTH, _HEIGHT, _RATE = 3840, 2160, 20
_SECONDS = 3


def film(path: Path, codec: str) -> Path:
    """Write the film."""
    noise = np.random.default_rng(0).integers(0, 255, (_HEIGHT // 8, _WIDTH // 8, 3), np.uint8)
    room = np.asarray(cv2.resize(noise, (_WIDTH, _HEIGHT)), np.uint8)
    # Else x265 talks.
    options = {"preset": "ultrafast", "g": str(2 * _RATE), "x265-params": "log-level=none"}
    with av.open(path, "w") as container:
        stream: Any = container.add_stream(codec, rate=_RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        stream.bit_rate = 8_000_000
        for index in range(_SECONDS * _RATE):
            image = room.copy()
            left = index * 20 % (_WIDTH - 400)
            image[600:1500, left : left + 400] = 230
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode())
    return path


def core_share(path: Path) -> float:
    """Return how much of a core the camera's thread takes, as CPU time."""
    sampler = Sampler(8)
    began = time.thread_time()
    with open_video(Source(Kind.FILE, str(path))) as video:
        for frame, at in video.frames():
            sampler.take(frame, luma(frame), at or 0.0)
    return (time.thread_time() - began) / _SECONDS


def main() -> None:
    """Measure both codecs, the median of several turns."""
    parser = argparse.ArgumentParser(prog="script/soak uhd", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        for name, codec in (("H.264", "libx264"), ("H.265", "libx265")):
            path = film(Path(folder) / f"{codec}.mp4", codec)
            megabits = path.stat().st_size * 8 / _SECONDS / 1e6
            share = statistics.median(core_share(path) for _ in range(runs))
            print(
                f"{name}, {_WIDTH} x {_HEIGHT} at {_RATE} frames a second, {megabits:.1f} Mbit/s:"
                f" {share:.0%} of a core of {os.uname().machine}, median of {runs}"
            )


if __name__ == "__main__":
    main()
