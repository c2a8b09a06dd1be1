"""Limits of a token and of a site, with a clock that the test moves."""

import pytest

from tinyact_cloud.service import limits
from tinyact_cloud.service.limits import AtOnce, Rate
from tinyact_cloud.service.problem import Problem


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def spend(rate: Rate, token: str, size: int = 0) -> int:
    """Ask until it is refused; return how often it was not."""
    for count in range(10_000):
        try:
            rate.charge(token, size)
        except Problem:
            return count
    raise AssertionError("nothing was ever refused")


def test_a_token_may_spend_its_burst_and_then_its_rate() -> None:
    clock = Clock()
    rate = Rate(rate=8, burst=5, clock=clock)
    assert spend(rate, "a") == 41
    clock.now += 1
    assert spend(rate, "a") == 8
    clock.now += 1000
    assert spend(rate, "a") == 41


def test_a_body_costs_what_it_holds() -> None:
    clock = Clock()
    rate = Rate(rate=8, burst=5, clock=clock)
    assert spend(rate, "a", size=10 * 1024) == 4
    clock.now += 1000
    assert spend(rate, "a", size=1023) == 41


def test_retry_after_is_long_enough() -> None:
    clock = Clock()
    rate = Rate(rate=2, burst=1, clock=clock)
    rate.charge("a", 100 * 1024)
    with pytest.raises(Problem) as refused:
        rate.charge("a", 0)
    assert refused.value.status == 429
    clock.now += int(refused.value.headers["Retry-After"])
    rate.charge("a", 0)


def test_tokens_do_not_pay_for_each_other() -> None:
    rate = Rate(rate=8, burst=1, clock=Clock())
    assert spend(rate, "a") == spend(rate, "b") == 9


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MAX_KNOWN", 100)
    clock = Clock()
    rate = Rate(rate=8, burst=50, clock=clock)
    assert spend(rate, "spent") == 401
    for number in range(200):
        clock.now += 0.125
        rate.charge(str(number), 0)
        assert len(rate._full_at) <= 101
    # 25 seconds at eight a second: nothing of what it spent was forgotten.
    assert spend(rate, "spent") == 200


def test_one_site_leaves_room_for_others() -> None:
    bound = AtOnce(most=100)
    bound.enter("a", 30)
    bound.enter("a", 20)
    with pytest.raises(Problem) as refused:
        bound.enter("a", 1)
    assert refused.value.status == 429
    bound.enter("b", 50)
    with pytest.raises(Problem):
        bound.enter("c", 1)
    bound.leave("a", 30)
    bound.enter("c", 30)
    bound.leave("a", 20)
    bound.enter("d", 20)
