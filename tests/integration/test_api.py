"""The client: what it asks the edge for, and what it makes of the answers."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from edge_double import JPEG, START, EdgeDouble
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.tinyact.api import (
    CameraTestError,
    CannotConnectError,
    EdgeClient,
    InvalidAuthError,
    RefusedError,
)
from custom_components.tinyact.models import CameraSettings


@pytest.fixture
async def client(hass: HomeAssistant, edge: EdgeDouble) -> EdgeClient:
    """Return a client of the edge."""
    return EdgeClient(async_get_clientsession(hass), edge.host, edge.port, edge.token)


async def test_camera_from_add_to_remove(edge: EdgeDouble, client: EdgeClient) -> None:
    bed = [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9]]
    camera = await client.async_add_camera("Bedroom", "rtsp://u:p@h/1", ignore=[bed])
    assert camera.id == "bedroom"
    assert camera.origin == "api"
    assert camera.settings.ignore == (((0.1, 0.5), (0.4, 0.5), (0.4, 0.9)),)
    camera = await client.async_change_camera(camera.id, sensitivity=70, labels=["fall"])
    assert camera.settings == CameraSettings(
        labels=("fall",), sensitivity=70, ignore=camera.settings.ignore
    )
    assert await client.async_camera_snapshot(camera.id) == JPEG
    await client.async_remove_camera(camera.id)
    assert "bedroom" not in edge.cameras
    assert edge.requests[0] == (
        "POST /api/cameras",
        {"name": "Bedroom", "url": "rtsp://u:p@h/1", "ignore": [bed]},
    )


async def test_camera_is_tried(edge: EdgeDouble, client: EdgeClient) -> None:
    assert await client.async_test_camera("rtsp://h/1") == JPEG
    edge.test = "unauthorized"
    with pytest.raises(CameraTestError) as caught:
        await client.async_test_camera("rtsp://h/1")
    assert caught.value.reason == "unauthorized"
    assert caught.value.status == HTTPStatus.UNPROCESSABLE_ENTITY


async def test_journal(edge: EdgeDouble, client: EdgeClient) -> None:
    for number, label in enumerate(["sit", "fall", "walk", "fall"]):
        action = await edge.confirm("kitchen", label, started_at=START + timedelta(hours=number))
        await edge.end(action)
    await edge.confirm("hall", "fall")
    page = await client.async_actions(camera="kitchen", label=["fall", "walk"], limit=2)
    assert [action.id for action in page.actions] == [4, 3]
    page = await client.async_actions(camera="kitchen", label=["fall", "walk"], page=page.next)
    assert [action.id for action in page.actions] == [2]
    assert page.next is None
    assert page.actions[0].duration == 5
    hour = timedelta(hours=1)
    page = await client.async_actions(after=START + hour, before=START + 2 * hour)
    assert [action.id for action in page.actions] == [2]

    assert (await client.async_action(5)).duration is None
    await client.async_delete_action(5)
    with pytest.raises(RefusedError, match="no such thing") as caught:
        await client.async_action(5)
    assert caught.value.status == HTTPStatus.NOT_FOUND


async def test_pictures(edge: EdgeDouble, client: EdgeClient) -> None:
    edge.cameras["kitchen"]["settings"]["snapshots"] = True
    action = await edge.confirm("kitchen", "fall")
    await edge.add_clip(action, b"0123456789")
    assert await client.async_action_snapshot(1) == JPEG + b"1"
    async with client.clip(1) as answer:
        assert await answer.read() == b"0123456789"
    async with client.clip(1, "bytes=2-4") as answer:
        assert (answer.status, await answer.read()) == (HTTPStatus.PARTIAL_CONTENT, b"234")
        assert answer.headers["Content-Range"] == "bytes 2-4/10"
    async with client.clip(1, "bytes=99-") as answer:
        assert answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    await edge.erase_pictures(action)
    with pytest.raises(RefusedError):
        await client.async_action_snapshot(1)
    with pytest.raises(RefusedError):
        async with client.clip(1):
            pass


async def test_teaching(edge: EdgeDouble, client: EdgeClient) -> None:
    await edge.confirm("kitchen", "fall")
    action = await client.async_correct(1, {"label": "exercise"})
    assert action.label == "exercise"
    assert action.correction is not None
    assert (action.correction.recognized, action.correction.state) == ("fall", "pending")
    await client.async_uncorrect(1)
    assert (await client.async_action(1)).correction is None

    lesson = await client.async_teach("kitchen", "exercise", START, START + timedelta(seconds=9))
    assert lesson["windows"] == 4
    await client.async_unteach(lesson["id"])
    job = await client.async_fit()
    assert await client.async_job(job["id"]) == job
    edge.heads = [{"version": 2, "active": True}, {"version": 0, "active": False}]
    assert [head["version"] for head in await client.async_heads()] == [2, 0]
    assert (await client.async_activate(0))["active"]
    assert [head["active"] for head in await client.async_heads()] == [False, True]
    assert [what for what, _ in edge.requests][-4:] == [
        "POST /api/teach",
        "DELETE /api/teach/lesson",
        "POST /api/fit",
        "POST /api/heads/0/activate",
    ]


async def test_refused(edge: EdgeDouble, client: EdgeClient) -> None:
    edge.refusal = (HTTPStatus.SERVICE_UNAVAILABLE, "the classifier does not answer")
    with pytest.raises(RefusedError, match="the classifier does not answer") as caught:
        await client.async_fit()
    assert caught.value.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert caught.value.detail == "the classifier does not answer"


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.async_fit(),
        lambda client: client.async_actions(),
        lambda client: client.async_remove_camera("kitchen"),
    ],
)
async def test_trouble(
    edge: EdgeDouble, client: EdgeClient, call: Callable[[EdgeClient], Awaitable[Any]]
) -> None:
    edge.token = "another"  # noqa: S105
    with pytest.raises(InvalidAuthError):
        await call(client)
    await edge.stop()
    with pytest.raises(CannotConnectError):
        await call(client)


async def test_ids_stay_in_their_place(edge: EdgeDouble, client: EdgeClient) -> None:
    for job_id in ("../heads", "a b?c=d#e"):
        with pytest.raises(RefusedError, match="no such thing"):
            await client.async_job(job_id)


async def test_edge_of_the_first_version(edge: EdgeDouble, client: EdgeClient) -> None:
    edge.first_version = True
    kitchen, _ = (await client.async_info()).cameras
    assert kitchen.origin == "options"
    assert kitchen.settings == CameraSettings()
    action = await edge.confirm("kitchen", "fall")
    for key in ("snapshot", "clip", "correction"):
        del action[key]
    assert not (await client.async_action(1)).snapshot
