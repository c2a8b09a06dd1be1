"""Classify together what was asked together."""

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# A forest takes some 25 µs a row: the loop is never held up for much longer than 25 ms.
MAX_ROWS = 1024


class Batcher:
    """Join the latents that arrive in one turn of the event loop into one call of the head.

    No timer: a lone request waits for nothing, and under load the batches grow by themselves.
    """

    def __init__(self, predict: Callable[[NDArray[np.float32]], NDArray[np.float64]]) -> None:
        """Call `predict` with float32 [N, 1024], at most 1024 rows unless one request has more."""
        self._predict = predict
        self._waiting: deque[tuple[NDArray[np.float32], asyncio.Future[NDArray[np.float64]]]] = (
            deque()
        )

    async def predict(self, latents: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the probabilities [N, labels] of `latents` [N, 1024], after this turn."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[NDArray[np.float64]] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._run_turn)
        self._waiting.append((latents, future))
        return await future

    def _run_turn(self) -> None:
        batch = [self._waiting.popleft()]
        rows = len(batch[0][0])
        while self._waiting and rows + len(self._waiting[0][0]) <= MAX_ROWS:
            batch.append(self._waiting.popleft())
            rows += len(batch[-1][0])
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._run_turn)
        self._answer([(latents, future) for latents, future in batch if not future.done()])

    def _answer(
        self, batch: list[tuple[NDArray[np.float32], asyncio.Future[NDArray[np.float64]]]]
    ) -> None:
        if not batch:  # everybody hung up
            return
        try:
            probabilities = self._predict(np.concatenate([latents for latents, _ in batch]))
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked
            for _, future in batch:
                future.set_exception(error)
            return
        ends = np.cumsum([len(latents) for latents, _ in batch])
        for part, (_, future) in zip(np.split(probabilities, ends[:-1]), batch, strict=True):
            future.set_result(part)
