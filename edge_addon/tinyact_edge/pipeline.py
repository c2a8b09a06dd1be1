"""Look at samples: their clips, the clips' latents. One worker serves all cameras."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
import logging
import threading
import time
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .camera_settings import Polygon, is_inside
from .clip import Clip
from .pace import Pace
from .recognizer import Action, Prediction, Recognizer, Window
from .sampler import MISSED, Sample

_LOGGER = logging.getLogger(__name__)

# Seconds without a sample after which nobody is followed on.
_GAP = 1.0
# A second of samples at the usual rate, or fewer with so many cameras that pictures would fill the
# memory: 2.8 MB each at most, 0.7 MB of a camera's second stream.
_QUEUE = 8
_SHORTEST_QUEUE = 2
_ALL_QUEUES = 128
# Seconds after which a sample is too old to be looked at, if there is a newer one.
_PATIENCE = 0.2
# So many samples a turn: the landmark network is no quicker with more, and all of a turn are told
# of at its end.
_TURN = 4
# Seconds without a sample left out after which that is over.
_CALM_SECONDS = 60.0


class ClipMaker(Protocol):
    """What makes clips of one camera's pictures (view.py tells which there are)."""

    def add(self, image: NDArray[np.uint8], at: float) -> list[Clip]:
        """Take the picture at `at` seconds and return the clips that it completes."""

    def miss(self, at: float) -> None:
        """Note that the picture at `at` seconds is not looked at."""

    def look_closer(self, person: int) -> None:
        """Make one more clip of `person` before the next is due; from any thread."""

    def rest(self) -> list[Clip]:
        """Return the clips of the last pictures, though they are not due yet: no more follow."""

    def reset(self) -> None:
        """Forget what was seen: the next picture does not follow the last one."""


class ClipEncoder(Protocol):
    """What turns clips into latents (encoder.Encoder)."""

    def encode(self, clips: NDArray[np.uint8], figures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return latents float32 [N, L] of `clips`, uint8 [N, T, H, W, 3], and their `figures`."""


Foresee = Callable[[Sequence[tuple[ClipMaker, NDArray[np.uint8]]]], None]


def foresee_nothing(_looks: Sequence[tuple[ClipMaker, NDArray[np.uint8]]]) -> None:
    """Leave each maker to look by itself."""


class Watch:
    """What happens to one camera's samples, up to the clips."""

    def __init__(self, maker: ClipMaker) -> None:
        """Have clips made by `maker`. The zones to `ignore` may be changed while it runs."""
        self.maker = maker
        self._at = 0.0
        self._shape: tuple[int, ...] = ()
        self.ignore: tuple[Polygon, ...] = ()

    def clips(self, sample: Sample) -> list[Clip]:
        """Return the clips that `sample` completes."""
        if sample.image is None:
            # What happens as a camera is lost, or a video ends, is still to be seen.
            clips = self._wanted(self.maker.rest())
            self.maker.reset()
            return clips
        follows_at = sample.missed[0] if sample.missed else sample.at
        if follows_at - self._at > _GAP:
            self.maker.reset()
        self._at = sample.at
        # In a picture of another size nobody is where they were.
        if self._shape and self._shape != sample.image.shape:
            self.maker.reset()
        self._shape = sample.image.shape
        for at in sample.missed:
            self.maker.miss(at)
        return self._wanted(self.maker.add(sample.image, sample.at))

    def _wanted(self, clips: list[Clip]) -> list[Clip]:
        return [clip for clip in clips if not self._is_ignored(clip)]

    def _is_ignored(self, clip: Clip) -> bool:
        """Tell whether a person was last seen in a zone where nobody is watched."""
        height, width = self._shape[:2]
        left, top, right, bottom = clip.box
        centre = ((left + right) / 2 / width, (top + bottom) / 2 / height)
        return any(is_inside(centre, polygon) for polygon in self.ignore)


@dataclass(frozen=True, slots=True)
class Watched:
    """What came of one sample of one camera.

    `latents` is float32 [len(clips), L]. Many may wait for the classifier: the sample has no image
    any more, and its frame only if clips came of it.
    """

    camera: str
    sample: Sample
    clips: list[Clip]
    latents: NDArray[np.float32]


@dataclass(slots=True)
class _Lane:
    """One camera's samples, waiting, each with the time since when."""

    watch: Watch
    samples: deque[tuple[float, Sample]] = field(default_factory=deque)
    looked_at: int = 0
    dropped: int = 0  # all that were not looked at
    too_late: int = 0  # of those, the ones that cameras had handed in

    def put(self, sample: Sample, now: float, most: int) -> None:
        """Append a sample; when there are more than `most` the oldest one is dropped."""
        if sample.image is None and self.samples and self.samples[-1][1].image is None:
            return
        self.samples.append((now, sample))
        self.dropped += len(sample.missed)
        if len(self.samples) > most:
            self._drop()

    def next(self, now: float) -> Sample:
        """Take the first sample that has not waited too long, or the last one."""
        while self._is_late(now) and self._drop():
            pass
        _, sample = self.samples.popleft()
        self.looked_at += sample.image is not None
        return sample

    def _is_late(self, now: float) -> bool:
        since, sample = self.samples[0]
        return sample.image is not None and now - since > _PATIENCE

    def _drop(self) -> bool:
        """Leave out the oldest picture and note that with the next; tell whether that can be.

        What says that no more follow is kept: actions end by it.
        """
        oldest = 0 if self.samples[0][1].image is not None else 1
        if len(self.samples) - oldest < 2:  # noqa: PLR2004 - the newest one is never left out
            return False
        old = self.samples[oldest][1]
        del self.samples[oldest]
        self.dropped += 1
        self.too_late += 1
        since, young = self.samples[oldest]
        if young.image is not None:
            missed = (*old.missed, old.at, *young.missed)[-MISSED:]
            self.samples[oldest] = since, replace(young, missed=missed)
        elif oldest:
            del self.samples[oldest]  # once is enough
        return True


class Worker:
    """The thread that all neural networks run in.

    Each turn takes one sample of each of the few cameras that were not served for longest, so no
    camera can starve another. When turns take longer than samples come, each camera's oldest ones
    are left out, as many of one as of the other: all are watched at a lower rate, none late. The
    pace then has cameras hand in fewer.
    """

    def __init__(
        self,
        encoder: ClipEncoder,
        on_watched: Callable[[list[Watched]], None],
        clock: Callable[[], float] = time.monotonic,
        foresee: Foresee = foresee_nothing,
    ) -> None:
        """Hand what was seen in a turn to `on_watched`, in the worker's thread.

        Before each turn `foresee` hears what is looked at in it.
        """
        self._foresee = foresee
        self.pace = Pace()  # for all cameras to obey
        self._clock = clock
        self._encoder = encoder
        self._on_watched = on_watched
        self._lanes: dict[str, _Lane] = {}
        self._news = threading.Condition()
        self._stopping = False
        self._dropped = self._too_late = 0
        self._dropped_at = 0.0
        self._is_overloaded = False
        self._failing: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End after the current turn; wait for it at most `timeout` seconds."""
        with self._news:
            self._stopping = True
            self._news.notify()
        self._thread.join(timeout)

    def add_camera(self, camera: str, watch: Watch) -> None:
        """Accept samples of `camera`."""
        with self._news:
            self._lanes[camera] = _Lane(watch)

    def remove_camera(self, camera: str) -> None:
        """Forget `camera` and what waits of it."""
        with self._news:
            self._lanes.pop(camera, None)

    def put(self, camera: str, sample: Sample) -> None:
        """Queue a sample, from any thread. When the queue is full the oldest one is dropped."""
        with self._news:
            lane = self._lanes.get(camera)
            if lane is None:
                return
            room = _ALL_QUEUES // len(self._lanes)
            lane.put(sample, self._clock(), min(max(room, _SHORTEST_QUEUE), _QUEUE))
            self._news.notify()

    def counts(self, camera: str) -> tuple[int, int]:
        """Return how many samples of `camera` were looked at, and dropped: there was no time."""
        with self._news:
            lane = self._lanes.get(camera)
            return (lane.looked_at, lane.dropped) if lane else (0, 0)

    def _run(self) -> None:
        while turn := self._next_turn():
            with self._going_on("Samples"):
                self._look(turn)

    def _next_turn(self) -> list[tuple[str, Watch, Sample]]:
        """Wait for samples; return one each of the cameras whose turn it is, nothing to end."""
        idle_since = self._clock()
        with self._news:
            self._news.wait_for(
                lambda: self._stopping or any(lane.samples for lane in self._lanes.values())
            )
            if self._stopping:
                return []
            now = self._clock()
            waiting = (camera for camera, lane in self._lanes.items() if lane.samples)
            turn = [self._serve(camera, now) for camera in tuple(islice(waiting, _TURN))]
            dropped = sum(lane.dropped for lane in self._lanes.values())
            too_late = sum(lane.too_late for lane in self._lanes.values())
        self.pace.tell(now, now - idle_since, len(turn), max(too_late - self._too_late, 0))
        self._too_late = too_late
        self._tell_load(dropped, now)
        return turn

    def _serve(self, camera: str, now: float) -> tuple[str, Watch, Sample]:
        """Take a sample of a camera, which is then the last to be served again."""
        lane = self._lanes[camera] = self._lanes.pop(camera)
        return camera, lane.watch, lane.next(now)

    def _tell_load(self, dropped: int, now: float) -> None:
        """Log, once each, that samples begin to be left out, and that none are any more."""
        if dropped > self._dropped:
            self._dropped_at = now
            if not self._is_overloaded:
                _LOGGER.warning(
                    "There is more to see than this computer can look at: all cameras are watched"
                    " at a lower rate (looked_at_fps in the statistics)"
                )
            self._is_overloaded = True
        elif self._is_overloaded and now - self._dropped_at > _CALM_SECONDS:
            _LOGGER.info("All cameras are watched at their full rate again")
            self._is_overloaded = False
        self._dropped = dropped

    def _look(self, turn: list[tuple[str, Watch, Sample]]) -> None:
        with self._going_on("Several pictures at once"):
            self._foresee(
                [
                    (watch.maker, sample.image)
                    for _, watch, sample in turn
                    if sample.image is not None
                ]
            )
        found = [self._clips(camera, watch, sample) for camera, watch, sample in turn]
        latents = encode(self._encoder, [clip for clips in found for clip in clips])
        watched: list[Watched] = []
        start = 0
        for (camera, _, sample), clips in zip(turn, found, strict=True):
            end = start + len(clips)
            looked_at = sample.looked_at(keep_frame=bool(clips))
            watched.append(Watched(camera, looked_at, clips, latents[start:end]))
            start = end
        self._on_watched(watched)

    def _clips(self, camera: str, watch: Watch, sample: Sample) -> list[Clip]:
        """Return the clips that `sample` completes; what one camera shows harms no other."""
        clips: list[Clip] = []
        with self._going_on(f"Pictures of {camera}"):
            try:
                clips += watch.clips(sample)
            except Exception:
                # Whoever cannot be followed must not blind the camera for good.
                watch.maker.reset()
                raise
        return clips

    @contextmanager
    def _going_on(self, what: str) -> Iterator[None]:
        """Go on when `what` cannot be looked at, for the next may do.

        It is logged when that begins: nobody is helped by the same message eight times a second.
        """
        try:
            yield
        except Exception:
            if what not in self._failing:
                _LOGGER.exception("%s could not be looked at; going on", what)
            self._failing.add(what)
        else:
            self._failing.discard(what)


def encode(encoder: ClipEncoder, clips: list[Clip]) -> NDArray[np.float32]:
    """Return latents float32 [len(clips), L], without troubling the encoder for nothing."""
    if not clips:
        return np.empty((0, 0), np.float32)
    return encoder.encode(
        np.stack([clip.frames for clip in clips]), np.stack([clip.figures for clip in clips])
    )


def windows(clips: list[Clip], predictions: list[Prediction]) -> list[Window]:
    """Return what each clip shows, by the predictions in the same order."""
    return [
        Window(clip.person, clip.started_at, clip.at, prediction)
        for clip, prediction in zip(clips, predictions, strict=True)
    ]


def recognize(
    recognizer: Recognizer, maker: ClipMaker, sample: Sample, shown: list[Window]
) -> list[Action]:
    """Return the actions that a sample changes by the windows that it completed.

    Who may be about to do what must not be missed is looked at more often by `maker`.
    """
    # Nobody is gone by a sample without an image: the one before may be long ago.
    changes = recognizer.advance(sample.at) if sample.image is not None else []
    for window in shown:
        changes += recognizer.add(window)
        if recognizer.suspects(window):
            maker.look_closer(window.person)
    if sample.image is None:
        changes += recognizer.end_all("interrupted" if sample.interrupted else "ended")
    return changes
