"""Measure what the integration costs a real Home Assistant, and whether it loses anything.

script/bench home [--json] [--actions 10000] [--write FILE]. An edge confirms that many actions
while Home Assistant cannot hear it, then comes back: every one has to arrive once. Beside what that
does to Home Assistant's loop stands what as many recorded states do to it that are nobody's.
"""

import argparse
import asyncio
from collections import Counter
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

from .loop_watch import CONTROL, DOMAIN, LoopWatch, now
from .page import fill

CAMERA = "hall"
_EVENT = f"event.{CAMERA}_action"
# How often Home Assistant is started to know what set-up takes: much else is set up meanwhile.
_STARTS = 5
_QUIET = 5.0  # seconds in which Home Assistant's loop is watched without load
# As long at a stretch as the integration handles what was missed.
_TURN = 0.01  # seconds
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
            watch = LoopWatch(folder / "home-assistant")
            # Only what is set up while Home Assistant starts is timed by it.
            setups = []
            for _ in range(_STARTS):
                await stack.restart_home_assistant()
                setups.append(await _setup_ms(stack.home_assistant))
            figures = {
                "setup.median_ms": statistics.median(setups),
                "setup.longest_ms": max(setups),
            }
            figures["setup.alone_ms"] = await _reload_ms(stack.home_assistant)
            began = now()
            await asyncio.sleep(_QUIET)
            figures["quiet.longest_ms"] = watch.between(began, now()).figures()["longest_ms"]
            figures |= await _replay(stack, folder, watch, actions)
            figures |= await _control(stack, folder, watch, actions)
    return figures | {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "load": round(load, 1),
        "actions": actions,
    }


async def _replay(stack: Stack, folder: Path, watch: LoopWatch, count: int) -> dict[str, Any]:
    """Confirm actions that Home Assistant does not hear, and return what became of them."""
    await stack.edge.stop()
    await asyncio.sleep(_COMMIT)
    recorder = _recorder(folder)
    before = _size(recorder)
    with closing(Journal(folder / "edge")) as journal:
        first = journal.last_action_id + 1
        for number in range(first, first + count):
            _write(journal, number)
    heard = asyncio.create_task(_hear(stack.home_assistant, first, count))
    began = now()
    await stack.edge.start()
    times = await heard
    ended = now()
    await _written(recorder, _EVENT, count)
    return {
        "replay.seconds": round(ended - began, 1),
        "replay.lost": count - len(times),
        "replay.repeated": sum(times.values()) - len(times),
        **_named("replay", watch.between(began, now()).figures()),
        "replay.bytes": round((_size(recorder) - before) / count),
    }


async def _control(stack: Stack, folder: Path, watch: LoopWatch, count: int) -> dict[str, Any]:
    """Write as many states as there were actions, and return what they do to Home Assistant."""
    recorder = _recorder(folder)
    before = _size(recorder)
    began = now()
    await stack.home_assistant.post(
        f"services/{DOMAIN}/write_states", {"count": count, "turn": _TURN}
    )
    await _written(recorder, CONTROL, count)
    return {
        **_named("control", watch.between(began, now()).figures()),
        "control.bytes": round((_size(recorder) - before) / count),
    }


async def _written(recorder: Path, entity_id: str, count: int) -> None:
    """Return when the recorder has written so many states of an entity, and rests."""

    async def all_written() -> bool | None:
        return True if _rows(recorder, entity_id) >= count else None

    await eventually(all_written, _WRITTEN)
    await asyncio.sleep(_COMMIT)


def _named(what: str, figures: dict[str, float]) -> dict[str, float]:
    return {f"{what}.{name}": value for name, value in figures.items()}


def _recorder(folder: Path) -> Path:
    return folder / "home-assistant" / "home-assistant_v2.db"


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


async def _reload_ms(home: HomeAssistant) -> float:
    """Return the median of how long it takes to set the entry up again in a running one."""
    (entry,) = await home.get("config/config_entries/entry", domain="tinyact")
    times = []
    for _ in range(_STARTS):
        began = now()
        await home.post(f"config/config_entries/entry/{entry['entry_id']}/reload", {})
        times.append(1000 * (now() - began))
        await asyncio.sleep(1)
    return round(statistics.median(times), 1)


async def _setup_ms(home: HomeAssistant) -> float:
    """Return what Home Assistant says it took to set the integration up."""

    async def told() -> float | None:
        async with home.listen() as socket:
            for setup in await socket.command("integration/setup_info"):
                if setup["domain"] == "tinyact":
                    return float(setup["seconds"])
        return None

    return round(1000 * await eventually(told, 30), 1)


def _rows(database: Path, entity_id: str) -> int:
    """Return how many states of an entity the recorder has committed."""
    query = (
        "SELECT COUNT(*) FROM states JOIN states_meta USING (metadata_id)"
        " WHERE states_meta.entity_id = ?"
    )
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        return int(connection.execute(query, (entity_id,)).fetchone()[0])


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
    setups = ", ".join(f"{figures[f'setup.{name}_ms']:.0f}" for name in ("median", "longest"))
    lost = f"{figures['replay.lost']}, {figures['replay.repeated']}"
    alone = {
        f"set-up while Home Assistant starts, median and longest of {_STARTS}": f"{setups} ms",
        "the same in a running Home Assistant, with taking down what was set up": (
            f"{figures['setup.alone_ms']:.0f} ms"
        ),
        f"{figures['actions']} actions confirmed while it could not hear: lost, told twice": lost,
        "until the last had arrived, the edge's start included": (
            f"{figures['replay.seconds']:.0f} s"
        ),
    }
    compared = {
        "longest that the loop answered nobody": "longest_ms",
        "p99 of that": "p99_ms",
        "longest garbage collection": "longest_collection_ms",
        "longest without a collection": "longest_other_ms",
        "of which code in the loop's own thread took, at most": "longest_own_ms",
        "growth of the recorder for each, bytes": "bytes",
    }
    rows = [
        "| | TinyAct | as many states of nobody's |",
        "|---|---:|---:|",
        *(f"| {name} | {value} | |" for name, value in alone.items()),
        *(
            f"| {name} | {_told(figures, 'replay', key)} | {_told(figures, 'control', key)} |"
            for name, key in compared.items()
        ),
        "",
        f"Without load at most {figures['quiet.longest_ms']:.0f} ms.",
        f"{figures['machine']}, load {figures['load']:.1f} before; one run.",
    ]
    return "\n".join(rows)


def _told(figures: dict[str, Any], what: str, key: str) -> str:
    return f"{figures[f'{what}.{key}']:.0f}{' ms' if key.endswith('_ms') else ''}"


if __name__ == "__main__":
    main()
