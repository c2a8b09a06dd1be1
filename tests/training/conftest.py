"""A small data folder in the layout of the real one: captured bodies, made by arithmetic."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_edge.clip import JOINTS

# A standing person in metres, y up, as the Kinect sets have it.
STANDING = np.array(
    [
        (0, 0.7, 2.5),
        *((-0.2, 0.45, 2.5), (0.2, 0.45, 2.5), (-0.25, 0.15, 2.5), (0.25, 0.15, 2.5)),
        *((-0.25, -0.1, 2.5), (0.25, -0.1, 2.5), (-0.1, -0.1, 2.5), (0.1, -0.1, 2.5)),
        *((-0.1, -0.5, 2.5), (0.1, -0.5, 2.5), (-0.1, -0.9, 2.5), (0.1, -0.9, 2.5)),
    ],
    np.float32,
)


def waving(frames: int, fps: float) -> NDArray[np.float32]:
    """Return a person who waves, float32 [T, 13, 3]."""
    body = np.repeat(STANDING[None], frames, 0)
    body[:, 6, 1] += 0.6 + 0.2 * np.sin(np.arange(frames) / fps * 8)
    return body


def sitting_down(frames: int, _fps: float) -> NDArray[np.float32]:
    """Return a person who sits down, float32 [T, 13, 3]."""
    body = np.repeat(STANDING[None], frames, 0)
    down = np.linspace(0, 0.45, frames)[:, None]
    body[:, :9, 1] -= down
    body[:, 9:11, 2] -= down
    return body


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder with four people who wave and sit down."""
    folder = tmp_path / "data" / "skeletons" / "utd_mhad"
    folder.mkdir(parents=True)
    clips, arrays = [], {}
    movements = {"wave": waving, "stand_to_sit": sitting_down}
    for subject in ("s1", "s2", "s3", "s4"):
        for label, movement in movements.items():
            for _ in range(3):
                number = f"{len(clips):05}"
                arrays[number] = movement(75, 30).astype(np.float16)
                clips.append({"id": number, "label": label, "subject": subject, "file": "x"})
    np.savez(folder / "clips.npz", **arrays)
    meta = {"fps": 30, "joints": list(JOINTS), "clips": clips}
    (folder / "meta.json").write_text(json.dumps(meta))
    return tmp_path / "data"
