"""The whole way of a household: found, added, a camera, an action, taught, paused, removed.

Real Home Assistant, edge, classifier and RTSP; the flows are answered as the frontend does it.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tinyact_demo.home_assistant import Socket
from tinyact_demo.processes import eventually
from tinyact_demo.stack import Stack

from .discovery import discovered

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENT = "event.living_room_action"
PATIENCE = 120  # seconds until somebody does something
TAUGHT = "takes a seat"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Run an edge that is in the network and has no camera, and a Home Assistant that listens."""
    folder = tmp_path_factory.mktemp("house")
    async with aiohttp.ClientSession() as session, Stack(folder, session) as stack:
        flags = await stack.start_classifier()
        await stack.start_edge({}, [*flags, "--host", "0.0.0.0"])  # noqa: S104
        await stack.start_home_assistant(more="zeroconf:\nmedia_source:\n")
        yield stack


async def _add_camera(house: Stack, entry: str, url: str) -> None:
    """Add a camera as the dialog does: look through it, then choose what to keep."""
    home, path = house.home_assistant, "config/config_entries/subentries/flow"
    flow = await home.post(path, {"handler": [entry, "camera"]})
    path = f"{path}/{flow['flow_id']}"
    dead = await home.post(path, {"url": "rtsp://127.0.0.1:1/nobody"})
    assert dead["errors"] == {"base": "camera_unreachable"}
    seen = await home.post(path, {"url": url})
    assert seen["step_id"] == "settings"
    assert "](data:image/" in seen["description_placeholders"]["picture"]
    chosen = {
        "name": "Living room",
        "labels": [],
        "sensitivity": 50,
        "snapshots": True,
        "clips": True,
        "zone": {"polygons": ""},
    }
    done = await home.post(path, chosen)
    assert done["type"] == "create_entry", done


async def _next_event(house: Stack, *labels: str) -> dict[str, Any]:
    """Return the event's state when one of `labels` happens, any by default."""
    async with asyncio.timeout(PATIENCE), house.home_assistant.listen() as socket:
        async for state in socket.state_changes():
            label = state["attributes"].get("event_type")
            if state["entity_id"] == EVENT and label and (not labels or label in labels):
                return state
    raise AssertionError


async def test_a_household_goes_all_the_way(house: Stack, rtsp_url: str) -> None:
    """From an edge that was found to one that is gone without a trace."""
    home = house.home_assistant
    found = await discovered(house, house, "zeroconf")
    flow = f"config/config_entries/flow/{found['flow_id']}"
    refused = await home.post(flow, {"token": "wrong"})
    assert refused["errors"] == {"base": "invalid_auth"}
    added = await home.post(flow, {"token": house.edge.token})
    entry = added["result"]["entry_id"]

    await _add_camera(house, entry, rtsp_url)
    await _next_event(house)
    await _looks_back(house)
    await _teaches(house, entry)
    await _pauses(house)
    await _removes(house, entry)


async def _looks_back(house: Stack) -> None:
    """Find an action in the media browser, by camera and day, and look at it."""
    async with house.home_assistant.listen() as socket:
        at = "media-source://tinyact"
        for _ in ("camera", "day", "action"):
            at = await _first_below(socket, at)
        found = await socket.command("media_source/resolve_media", media_content_id=at)
    url = house.home_assistant.url + found["url"]
    async with house.home_assistant.session.get(url) as response:
        assert response.status == 200
        assert response.content_type in {"image/jpeg", "video/mp4"}
        assert len(await response.read()) > 1000


async def _first_below(socket: Socket, at: str) -> str:
    below = await socket.command("media_source/browse_media", media_content_id=at)
    return str(below["children"][0]["media_content_id"])


async def _teaches(house: Stack, entry: str) -> None:
    """Say twice what it was; the next one is told as that."""
    heard: list[int] = []
    labels = ["sit", "stand"]
    while len(heard) < 2:
        happened = (await _next_event(house, *labels))["attributes"]
        labels = [happened["event_type"]]
        heard.append(happened["action_id"])
    for number in heard:
        await house.home_assistant.post(
            "services/tinyact/teach",
            {"label": TAUGHT, "action_id": number, "config_entry_id": entry},
        )
    told = await house.home_assistant.post(
        "services/tinyact/refit?return_response", {"config_entry_id": entry}
    )
    assert told["service_response"]["state"] == "done"
    assert TAUGHT in {row["label"] for row in told["service_response"]["labels"]}
    state = await _next_event(house, TAUGHT)
    assert TAUGHT in state["attributes"]["event_types"]


async def _pauses(house: Stack) -> None:
    switch = "switch.living_room_recognition"
    await house.home_assistant.post("services/switch/turn_off", {"entity_id": switch})

    async def paused() -> bool | None:
        cameras = (await house.edge.get("/api/cameras"))["cameras"]
        return True if [camera["state"] for camera in cameras] == ["paused"] else None

    await eventually(paused, 30)
    assert (await house.home_assistant.get(f"states/{switch}"))["state"] == "off"


async def _removes(house: Stack, entry: str) -> None:
    """Remove the camera, then the edge."""
    home = house.home_assistant
    async with home.listen() as socket:
        (camera,) = await socket.command("config_entries/subentries/list", entry_id=entry)
        await socket.command(
            "config_entries/subentries/delete",
            entry_id=entry,
            subentry_id=camera["subentry_id"],
        )

        async def gone() -> bool | None:
            return None if (await house.edge.get("/api/cameras"))["cameras"] else True

        await eventually(gone, 30)
        await home.delete(f"config/config_entries/entry/{entry}")
        devices = await socket.command("config/device_registry/list")
        assert not [
            device
            for device in devices
            if any(name == "tinyact" for name, *_ in device["identifiers"])
        ]
