"""Measure what a second of real recordings costs on one core, through all stages of the edge.

Where cost.py times parts on made-up pictures, here everything counts, and as often as it really
runs: decoding, the motion gate, landmarks or luma, clips, encoder and head.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
import time
from typing import Any

from av.video.frame import VideoFrame
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from tinyact_edge.bundle import Bundle
from tinyact_edge.classifier import LocalHead
from tinyact_edge.clip import Clip
from tinyact_edge.encoder import Encoder
from tinyact_edge.pipeline import ClipMaker
from tinyact_edge.recognize import VideoRecognizer
from tinyact_edge.recognizer import Prediction
from tinyact_edge.source import SourceError
from tinyact_edge.view import View, view_of

from .options import UserError

_ROUNDS = 3  # the least counts: other programs only add
# What is in none of the other stages.
_REST = "decode, gate, recognise"


def measure_recordings(bundles: Sequence[Bundle], videos: Sequence[Path]) -> dict[str, Any]:
    """Return milliseconds of processor time for a second of `videos`, by bundle and stage.

    Bundles take turns. Raises UserError when a video cannot be read, PoseFilesError where a bundle
    needs the pose networks and they are missing.
    """
    benches = [_Bench(bundle) for bundle in bundles]
    rounds = [
        [bench.run(videos) for bench in benches]
        for _ in tqdm(range(_ROUNDS), desc="rounds over the recordings", leave=False)
    ]
    least = [min(spent, key=lambda one: one.whole) for spent in zip(*rounds, strict=True)]
    return {
        "videos": len(videos),
        "seconds": least[0].seconds,
        "rounds": _ROUNDS,
        "bundles": [
            {
                "name": bundle.name,
                "view": bundle.clip.view,
                "ms_per_camera_second": spent.whole / spent.seconds,
                "parts": {part: ms / spent.seconds for part, ms in spent.parts.items()},
            }
            for bundle, spent in zip(bundles, least, strict=True)
        ],
    }


@dataclass(frozen=True, slots=True)
class _Spent:
    """Milliseconds that recordings of so many seconds took, and their parts by stage."""

    seconds: float
    whole: float
    parts: dict[str, float]


class _Stopwatch:
    """Adds up milliseconds of processor time by stage."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.process_time_ns()
        yield
        self.spent[name] += (time.process_time_ns() - start) / 1e6


class _Bench:
    """A bundle in the edge's own recogniser, with a stopwatch at every stage."""

    def __init__(self, bundle: Bundle) -> None:
        self._watch = watch = _Stopwatch()
        view = view_of(bundle.clip)

        def picture(frame: VideoFrame) -> NDArray[np.uint8]:
            with watch.stage("picture"):
                return view.picture(frame)

        self._recognizer = VideoRecognizer(
            bundle,
            view=View(picture, lambda: _TimedMaker(view.clip_maker(), watch)),
            encoder=_TimedEncoder(bundle, watch),
            head=_TimedHead(bundle, watch),
        )

    def run(self, videos: Sequence[Path]) -> _Spent:
        """Recognise `videos`. Raises UserError when one cannot be read."""
        self._watch.spent.clear()
        seconds, start = 0.0, time.process_time_ns()
        for video in videos:
            try:
                seconds += self._recognizer.recognize(video).seconds
            except SourceError as error:
                raise UserError(f"{video} cannot be read: {error}") from error
        whole = (time.process_time_ns() - start) / 1e6
        stages = dict(self._watch.spent)
        return _Spent(seconds, whole, {_REST: whole - sum(stages.values()), **stages})


class _TimedMaker:
    """A ClipMaker that is timed."""

    def __init__(self, maker: ClipMaker, watch: _Stopwatch) -> None:
        self._maker = maker
        self._watch = watch

    def add(self, image: NDArray[np.uint8], at: float) -> list[Clip]:
        with self._watch.stage("clip"):
            return self._maker.add(image, at)

    def miss(self, at: float) -> None:
        self._maker.miss(at)

    def look_closer(self, person: int) -> None:
        self._maker.look_closer(person)

    def rest(self) -> list[Clip]:
        with self._watch.stage("clip"):
            return self._maker.rest()

    def reset(self) -> None:
        self._maker.reset()


class _TimedEncoder(Encoder):
    """An encoder that is timed."""

    def __init__(self, bundle: Bundle, watch: _Stopwatch) -> None:
        super().__init__(bundle)
        self._watch = watch

    def encode(
        self, clips: NDArray[np.uint8], figures: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        with self._watch.stage("encoder"):
            return super().encode(clips, figures)


class _TimedHead(LocalHead):
    """A head that is timed."""

    def __init__(self, bundle: Bundle, watch: _Stopwatch) -> None:
        super().__init__(bundle)
        self._watch = watch

    def classify(self, latents: NDArray[np.float32]) -> list[Prediction]:
        with self._watch.stage("head"):
            return super().classify(latents)
