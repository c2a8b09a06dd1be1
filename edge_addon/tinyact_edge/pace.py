"""How much of what cameras show is looked at: all of it, or what there is time for.

One pace holds for all cameras. With too much to do each is looked at less often: at half the rate
falls are found as at the full one, at a quarter most are, below hardly any. So with even more to do
streams are not decoded all the time: each camera rests in turn.
"""

import random

# Samples of all that are due that are looked at: never fewer, as long as a camera does not rest.
_LEAST_SHARE = 0.25
# Seconds for which a camera is watched between two rests: to follow somebody for some windows.
WATCHED_SECONDS = 6.0
# The worst that is tried: a camera rests three quarters of the time.
_LEAST_EFFORT = _LEAST_SHARE / 4
# Once in so many seconds it is judged how it goes.
_EVERY = 2.0
# With more time left than this there could be more to do; with less, and more than this left out,
# there is too much.
_IDLE = 0.15
_LEFT_OUT = 0.05
# A second changes no more than so much: at once what is taken follows, later who rests. Down less
# than up, for a moment's overload, as when cameras come, is not to blind anybody.
_STEPS, _STEPS_RESTING = (0.75, 1.5), (0.93, 1.1)
# While hardly any time is left, but nothing left out, only so much more is tried in a second.
_MORE = 1.05


class Pace:
    """Told by the worker how it gets on, asked by cameras. For several threads."""

    def __init__(self) -> None:
        """Begin with all of it."""
        self._effort = 1.0
        self._begun_at: float | None = None
        self._waited = 0.0
        self._taken = self._dropped = 0

    @property
    def share(self) -> float:
        """Return which share of the due frames to take, while a camera is watched."""
        return max(self._effort, _LEAST_SHARE)

    def watch_seconds(self) -> float:
        """Return for how long to watch a camera until it may rest; not all rest at once."""
        return WATCHED_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 (spreads load, hides nothing)

    @property
    def rest_seconds(self) -> float:
        """Return for how long a camera then rests."""
        watched = min(self._effort / _LEAST_SHARE, 1.0)
        return WATCHED_SECONDS * (1 / watched - 1)

    def tell(self, now: float, waited: float, taken: int, dropped: int) -> None:
        """Note at `now` what was looked at and left out, and how many seconds nothing was there."""
        if self._begun_at is None:
            self._begun_at = now
        self._waited += waited
        self._taken += taken
        self._dropped += dropped
        # A turn of many cameras may take longer.
        seconds = now - self._begun_at
        if seconds < _EVERY:
            return
        left_out = self._dropped / max(self._taken + self._dropped, 1)
        idle = self._waited / seconds
        slowest, fastest = _STEPS_RESTING if self._effort < _LEAST_SHARE else _STEPS
        if left_out > _LEFT_OUT and idle < _IDLE:
            slower = max(1 - left_out, slowest**seconds)
            self._effort = max(self._effort * slower, _LEAST_EFFORT)
        else:
            faster = max((1 - _IDLE) / max(1 - idle, _IDLE), _MORE**seconds)
            self._effort = min(self._effort * min(faster, fastest**seconds), 1.0)
        self._begun_at, self._waited, self._taken, self._dropped = now, 0.0, 0, 0
