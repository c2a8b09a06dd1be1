"""Keep what the edge told of each video, so that a stopped evaluation goes on where it was.

A file a video, in a folder a bundle. Their names are made of whatever the content depends on: the
bundle's networks, labels and thresholds, the edge's own code; the video's place, size and time of
change. If one of these is another, what was kept before is not found.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import hashlib
import json
from pathlib import Path
from typing import Any, Self

import tinyact_edge
from tinyact_edge.bundle import Bundle
from tinyact_edge.recognize import Recording
from tinyact_edge.recognizer import Action, Window

from .whole_file import write_json


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a video of so many seconds.

    `scores` is each label's highest probability in any window; `incomplete` says why the video was
    not read to its end.
    """

    seconds: float
    actions: tuple[Action, ...]
    scores: dict[str, float]
    incomplete: str | None

    @classmethod
    def of(cls, found: Recording) -> Self:
        """Return what is needed of a recording to judge its events."""
        scores = _highest(found.windows)
        return cls(found.seconds, tuple(found.actions), scores, found.incomplete)


class Kept:
    """What one bundle told of videos."""

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        """Keep it under `folder`."""
        self._folder = folder / _digest(_makings(bundle))

    def get(self, video: Path) -> Told | None:
        """Return what is kept of `video`, None if that is nothing."""
        try:
            stored: dict[str, Any] = json.loads(self._place(video).read_text("utf-8"))
            actions = tuple(Action(**action) for action in stored["actions"])
            return Told(**stored | {"actions": actions})
        except (OSError, ValueError, TypeError, KeyError):
            # Not there, or damaged: it is found out anew.
            return None

    def put(self, video: Path, told: Told) -> None:
        """Keep what was told of `video`, whole or not at all."""
        write_json(self._place(video), asdict(told))

    def _place(self, video: Path) -> Path:
        real = video.resolve()
        state = real.stat()
        return self._folder / f"{_digest([str(real), state.st_size, state.st_mtime_ns])}.json"


def _highest(windows: Sequence[Window]) -> dict[str, float]:
    """Return each label's highest probability in any window."""
    highest: dict[str, float] = {}
    for window in windows:
        for label, p in window.prediction.probabilities.items():
            highest[label] = max(p, highest.get(label, 0.0))
    return highest


def _makings(bundle: Bundle) -> dict[str, Any]:
    """Return all that decides what the edge tells of a given video."""
    edge = sorted(Path(tinyact_edge.__file__).parent.glob("*.py"))
    return {
        "networks": [_hash(bundle.encoder), _hash(bundle.head)],
        "clip": asdict(bundle.clip),
        "labels": list(bundle.labels),
        "thresholds": dict(bundle.thresholds),
        "temperature": bundle.temperature,
        "code": [_hash(file) for file in edge],
    }


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(makings: Any) -> str:
    return hashlib.sha256(json.dumps(makings, sort_keys=True).encode()).hexdigest()
