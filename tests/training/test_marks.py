"""What marks hide, measured on made-up recordings of UR Fall."""

import numpy as np
import pytest

from tinyact_cloud.training.marks import hides, measured
from tinyact_cloud.training.sets import LABELS
from tinyact_cloud.training.windows import Windows

FALL = LABELS.index("fall")
WAYS = np.random.default_rng(0).normal(size=(4, 1024)).astype(np.float32)
CROUCH, LIE, TUMBLE, WALK = range(4)
# Recording, second, how the person moves, and how much a fall it seems.
SEEN = [
    ("adl-01-cam0", 0.0, WALK, 0.0),
    ("adl-01-cam0", 1.0, CROUCH, 0.4),
    ("adl-01-cam0", 1.25, CROUCH, 0.6),
    ("adl-01-cam0", 1.75, LIE, 0.1),
    ("adl-02-cam0", 0.0, CROUCH, 0.5),
    ("adl-02-cam0", 0.25, TUMBLE, 0.7),
    ("adl-03-cam1", 0.0, CROUCH, 0.6),
    ("fall-01-cam0", 0.0, TUMBLE, 0.9),
    ("fall-01-cam0", 0.25, CROUCH, 0.9),
    ("fall-02-cam0", 0.0, CROUCH, 0.9),
    ("fall-03-cam1", 0.0, TUMBLE, 0.9),
]


def test_what_is_hidden() -> None:
    recordings = np.array([recording for recording, *_ in SEEN])
    allowed = np.zeros((len(SEEN), len(LABELS)), np.bool_)
    real = np.char.startswith(recordings, "fall")
    allowed[real, FALL] = True
    allowed[~real, 0] = True
    windows = Windows(
        joints=np.zeros((len(SEEN), 16, 13, 3), np.float32),
        flat=np.ones(len(SEEN), np.bool_),
        allowed=allowed,
        start=np.array([start for _, start, _, _ in SEEN], np.float32),
        set=np.array(["urfall"] * len(SEEN)),
        clip=np.array([f"urfall/{recording}/1" for recording in recordings]),
        group=recordings,
        action=np.full(len(SEEN), ""),
    )
    latents = WAYS[[way for _, _, way, _ in SEEN]]
    found = measured(windows, latents, np.array([fall for *_, fall in SEEN]))
    # Marked: crouching in the first recording, tumbling in the second, crouching in the third.
    assert found["marks"] == 3
    assert found["same_moment"] == 0.5  # crouching a quarter of a second before, and not tumbling
    assert found["moment_after"] == 0  # lying
    # Alarms in cam0: both crouches of the first stay, the second's crouch goes, its tumble stays.
    assert found["false_alarms"] == 5
    assert found["other_recordings"] == pytest.approx(1 / 5)
    # The falls in cam0 tumble, crouch, crouch, marked as two and one of three; cam1's stays.
    assert found["real_by_one"] == pytest.approx(3 / 7)
    assert found["real_windows_by_all"] == pytest.approx(3 / 4)
    assert (found["falls"], found["falls_hidden"]) == (3, 2)


def test_without_marks_nothing_is_hidden() -> None:
    assert not hides(WAYS, WAYS[:0]).any()
