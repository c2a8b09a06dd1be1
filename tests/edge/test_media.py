"""Pictures of actions and cameras, as a client gets them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
import logging
import os
from pathlib import Path
import time
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.bundle import Bundle
from tinyact_edge.pictures import FOLDER, Keeping
from tinyact_edge.recognizer import Action

from .home import NOBODY, Home, Socket, hear
from .support import WAIT, rtsp_server, still_room, write_video


@asynccontextmanager
async def watching(home: Home, url: str, **settings: Any) -> AsyncIterator[Socket]:
    """Let an edge watch a kitchen; return a client that hears of it."""
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_json({"type": "subscribe", "since": None})
        await hear(socket, "subscribed")
        status, camera = await home.add(name="Kitchen", url=url, **settings)
        assert status == 201, camera
        yield socket
        if home.edge.cameras.all():
            await home.remove("kitchen")


async def hear_of(socket: Socket, event: str) -> dict[str, Any]:
    """Return the next action that this happens to."""
    while (message := await hear(socket, "action"))["event"] != event:
        pass
    action: dict[str, Any] = message["action"]
    return action


async def fetch(home: Home, path: str, **headers: str) -> tuple[int, str, bytes]:
    """Return status, content type and content of an answer."""
    async with home.client.get(path, headers=home.headers | headers) as response:
        return response.status, response.content_type, await response.read()


def picture(content: bytes) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert image is not None
    return np.asarray(image, np.uint8)


async def test_a_snapshot_is_there_as_soon_as_its_action_is_told(home: Home, video: Path) -> None:
    async with watching(home, f"loop:{video}", snapshots=True) as socket:
        action = await hear_of(socket, "confirmed")
        assert (action["snapshot"], action["clip"]) == (True, False)
        path = f"/api/actions/{action['id']}"
        status, kind, content = await fetch(home, f"{path}/snapshot")
        assert (status, kind) == (200, "image/jpeg")
        image = picture(content)
        assert image.shape == (180, 320, 3)
        # The room is grey. The stub's person is 40 pixels wide, in the middle, a frame around it.
        row = image[90].astype(int)
        framed = np.flatnonzero(row[:, 0] - row[:, 2] > 60).tolist()
        assert 130 < min(framed) < 150
        assert 170 < max(framed) < 190
        assert (await fetch(home, f"{path}/clip"))[0] == 404
        assert (await home.get(path))["snapshot"]


async def test_without_being_asked_for_there_are_none(home: Home, video: Path) -> None:
    async with watching(home, f"loop:{video}") as socket:
        action = await hear_of(socket, "confirmed")
        assert (action["snapshot"], action["clip"]) == (False, False)
        assert (await fetch(home, f"/api/actions/{action['id']}/snapshot"))[0] == 404
    assert not (home.journal.folder / FOLDER).exists()


@pytest.mark.parametrize(
    "flags",
    [(), ("--b-frames",), ("--codec", "h265", "--b-frames", "--keys", "40")],
    ids=["H.264", "H.264 with B-frames", "H.265"],
)
async def test_a_clip_of_a_real_stream_shows_what_led_to_the_action(
    home: Home, video: Path, flags: tuple[str, ...]
) -> None:
    with rtsp_server(video, 0, None, *flags) as port:
        async with watching(home, f"rtsp://127.0.0.1:{port}/camera", clips=True) as socket:
            action = await hear_of(socket, "confirmed")
            assert action["clip"] is False
            # The action ends with its camera.
            assert (await home.ask("PATCH", "/api/cameras/kitchen", {"enabled": False}))[0] == 200
            action = await hear_of(socket, "media")
            assert (action["clip"], action["end_reason"]) == (True, "interrupted")
            path = f"/api/actions/{action['id']}/clip"
            status, kind, content = await fetch(home, path)
            assert (status, kind) == (200, "video/mp4")
            with av.open(BytesIO(content)) as container:
                stream = container.streams.video[0]
                assert stream.codec_context.name == "h264"
                times = [frame.time or 0.0 for frame in container.decode(stream)]
            # At least the window that confirmed it.
            assert 0.9 < times[-1] - times[0] < 15
            status, _, part = await fetch(home, path, Range="bytes=100-199")
            assert (status, part) == (206, content[100:200])


async def test_a_clip_is_whole_when_its_action_has_ended(home: Home, video: Path) -> None:
    async with watching(home, f"loop:{video}", clips=True, snapshots=True) as socket:
        confirmed = await hear_of(socket, "confirmed")
        # What nobody wants to know of any more ends.
        assert (await home.ask("PATCH", "/api/cameras/kitchen", {"labels": ["sit"]}))[0] == 200
        ended = await hear_of(socket, "ended")
        assert (ended["end_reason"], ended["clip"]) == ("ended", False)
        told = await hear_of(socket, "media")
        assert (told["id"], told["snapshot"], told["clip"]) == (confirmed["id"], True, True)
        _, _, content = await fetch(home, f"/api/actions/{told['id']}/clip")
        with av.open(BytesIO(content)) as container:
            assert container.duration
            # From the window that began it to two seconds after the last that showed it.
            assert 2.5 < container.duration / av.time_base < 15


async def test_an_erased_action_leaves_nothing(home: Home, video: Path) -> None:
    async with watching(home, f"loop:{video}", snapshots=True, clips=True) as socket:
        action = await hear_of(socket, "confirmed")
        path = f"/api/actions/{action['id']}"
        assert (await home.ask("DELETE", path))[0] == 204
        assert await hear(socket, "action_removed") == {
            "type": "action_removed",
            "id": action["id"],
        }
        assert await home.remove("kitchen") == 204
        for gone in (path, f"{path}/snapshot", f"{path}/clip"):
            assert (await fetch(home, gone))[0] == 404
        assert (await home.ask("DELETE", path))[0] == 404
    info = await home.get("/api/info")
    assert info["open_actions"] == []
    assert home.journal.messages(0, 10) == []
    await home.edge.media.stop()
    assert list((home.journal.folder / FOLDER).iterdir()) == []
    with home.journal.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM windows WHERE action IS NOT NULL").fetchone() == (
            0,
        )


@pytest.mark.parametrize("number", ["0", "9999999999999999999", "..%2f..%2fjournal", "x", "-1"])
@pytest.mark.parametrize("kind", ["", "/snapshot", "/clip"])
async def test_only_actions_have_pictures(home: Home, number: str, kind: str) -> None:
    async with home.client.get(
        f"/api/actions/{number}{kind}", headers=home.headers, allow_redirects=False
    ) as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"


async def test_actions_go_on_without_pictures_that_cannot_be_written(
    home: Home, video: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home.journal.folder / FOLDER).write_text("in the way")
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            async with watching(home, f"loop:{video}", snapshots=True, clips=True) as socket:
                assert (await hear_of(socket, "confirmed"))["snapshot"] is False
                assert await home.remove("kitchen") == 204
                assert (await hear_of(socket, "ended"))["clip"] is False
                await home.edge.media.stop()
    assert [record.getMessage()[:30] for record in caplog.records] == [
        "Pictures cannot be kept or era"
    ]


async def test_an_action_is_not_lost_for_a_frame_that_cannot_be_shown(
    home: Home, video: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_frame: object) -> None:
        raise ValueError("no such format")

    monkeypatch.setattr("tinyact_edge.media.rgb", fail)
    async with watching(home, f"loop:{video}", snapshots=True) as socket:
        assert (await hear_of(socket, "confirmed"))["snapshot"] is False
    assert "no snapshot of action 1" in caplog.text


async def test_a_folder_of_pictures_that_cannot_be_read_stops_nobody(
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / FOLDER).mkdir()
    # These tests may run as root, whom no folder refuses.
    monkeypatch.setattr(Path, "iterdir", refuse)
    home = Home(bundle, tmp_path)
    await home.edge.start([])
    await home.edge.stop()
    home.journal.close()
    assert "Pictures cannot be kept or erased: Permission denied" in caplog.text


async def test_retention_tells_of_what_it_erases(
    bundle: Bundle, tmp_path: Path, video: Path
) -> None:
    home = Home(bundle, tmp_path, keeping=Keeping(megabytes=0.004))
    async with home.client:
        await home.edge.start([])
        async with watching(home, f"loop:{video}", snapshots=True) as socket:
            first = await hear_of(socket, "confirmed")
            assert first["snapshot"]
        async with watching(home, f"loop:{video}", snapshots=True) as socket:
            second = await hear_of(socket, "confirmed")
            assert second["snapshot"]
            erased = await hear_of(socket, "media")
            assert (erased["id"], erased["snapshot"]) == (first["id"], False)
        assert (await fetch(home, f"/api/actions/{first['id']}/snapshot"))[0] == 404
        await home.edge.stop()
    home.journal.close()


async def test_what_is_too_old_is_erased_and_told_of(bundle: Bundle, tmp_path: Path) -> None:
    home = Home(bundle, tmp_path, keeping=Keeping(days=2))
    (tmp_path / FOLDER).mkdir()
    now = time.time()
    for number, age in ((1, 3 * 86400), (2, 86400)):
        at = now - age
        home.journal.confirm(Action(number, "kitchen", 1, "fall", 0.9, at, at))
        home.journal.end(number, at, "ended")
        picture = tmp_path / FOLDER / f"{number}.jpg"
        picture.write_bytes(b"picture")
        os.utime(picture, (at, at))
    async with home.client:
        await home.edge.start([])
        async with await home.connect() as socket:
            await hear(socket, "hello")
            await socket.send_json({"type": "subscribe", "since": 0})
            erased = await hear_of(socket, "media")
            assert (erased["id"], erased["snapshot"]) == (1, False)
            assert (await home.get("/api/actions/2"))["snapshot"]
        await home.edge.stop()
    home.journal.close()
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["2.jpg"]


async def test_storing_nothing_is_one_switch(bundle: Bundle, tmp_path: Path, video: Path) -> None:
    home = Home(bundle, tmp_path)
    async with home.client:
        await home.edge.start([])
        async with await home.connect() as socket:
            await home.add(name="Kitchen", url=f"loop:{video}", snapshots=True)
            await hear(socket, "hello")
            await socket.send_json({"type": "subscribe"})
            assert (await hear_of(socket, "confirmed"))["snapshot"]
        await home.edge.stop()
    home.journal.close()
    assert list((tmp_path / FOLDER).iterdir())

    home = Home(bundle, tmp_path, keeping=Keeping(store=False))
    async with home.client:
        await home.edge.start([])
        assert list((tmp_path / FOLDER).iterdir()) == []
        (camera,) = home.edge.cameras.all()
        assert camera["settings"]["snapshots"] is False
        for body in ({"snapshots": True}, {"clips": True}):
            status, problem = await home.ask("PATCH", "/api/cameras/kitchen", body)
            assert status == 409
            assert "store_pictures" in problem["detail"]
        await home.edge.stop()
    home.journal.close()


async def test_a_camera_shows_what_it_sees(home: Home, video: Path) -> None:
    path = "/api/cameras/kitchen/snapshot"
    assert (await fetch(home, path))[0] == 404
    async with watching(home, f"loop:{video}", enabled=False) as socket:
        assert (await fetch(home, path))[0] == 503
        assert (await home.ask("PATCH", "/api/cameras/kitchen", {"enabled": True}))[0] == 200
        while (await hear(socket, "camera"))["camera"]["state"] != "online":
            pass
        status, kind, content = await fetch(home, path)
        assert (status, kind) == (200, "image/jpeg")
        assert picture(content).shape == (180, 320, 3)


async def test_a_camera_can_be_tried_before_it_is_added(home: Home, tmp_path: Path) -> None:
    def wide(second: float) -> NDArray[np.uint8]:
        return np.ascontiguousarray(np.kron(still_room(second), np.ones((4, 4, 1), np.uint8)))

    with rtsp_server(
        write_video(tmp_path / "wide.mp4", 1.0, wide), credentials=("me", "hidden")
    ) as port:
        url = f"rtsp://me:hidden@127.0.0.1:{port}/camera"
        async with home.client.post(
            "/api/cameras/test", json={"url": url}, headers=home.headers
        ) as response:
            assert response.status == 200
            assert response.content_type == "image/jpeg"
            assert picture(await response.read()).shape == (360, 640, 3)
        status, problem = await home.ask(
            "POST", "/api/cameras/test", {"url": url.replace("hidden", "wrong")}
        )
        assert (status, problem["reason"]) == (422, "unauthorized")
    assert (await home.get("/api/cameras"))["cameras"] == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (lambda _: NOBODY.format(free_port()), "unreachable"),
        (lambda folder: str(folder / "nothing.mp4"), "unreachable"),
        (lambda folder: str(folder / "text.mp4"), "not_video"),
    ],
)
async def test_a_camera_that_cannot_be_watched_says_why(
    home: Home, tmp_path: Path, url: Callable[[Path], str], reason: str
) -> None:
    (tmp_path / "text.mp4").write_text("no video " * 100)
    status, problem = await home.ask("POST", "/api/cameras/test", {"url": url(tmp_path)})
    assert (status, problem["reason"]) == (422, reason)
    assert "hidden" not in problem["detail"]


@asynccontextmanager
async def silent_cameras(home: Home) -> AsyncIterator[tuple[str, list[Any], list[Any]]]:
    """Let two clients try a camera that says nothing; yield its URL, them, and its connections."""
    connected: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    async with await asyncio.start_server(
        lambda *streams: connected.put_nowait(streams), "127.0.0.1", 0
    ) as silent:
        url = f"rtsp://127.0.0.1:{silent.sockets[0].getsockname()[1]}/x"
        asking = [home.ask("POST", "/api/cameras/test", {"url": url}) for _ in range(2)]
        clients = [asyncio.create_task(each) for each in asking]
        async with asyncio.timeout(WAIT):
            yield url, clients, [await connected.get() for _ in clients]


async def test_few_cameras_are_tried_at_once(home: Home) -> None:
    async with silent_cameras(home) as (url, clients, connections):
        status, problem = await home.ask("POST", "/api/cameras/test", {"url": url})
        assert status == 429
        assert "try again" in problem["detail"]
        for _, camera in connections:
            camera.close()
        for status, problem in await asyncio.gather(*clients):
            assert (status, problem["reason"]) == (422, "unreachable")
        assert (await home.ask("POST", "/api/cameras/test", {"url": "x"}))[0] == 422


async def test_who_waits_no_more_leaves_room_for_others(home: Home) -> None:
    async with silent_cameras(home) as (_, clients, connections):
        for client in clients:
            client.cancel()
        # What looked at the camera is gone, not only not counted.
        for heard, camera in connections:
            while await heard.read(4096):
                pass
            camera.close()
        while (await home.ask("POST", "/api/cameras/test", {"url": "x"}))[0] == 429:
            pass
