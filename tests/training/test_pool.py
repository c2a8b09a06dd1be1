"""Work shared among processes: real ones, with what may go wrong in them."""

from collections.abc import Callable
from contextlib import closing
import os

import pytest

from tinyact_cloud.training.options import UserError
from tinyact_cloud.training.pool import spread


def counting() -> Callable[[int], tuple[int, int]]:
    """Return what tells its process and how many items it has done."""
    done: list[int] = []

    def do(item: int) -> tuple[int, int]:
        done.append(item)
        return os.getpid(), len(done)

    return do


def failing() -> Callable[[int], int]:
    raise ValueError("no network to load")


def dying() -> Callable[[int], int]:
    os._exit(1)


@pytest.mark.parametrize("workers", [1, 2])
def test_everything_is_done_and_a_process_is_made_ready_once(workers: int) -> None:
    found = dict(spread(counting, range(6), workers))
    assert sorted(found) == list(range(6))
    processes = {process for process, _ in found.values()}
    assert (os.getpid() in processes) == (workers == 1)
    assert len(processes) <= workers
    for process in processes:
        counts = sorted(count for other, count in found.values() if other == process)
        assert counts == list(range(1, len(counts) + 1))


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_worker_raises_is_raised_here(workers: int) -> None:
    with pytest.raises(ValueError, match="no network to load"):
        list(spread(failing, [1, 2], workers))


def test_a_dead_worker_is_told_in_a_line() -> None:
    with pytest.raises(UserError, match=r"worker died.*fewer --workers"):
        list(spread(dying, [1, 2], 2))


def test_with_nothing_to_do_nothing_is_made_ready() -> None:
    assert list(spread(failing, [], 1)) == []


def test_whoever_stops_early_leaves_no_process() -> None:
    with closing(spread(counting, range(50), 2)) as work:
        _, (process, _) = next(work)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
