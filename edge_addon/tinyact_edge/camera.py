"""Watch one camera: a thread that decodes, samples, and comes back when the camera does."""

from collections.abc import Callable
from dataclasses import dataclass
import logging
import math
import threading
import time
from typing import TYPE_CHECKING, Literal

from av.video.frame import VideoFrame
import numpy as np
from numpy.typing import NDArray

from .backoff import Backoff
from .pace import Pace
from .sampler import Sample, Sampler
from .source import Kind, Reason, Source, SourceError, Video, luma, open_video

if TYPE_CHECKING:
    from .tape import Tape

_LOGGER = logging.getLogger(__name__)

# A stream this much behind its own time stamps has paused, or its clock was set, or it is too much
# for the network or for this machine. The first is over soon.
_MAX_LAG = 1.0
_LATE_SECONDS = 3.0
# A frame is not due for longer than this: the stream's clock was set.
_MAX_LEAD = 10.0
# A connection that lasted for so long was a good one.
_STEADY_SECONDS = 30.0
# Cameras lock out who comes with the wrong password again and again, often after five times.
_REFUSED_SECONDS = 600.0
# Levels between the darkest and the brightest pixel of a picture that shows nothing.
_FLAT = 16


@dataclass(frozen=True, slots=True)
class Status:
    """What a camera is doing; `reason` only when it is unavailable."""

    state: Literal["connecting", "online", "unavailable"]
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for a connection, for data, and with a picture that never changes."""

    opening: float = 10.0
    reading: float = 10.0
    # A sensor is never quite still. An encoder can be, from one key frame to the next.
    frozen: float = 60.0


class Camera:
    """One camera's thread.

    Samples and changes of the status are handed to `put` and `on_status` in that thread. Times
    are of `time.monotonic`, taken at the capture as well as it can be told.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        sampler: Sampler,
        put: Callable[[Sample], None],
        on_status: Callable[[Status], None],
        *,
        patience: Patience | None = None,
        backoff: Backoff | None = None,
        pace: Pace | None = None,
    ) -> None:
        """Watch `source`, once started. `name` is for the log.

        It rests as `pace` says.
        """
        self._name = name
        self._source = source
        self._sampler = sampler
        self._put = put
        self._on_status = on_status
        self._patience = patience or Patience()
        self._backoff = backoff or Backoff()
        self._pace = pace or Pace()
        self._stopping = threading.Event()
        self._still = _StillPicture()
        self._is_slow = False
        self._is_refused = False
        self._thread = threading.Thread(target=self._run, name=f"camera {name}", daemon=True)
        self.status = Status("connecting")
        self.newest: tuple[VideoFrame, float] | None = None  # and when it was captured
        self.tape: Tape | None = None  # records while there is one
        self.frames = 0  # decoded so far
        self.skipped = 0  # left out because they came, or were taken, too late

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self, timeout: float = 0.0) -> None:
        """Tell the thread to end and wait for it at most `timeout` seconds.

        A thread that waits for the network ends when that wait does.
        """
        self._stopping.set()
        if timeout:
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began_at = time.monotonic()
            error = self._try()
            # One that comes and goes is asked as seldom as one that does not come.
            if time.monotonic() - began_at > _STEADY_SECONDS:
                self._backoff.reset()
            if self._stopping.is_set():
                return
            self._put(Sample(time.monotonic(), interrupted=True))
            self._become(Status("unavailable", error.reason), str(error))
            if self._source.kind is Kind.FILE and error.reason is Reason.ENDED:
                return
            self._stopping.wait(self._pause(error.reason))

    def _pause(self, reason: Reason) -> float:
        """Return how many seconds to wait after a try that failed for `reason`."""
        was_refused, self._is_refused = self._is_refused, reason is Reason.UNAUTHORIZED
        pause = self._backoff.next()
        return max(pause, _REFUSED_SECONDS) if was_refused and self._is_refused else pause

    def _try(self) -> SourceError:
        """Watch for as long as it goes; return why it went no further."""
        self._sampler.reset()
        try:
            self._watch()
        except SourceError as error:
            return error
        except Exception as error:
            # The thread must outlive whatever a stream makes the decoder do.
            _LOGGER.debug("Camera %s", self._name, exc_info=True)
            return SourceError(Reason.NOT_VIDEO, f"cannot be decoded ({type(error).__name__})")
        if self._source.kind is Kind.LIVE:
            return SourceError(Reason.ENDED, "the camera ended the stream")
        return SourceError(Reason.ENDED, "the video is over")

    def _watch(self) -> None:
        """Take every frame of the source when it is due, again and again if it loops."""
        clock = ArrivalClock() if self._source.arrives_in_time else PlaybackClock()
        turn = 0.0
        rests_at = time.monotonic() + self._pace.watch_seconds()
        while not self._stopping.is_set():
            with open_video(self._source, self._patience.opening, self._patience.reading) as video:
                skipped = self.skipped
                video.record(self.tape)
                for frame, stamp in video.frames():
                    video.record(self.tape)
                    now = time.monotonic()
                    at = clock.time(None if stamp is None else turn + stamp, now)
                    if self._stopping.wait(max(at - now, 0)):
                        return
                    self._take(frame, at)
                    self.skipped = skipped + video.skipped
                    if clock.is_late(now):
                        self._catch_up(video)
                        clock.reset()
                    elif now > rests_at:
                        rests_at = now + self._rest(video) + self._pace.watch_seconds()
                turn += video.seconds
            if self._source.kind is not Kind.LOOP:
                return

    def _take(self, frame: VideoFrame, at: float) -> None:
        self.frames += 1
        self.newest = frame, at
        if not self._sampler.is_due(at) or self._sampler.leaves_out(at):
            return
        brightness = luma(frame)
        if (
            self._source.kind is Kind.LIVE
            and self._still.seconds(brightness, at) > self._patience.frozen
        ):
            raise SourceError(Reason.FROZEN, "the picture does not change any more")
        self._become(Status("online"), "online")
        sample = self._sampler.take(frame, brightness, at)
        if sample:
            self._put(sample)

    def _catch_up(self, video: Video) -> None:
        """Leave out what has piled up, and tell once that something had."""
        if video.skipped and not self._is_slow:
            self._is_slow = True
            _LOGGER.warning(
                "Camera %s sends more than the network or this computer can take: frames are left"
                " out. Its second, smaller stream will do",
                self._name,
            )
        video.catch_up()

    def _rest(self, video: Video) -> float:
        """Look away if there is too much to do; return for how many seconds."""
        seconds = self._pace.rest_seconds if self._source.kind is Kind.LIVE else 0.0
        if seconds:
            video.catch_up(seconds)
        return seconds

    def _become(self, status: Status, words: str) -> None:
        """Tell a change of the status, once."""
        if status == self.status:
            return
        self.status = status
        if status.reason:
            _LOGGER.warning("Camera %s is unavailable: %s", self._name, words)
        else:
            _LOGGER.info("Camera %s is online", self._name)
        self._on_status(status)


class ArrivalClock:
    """Tells when a frame was captured that arrives as soon as it can.

    Frames carry the camera's own even time stamps but arrive unevenly. The frame that came
    soonest after its stamp tells best what the local clock was at that stamp.
    """

    def __init__(self) -> None:
        """Know nothing of the stream yet."""
        self.reset()

    def reset(self) -> None:
        """Forget what the stream's stamps meant."""
        self._offset = math.inf
        self._late_since = math.inf

    def time(self, stamp: float | None, now: float) -> float:
        """Return when the frame with `stamp` that arrived `now` was captured, in seconds."""
        if stamp is None:
            return now
        self._offset = min(self._offset, now - stamp)
        at = self._offset + stamp
        if now - at > _MAX_LAG:
            self._late_since = min(self._late_since, now)
            return now
        self._late_since = math.inf
        return at

    def is_late(self, now: float) -> bool:
        """Tell whether frames have come late for so long that they will not come sooner."""
        return now - self._late_since > _LATE_SECONDS


class PlaybackClock:
    """Tells when a frame is due that can be had earlier: of a file, or a stream in segments."""

    def __init__(self) -> None:
        """Begin with the first frame."""
        self.reset()

    def reset(self) -> None:
        """Have the next frame due at once."""
        self._start = math.inf

    def time(self, stamp: float | None, now: float) -> float:
        """Return when the frame with `stamp` is due, in seconds; `now` if it has no stamp."""
        if stamp is None:
            return now
        if not now - _MAX_LAG <= self._start + stamp <= now + _MAX_LEAD:
            self._start = now - stamp
        return self._start + stamp

    def is_late(self, _now: float) -> bool:
        """Tell that frames come when they are asked for."""
        return False


class _StillPicture:
    """Tells for how long a picture has been the very same, across connections."""

    def __init__(self) -> None:
        self._picture: NDArray[np.uint8] | None = None
        self._since = 0.0

    def seconds(self, picture: NDArray[np.uint8], now: float) -> float:
        same = self._picture is not None and np.array_equal(picture, self._picture)
        # A dark room may look the very same all night.
        if not same or np.ptp(picture) < _FLAT:
            self._picture = picture
            self._since = now
        return now - self._since
