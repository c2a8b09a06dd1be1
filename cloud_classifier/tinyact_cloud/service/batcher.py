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

# A row for each latent, a number for each label.
_Future = asyncio.Future[list[list[float]]]
# Latents, who waits for them, and how many they are.
_Request = tuple[Latents, _Future, int]


class Batcher:
    """Join the latents that arrive together into one call of the head.

    No timer: a batch is begun when it is full, or when a turn of the event loop brought nobody
    else. A lone request waits for one such turn, some microseconds, and under load the batches
    grow by themselves. What does not fit in one batch waits for the next, a queue for each site;
    the sites take turns. Who would wait too long is told so at once.
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
        # How many rows wait, and how many did a turn ago.
        self._rows = self._rows_before = 0
        # When the last turn began and its rows, while somebody waits since; seconds a row.
        self._last_turn: tuple[float, int] | None = None
        self._pace = 0.0

    def predict(self, latents: Latents, site: str = "") -> _Future:
        """Return a future of the probabilities of N latents of `site`: N rows, a number a label.

        Raises Problem 503 when they would wait too long.
        """
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._run_turn)
        queue = self._waiting.get(site)
        if queue is None:
            queue = self._waiting[site] = _Queue()
        elif queue.rows * len(self._waiting) * self._pace > MAX_WAIT:
            raise self._too_long(queue)
        future: _Future = loop.create_future()
        rows = len(latents)
        queue.requests.append((latents, future, rows))
        queue.rows += rows
        self._rows += rows
        LOAD.waiting += rows
        return future

    def _too_long(self, queue: "_Queue") -> Problem:
        """Refuse who would wait too long behind its own site while all sites take turns."""
        wait = queue.rows * len(self._waiting) * self._pace
        return Problem(
            503,
            f"{queue.rows} latents of your site are waiting already; try again later.",
            {"Retry-After": str(math.ceil(wait))},
        )

    def _run_turn(self) -> None:
        if self._rows_before < self._rows < BATCH:
            self._rows_before = self._rows
            asyncio.get_running_loop().call_soon(self._run_turn)
            return
        self._rows_before = 0
        now = self._clock()
        if self._last_turn:
            began, rows = self._last_turn
            self._pace += _SHARE * ((now - began) / rows - self._pace)
        batch, rows = self._next_batch()
        self._rows -= rows
        LOAD.waiting -= rows
        self._last_turn = None
        if self._waiting:
            self._last_turn = (now, rows)
            asyncio.get_running_loop().call_soon(self._run_turn)
        self._answer([request for request in batch if not request[1].done()])

    def _next_batch(self) -> tuple[list[_Request], int]:
        """Take requests, the sites in turn, until there are enough rows; return the rows, too."""
        if self._rows <= BATCH:  # all of them, in any order
            batch = [request for queue in self._waiting.values() for request in queue.requests]
            self._waiting.clear()
            return batch, self._rows
        batch, rows = [], 0
        while self._waiting and rows < BATCH:
            site = next(iter(self._waiting))
            queue = self._waiting.pop(site)
            request = queue.requests.popleft()
            queue.rows -= request[2]
            rows += request[2]
            batch.append(request)
            if queue.requests:
                self._waiting[site] = queue
        return batch, rows

    def _answer(self, batch: list[_Request]) -> None:
        if not batch:  # everybody hung up
            return
        try:
            latents = numbers([latents for latents, _, _ in batch])
            probabilities = self._predict(latents).tolist()
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked
            for _, future, _ in batch:
                future.set_exception(error)
            return
        start = 0
        for _, future, rows in batch:
            end = start + rows
            future.set_result(probabilities[start:end])
            start = end
        LOAD.classified += start


class _Queue:
    """Requests of one site, and how many rows they hold together."""

    __slots__ = ("requests", "rows")

    def __init__(self) -> None:
        self.requests: deque[_Request] = deque()
        self.rows = 0
