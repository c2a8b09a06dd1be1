"""Wait longer after each failure, and never all at once."""

import random


class Backoff:
    """Delays in seconds that double from `first` to `longest`, each shortened by up to a half.

    The jitter keeps what failed together (every camera, when the network went) from coming back
    together.
    """

    def __init__(self, first: float = 1.0, longest: float = 60.0) -> None:
        """Start with delays around `first`."""
        self._first = first
        self._longest = longest
        self.reset()

    def reset(self) -> None:
        """Start anew, after a success."""
        self._next = self._first

    def next(self) -> float:
        """Return how long to wait after one more failure."""
        delay = self._next
        self._next = min(2 * delay, self._longest)
        return delay * random.uniform(0.5, 1)  # noqa: S311 (spreads load, hides nothing)
