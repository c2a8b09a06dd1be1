"""Share work among processes."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
import signal
from typing import Any, TypeVar

from .options import UserError

T = TypeVar("T")
R = TypeVar("R")


def spread(
    make: Callable[[], Callable[[T], R]], items: Sequence[T], workers: int
) -> Generator[tuple[T, R]]:
    """Yield each of `items`, as soon as it is done, with what came of it.

    `make` returns what does one item. Every process calls it once, so it may load networks; a
    single worker is this process. What either raises is raised here. Raises UserError when a worker
    dies.
    """
    if not items:
        return
    if workers == 1:
        do = make()
        for item in items:
            yield item, do(item)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(items)),
        # Forking a process in which OpenVINO has threads may lock it up.
        get_context("spawn"),
        # Only this process hears of Ctrl-C: the workers end with what they are at.
        signal.signal,
        (signal.SIGINT, signal.SIG_IGN),
    )
    try:
        running = {pool.submit(_in_worker, make, item): item for item in items}
        for future in as_completed(running):
            yield running[future], future.result()
    except BrokenProcessPool as error:
        raise UserError(
            "A worker died, perhaps for memory. The same command, fewer --workers, goes on."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


class _Process:
    """What a worker process keeps from one item to the next."""

    do: Callable[[Any], Any] | None = None


def _in_worker(make: Callable[[], Callable[[Any], Any]], item: Any) -> Any:
    """Do one item; not in an initializer, whose errors would only break the pool."""
    if _Process.do is None:
        _Process.do = make()
    return _Process.do(item)
