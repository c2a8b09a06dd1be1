"""Two clocks: frames are timed by the monotonic one, people by the system's.

So setting the system's clock does not tear windows apart, and what is told is told by the system's
as it is now.
"""

import time


def utc(at: float) -> float:
    """Return when it was `at` on the monotonic clock, in seconds since 1970."""
    return at + time.time() - time.monotonic()


def monotonic(at: float) -> float:
    """Return the monotonic clock's time for `at`, in seconds since 1970."""
    return at - time.time() + time.monotonic()
