"""The REST interface and the WebSocket, asked over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
import time
from typing import Any

import aiohttp
import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.bundle import Bundle
from tinyact_edge.journal import Journal
from tinyact_edge.options import CameraOptions
from tinyact_edge.recognizer import Action
from tinyact_edge.source import parse_source
from tinyact_edge.stored_cameras import StoredCameras
from tinyact_edge.tokens import Tokens

from .home import NOBODY, Home, Socket, hear
from .support import WAIT


async def actions(socket: Socket, up_to: int) -> AsyncIterator[dict[str, Any]]:
    """Return the action messages up to an id, or until the connection ends."""
    async with asyncio.timeout(WAIT):
        async for frame in socket:
            message = frame.json()
            if message["type"] == "action":
                yield message
                if message["id"] == up_to:
                    return


def recorded(home: Home, *numbers: int, label: str = "fall") -> None:
    """Write ended actions to the journal, one a minute."""
    start = datetime(2026, 11, 23, 18, tzinfo=UTC).timestamp()
    for number in numbers:
        at = start + 60 * number
        home.journal.confirm(Action(number, "kitchen", 1, label, 0.9, at, at + 2))
        home.journal.end(number, at + 5, "ended")


async def test_health_needs_no_token(home: Home) -> None:
    async with home.client.get("/health") as response:
        answer = await response.json()
    assert (answer["status"], answer["instance"]) == ("ok", home.journal.instance)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic x"}, {"Authorization": ""}],
)
@pytest.mark.parametrize("path", ["/api/info", "/api/actions", "/api/ws", "/nowhere"])
async def test_everything_else_does(home: Home, path: str, headers: dict[str, str]) -> None:
    async with home.client.get(path, headers=headers) as response:
        assert response.status == 401
        assert response.content_type == "application/problem+json"
        assert "tinyact-edge token" in (await response.json())["detail"]


async def test_a_token_made_while_the_edge_runs_counts(home: Home, tmp_path: Path) -> None:
    other = Journal(tmp_path)
    token = Tokens(other).add()
    other.close()
    headers = {"Authorization": f"Bearer {token}"}
    async with home.client.get("/api/info", headers=headers) as response:
        assert response.status == 200


async def test_info_is_the_hello(home: Home) -> None:
    info = await home.get("/api/info")
    async with await home.connect() as socket:
        hello = await hear(socket, "hello")
    assert hello == {"type": "hello"} | info
    assert info["model"]["labels"] == ["fall"]
    assert info["classifier"] == {"state": "local", "detail": None}
    assert (info["cameras"], info["open_actions"], info["last_id"]) == ([], [], 0)


async def test_errors_are_problem_details(home: Home) -> None:
    async with home.client.get("/nowhere", headers=home.headers) as response:
        assert response.status == 404
        assert await response.json() == {
            "type": "about:blank",
            "title": "Not Found",
            "status": 404,
            "detail": "Not Found",
        }
    async with home.client.put("/api/cameras", headers=home.headers) as response:
        assert response.status == 405
        assert response.headers["Allow"] == "GET, POST"


async def test_every_route_is_documented_and_the_other_way_round(home: Home) -> None:
    async with home.client.get("/openapi.json") as response:
        document = await response.json()
    assert document["openapi"].startswith("3.1")
    documented = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    routes = {
        (route.method, route.resource.canonical)
        for route in home.app.router.routes()
        if route.resource
    }
    assert documented == routes
    references = re.findall(r'"#/components/(\w+)/(\w+)"', json.dumps(document))
    assert references
    for kind, name in references:
        assert name in document["components"][kind]


async def test_cameras_are_added_listed_and_removed(home: Home) -> None:
    url = NOBODY.format(free_port())
    status, camera = await home.add(name="Living room", url=url)
    assert status == 201
    assert (camera["id"], camera["name"]) == ("living-room", "Living room")
    assert [entry["id"] for entry in (await home.get("/api/cameras"))["cameras"]] == ["living-room"]
    assert (await home.add(name="Living room", url=url))[0] == 409
    assert (await home.add(name="Living room", id="other", url=url))[0] == 201
    assert await home.remove("living-room") == 204
    assert await home.remove("living-room") == 404
    assert [entry["id"] for entry in (await home.get("/api/cameras"))["cameras"]] == ["other"]
    assert [stored.id for stored in StoredCameras(home.journal).all()] == ["other"]
    for path in ("/api/cameras", "/api/info", "/api/diagnostics"):
        assert "hidden" not in json.dumps(await home.get(path))


async def test_two_requests_cannot_both_add_a_camera(home: Home) -> None:
    url = NOBODY.format(free_port())
    answers = await asyncio.gather(*(home.add(name="Hall", url=url) for _ in range(5)))
    assert sorted(status for status, _ in answers) == [201, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"name": "x"}, "url: required"),
        ({"name": "x", "url": "gopher://me:hidden@h"}, "url: is no usable address"),
        ({"name": "x", "url": 5}, "url: "),
        ({"name": "", "url": "rtsp://h/"}, "name: must be"),
        ({"name": "x" * 101, "url": "rtsp://h/"}, "name: must be"),
        ({"name": "x", "url": "rtsp://h/", "id": "../x"}, "id: must be"),
        ({"name": "x", "url": "rtsp://h/", "more": 1}, "more: extra keys"),
    ],
)
async def test_unusable_cameras_are_refused(home: Home, body: Any, detail: str) -> None:
    status, problem = await home.add(**body)
    assert status == 422
    assert detail in problem["detail"]
    assert "hidden" not in problem["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[" * 60_000, 400), (b"[]", 422), (b" " * 100_000, 413)],
    ids=["no JSON", "too deep", "a list", "too large"],
)
async def test_unusable_bodies_are_refused(home: Home, body: bytes, status: int) -> None:
    async with home.client.post("/api/cameras", data=body, headers=home.headers) as response:
        assert response.status == status
        assert (await response.json())["status"] == status


async def test_a_camera_of_the_options_cannot_be_removed(bundle: Bundle, tmp_path: Path) -> None:
    home = Home(bundle, tmp_path)
    source = parse_source(NOBODY.format(free_port()))
    async with home.client:
        await home.edge.start([CameraOptions("hall", "Hall", source)])
        assert await home.remove("hall") == 409
        assert (await home.add(name="Hall", url="rtsp://h/"))[0] == 409
        await home.edge.stop()


async def test_cameras_added_later_are_there_after_a_restart(
    bundle: Bundle, tmp_path: Path
) -> None:
    for turn in range(2):
        home = Home(bundle, tmp_path)
        async with home.client:
            await home.edge.start([])
            if turn == 0:
                await home.add(name="Hall", url=NOBODY.format(free_port()))
            assert [camera["id"] for camera in home.edge.cameras.all()] == ["hall"]
            await home.edge.stop()
        home.journal.close()


async def test_actions_are_paged_and_filtered(home: Home) -> None:
    recorded(home, 1, 2, 3)
    recorded(home, 4, label="sit")
    page = await home.get("/api/actions", limit="3")
    assert [action["id"] for action in page["actions"]] == [4, 3, 2]
    rest = await home.get("/api/actions", limit="3", page=page["next"])
    assert [action["id"] for action in rest["actions"]] == [1]
    assert rest["next"] is None
    assert rest["actions"][0]["started_at"] == "2026-11-23T18:01:00+00:00"

    async def ids(**query: str) -> list[int]:
        return [action["id"] for action in (await home.get("/api/actions", **query))["actions"]]

    assert await ids(label="sit") == [4]
    assert await ids(camera="hall") == []
    assert await ids(after="2026-11-23T18:03:00+00:00") == [4, 3]
    assert await ids(before="2026-11-23T19:03:00+01:00") == [2, 1]

    async def counts(**query: str) -> dict[str, int]:
        totals = (await home.get("/api/totals", **query))["totals"]
        return {total["label"]: total["count"] for total in totals}

    assert await counts() == {"fall": 3, "sit": 1}
    assert await counts(label="fall", after="2026-11-23T18:03:00+00:00") == {"fall": 1}


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "501"},
        {"limit": "ten"},
        {"limit": "²"},
        {"page": "x"},
        {"page": "9" * 40},
        {"after": "yesterday"},
        {"after": "2026-11-23T18:00:00"},
    ],
)
async def test_unusable_queries_are_refused(home: Home, query: dict[str, str]) -> None:
    async with home.client.get("/api/actions", params=query, headers=home.headers) as response:
        assert response.status == 422
        assert (await response.json())["detail"].startswith(next(iter(query)))


async def test_an_action_goes_from_a_video_to_the_client(home: Home, video: Path) -> None:
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_json({"type": "subscribe", "since": None})
        assert await hear(socket, "subscribed") == {"type": "subscribed", "last_id": 0}
        await home.add(name="Kitchen", url=f"loop:{video}")
        assert (await hear(socket, "camera"))["camera"]["state"] in {"connecting", "online"}
        confirmed = await hear(socket, "action")
        assert (confirmed["id"], confirmed["event"], confirmed["replay"]) == (1, "confirmed", False)
        action = confirmed["action"]
        assert (action["camera"], action["label"], action["ended_at"]) == ("kitchen", "fall", None)
        started = datetime.fromisoformat(action["started_at"])
        assert timedelta(0) < datetime.now(UTC) - started < timedelta(seconds=WAIT)
        assert (await home.get("/api/info"))["open_actions"] == [action]
        assert await home.remove("kitchen") == 204
        ended = await hear(socket, "action")
        assert (ended["id"], ended["event"]) == (2, "ended")
        assert ended["action"]["end_reason"] == "interrupted"
        assert await hear(socket, "camera_removed") == {"type": "camera_removed", "id": "kitchen"}
    assert (await home.get("/api/actions"))["actions"] == [ended["action"]]


async def test_a_camera_that_ends_interrupts_its_action(home: Home, video: Path) -> None:
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_json({"type": "subscribe", "since": 0})
        await home.add(name="Kitchen", url=str(video))
        assert (await hear(socket, "action"))["event"] == "confirmed"
        assert (await hear(socket, "action"))["action"]["end_reason"] == "interrupted"
    (camera,) = (await home.get("/api/cameras"))["cameras"]
    assert (camera["state"], camera["reason"]) == ("unavailable", "ended")


async def subscribed(socket: Socket, since: int | None) -> list[int]:
    """Subscribe and return the ids of what is replayed."""
    await hear(socket, "hello")
    await socket.send_json({"type": "subscribe", "since": since})
    replayed = []
    while (message := await socket.receive_json(timeout=WAIT))["type"] == "action":
        assert message["replay"]
        replayed.append(message["id"])
    assert message["type"] == "subscribed"
    assert message["last_id"] == (replayed[-1] if replayed else message["last_id"])
    return replayed


@pytest.mark.parametrize(
    ("since", "missed"),
    [(0, range(1, 9)), (5, range(6, 9)), (8, []), (None, []), (999, [])],
)
async def test_what_was_missed_comes_in_order(
    home: Home, since: int | None, missed: range | list[int]
) -> None:
    recorded(home, 1, 2, 3, 4)
    async with await home.connect() as socket:
        assert await subscribed(socket, since) == list(missed)


async def test_nothing_is_lost_or_doubled_while_a_client_subscribes(home: Home) -> None:
    """Actions go on while clients join; each client gets each message once, in order."""

    async def act() -> None:
        for number in range(1, 301):
            at = time.monotonic()
            await home.edge.recorder.record([Action(number, "kitchen", 1, "fall", 0.9, at, at)])

    async def listen() -> list[int]:
        ids: list[int] = []
        # A client that was too slow is cut off, and goes on where it was.
        while not ids or ids[-1] < 300:
            async with await home.connect() as socket:
                await hear(socket, "hello")
                await socket.send_json({"type": "subscribe", "since": ids[-1] if ids else 0})
                ids += [message["id"] async for message in actions(socket, up_to=300)]
        return ids

    acting = asyncio.create_task(act())
    heard = await asyncio.gather(*(listen() for _ in range(5)))
    await acting
    assert heard == [list(range(1, 301))] * 5


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "not_json"),
        ("[1]", "not_json"),
        ("[" * 10_000, "not_json"),
        ('{"type": "shout"}', "unknown_type"),
        ('{"type": "subscribe", "since": "1"}', "bad_since"),
        ('{"type": "subscribe", "since": -1}', "bad_since"),
        ('{"type": "subscribe", "since": true}', "bad_since"),
        ('{"type": "subscribe", "since": 1e99}', "bad_since"),
    ],
)
async def test_a_refused_message_leaves_the_connection(home: Home, message: str, code: str) -> None:
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_str(message)
        assert (await hear(socket, "error"))["code"] == code
        await socket.send_json({"type": "subscribe"})
        await hear(socket, "subscribed")
        await socket.send_json({"type": "subscribe"})
        assert (await hear(socket, "error"))["code"] == "already_subscribed"


async def test_a_message_that_is_too_large_ends_the_connection(home: Home) -> None:
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_str(" " * 100_000)
        async with asyncio.timeout(WAIT):
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
        assert message.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_a_client_that_does_not_keep_up_is_disconnected_and_catches_up(home: Home) -> None:
    async with await home.connect() as slow, await home.connect() as quick:
        assert await subscribed(quick, 0) == []
        await hear(slow, "hello")
        assert (await home.get("/api/diagnostics"))["clients"] == 2
        # It never subscribes, so everything waits for it.
        await home.edge.recorder.record(
            Action(number, "kitchen", 1, "fall", 0.9, 0.0, 0.0) for number in range(1, 301)
        )
        for number in range(1, 301):
            assert (await hear(quick, "action"))["id"] == number
        async with asyncio.timeout(WAIT):
            assert (await slow.receive()).type in {
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.ERROR,
            }
    async with await home.connect() as again:
        assert await subscribed(again, 0) == list(range(1, 301))


async def test_clients_are_told_when_the_edge_goes(home: Home) -> None:
    socket = await home.connect()
    await hear(socket, "hello")
    await home.client.server.close()
    async with asyncio.timeout(WAIT):
        message = await socket.receive()
    assert message.data == aiohttp.WSCloseCode.GOING_AWAY
