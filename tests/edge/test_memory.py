"""Memory that was freed goes back to the system."""

import asyncio
from pathlib import Path

import pytest

from tinyact_edge.memory import give_back_now_and_then, heap


def resident_megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


async def test_holes_between_what_is_kept_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinyact_edge.memory._EVERY_SECONDS", 0)
    blocks = [bytearray(64 << 10) for _ in range(2000)]
    for block in blocks:
        block[::4096] = bytes([1]) * 16
    # Every other one stays, so the heap cannot become shorter.
    del blocks[::2], block
    full = resident_megabytes()
    giving_back = asyncio.create_task(give_back_now_and_then())
    async with asyncio.timeout(20):
        while resident_megabytes() > full - 40:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    giving_back.cancel()
    assert len(blocks) == 1000


def test_the_heap_tells_what_is_in_use() -> None:
    before = heap()
    block = bytearray(32 << 20)
    full = heap()
    assert before
    assert full
    assert full["in_use"] - before["in_use"] > 30e6
    assert full["bytes"] >= full["in_use"]
    del block
    emptied = heap()
    assert emptied
    assert full["in_use"] - emptied["in_use"] > 30e6
