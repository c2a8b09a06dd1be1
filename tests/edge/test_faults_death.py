"""Sudden deaths, full disks and clocks that jump: no action is lost, told twice or left open."""

import asyncio
from dataclasses import replace
import logging
from pathlib import Path
import resource
import signal
import time

import numpy as np
import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.background import survive
from tinyact_edge.camera_settings import CameraSettings
from tinyact_edge.database import JournalError
from tinyact_edge.edge import _QUEUE
from tinyact_edge.journal import ActionFilter, Journal
from tinyact_edge.outbox import Outbox
from tinyact_edge.pipeline import Watched
from tinyact_edge.recognizer import Action, Prediction, Window
from tinyact_edge.reserve import FILE, Reserve
from tinyact_edge.sampler import Sample
from tinyact_soak.kill import film, try_it

from .home import NOBODY, Home, hear
from .process import running
from .support import WAIT, write_bundle

NOW = 1_800_000_000.0


def test_killed_at_random_moments_it_loses_nothing(tmp_path: Path) -> None:
    outcome = try_it(tmp_path, kills=3, cameras=4, apart=3, seed=5)
    assert outcome.actions >= 4
    assert outcome.interrupted
    assert outcome.replayed


def action(number: int) -> Action:
    at = time.monotonic()
    return Action(number, "kitchen", 1, "fall", 0.9, at - 2, at - 1)


async def test_what_the_journal_cannot_take_waits_and_is_told_in_order(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    socket = await home.connect()
    await socket.send_json({"type": "subscribe", "since": 0})
    await hear(socket, "subscribed")
    caplog.set_level(logging.INFO)
    # What SQLite then says is what it says on a read-only file system.
    home.journal._db.execute("PRAGMA query_only = 1")
    first, second = action(1), action(2)
    ended = replace(first, ended_at=first.confirmed_at + 1, end_reason="ended")
    await home.edge.recorder.record([first, second])
    await home.edge.recorder.record([ended])
    state = (await home.get("/api/diagnostics"))["journal"]
    assert state["waiting"] == 3
    assert state["lost"] == 0
    assert "readonly" in state["detail"]
    health = await home.get("/health")
    assert (health["status"], health["journal"]) == ("ok", "unwritable")
    told = (await hear(socket, "journal"))["journal"]
    assert told == {"state": "unwritable", "detail": state["detail"], "set_aside": []}
    assert (await home.get("/api/info"))["journal"] == told
    home.journal._db.execute("PRAGMA query_only = 0")
    await home.edge.recorder.retry()
    told = [await hear(socket, "action") for _ in range(3)]
    assert [(one["id"], one["event"], one["action"]["id"]) for one in told] == [
        (1, "confirmed", 1),
        (2, "confirmed", 2),
        (3, "ended", 1),
    ]
    assert (await hear(socket, "journal"))["journal"]["state"] == "ok"
    assert (await home.get("/api/diagnostics"))["journal"] == {
        "state": "ok",
        "detail": None,
        "set_aside": [],
        "waiting": 0,
        "lost": 0,
    }
    lines = [record.message for record in caplog.records if "journal" in record.message.lower()]
    assert len(lines) == 2  # once down, once up


async def test_what_is_being_written_as_the_edge_stops_is_written_once(home: Home) -> None:
    home.journal._db.execute("PRAGMA query_only = 1")
    first, second = action(1), action(2)
    await home.edge.recorder.record([first, second])
    home.journal._db.execute("PRAGMA query_only = 0")
    with home.journal._lock:  # a disk that takes its time
        trying = asyncio.create_task(home.edge.recorder.retry())
        await asyncio.sleep(0.1)
        trying.cancel()
        await asyncio.wait([trying])
    ended = replace(first, ended_at=first.confirmed_at + 1, end_reason="interrupted")
    await home.edge.recorder.record([ended])
    told = [(one.event, one.action.id) for one in home.journal.messages(0, 10)]
    assert told == [("confirmed", 1), ("confirmed", 2), ("ended", 1)]
    assert (home.edge.recorder.waiting, home.edge.recorder.lost) == (0, 0)


async def test_what_waits_is_written_before_the_edge_ends(home: Home) -> None:
    home.journal._db.execute("PRAGMA query_only = 1")
    await home.edge.recorder.record([action(1)])
    home.journal._db.execute("PRAGMA query_only = 0")
    await home.edge.stop()
    assert [one.action.id for one in home.journal.messages(0, 10)] == [1]


async def test_a_disk_that_fails_is_told_before_anything_happens(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await home.connect()
    await socket.send_json({"type": "subscribe", "since": None})
    await hear(socket, "subscribed")
    monkeypatch.setattr("tinyact_edge.recorder._TRY_SECONDS", 0.0)
    home.journal._db.execute("PRAGMA query_only = 1")
    await home.edge.recorder.retry()
    assert (await hear(socket, "journal"))["journal"]["state"] == "unwritable"
    home.journal._db.execute("PRAGMA query_only = 0")
    await home.edge.recorder.retry()
    assert (await hear(socket, "journal"))["journal"]["state"] == "ok"
    home.edge.recorder._reserve = Reserve(home.journal.folder, low=1 << 60)
    await home.edge.recorder.retry()
    told = (await hear(socket, "journal"))["journal"]
    assert told["state"] == "low"
    assert "Make room on it" in told["detail"]


async def test_no_more_waits_than_fits_and_what_is_given_up_is_counted() -> None:
    written: list[int] = []
    full = True

    async def write(item: int) -> None:
        if full:
            raise JournalError("full.")
        written.append(item)

    outbox = Outbox(write, most=3)
    for item in range(5):
        await outbox.put(item)
    full = False
    await outbox.flush()
    assert written == [2, 3, 4]
    assert outbox.lost == 2


def test_a_full_disk_is_survived_and_said(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "bundle", ("none", "walk"), view="rgb")
    data = tmp_path / "data"
    video = film(tmp_path / "film.mp4")
    with running(data, bundle, "--camera", f"Hall=loop:{video}") as edge:
        edge.wait_for("hall: walk confirmed")
        # No file may grow from now on, nor be written where it is longer.
        resource.prlimit(edge.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        edge.wait_for("Actions wait in memory")
        assert edge.get("/health")["status"] == "ok"
        state = edge.get("/api/diagnostics")["journal"]
        assert state["waiting"] >= 1
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(edge.process.pid, resource.RLIMIT_FSIZE, unlimited)
        edge.wait_for("nothing waits")
        assert edge.end(signal.SIGTERM) == 0
        assert "Traceback" not in "".join(edge.log)
    journal = Journal(data)
    try:
        numbers = [one.id for one in journal.actions(ActionFilter(), 100)]
        assert numbers == list(range(len(numbers), 0, -1))
        events = [(one.action.id, one.event) for one in journal.messages(0, 1000)]
    finally:
        journal.close()
    assert sorted(events) == sorted((n, e) for n in numbers for e in ("confirmed", "ended"))


def test_room_is_set_aside_while_there_is_some_and_given_up_once(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path, size=1 << 20, low=0)
    reserve.hold()
    held = (tmp_path / FILE).stat()
    assert held.st_blocks * 512 >= 1 << 20
    assert reserve.release()
    assert not reserve.release()
    Reserve(tmp_path, low=1 << 60).hold()
    assert not (tmp_path / FILE).exists()


async def test_room_that_was_set_aside_is_used_when_the_disk_is_full(home: Home) -> None:
    Reserve(home.journal.folder, size=1 << 20, low=0).hold()
    assert (home.journal.folder / FILE).exists()
    # SQLITE_FULL, as on a disk that is: for the room of a file that may not grow.
    home.journal._db.execute("PRAGMA max_page_count = 1")
    await home.edge.recorder.record([replace(action(1), label="x" * 100_000)])
    assert not (home.journal.folder / FILE).exists()
    assert (await home.get("/api/diagnostics"))["journal"]["waiting"] == 1
    home.journal._db.execute("PRAGMA max_page_count = 1000000")


async def test_clocks_that_jump_leave_order_and_ids(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = await home.connect()
    await socket.send_json({"type": "subscribe", "since": 0})
    await hear(socket, "subscribed")
    wall = NOW

    def utc(at: float) -> float:
        return at + wall - time.monotonic()

    monkeypatch.setattr("tinyact_edge.recorder.utc", utc)
    told = []
    for number, jump in ((1, -7200.0), (2, 86400.0), (3, -NOW)):
        begun = action(number)
        await home.edge.recorder.record([begun])
        wall += jump
        ended = replace(begun, ended_at=begun.confirmed_at + 1, end_reason="ended")
        await home.edge.recorder.record([ended])
        told += [await hear(socket, "action") for _ in range(2)]
    assert [one["id"] for one in told] == [1, 2, 3, 4, 5, 6]
    for one in told[1::2]:
        times = [one["action"][name] for name in ("started_at", "confirmed_at", "ended_at")]
        assert times == sorted(times)
    found = (await home.get("/api/actions"))["actions"]
    assert [one["id"] for one in found] == [3, 2, 1]


async def test_an_action_ends_though_more_was_seen_than_can_wait(home: Home) -> None:
    # Its own thread, which would tell of the end again, is not started.
    await home.add(name="Kitchen", url=NOBODY.format(free_port()), enabled=False)
    running = home.edge.cameras.get("kitchen")
    assert running
    running.settings = CameraSettings()
    at = time.monotonic()
    fall = Window(1, at - 2, at, Prediction("fall", 0.9, {"fall": 0.9, "none": 0.1}))
    await home.edge.recorder.record(running.recognizer.add(fall))
    nothing = np.empty((0, 0), np.float32)
    home.edge._on_watched([Watched("kitchen", Sample(at, interrupted=True), [], nothing)])
    picture = np.zeros((0, 1, 3), np.uint8)
    for _ in range(_QUEUE + 10):
        home.edge._on_watched([Watched("hall", Sample(at, picture), [], nothing)])
    async with asyncio.timeout(WAIT):
        while (await home.get("/api/info"))["open_actions"]:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.05)
    (found,) = (await home.get("/api/actions"))["actions"]
    assert found["end_reason"] == "interrupted"
    assert (await home.get("/api/diagnostics"))["queue"]["dropped"] == 11


async def test_what_one_camera_saw_harms_no_other(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Hall", "Kitchen"):
        await home.add(name=name, url=NOBODY.format(free_port()), enabled=False)
    hall, kitchen = (home.edge.cameras.get(name) for name in ("hall", "kitchen"))
    assert hall
    assert kitchen
    hall.settings = kitchen.settings = CameraSettings()
    at = time.monotonic()
    fall = Window(1, at - 2, at, Prediction("fall", 0.9, {"fall": 0.9, "none": 0.1}))
    await home.edge.recorder.record(kitchen.recognizer.add(fall))

    def fail(_at: float) -> list[Action]:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(hall.recognizer, "advance", fail)
    nothing = np.empty((0, 0), np.float32)
    picture = np.zeros((0, 1, 3), np.uint8)
    seen = [("hall", Sample(at, picture)), ("kitchen", Sample(at, interrupted=True))]
    await home.edge._take([Watched(camera, sample, [], nothing) for camera, sample in seen])
    (found,) = (await home.get("/api/actions"))["actions"]
    assert found["end_reason"] == "interrupted"


async def test_a_task_that_fails_begins_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tinyact_edge.background._PAUSE_SECONDS", 0)
    tries = []

    async def task() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise ValueError("nobody thought of this")

    await survive(task)
    assert len(tries) == 3
    assert len(caplog.records) == 2
