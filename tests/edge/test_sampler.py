"""Which frames are looked at."""

from collections.abc import Callable

import av
import numpy as np
from numpy.typing import NDArray

from tinyact_edge.motion import MotionGate
from tinyact_edge.pace import Pace
from tinyact_edge.sampler import Sample, Sampler
from tinyact_edge.source import gray, luma

from .support import moving_square, still_room


def feed(
    sampler: Sampler,
    times: list[float],
    draw: Callable[[float], NDArray[np.uint8]] = moving_square,
) -> list[Sample]:
    """Return the samples of the frames at some times."""
    samples = []
    for at in times:
        frame = av.VideoFrame.from_ndarray(draw(at), "rgb24").reformat(format="yuv420p")
        samples.append(sampler.take(frame, luma(frame), at))
    return [sample for sample in samples if sample]


def every(period: float, seconds: float, start: float = 0.0) -> list[float]:
    """Return the times of frames."""
    return [start + index * period for index in range(round(seconds / period))]


def test_the_rate_is_kept_whatever_the_camera_s() -> None:
    for fps in (10, 12, 15, 25, 30):
        samples = feed(Sampler(8), every(1 / fps, 4))
        assert 31 <= len(samples) <= 33
    assert len(feed(Sampler(8), every(1 / 5, 4))) == 20


def test_a_sample_holds_the_picture() -> None:
    sample = feed(Sampler(8), [0.0])[0]
    assert sample.image is not None
    assert sample.image.shape == (180, 320, 3)
    assert np.abs(sample.image.astype(int) - moving_square(0.0)).mean() < 3


def test_a_view_that_needs_luma_only_gets_no_colours() -> None:
    sample = feed(Sampler(8, picture=gray), [0.0])[0]
    assert sample.image is not None
    assert sample.image.shape == (180, 320)
    assert np.abs(sample.image.astype(int) - moving_square(0.0)[..., 0]).mean() < 3


def test_frames_after_a_gap_are_not_made_up_for() -> None:
    sampler = Sampler(8)
    feed(sampler, every(1 / 16, 1))
    late = feed(sampler, every(1 / 16, 1, start=3))
    assert len(late) == 8


def test_a_still_scene_is_not_sampled_and_its_end_is_told() -> None:
    sampler = Sampler(8, MotionGate(hold=1.0))
    samples = feed(sampler, every(1 / 16, 5), still_room)
    assert samples[-1] == Sample(samples[-1].at)
    assert 1.0 < samples[-1].at < 1.2
    assert feed(sampler, every(1 / 16, 1, start=5), moving_square)


def test_after_a_reset_a_still_scene_is_looked_at_again() -> None:
    sampler = Sampler(8, MotionGate(hold=1.0))
    feed(sampler, every(1 / 16, 5), still_room)
    sampler.reset()
    assert feed(sampler, every(1 / 16, 0.5, start=5), still_room)


def test_what_there_is_no_time_for_is_noted_with_the_next_sample() -> None:
    class Half(Pace):
        share = 0.5

    sampler, samples = Sampler(8, pace=Half()), []
    for at in every(1 / 16, 4):
        frame = av.VideoFrame.from_ndarray(moving_square(at), "rgb24").reformat(format="yuv420p")
        if not sampler.is_due(at) or sampler.leaves_out(at):
            continue
        if sample := sampler.take(frame, luma(frame), at):
            samples.append(sample)
    assert 15 <= len(samples) <= 17
    times = sorted(at for sample in samples for at in (sample.at, *sample.missed))
    assert times == every(1 / 8, len(times) / 8)
