"""The worker that looks at the samples of all cameras."""

from collections.abc import Iterator
import logging
import queue
import threading

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_edge.bundle import Bundle
from tinyact_edge.clip import Clip
from tinyact_edge.encoder import Encoder
from tinyact_edge.person import Person
from tinyact_edge.pipeline import Watch, Watched, Worker
from tinyact_edge.sampler import Sample
from tinyact_edge.view import BodyClips

from .support import StubTracker, wait_for

IMAGE = np.zeros((180, 320, 3), np.uint8)


class Held(StubTracker):
    """A tracker that waits to be let go on, and may fail."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)
        self.resets = 0
        self.failures = 0

    def update(self, image: NDArray[np.uint8], at: float) -> list[Person]:
        self.entered.release()
        assert self.go_on.acquire(timeout=20)
        if self.failures:
            self.failures -= 1
            raise ValueError("cannot look at this")
        return super().update(image, at)

    def reset(self) -> None:
        self.resets += 1


class Bench:
    """A running worker and what it hands on."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.watched: queue.Queue[Watched] = queue.Queue()
        self.now = 0.0
        self.worker = Worker(Encoder(bundle), self._take, lambda: self.now)
        self.worker.start()

    def _take(self, seen: list[Watched]) -> None:
        for each in seen:
            self.watched.put(each)

    def add(self, camera: str, tracker: StubTracker | None = None) -> None:
        self.worker.add_camera(camera, Watch(BodyClips(tracker or StubTracker(), self.bundle.clip)))

    def next(self) -> Watched:
        return wait_for(self.watched)


@pytest.fixture
def bench(bundle: Bundle) -> Iterator[Bench]:
    """Return a running worker."""
    bench = Bench(bundle)
    yield bench
    bench.worker.stop(10)


def test_samples_become_clips_and_latents(bench: Bench) -> None:
    bench.add("kitchen")
    for index in range(16):
        bench.worker.put("kitchen", Sample(index / 8, IMAGE))
        watched = bench.next()
    (clip,) = watched.clips
    assert (clip.started_at, clip.at) == (0.0, 15 / 8)
    assert watched.latents.shape == (1, 1024)
    assert watched.latents[0, -1] == pytest.approx(clip.frames.mean(), rel=0.01)


def test_cameras_take_turns(bench: Bench) -> None:
    held = Held()
    bench.add("busy", held)
    bench.add("calm")
    for index in range(5):
        bench.worker.put("busy", Sample(index / 8, IMAGE))
    assert held.entered.acquire(timeout=20)
    bench.worker.put("calm", Sample(0.0, IMAGE))
    for _ in range(5):
        held.go_on.release()
    assert [bench.next().camera for _ in range(3)] == ["busy", "calm", "busy"]


def test_what_a_turn_looks_at_is_foreseen(bundle: Bundle) -> None:
    foreseen: list[int] = []
    worker = Worker(
        Encoder(bundle), lambda _seen: None, foresee=lambda looks: foreseen.append(len(looks))
    )
    for camera in ("kitchen", "hall"):
        worker.add_camera(camera, Watch(BodyClips(StubTracker(), bundle.clip)))
        worker.put(camera, Sample(0.0, IMAGE))
    worker.put("hall", Sample(0.1, interrupted=True))
    worker._look(worker._next_turn())
    worker._look(worker._next_turn())
    assert foreseen == [2, 0]


def test_what_cannot_be_foreseen_is_looked_at_all_the_same(
    bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    def foresee(_looks: object) -> None:
        raise ValueError("cannot look at these together")

    watched: list[Watched] = []
    worker = Worker(Encoder(bundle), watched.extend, foresee=foresee)
    worker.add_camera("kitchen", Watch(BodyClips(StubTracker(), bundle.clip)))
    for index in range(16):
        worker.put("kitchen", Sample(index / 8, IMAGE))
        worker._look(worker._next_turn())
    assert any(seen.clips for seen in watched)
    assert len(caplog.records) == 1


def test_a_full_queue_drops_the_oldest_sample_and_counts_it(bench: Bench) -> None:
    held = Held()
    bench.add("kitchen", held)
    bench.worker.put("kitchen", Sample(0.0, IMAGE))
    assert held.entered.acquire(timeout=20)
    for index in range(1, 12):
        bench.worker.put("kitchen", Sample(float(index), IMAGE))
    for _ in range(9):
        held.go_on.release()
    times = [bench.next().sample.at for _ in range(9)]
    assert times == [0.0, *(float(index) for index in range(4, 12))]
    assert bench.worker.counts("kitchen") == (9, 3)


def test_too_much_work_lowers_the_rate_of_all_cameras_alike_and_nothing_comes_late(
    bundle: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    now = 0.0

    class Slow(StubTracker):
        """Takes a twentieth of a second for each picture."""

        def update(self, image: NDArray[np.uint8], at: float) -> list[Person]:
            nonlocal now
            now += 0.05
            return super().update(image, at)

    watched: list[tuple[float, Watched]] = []

    def take(seen: list[Watched]) -> None:
        watched.extend((now, each) for each in seen)

    # Its turns are taken here, one by one: so time is what the test says.
    worker = Worker(Encoder(bundle), take, lambda: now)
    cameras = [f"camera {number}" for number in range(6)]
    for camera in cameras:
        worker.add_camera(camera, Watch(BodyClips(Slow(), bundle.clip)))
    taken = 0
    while now < 20:
        while taken / 8 <= now:
            for camera in cameras:
                worker.put(camera, Sample(taken / 8, IMAGE))
            taken += 1
        worker._look(worker._next_turn())
    looked_at, dropped = zip(*(worker.counts(camera) for camera in cameras), strict=True)
    assert max(looked_at) - min(looked_at) <= 1
    assert 60 < min(looked_at) < 70  # 20 s / (6 cameras x 0.05 s), of 160
    assert min(dropped) > 85
    # The patience, and two turns of four cameras.
    assert max(at - seen.sample.at for at, seen in watched) < 0.2 + 2 * 0.2 + 0.01
    for camera in cameras:
        clips = [clip for _, seen in watched if seen.camera == camera for clip in seen.clips]
        assert len(clips) > 30  # of 40, two a second
        assert all(clip.at - clip.started_at == 15 / 8 for clip in clips[4:])
    # With one camera left there is time enough, and both is told once.
    for camera in cameras[1:]:
        worker.remove_camera(camera)
    for index in range(62 * 8):
        now = taken / 8 + index / 8
        worker.put(cameras[0], Sample(now, IMAGE))
        worker._look(worker._next_turn())
    told = [record for record in caplog.records if "watched at" in record.message]
    assert [record.levelname for record in told] == ["WARNING", "INFO"]


def test_clips_go_on_at_half_the_rate_and_span_as_long(bundle: Bundle) -> None:
    def clips(samples: list[Sample]) -> list[Clip]:
        watch = Watch(BodyClips(StubTracker(), bundle.clip))
        return [clip for sample in samples for clip in watch.clips(sample)]

    whole = clips([Sample(index / 8, IMAGE) for index in range(40)])
    half = clips([Sample(index / 8, IMAGE, missed=((index - 1) / 8,)) for index in range(1, 40, 2)])
    assert len(half) == len(whole)
    for one, other in zip(half[2:], whole[2:], strict=True):
        assert (one.started_at, one.at) == (other.started_at, other.at)
        assert np.abs(one.frames.astype(int) - other.frames).mean() < 2


def test_what_says_that_no_more_follow_is_never_dropped(bench: Bench) -> None:
    held = Held()
    bench.add("kitchen", held)
    bench.worker.put("kitchen", Sample(0.0, IMAGE))
    assert held.entered.acquire(timeout=20)
    for index in range(1, 40):
        bench.worker.put("kitchen", Sample(float(index), IMAGE))
        bench.worker.put("kitchen", Sample(index + 0.5, interrupted=True))
    bench.now = 60.0
    held.go_on.release(100)
    ends = []
    while not ends or ends[-1] < 39:
        watched = bench.next()
        if watched.sample.interrupted:
            ends.append(watched.sample.at)
    assert len(ends) <= 8
    assert bench.watched.empty()


def test_people_are_forgotten_when_the_gate_closes_and_after_a_gap(bench: Bench) -> None:
    held = Held()
    held.go_on = threading.Semaphore(100)
    bench.add("kitchen", held)
    for sample in (Sample(5.0, IMAGE), Sample(5.1, IMAGE), Sample(5.2)):
        bench.worker.put("kitchen", sample)
        bench.next()
    assert held.resets == 2
    for at in (5.3, 9.0):
        bench.worker.put("kitchen", Sample(at, IMAGE))
        bench.next()
    assert held.resets == 3


def test_the_last_pictures_before_a_camera_is_lost_are_looked_at(bench: Bench) -> None:
    bench.add("kitchen")
    for index in range(14):
        bench.worker.put("kitchen", Sample(index / 8, IMAGE))
        bench.next()
    bench.worker.put("kitchen", Sample(30.0, interrupted=True))
    (clip,) = bench.next().clips
    assert (clip.started_at, clip.at) == (0.0, 13 / 8)
    bench.worker.put("kitchen", Sample(31.0, interrupted=True))
    assert bench.next().clips == []


def test_a_failure_is_told_once_and_survived(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    held = Held()
    held.go_on = threading.Semaphore(100)
    held.failures = 2
    bench.add("kitchen", held)
    bench.add("hall")
    for index in range(3):
        for camera in ("kitchen", "hall"):
            bench.worker.put(camera, Sample(index / 8, IMAGE))
    # The other camera of the same turn is none the worse for it.
    seen = [(watched.camera, watched.sample.at) for watched in (bench.next() for _ in range(6))]
    assert sorted(seen) == [(camera, n / 8) for camera in ("hall", "kitchen") for n in range(3)]
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


def test_what_cannot_be_followed_is_not_followed_for_ever(bundle: Bundle) -> None:
    class Stuck(StubTracker):
        """Fails at each picture until it forgets whom it follows."""

        stuck = False

        def update(self, image: NDArray[np.uint8], at: float) -> list[Person]:
            if self.stuck:
                raise ValueError("cannot look there")
            return super().update(image, at)

        def reset(self) -> None:
            self.stuck = False

    tracker, watched = Stuck(), list[Watched]()
    worker = Worker(Encoder(bundle), watched.extend)
    worker.add_camera("kitchen", Watch(BodyClips(tracker, bundle.clip)))
    for index in range(40):
        tracker.stuck |= index == 8
        worker.put("kitchen", Sample(index / 8, IMAGE))
        worker._look(worker._next_turn())
    assert any(seen.clips for seen in watched[-16:])


def test_people_are_forgotten_when_the_picture_gets_another_size(bench: Bench) -> None:
    held = Held()
    held.go_on = threading.Semaphore(100)
    bench.add("kitchen", held)
    for index, image in enumerate((IMAGE, IMAGE, IMAGE[::2, ::2], IMAGE[::2, ::2])):
        bench.worker.put("kitchen", Sample(5 + index / 8, image))
        bench.next()
    # One more than the one that every camera begins with.
    assert held.resets == 2


def test_a_removed_camera_is_not_looked_at(bench: Bench) -> None:
    bench.add("gone")
    bench.add("kitchen")
    bench.worker.remove_camera("gone")
    bench.worker.put("gone", Sample(0.0, IMAGE))
    bench.worker.put("kitchen", Sample(0.0, IMAGE))
    assert bench.next().camera == "kitchen"
    assert bench.watched.empty()
