"""Time each stage of the edge by itself, in this process, on a film: processor time, one thread."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
import statistics
import tempfile
import time
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tinyact_edge.bundle import load_bundle
from tinyact_edge.classifier import LocalHead
from tinyact_edge.clip import ClipBuilder
from tinyact_edge.encoder import Encoder
from tinyact_edge.hub import Client, Hub
from tinyact_edge.journal import Journal
from tinyact_edge.motion import MotionGate
from tinyact_edge.person import Light, PersonTracker, PoseNetworks
from tinyact_edge.pipeline import encode
from tinyact_edge.recognizer import Action
from tinyact_edge.sampler import Sampler
from tinyact_edge.source import Kind, Source, luma, open_video, rgb

# What a stage is asked for once each time.
UNITS = {
    "decode": "frame",
    "gate": "sample",
    "picture": "sample",
    "detect": "look",
    "landmarks": "person and sample",
    "clip": "clip",
    "encode": "clip",
    "classify": "clip",
    "journal": "action",
    "push": "message",
}
_ACTIONS = 200


def measure(film: Path, rounds: int) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Return each stage's median milliseconds, round by round, and how often a second it is asked.

    The latter only of what a camera's film makes work, not of what is told.
    """
    cv2.setNumThreads(1)  # as view.py does
    stages = _Stages()
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, ms in stages.run(film).items():
            taken[name].append(ms)
    return dict(taken), stages.rates


class _Watch:
    """Notes what calls take, by stage."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.process_time_ns()
        yield
        self.took[name].append((time.process_time_ns() - began) / 1e6)


class _Networks(PoseNetworks):
    """The pose networks, watched."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def detect(self, image: NDArray[np.uint8], light: Light) -> list[Any]:
        with self._watch.stage("detect"):
            return super().detect(image, light)

    def landmarks(self, *arguments: Any) -> Any:
        with self._watch.stage("landmarks"):
            return super().landmarks(*arguments)


class _Stages:
    """All stages, set up once."""

    def __init__(self) -> None:
        self._watch = _Watch()
        self._bundle = load_bundle()
        self._networks = _Networks(self._watch)
        self._encoder = Encoder(self._bundle)
        self._head = LocalHead(self._bundle)
        self.rates: dict[str, float] = {}

    def run(self, film: Path) -> dict[str, float]:
        """Take a film through all stages; return the median milliseconds of each."""
        self._watch.took.clear()
        seconds = self._look(film)
        self.rates = {name: len(took) / seconds for name, took in self._watch.took.items()}
        with tempfile.TemporaryDirectory() as folder:
            self._tell(Path(folder))
        return {name: statistics.median(self._watch.took[name]) for name in UNITS}

    def _look(self, film: Path) -> float:
        """Look at all of a film; return its seconds."""
        watch, spec = self._watch, self._bundle.clip
        tracker, builder = PersonTracker(self._networks), ClipBuilder(spec)
        # It only tells which frames are due: what is done with them is timed here.
        sampler = Sampler(spec.fps, picture=lambda _frame: np.empty(0, np.uint8))
        gate = MotionGate()
        with open_video(Source(Kind.FILE, str(film))) as video:
            frames = video.frames()
            while True:
                with watch.stage("decode"):
                    frame, at = next(frames, (None, None))
                if frame is None or at is None:
                    break
                if not sampler.is_due(at):
                    continue
                with watch.stage("gate"):
                    brightness = luma(frame)
                    gate.update(brightness, at)
                sampler.take(frame, brightness, at)
                with watch.stage("picture"):
                    image = rgb(frame)
                people = tracker.update(image, at)
                began = time.process_time_ns()
                clips = builder.add(people, at)
                spent = (time.process_time_ns() - began) / 1e6
                for clip in clips:
                    watch.took["clip"].append(spent / len(clips))
                    with watch.stage("encode"):
                        latent = encode(self._encoder, [clip])
                    with watch.stage("classify"):
                        self._head.classify(latent)
            return video.seconds

    def _tell(self, folder: Path) -> None:
        journal, hub = Journal(folder), Hub()
        client = Client(lambda: None)
        hub.join(client)
        for number in range(1, _ACTIONS + 1):
            at = 1.8e9 + number
            action = Action(number, "kitchen", 1, "sit", 0.9, at, at + 2)
            with self._watch.stage("journal"):
                message = journal.confirm(action)
            with self._watch.stage("push"):
                hub.publish({"type": "action", "id": message.id, "action": asdict(action)})
        journal.close()
