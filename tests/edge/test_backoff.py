"""How long to wait after failures."""

from tinyact_edge.backoff import Backoff


def test_delays_double_up_to_the_longest_with_jitter() -> None:
    backoff = Backoff(first=1.0, longest=10.0)
    for most in (1, 2, 4, 8, 10, 10):
        assert most / 2 <= backoff.next() <= most


def test_a_success_starts_anew() -> None:
    backoff = Backoff(first=1.0, longest=10.0)
    for _ in range(5):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= 1.0
