"""What one token, and one site, may take of the service."""

from collections.abc import Callable
import math
import time

from .problem import Problem

# A busy home asks for some fifty latents a second.
RATE = 2000.0
# Seconds at that rate that may come at once, after a pause.
BURST = 5.0
# Bodies that are read at once hold this much memory at most, in bytes, and those of one site half
# of it: others always find room.
MAX_AT_ONCE = 256 << 20
_KIB = 1024
_MAX_KNOWN = 10_000


class Rate:
    """A token bucket for each token: it fills at `rate`, and every request takes its cost.

    A request costs 1 for each begun KiB of its body, which is about one a latent.
    """

    def __init__(
        self,
        rate: float = RATE,
        burst: float = BURST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let each token spend `rate` a second, and what `burst` seconds bring at once."""
        self._second = 1 / rate
        self._burst = burst
        self._clock = clock
        # When the bucket will be full again: all that a bucket has to remember.
        self._full_at: dict[str, float] = {}

    def charge(self, token: str, size: int) -> None:
        """Take the cost of a body of `size` bytes. Raises Problem 429 when `token` spent all."""
        now = self._clock()
        full_at = max(self._full_at.get(token, now), now)
        ahead = full_at - now - self._burst
        if ahead > 0:
            raise Problem(
                429,
                f"These are more than {1 / self._second:.0f} latents a second; try again later.",
                {"Retry-After": str(math.ceil(ahead))},
            )
        if len(self._full_at) >= _MAX_KNOWN:
            self._forget(now)
        self._full_at[token] = full_at + (size // _KIB + 1) * self._second

    def _forget(self, now: float) -> None:
        """Forget buckets that are full: a new one is no different."""
        self._full_at = {token: at for token, at in self._full_at.items() if at > now}


class AtOnce:
    """Bound what the bodies of all requests hold at once, and those of one site."""

    def __init__(self, most: int = MAX_AT_ONCE) -> None:
        """Let bodies hold `most` bytes together."""
        self._most = most
        self._held = 0
        self._by_site: dict[str, int] = {}

    def enter(self, site: str, size: int) -> None:
        """Count a request of `size` bytes in, until `leave`. Raises Problem 429 without room."""
        of_site = self._by_site.get(site, 0) + size
        if self._held + size > self._most or of_site > self._most // 2:
            raise Problem(
                429, "Too many requests are being served; try again.", {"Retry-After": "1"}
            )
        self._held += size
        self._by_site[site] = of_site

    def leave(self, site: str, size: int) -> None:
        """Count a request out."""
        self._held -= size
        left = self._by_site[site] - size
        if left:
            self._by_site[site] = left
        else:
            del self._by_site[site]
