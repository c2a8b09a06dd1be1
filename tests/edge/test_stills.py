"""Which frame becomes the picture of an action."""

from itertools import count
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_edge.bundle import Bundle
from tinyact_edge.journal import Journal
from tinyact_edge.media import Media
from tinyact_edge.person import Person
from tinyact_edge.pictures import Keeping, Kind, Pictures
from tinyact_edge.pipeline import Watch, Watched, recognize, windows
from tinyact_edge.recognizer import Action, Prediction, Recognizer
from tinyact_edge.sampler import Sample
from tinyact_edge.source import rgb
from tinyact_edge.stills import Stills
from tinyact_edge.view import BodyClips

from .support import LATENT, moving_square, still_room

FPS = 8


class SquareTracker:
    """Takes a bright square for a person, as long as it is there."""

    def update(self, image: NDArray[np.uint8], _at: float) -> list[Person]:
        rows, columns = np.nonzero(image[:, :, 0] > 200)
        if not len(rows):
            return []
        landmarks = np.ones((33, 4), np.float32)
        landmarks[:, 0] = np.linspace(columns.min(), columns.max(), 33)
        landmarks[:, 1] = np.linspace(rows.min(), rows.max(), 33)
        return [Person(1, landmarks)]

    def reset(self) -> None:
        """Have nothing to forget."""


def confirmed(
    bundle: Bundle, frames_in_view: int, sureness: list[float]
) -> tuple[Stills, list[Action], list[float]]:
    """Let a square be there for some frames; return what is confirmed, and when windows ended."""
    watch, stills = Watch(BodyClips(SquareTracker(), bundle.clip)), Stills()
    recognizer = Recognizer("hall", {}, count(1))
    found: list[Action] = []
    ends: list[float] = []
    for number in range(32):
        at = number / FPS
        drawn = moving_square(at) if number < frames_in_view else still_room(at)
        frame = av.VideoFrame.from_ndarray(drawn, "rgb24").reformat(format="yuv420p")
        sample = Sample(at, rgb(frame), frame=frame)
        clips = watch.clips(sample)
        sure = [sureness[len(ends)]] if clips else []
        ends += [clip.at for clip in clips]
        shown = windows(clips, [Prediction("sit", p, {"sit": p, "none": 1 - p}) for p in sure])
        latents = np.zeros((len(clips), LATENT), np.float32)
        seen = sample.looked_at(keep_frame=bool(clips))
        watched = Watched("hall", seen, clips, latents)
        stills.add(watched, shown)
        found += recognize(recognizer, watch.maker, seen, shown)
        if found:
            break
    return stills, found, ends


@pytest.fixture
async def media(tmp_path: Path) -> Media:
    """Return what writes pictures."""
    journal = Journal(tmp_path)
    pictures = Pictures(tmp_path, Keeping())
    return Media(journal, pictures, lambda _message: None)


def brightest(path: Path) -> int:
    image = cv2.imread(str(path))
    assert image is not None
    return int(image.max())


async def test_whoever_has_left_is_shown_while_they_were_there(
    bundle: Bundle, media: Media, tmp_path: Path
) -> None:
    # The second window ends, and confirms, without the square.
    stills, (action,), ends = confirmed(bundle, 9, [0.6, 0.9])
    assert ends == [7 / FPS, 11 / FPS]
    assert action.confirmed_at == ends[-1]
    media.take_snapshot(action, stills.best(action))  # type: ignore[arg-type]
    assert brightest(tmp_path / f"{action.id}.jpg") > 200
    assert media._pictures.of(action.id)[Kind.SNAPSHOT]


async def test_of_those_with_the_person_the_surest_is_shown(bundle: Bundle) -> None:
    for sureness, wanted in (([0.9, 0.6], 0), ([0.6, 0.9], 1)):
        stills, (action,), ends = confirmed(bundle, 32, sureness)
        best = stills.best(action)
        assert best is not None
        assert np.array_equal(rgb(best.frame), rgb(frame_at(ends[wanted])))


def frame_at(at: float) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(moving_square(at), "rgb24").reformat(format="yuv420p")


def test_no_more_than_three_frames_are_held_and_none_for_long(bundle: Bundle) -> None:
    stills, found, _ = confirmed(bundle, 32, [0.1] * 9)
    assert found == []
    assert len(stills._kept) == 3
    later = Watched("hall", Sample(60.0, None), [], np.zeros((0, LATENT), np.float32))
    stills.add(later, [])
    assert len(stills._kept) == 0
