"""Choose the frames of one camera that are worth looking at."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
import math

from av.video.frame import VideoFrame
import numpy as np
from numpy.typing import NDArray

from .motion import MotionGate
from .pace import Pace
from .source import rgb

# Of samples that were not looked at, so many times are remembered: a window of them.
MISSED = 16


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame to look at, at `at` seconds: uint8 [H, W, 3] RGB, or [H, W] where luma is enough.

    Without an image it says that none follows for now: the gate closed or, when `interrupted`,
    the camera was lost. `missed` are the times of samples before it that nobody had time to look
    at. `frame` is what the image was made of, where it is wanted later.
    """

    at: float
    image: NDArray[np.uint8] | None = None
    interrupted: bool = False
    missed: tuple[float, ...] = ()
    frame: VideoFrame | None = None

    def looked_at(self, *, keep_frame: bool) -> "Sample":
        """Return it as one that was looked at, whose image takes no room any more."""
        if self.image is None:
            return self
        frame = self.frame if keep_frame else None
        return replace(self, image=self.image[:0].copy(), frame=frame)


class Sampler:
    """Takes decoded frames and hands out samples at a steady rate while the gate is open.

    The frames in between are not looked at, not even by the gate.
    """

    def __init__(
        self,
        fps: float,
        gate: MotionGate | None = None,
        picture: Callable[[VideoFrame], NDArray[np.uint8]] = rgb,
        pace: Pace | None = None,
    ) -> None:
        """Hand out `fps` samples a second of video, each what `picture` makes of its frame.

        With a `pace` only the share that it states. Whether they hold the frame, too, may be
        changed while it runs.
        """
        self._period = 1 / fps
        self._gate = gate or MotionGate()
        self._picture = picture
        self._pace = pace or Pace()
        self._missed: deque[float] = deque(maxlen=MISSED)
        self.keeps_frames = False
        self.reset()

    def reset(self) -> None:
        """Start anew: the next frame does not follow the last one."""
        self._gate.reset()
        self._next_at = -math.inf
        self._open = False
        self._missed.clear()
        self._share = 1.0  # of a sample that may be taken; a whole one is

    def is_due(self, at: float) -> bool:
        """Tell whether a frame at `at` seconds is to be taken."""
        # A frame is due a little early, and at once when the stream's time jumped back.
        return not self._period / 8 < self._next_at - at <= 1.5 * self._period

    def leaves_out(self, at: float) -> bool:
        """Tell whether there is no time for a frame that is due at `at` seconds, and note that."""
        if self._share >= 1:
            return False
        self._share += self._pace.share
        self._count(at)
        self._missed.append(at)
        return True

    def take(self, frame: VideoFrame, brightness: NDArray[np.uint8], at: float) -> Sample | None:
        """Return a sample if one is due at `frame`, whose luma is `brightness`, at `at` seconds."""
        if not self.is_due(at):
            return None
        self._share += self._pace.share - 1
        self._count(at)
        missed = tuple(self._missed)
        self._missed.clear()
        was_open, self._open = self._open, self._gate.update(brightness, at)
        if not self._open:
            return Sample(at) if was_open else None
        kept = frame if self.keeps_frames else None
        # Before the gate opened there was nothing to miss.
        return Sample(at, self._picture(frame), missed=missed if was_open else (), frame=kept)

    def _count(self, at: float) -> None:
        """Note that the frame at `at` seconds was the one that was due."""
        # Counting on from the due time keeps the rate; after a gap it starts anew.
        due = self._next_at if abs(at - self._next_at) <= self._period else at
        self._next_at = due + self._period
