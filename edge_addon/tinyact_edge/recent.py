"""Remember the windows of the last minutes, so that people can say what they were."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

SECONDS = 120.0
# Four people, two windows a second each, and a little: some 2.5 MB a camera.
_MOST = 1000
# The windows that confirm an action, and those that are kept of how it goes on.
_MADE = 3
_WENT_ON = 5


@dataclass(frozen=True, slots=True)
class Seen:
    """One window of one person.

    Times are those of its first and last frame, in seconds on the monotonic clock; `codes` x
    `scale` is its latent, int8 bytes [L]; `joints` are packed (variants.py), or empty.
    """

    id: str
    person: int
    started_at: float
    at: float
    codes: bytes
    scale: float
    joints: bytes


class Recent:
    """The last two minutes of one camera."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._seen: deque[Seen] = deque(maxlen=_MOST)

    def add(
        self,
        person: int,
        started_at: float,
        at: float,
        quantised: tuple[bytes, float],
        joints: bytes,
    ) -> Seen:
        """Remember a window, and forget what is too old; return it."""
        seen = Seen(uuid4().hex, person, started_at, at, *quantised, joints)
        self._seen.append(seen)
        while self._seen[0].at < at - SECONDS:
            self._seen.popleft()
        return seen

    def between(self, start: float, end: float, most: int) -> list[Seen]:
        """Return at most `most` windows, evenly spread, whose middle is in `start` to `end`."""
        return _spread(
            [seen for seen in self._seen if start <= (seen.started_at + seen.at) / 2 <= end], most
        )

    def that_made(self, person: int, started_at: float, confirmed_at: float) -> list[Seen]:
        """Return the windows of a person that confirmed what began at `started_at`."""
        made = [
            seen
            for seen in self._seen
            if seen.person == person and seen.started_at >= started_at and seen.at <= confirmed_at
        ]
        return made[-_MADE:]

    def of_how_it_went_on(self, person: int, confirmed_at: float, ended_at: float) -> list[Seen]:
        """Return some of the windows of a person from a confirmation to the end."""
        later = [
            seen
            for seen in self._seen
            if seen.person == person and confirmed_at < seen.at <= ended_at
        ]
        return _spread(later, _WENT_ON)


def _spread(seen: Sequence[Seen], most: int) -> list[Seen]:
    if len(seen) <= most:
        return list(seen)
    return [seen[i * (len(seen) - 1) // (most - 1)] for i in range(most)]
