"""Changing cameras while the edge runs."""

import asyncio
from pathlib import Path
import threading
from typing import Any

import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.bundle import Bundle
from tinyact_edge.options import CameraOptions
from tinyact_edge.source import parse_source
from tinyact_edge.stored_cameras import StoredCameras

from .home import NOBODY, Home, hear
from .support import WAIT

KITCHEN = "/api/cameras/kitchen"
USUAL = {
    "enabled": True,
    "labels": None,
    "sensitivity": 50,
    "ignore": [],
    "snapshots": False,
    "clips": False,
}
CHOSEN = {
    "labels": ["fall"],
    "sensitivity": 70,
    "ignore": [[[0.0, 0.0], [0.5, 0.0], [0.5, 1.0]]],
    "snapshots": True,
}


def nobody() -> str:
    return NOBODY.format(free_port())


async def test_settings_are_told_changed_and_there_after_a_restart(
    bundle: Bundle, tmp_path: Path
) -> None:
    home = Home(bundle, tmp_path)
    async with home.client:
        await home.edge.start([])
        _, camera = await home.add(name="Kitchen", url=nobody())
        assert (camera["origin"], camera["settings"]) == ("api", USUAL)
        _, hall = await home.add(name="Hall", url=nobody(), clips=True, sensitivity=20.0)
        assert hall["settings"] == USUAL | {"clips": True, "sensitivity": 20}
        async with await home.connect() as socket:
            await hear(socket, "hello")
            await socket.send_json({"type": "subscribe"})
            await hear(socket, "subscribed")
            status, changed = await home.ask("PATCH", KITCHEN, CHOSEN | {"name": "Cooking"})
            assert (status, changed["name"]) == (200, "Cooking")
            assert changed["settings"] == USUAL | CHOSEN
            told = await hear(socket, "camera")
            while told["camera"]["id"] != "kitchen" or told["camera"]["name"] != "Cooking":
                told = await hear(socket, "camera")
            assert told["camera"]["settings"] == USUAL | CHOSEN
        # What is not named stays.
        _, changed = await home.ask("PATCH", KITCHEN, {"labels": None})
        assert changed["settings"] == USUAL | CHOSEN | {"labels": None}
        await home.edge.stop()
    home.journal.close()

    home = Home(bundle, tmp_path)
    async with home.client:
        await home.edge.start([])
        found = (await home.get("/api/cameras"))["cameras"]
        cameras = {camera["id"]: camera for camera in found}
        assert cameras["kitchen"]["settings"] == USUAL | CHOSEN | {"labels": None}
        assert cameras["kitchen"]["name"] == "Cooking"
        assert cameras["hall"]["settings"] == hall["settings"]
        # A new camera in the place of a removed one begins with nothing of it.
        await home.remove("hall")
        _, hall = await home.add(name="Hall", url=nobody())
        assert hall["settings"] == USUAL
        await home.edge.stop()
    home.journal.close()


async def test_name_and_url_of_a_camera_of_the_options_stay_but_settings_change(
    bundle: Bundle, tmp_path: Path
) -> None:
    options = CameraOptions("hall", "Hall", parse_source(nobody()))
    for turn in range(2):
        home = Home(bundle, tmp_path)
        async with home.client:
            await home.edge.start([options])
            (camera,) = home.edge.cameras.all()
            assert camera["origin"] == "options"
            if turn == 0:
                for body in ({"name": "x"}, {"url": nobody()}):
                    status, problem = await home.ask("PATCH", "/api/cameras/hall", body)
                    assert status == 409
                    assert "options" in problem["detail"]
                    assert problem["code"] == "set_in_options"
                status, _ = await home.ask("PATCH", "/api/cameras/hall", {"sensitivity": 10})
                assert status == 200
            else:
                assert camera["settings"]["sensitivity"] == 10
            await home.edge.stop()
        home.journal.close()


async def test_pausing_ends_what_goes_on_and_lets_go_of_the_camera(home: Home, video: Path) -> None:
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_json({"type": "subscribe"})
        await home.add(name="Kitchen", url=f"loop:{video}")
        confirmed = await hear(socket, "action")
        (thread,) = [each for each in threading.enumerate() if each.name == "camera kitchen"]
        status, camera = await home.ask("PATCH", KITCHEN, {"enabled": False})
        assert (status, camera["state"], camera["reason"]) == (200, "paused", None)
        ended = await hear(socket, "action")
        assert (ended["event"], ended["action"]["id"]) == ("ended", confirmed["action"]["id"])
        assert ended["action"]["end_reason"] == "interrupted"
        await asyncio.to_thread(thread.join, WAIT)
        assert not thread.is_alive()
        _, camera = await home.ask("PATCH", KITCHEN, {"enabled": True})
        while camera["state"] != "online":
            camera = (await hear(socket, "camera"))["camera"]


async def test_another_url_is_watched_at_once(home: Home, video: Path) -> None:
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_json({"type": "subscribe"})
        await home.add(name="Kitchen", url=nobody())
        while (await hear(socket, "camera"))["camera"]["state"] != "unavailable":
            pass
        assert (await home.ask("PATCH", KITCHEN, {"url": f"loop:{video}"}))[0] == 200
        while (await hear(socket, "camera"))["camera"]["state"] != "online":
            pass
    assert [stored.url for stored in StoredCameras(home.journal).all()] == [f"loop:{video}"]


async def test_changes_at_once_are_all_made(home: Home) -> None:
    await home.add(name="Kitchen", url=nobody())
    changes: list[dict[str, Any]] = [
        {"sensitivity": 90},
        {"snapshots": True},
        {"clips": True},
        {"labels": ["sit"]},
        {"name": "Cooking"},
    ]
    answers = await asyncio.gather(*(home.ask("PATCH", KITCHEN, change) for change in changes))
    assert [status for status, _ in answers] == [200] * 5
    (camera,) = (await home.get("/api/cameras"))["cameras"]
    assert camera["name"] == "Cooking"
    assert camera["settings"] == USUAL | {
        "sensitivity": 90,
        "snapshots": True,
        "clips": True,
        "labels": ["sit"],
    }


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"sensitivity": 200}, "invalid_sensitivity", "must be a number from 0 to 100"),
        ({"ignore": [[[0, 0], [9, 9], [1, 0]]]}, "invalid_ignore", "ignore: must hold points"),
        ({"url": "gopher://me:hidden@h"}, "invalid_url", "url: is no usable address"),
        ({"id": "other"}, "invalid_id", "id: extra keys"),
        ([], "invalid_body", "the body"),
    ],
)
async def test_unusable_changes_are_refused(home: Home, body: Any, code: str, words: str) -> None:
    await home.add(name="Kitchen", url=nobody())
    status, problem = await home.ask("PATCH", KITCHEN, body)
    assert (status, problem["code"]) == (422, code)
    assert words in problem["detail"]
    assert "hidden" not in problem["detail"]
    assert (await home.get("/api/cameras"))["cameras"][0]["settings"] == USUAL


async def test_only_cameras_can_be_changed(home: Home) -> None:
    assert (await home.ask("PATCH", "/api/cameras/nowhere", {"enabled": False}))[0] == 404
