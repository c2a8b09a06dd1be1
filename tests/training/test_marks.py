"""What marks hide, measured on made-up recordings of UR Fall."""

import numpy as np

from tinyact_cloud.training.marks import measured
from tinyact_cloud.training.sets import LABELS
from tinyact_cloud.training.windows import Windows

FALL = LABELS.index("fall")
WAYS = np.random.default_rng(0).normal(size=(5, 1024)).astype(np.float32)
CROUCH, LIE, TUMBLE, WALK, RISE = range(5)
# Recording, second, how the person moves, and how much a fall it seems.
SEEN = [
    ("adl-01-cam0", 0.0, WALK, 0.0),
    ("adl-01-cam0", 0.25, WALK, 0.0),
    ("adl-01-cam0", 0.5, CROUCH, 0.6),
    ("adl-01-cam0", 0.75, CROUCH, 0.5),
    ("adl-01-cam0", 1.0, LIE, 0.4),
    ("adl-01-cam0", 1.25, LIE, 0.4),
    ("adl-01-cam0", 4.0, RISE, 0.1),
    ("adl-02-cam0", 0.0, LIE, 0.5),
    ("adl-02-cam0", 0.25, RISE, 0.2),
    ("adl-03-cam1", 0.0, TUMBLE, 0.2),
    ("fall-01-cam0", 0.0, TUMBLE, 0.9),
    ("fall-01-cam0", 0.25, WALK, 0.9),
    ("fall-02-cam0", 0.0, CROUCH, 0.9),
    ("fall-03-cam1", 0.0, TUMBLE, 0.3),
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
    said = np.zeros((len(SEEN), len(LABELS)))
    said[:, FALL] = [fall for *_, fall in SEEN]
    found = measured(windows, WAYS[[way for _, _, way, _ in SEEN]], said, "urfall")
    # Alarms: crouching in the first recording, lying in the second, tumbling in the third.
    assert (found["label"], found["alarms"], found["recordings"]) == ("fall", 3, 3)
    assert found["told"] == 2  # the last one is no fall to anybody
    one, all_ = found["by"]["one window"], found["by"]["all windows"]
    # A quarter of a second beside: walking, crouching, lying; and rising in the second.
    assert (one["repeat"], all_["repeat"]) == (1 / 4, 3 / 4)
    assert (one["told_again"], all_["told_again"]) == (1 / 3, 0)
    # The second recording lies as the first did, which is not known of its crouching alone.
    assert (one["false_alarms"], all_["false_alarms"]) == (2, 2)
    assert (one["other_recordings"], all_["other_recordings"]) == (0, 1 / 2)
    # Falls of cam0 tumble, walk and crouch, cam1's tumbles.
    assert (one["real_by_all"], all_["real_by_all"]) == (2 / 4, 3 / 4)
    assert (one["told_by_all"], all_["told_by_all"]) == (1, 1)
