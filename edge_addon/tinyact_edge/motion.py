"""Tell whether anything moves in a camera's picture, for microseconds a frame.

The rest of the pipeline costs milliseconds a frame, so it runs only while this gate is open. It
judges the luma plane, sliced to about 160 x 90, against a running background.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

# A pixel has changed when it differs by so many times the picture's usual noise, and so many
# levels, from the background.
_NOISES = 5.0
_LEVELS = 4.0
# Seconds in which the background takes over what stays, and the noise estimate follows.
_BACKGROUND_SECONDS = 2.0
_NOISE_SECONDS = 10.0
# A share of changed pixels over this is a movement; over the second one it is the light.
_MOVEMENT = 0.001
_LIGHT = 0.6


class MotionGate:
    """Open while something moves, and for `hold` seconds after.

    The hold keeps a person in view who has just fallen and lies still. It starts open, because
    what a stream begins with may be just that.
    """

    def __init__(self, hold: float = 10.0) -> None:
        """Stay open for `hold` seconds after the last movement."""
        self._hold = hold
        self.reset()

    def reset(self) -> None:
        """Start anew, open, with a room that is not known."""
        self._background: NDArray[np.float32] | None = None
        self._noise = 0.0
        self._at = 0.0
        self._open_until = -math.inf

    def update(self, luma: NDArray[np.uint8], at: float) -> bool:
        """Take the next picture, uint8 [h, w], at `at` seconds; return whether the gate is open."""
        background = self._background
        if background is None or background.shape != luma.shape:
            self._background = luma.astype(np.float32)
            self._open_until = at + self._hold
        elif self._moves(luma, background, max(at - self._at, 0.0)):
            self._open_until = at + self._hold
        self._at = at
        return at <= self._open_until

    def _moves(
        self, luma: NDArray[np.uint8], background: NDArray[np.float32], elapsed: float
    ) -> bool:
        """Compare with the background, then let it follow."""
        difference = cv2.absdiff(luma, cv2.convertScaleAbs(background))
        level = _LEVELS + _NOISES * self._noise
        _, mask = cv2.threshold(difference, level, 255, cv2.THRESH_BINARY)
        # Single pixels are noise, and what a key frame redraws; what moves hangs together.
        changed = cv2.countNonZero(cv2.medianBlur(mask, 3)) / luma.size
        if changed > _LIGHT:
            # Lamp, sun or night mode: what was learnt of the room no longer holds.
            self._background = luma.astype(np.float32)
            return False
        cv2.accumulateWeighted(luma, background, _share(elapsed, _BACKGROUND_SECONDS))
        noise = cv2.mean(difference)[0]
        self._noise += (noise - self._noise) * _share(elapsed, _NOISE_SECONDS)
        return changed > _MOVEMENT


def _share(elapsed: float, seconds: float) -> float:
    """Return the weight of the newest of values that come every `elapsed` seconds."""
    return 1 - math.exp(-elapsed / seconds)
