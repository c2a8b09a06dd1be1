"""Measure what the integration costs a real Home Assistant, and whether it loses anything.

script/bench home [--json] [--actions 10000] [--write FILE]. An edge confirms that many actions
while Home Assistant cannot hear it, then comes back: every one has to arrive once.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
import json
import os
from pathlib import Path
import platform
import sqlite3
import statistics
import tempfile
import time
from typing import Any

import aiohttp
import av
import numpy as np

from tinyact_demo.home_assistant import HomeAssistant
from tinyact_demo.processes import eventually
from tinyact_demo.stack import Stack
from tinyact_edge.journal import Journal
from tinyact_edge.recognizer import Action

from .garbage import GarbageLog, now
from .page import fill

CAMERA = "hall"
_EVENT = f"event.{CAMERA}_action"
_ASK_EVERY = 0.02  # seconds
_QUIET = 5.0  # seconds in which Home Assistant's answers are timed without load
# The recorder commits every five seconds what it has written, in its own time.
_COMMIT = 6.0
_WRITTEN = 300.0


def main() -> None:
    """Measure and print; fill the table in a page if one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    parser.add_argument("--actions", type=int, default=10_000)
    parser.add_argument("--write", type=Path, metavar="FILE", help="a page whose table to fill")
    options = parser.parse_args()
    figures = asyncio.run(measure(options.actions))
    print(json.dumps(figures) if options.json else _table(figures))
    if options.write:
        fill(options.write, "home", _table(figures))


async def measure(actions: int) -> dict[str, Any]:
    """Return the figures for a replay of `actions`."""
    load = (await asyncio.to_thread(os.getloadavg))[0]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        async with aiohttp.ClientSession() as session, Stack(folder, session) as stack:
            await stack.start_home_assistant()
            await stack.start_edge({CAMERA.title(): f"loop:{_still_video(folder)}"})
            await stack.add_integration()
            garbage = GarbageLog(folder / "home-assistant")
            # Only what is set up while Home Assistant starts is timed by it.
            await stack.restart_home_assistant()
            home = stack.home_assistant
            figures = {
                "setup.seconds": await _setup_seconds(home),
                "quiet.longest_answer_ms": max(_times(await _answers(home, asyncio.sleep(_QUIET)))),
            }
            figures |= await _replay(stack, folder, garbage, actions)
    return figures | {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load": round(load, 1),
        "actions": actions,
    }


async def _replay(stack: Stack, folder: Path, garbage: GarbageLog, count: int) -> dict[str, Any]:
    """Confirm actions that Home Assistant does not hear, and return what became of them."""
    recorder = folder / "home-assistant" / "home-assistant_v2.db"
    await stack.edge.stop()
    await asyncio.sleep(_COMMIT)
    before = _size(recorder)
    with closing(Journal(folder / "edge")) as journal:
        first = journal.last_action_id + 1
        for number in range(first, first + count):
            _write(journal, number)
    heard = asyncio.create_task(_hear(stack.home_assistant, first, count))
    began = now()
    answers = await _answers(stack.home_assistant, _come_back(stack, heard))
    seconds = now() - began
    times = heard.result()
    collections = garbage.during(began)

    async def all_written() -> bool | None:
        return True if _rows(recorder) >= count else None

    await eventually(all_written, _WRITTEN)
    await asyncio.sleep(_COMMIT)
    return {
        "replay.seconds": round(seconds, 1),
        "replay.lost": count - len(times),
        "replay.repeated": sum(times.values()) - len(times),
        "replay.longest_answer_ms": max(_times(answers)),
        "replay.p99_answer_ms": round(statistics.quantiles(_times(answers), n=100)[98], 1),
        "replay.longest_collection_ms": max(_times(collections), default=0.0),
        # What was asked while one was going on waited for it, whatever else went on.
        "replay.longest_other_answer_ms": max(
            _times(
                (asked, answered)
                for asked, answered in answers
                if not any(start < answered and asked < end for start, end in collections)
            )
        ),
        "recorder.bytes_per_action": round((_size(recorder) - before) / count),
    }


async def _come_back(stack: Stack, heard: "asyncio.Task[Counter[int]]") -> None:
    """Start the edge again and wait until all was heard."""
    await stack.edge.start()
    await heard


def _write(journal: Journal, number: int) -> None:
    """Put an action that is over into the journal, as recent as one that is still acted on."""
    now = time.time()
    journal.confirm(Action(number, CAMERA, number, "sit", 0.9, now - 3, now - 2))
    journal.end(number, now - 1, "ended")


async def _hear(home: HomeAssistant, first: int, count: int) -> "Counter[int]":
    """Return how often each action was told, once the last one was."""
    told: Counter[int] = Counter()
    async with home.listen() as socket:
        async for state in socket.state_changes():
            number = state["attributes"].get("action_id")
            # A change of availability tells the last event's attributes again.
            if state["entity_id"] != _EVENT or number is None or number < first:
                continue
            if state["state"] != "unavailable" and state["last_changed"] == state["last_updated"]:
                told[number] += 1
            if number >= first + count - 1:
                return told
    raise AssertionError("the connection does not end by itself")


async def _answers(home: HomeAssistant, until: Any) -> list[tuple[float, float]]:
    """Return when Home Assistant's loop was asked and when it answered, until `until` is done."""
    work = asyncio.ensure_future(until)
    spans = []
    async with home.listen() as socket:
        while not work.done():
            began = now()
            await socket.ping()
            spans.append((began, now()))
            await asyncio.sleep(_ASK_EVERY)
    await work
    return spans


def _times(spans: Iterable[tuple[float, float]]) -> list[float]:
    """Return how long spans are, in ms."""
    return [round((end - start) * 1000, 1) for start, end in spans]


async def _setup_seconds(home: HomeAssistant) -> float:
    """Return what Home Assistant says it took to set the integration up."""

    async def told() -> float | None:
        async with home.listen() as socket:
            for setup in await socket.command("integration/setup_info"):
                if setup["domain"] == "tinyact":
                    return float(setup["seconds"])
        return None

    return round(await eventually(told, 30), 3)


def _rows(database: Path) -> int:
    """Return how many states of the event the recorder has committed."""
    query = (
        "SELECT COUNT(*) FROM states JOIN states_meta USING (metadata_id)"
        " WHERE states_meta.entity_id = ?"
    )
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return int(connection.execute(query, (_EVENT,)).fetchone()[0])


def _size(database: Path) -> int:
    """Return the bytes in use in an SQLite database, what waits in its log included."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        used, free, page = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    return int((used - free) * page)


def _still_video(folder: Path) -> Path:
    """Write a film in which nobody is, for a camera that is online."""
    path = folder / "still.mp4"
    with av.open(path, "w") as film:
        stream = film.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        picture = np.full((240, 320, 3), 90, np.uint8)
        for _ in range(50):
            film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        film.mux(stream.encode(None))
    return path


def _table(figures: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = {
        "set-up while Home Assistant starts": f"{figures['setup.seconds'] * 1000:.0f} ms",
        f"{figures['actions']} actions confirmed while it could not hear: lost, told twice": (
            f"{figures['replay.lost']}, {figures['replay.repeated']}"
        ),
        "until the last had arrived, the edge's start included": (
            f"{figures['replay.seconds']:.0f} s"
        ),
        "longest wait for an answer of Home Assistant's loop meanwhile, and p99": (
            f"{figures['replay.longest_answer_ms']:.0f}, {figures['replay.p99_answer_ms']:.0f} ms"
        ),
        "the longest of them without Python's garbage collection, and the longest collection": (
            f"{figures['replay.longest_other_answer_ms']:.0f},"
            f" {figures['replay.longest_collection_ms']:.0f} ms"
        ),
        "longest without load": f"{figures['quiet.longest_answer_ms']:.0f} ms",
        "growth of the recorder for each action": (f"{figures['recorder.bytes_per_action']} bytes"),
    }
    rows = [
        "| | |",
        "|---|---:|",
        *(f"| {name} | {value} |" for name, value in lines.items()),
        "",
        f"{figures['machine']}, load {figures['load']:.1f} before; one run.",
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()
