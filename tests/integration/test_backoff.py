"""How long to wait for the edge."""

from datetime import timedelta
from itertools import islice

from custom_components.tinyact.backoff import delays


def test_doubles_up_to_a_bound() -> None:
    waits = list(islice(delays(timedelta(seconds=1), timedelta(seconds=60)), 50))
    for wait, longest in zip(waits, [1, 2, 4, 8, 16, 32] + [60] * 44, strict=True):
        assert longest / 2 <= wait <= longest
    # Not in step with anybody else.
    assert len(set(waits)) > 40
