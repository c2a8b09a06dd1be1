"""How cameras are slowed down when there is too much to see."""

import pytest

from tinyact_edge.pace import WATCHED_SECONDS, Pace


def run(pace: Pace, seconds: int, capacity: float, start: float = 0.0) -> float:
    """Let cameras that could show 100 pictures a second obey; return the time it is then.

    The worker can look at `capacity` of them.
    """
    for second in range(seconds):
        watched = WATCHED_SECONDS / (WATCHED_SECONDS + pace.rest_seconds)
        shown = 100 * pace.share * watched
        looked_at = min(shown, capacity)
        waited = 1 - looked_at / capacity
        pace.tell(start + second, waited, round(looked_at), round(shown - looked_at))
    return start + seconds


@pytest.mark.parametrize("capacity", [60, 30, 15])
def test_as_much_is_shown_as_can_be_looked_at(capacity: float) -> None:
    pace = Pace()
    now = run(pace, 60, capacity)
    watched = WATCHED_SECONDS / (WATCHED_SECONDS + pace.rest_seconds)
    assert 0.8 * capacity < 100 * pace.share * watched < 1.15 * capacity
    # Cameras rest only where seldom looks alone do not do.
    assert (pace.rest_seconds > 0) == (capacity < 25)
    run(pace, 60, 200, now)
    assert (pace.share, pace.rest_seconds) == (1.0, 0.0)


def test_what_was_too_much_for_a_moment_is_tried_again_though_little_time_is_left() -> None:
    pace = Pace()
    now = run(pace, 10, 70)
    assert pace.share < 0.8
    # Now all can be looked at, but then the worker has next to nothing left.
    run(pace, 20, 102, now)
    assert pace.share == 1.0


def test_the_worst_has_an_end() -> None:
    pace = Pace()
    run(pace, 60, 0.1)
    assert pace.share == pytest.approx(0.25)
    assert pace.rest_seconds == pytest.approx(3 * WATCHED_SECONDS)


def test_a_moment_s_stall_changes_nothing() -> None:
    pace = Pace()
    for tenth in range(50):
        pace.tell(tenth / 10, 0.05, 1, int(tenth == 20))
    assert pace.share == 1.0


def test_long_turns_are_no_excuse() -> None:
    pace = Pace()
    for turn in range(4):
        pace.tell(10.0 * turn, 0.0, 48, 480)
    assert pace.rest_seconds > WATCHED_SECONDS
