"""Classify together what was asked together, and let no site wait for another's crowd."""

import asyncio
from collections import deque
from collections.abc import Callable
import math
import time

import numpy as np
from numpy.typing import NDArray

from .latents import Latents, numbers
from .load import LOAD
from .problem import Problem

# As many latents as keep a head busy. More would only make those wait who asked meanwhile.
BATCH = 32
# Seconds that a site's latents may wait; edges do not wait for an answer much longer.
MAX_WAIT = 0.5
# Of the latest turn's pace in what the next turns are expected to take.
_SHARE = 0.1

_Future = asyncio.Future[NDArray[np.float64]]


class Batcher:
    """Join the latents that arrive in one turn of the event loop into one call of the head.

    No timer: a lone request waits for nothing, and under load the batches grow by themselves.
    What does not fit in one batch waits a turn or more, a queue for each site; the sites take
    turns. Who would wait too long is told so at once.
    """

    def __init__(
        self,
        predict: Callable[[NDArray[np.float32]], NDArray[np.float64]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Call `predict` with float32 [N, 1024]: 32 rows, or what one more request brings."""
        self._predict = predict
        self._clock = clock
        # The site whose turn it is comes first.
        self._waiting: dict[str, _Queue] = {}
        # When the last turn began and its rows, while somebody waits since; seconds a row.
        self._last_turn: tuple[float, int] | None = None
        self._pace = 0.0

    def predict(self, latents: Latents, site: str = "") -> _Future:
        """Return a future of the probabilities [N, labels] of N latents of `site`.

        Raises Problem 503 when they would wait too long.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._run_turn)
        queue = self._waiting.get(site)
        if queue is None:
            queue = self._waiting[site] = _Queue()
        else:
            self._check_wait(queue)
        future: _Future = loop.create_future()
        queue.append(latents, future)
        LOAD.waiting += len(latents)
        return future

    def _check_wait(self, queue: "_Queue") -> None:
        """Refuse who would wait too long behind its own site while all sites take turns."""
        wait = queue.rows * len(self._waiting) * self._pace
        if wait > MAX_WAIT:
            raise Problem(
                503,
                f"{queue.rows} latents of your site are waiting already; try again later.",
                {"Retry-After": str(math.ceil(wait))},
            )

    def _run_turn(self) -> None:
        now = self._clock()
        if self._last_turn:
            began, rows = self._last_turn
            self._pace += _SHARE * ((now - began) / rows - self._pace)
        batch, rows = self._next_batch()
        self._last_turn = None
        if self._waiting:
            self._last_turn = (now, rows) if rows else None
            asyncio.get_running_loop().call_soon(self._run_turn)
        if batch:
            self._answer(batch)

    def _next_batch(self) -> tuple[list[tuple[Latents, _Future]], int]:
        """Take requests, the sites in turn, until there are enough rows; return the rows, too."""
        batch, rows = [], 0
        while self._waiting and rows < BATCH:
            site = next(iter(self._waiting))
            queue = self._waiting.pop(site)
            latents, future = queue.popleft()
            LOAD.waiting -= len(latents)
            if queue.rows:
                self._waiting[site] = queue
            if not future.done():  # else it hung up
                batch.append((latents, future))
                rows += len(latents)
        return batch, rows

    def _answer(self, batch: list[tuple[Latents, _Future]]) -> None:
        try:
            probabilities = self._predict(numbers([latents for latents, _ in batch]))
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked
            for _, future in batch:
                future.set_exception(error)
            return
        start = 0
        for latents, future in batch:
            end = start + len(latents)
            future.set_result(probabilities[start:end])
            start = end
        LOAD.classified += start


class _Queue:
    """Requests of one site, and how many rows they hold together."""

    def __init__(self) -> None:
        self._requests: deque[tuple[Latents, _Future]] = deque()
        self.rows = 0

    def append(self, latents: Latents, future: _Future) -> None:
        self._requests.append((latents, future))
        self.rows += len(latents)

    def popleft(self) -> tuple[Latents, _Future]:
        request = self._requests.popleft()
        self.rows -= len(request[0])
        return request
