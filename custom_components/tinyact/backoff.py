"""How long to wait before each attempt to get back to the edge."""

from collections.abc import Iterator
from datetime import timedelta
from random import uniform


def delays(minimum: timedelta, maximum: timedelta) -> Iterator[float]:
    """Yield seconds that double from minimum up to maximum, each up to half off.

    The random part keeps the Home Assistants of a house from knocking in step.
    """
    delay = minimum
    while True:
        yield delay.total_seconds() * uniform(0.5, 1)  # noqa: S311 - no secret
        delay = min(delay * 2, maximum)
