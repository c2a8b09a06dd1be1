"""The demo's film: drawn, and yet a person to the networks."""

import av
import numpy as np

from tinyact_demo import scene
from tinyact_edge.person import PersonTracker, PoseNetworks

ENTERED, LEAVES = 2.0, 28.0  # seconds


def test_person_is_followed() -> None:
    """BlazePose follows one and the same person for as long as there is one to see."""
    tracker = PersonTracker(PoseNetworks())
    people = []
    with av.open(scene.film()) as video:
        for number, frame in enumerate(video.decode(video=0)):
            at = number / scene.FPS
            if number % 2 == 0 and ENTERED < at < LEAVES:
                image = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                people.append([person.id for person in tracker.update(image, at)])
    assert len(people) > 200
    assert all(found == [1] for found in people)
