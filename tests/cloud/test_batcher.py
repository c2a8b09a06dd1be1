"""Batches: who is answered with whom, in which order, and who is told to come again."""

import asyncio
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.service.batcher import BATCH, MAX_WAIT, Batcher
from tinyact_cloud.service.latents import Codes, numbers
from tinyact_cloud.service.problem import Problem


class Recorder:
    """A head that gives each latent back, and remembers its batches; each row takes a while."""

    def __init__(self, seconds_a_row: float = 0.0) -> None:
        self.batches: list[list[float]] = []
        self.now = 0.0
        self._seconds_a_row = seconds_a_row
        self.batcher = Batcher(self._predict, lambda: self.now)

    def _predict(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        self.batches.append(latents[:, 0].tolist())
        self.now += self._seconds_a_row * len(latents)
        return latents.astype(np.float64)


def rows(value: float, count: int = 1) -> NDArray[np.float32]:
    return np.full((count, 1), value, np.float32)


async def test_requests_of_one_turn_are_one_call() -> None:
    head = Recorder()
    asked = [rows(n, n) for n in (1, 2, 3, BATCH - 6, 4, 5)]
    answers = await asyncio.gather(*(head.batcher.predict(latents) for latents in asked))
    assert answers == [latents.tolist() for latents in asked]
    assert [len(batch) for batch in head.batches] == [BATCH, 9]


async def test_a_request_is_never_cut_however_large() -> None:
    head = Recorder()
    answers = await asyncio.gather(*(head.batcher.predict(rows(n, 256)) for n in (1, 2)))
    assert [len(answer) for answer in answers] == [256, 256]
    assert [len(batch) for batch in head.batches] == [256, 256]


async def test_sites_take_turns() -> None:
    head = Recorder()
    crowd = [head.batcher.predict(rows(1), "crowd") for _ in range(10 * BATCH)]
    quiet = [head.batcher.predict(rows(n), f"quiet {n}") for n in (2, 3)]
    await asyncio.gather(*crowd, *quiet)
    assert head.batches[0] == [1, 2, 3] + [1] * (BATCH - 3)
    assert [len(batch) for batch in head.batches] == [BATCH] * 10 + [2]


async def test_who_comes_a_turn_later_is_waited_for() -> None:
    head = Recorder()
    asked = []
    for number in range(5):
        asked.append(head.batcher.predict(rows(number)))
        await asyncio.sleep(0)
    await asyncio.gather(*asked)
    assert head.batches == [[0, 1, 2, 3, 4]]


async def test_nobody_is_waited_for_once_a_batch_is_full() -> None:
    head = Recorder()
    first = head.batcher.predict(rows(1, BATCH))
    await asyncio.sleep(0)
    assert first.done()


async def test_between_turns_the_loop_sees_to_others() -> None:
    head = Recorder()
    crowd = [head.batcher.predict(rows(1), "crowd") for _ in range(3 * BATCH)]
    await asyncio.sleep(0)
    late = head.batcher.predict(rows(2), "late")
    await late
    assert head.batches[1][1] == 2
    await asyncio.gather(*crowd)


async def test_who_hung_up_is_not_classified() -> None:
    head = Recorder()
    hung_up, waiting = (head.batcher.predict(rows(n)) for n in (1, 2))
    hung_up.cancel()
    assert await waiting == [[2]]
    assert head.batches == [[2]]


async def test_a_head_that_fails_fails_all_who_asked_it_together() -> None:
    def fail(_latents: NDArray[np.float32]) -> NDArray[np.float64]:
        raise ValueError("out of order")

    batcher = Batcher(fail)
    answers = await asyncio.gather(
        *(batcher.predict(rows(n)) for n in (1, 2)), return_exceptions=True
    )
    assert [str(answer) for answer in answers] == ["out of order"] * 2


def ask_until_refused(batcher: Batcher, site: str) -> tuple[list[asyncio.Future[Any]], Problem]:
    waiting = []
    for _ in range(1000):
        try:
            waiting.append(batcher.predict(rows(1), site))
        except Problem as problem:
            return waiting, problem
    raise AssertionError("nobody was refused")


async def test_who_would_wait_too_long_is_told_when_to_come_again() -> None:
    """Ten rows a second: whoever finds more than five before it would wait too long."""
    head = Recorder(seconds_a_row=0.1)
    await asyncio.gather(*(head.batcher.predict(rows(1, BATCH)) for _ in range(60)))
    waiting, refusal = ask_until_refused(head.batcher, "a")
    assert len(waiting) == round(MAX_WAIT / 0.1) + 1
    assert refusal.status == 503
    assert refusal.headers["Retry-After"] == str(math.ceil(MAX_WAIT))
    # Another site has no crowd of its own to wait behind, but takes turns with this one.
    others, _ = ask_until_refused(head.batcher, "b")
    assert len(others) == round(MAX_WAIT / 0.1 / 2) + 1
    await asyncio.gather(*waiting, *others)
    # Once they are answered, there is room again.
    assert await head.batcher.predict(rows(3), "a") == [[3]]


async def test_a_burst_that_is_over_in_time_is_not_refused() -> None:
    head = Recorder(seconds_a_row=1e-5)
    for _ in range(5):
        await asyncio.gather(*(head.batcher.predict(rows(1), "a") for _ in range(1000)))
    assert sum(map(len, head.batches)) == 5000


def test_latents_become_numbers_however_they_are_mixed() -> None:
    rng = np.random.default_rng(0)
    values = rng.integers(-127, 128, (5, 1024)).astype(np.int8)
    scales = [0.01, 0.5, 1e-30, 0.0, 3.0]
    expected = values.astype(np.float32) * np.array(scales, np.float32)[:, None]
    codes = [row.tobytes() for row in values]
    parts = [Codes(codes[:2], scales[:2]), Codes(codes[2:3], scales[2:3]), expected[3:]]
    assert (numbers(parts) == expected).all()
    assert (numbers([Codes(codes, scales)]) == expected).all()
