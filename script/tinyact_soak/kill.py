"""Kill the edge at random moments while actions go on; see that none is lost or told twice.

A real edge watches films in which somebody comes and goes. A client follows it by `since`, as Home
Assistant does. At the end what it heard is compared with what the journal holds.
"""

import argparse
import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from typing import Any

import aiohttp

from tests.edge.support import moving_square, still_room, write_bundle, write_video
from tinyact_demo.processes import free_port
from tinyact_edge.database import FILE
from tinyact_edge.journal import ActionFilter, Journal
from tinyact_edge.pictures import FOLDER, Keeping, Pictures
from tinyact_edge.tokens import Tokens
from tinyact_edge.wire import action_message

# Seconds that somebody is to be seen, and that nobody is: an action each time.
_THERE = 3.0
_AWAY = 3.5
_STARTS_WITHIN = 60.0


class LostError(Exception):
    """An action was lost, told twice, or left open; the message says which."""


@dataclass(slots=True)
class Heard:
    """What a client heard, in order."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cursor(self) -> int:
        """Return the id of the last message, 0 before the first."""
        return int(self.messages[-1]["id"]) if self.messages else 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial came to."""

    kills: int
    actions: int
    interrupted: int
    messages: int
    replayed: int

    def __str__(self) -> str:
        """Tell it in a line."""
        return (
            f"{self.kills} kills: {self.actions} actions ({self.interrupted} interrupted),"
            f" {self.messages} messages, each heard once and in order, {self.replayed} of them"
            " by since"
        )


def try_it(folder: Path, kills: int, cameras: int, apart: float, seed: int) -> Outcome:
    """Kill an edge `kills` times, at most `apart` seconds after it began to tell.

    Raises LostError.
    """
    dice = random.Random(seed)  # noqa: S311 (to be repeatable)
    journal = Journal(folder / "data")
    token = Tokens(journal).add()
    journal.close()
    command = _command(folder, cameras, port := free_port())
    heard = Heard()
    for _ in range(kills):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as edge:  # noqa: S603
            try:
                wait = dice.uniform(0, apart)
                asyncio.run(_listen(port, token, heard, wait, replay_only=False))
            finally:
                edge.kill()
        _say(f"killed after {wait:.1f} s; {len(heard.messages)} messages so far")
    # A last start tells what the last kill left untold, and a clean end what it left open.
    with subprocess.Popen([*command[: -_FLAGS * cameras]], stderr=subprocess.DEVNULL) as edge:  # noqa: S603
        try:
            asyncio.run(_listen(port, token, heard, 0, replay_only=True))
        finally:
            edge.send_signal(signal.SIGTERM)
            edge.wait(30)
    return _judge(folder / "data", heard, kills)


_FLAGS = 2  # --camera and its value


def _command(folder: Path, cameras: int, port: int) -> list[str]:
    """Return what starts an edge with films that are out of step."""
    bundle = write_bundle(folder / "bundle", ("none", "walk"), view="rgb")
    films = [film(folder / f"film{number}.mp4", number / 4) for number in range(min(cameras, 8))]
    return [
        *(sys.executable, "-m", "tinyact_edge", "run", "--port", str(port)),
        *("--data", str(folder / "data"), "--bundle", str(bundle)),
        *(
            flag
            for number in range(cameras)
            for flag in ("--camera", f"c{number}=loop:{films[number % len(films)]}")
        ),
    ]


def film(path: Path, longer: float = 0.0) -> Path:
    """Write a film to be looped in which somebody comes and goes, `longer` seconds longer."""
    write_video(path, _THERE + _AWAY + longer, _comes_and_goes)
    return path


def _comes_and_goes(second: float) -> Any:
    return moving_square(second) if second < _THERE else still_room(second)


async def _listen(port: int, token: str, heard: Heard, wait: float, *, replay_only: bool) -> None:
    """Hear what was missed; then, unless that is all, what happens until `wait` seconds later."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as session:
        socket = await _connect(session)
        async with socket:
            with suppress(TimeoutError):
                async with asyncio.timeout(None) as limit:
                    async for frame in socket:
                        message = frame.json()
                        if message["type"] == "hello" and message["instance"]:
                            await socket.send_json({"type": "subscribe", "since": heard.cursor})
                        elif message["type"] == "subscribed":
                            if replay_only:
                                return
                            limit.reschedule(asyncio.get_running_loop().time() + wait)
                        elif message["type"] == "action":
                            heard.messages.append(message)


async def _connect(session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    """Return a connection to an edge that has just been started."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            return await session.ws_connect("/api/ws")
        except aiohttp.ClientError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


def _judge(folder: Path, heard: Heard, kills: int) -> Outcome:
    """Compare what was heard with what is kept. Raises LostError."""
    with sqlite3.connect(folder / FILE) as database:
        (found,) = database.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise LostError(f"the journal is damaged: {found}")
    journal = Journal(folder)
    pictures = Pictures(folder / FOLDER, Keeping())
    try:
        kept = [
            action_message(message, pictures, replay=False)
            for message in journal.messages(0, 1_000_000)
        ]
        actions = journal.actions(ActionFilter(), 1_000_000)
    finally:
        journal.close()
    if [message | {"replay": False} for message in heard.messages] != kept:
        ids = [message["id"] for message in heard.messages]
        raise LostError(f"heard {ids}, kept {[message['id'] for message in kept]}")
    for action in actions:
        events = [m["event"] for m in kept if m["action"]["id"] == action.id]
        if events != ["confirmed", "ended"]:
            raise LostError(f"action {action.id} was told as {events}")
    return Outcome(
        kills,
        len(actions),
        sum(action.end_reason == "interrupted" for action in actions),
        len(kept),
        sum(message["replay"] for message in heard.messages),
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main() -> None:
    """Try it as often and as long as asked for."""
    parser = argparse.ArgumentParser(prog="script/soak kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--cameras", type=int, default=16)
    parser.add_argument("--apart", type=float, default=50.0, help="seconds at most, to a kill")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = try_it(Path(folder), options.kills, options.cameras, options.apart, options.seed)
    print(outcome)


if __name__ == "__main__":
    main()
