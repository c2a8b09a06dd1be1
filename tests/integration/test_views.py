"""Pictures and clips, as a browser gets them."""

from http import HTTPStatus
from typing import Any

from aiohttp.test_utils import TestClient
from edge_double import JPEG, EdgeDouble
from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

CLIP = bytes(range(256)) * 1024


@pytest.fixture
async def action(edge: EdgeDouble, loaded: MockConfigEntry) -> dict[str, Any]:
    """Return an action of which there are picture and clip."""
    edge.cameras["kitchen"]["settings"] = {"snapshots": True, "clips": True}
    action = await edge.confirm("kitchen", "fall")
    await edge.add_clip(action, CLIP)
    return action


@pytest.fixture
async def browser(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> TestClient[Any, Any]:
    """Return somebody who is logged in."""
    return await hass_client()


def path(entry: MockConfigEntry, action_id: int, kind: str) -> str:
    return f"/api/tinyact/{entry.entry_id}/actions/{action_id}/{kind}"


async def test_signed_addresses(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    action: dict[str, Any],
    hass_ws_client: WebSocketGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The card is given addresses that an image or video element can use."""
    card = await hass_ws_client(hass)
    await card.send_json_auto_id({"type": "tinyact/actions", "entry_id": loaded.entry_id})
    (listed,) = (await card.receive_json())["result"]["actions"]
    anybody = await hass_client_no_auth()
    picture = await anybody.get(listed["snapshot"])
    assert picture.content_type == "image/jpeg"
    assert picture.headers["Cache-Control"] == "private, no-store"
    assert await picture.read() == JPEG + str(action["id"]).encode()
    clip = await anybody.get(listed["clip"])
    assert clip.content_type == "video/mp4"
    assert await clip.read() == CLIP

    unsigned = await anybody.get(path(loaded, action["id"], "snapshot"))
    assert unsigned.status == HTTPStatus.UNAUTHORIZED
    # A signature is for one path alone.
    other = listed["snapshot"].replace("/snapshot?", "/clip?")
    assert (await anybody.get(other)).status == HTTPStatus.UNAUTHORIZED


async def test_ranges_of_a_clip(
    loaded: MockConfigEntry, action: dict[str, Any], browser: TestClient[Any, Any]
) -> None:
    clip = path(loaded, action["id"], "clip")
    whole = await browser.get(clip)
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.content_length == len(CLIP)

    part = await browser.get(clip, headers={"Range": "bytes=100-299"})
    assert part.status == HTTPStatus.PARTIAL_CONTENT
    assert part.headers["Content-Range"] == f"bytes 100-299/{len(CLIP)}"
    assert await part.read() == CLIP[100:300]

    beyond = await browser.get(clip, headers={"Range": f"bytes={len(CLIP)}-"})
    assert beyond.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    assert beyond.headers["Content-Range"] == f"bytes */{len(CLIP)}"


async def test_nothing_there(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    action: dict[str, Any],
    browser: TestClient[Any, Any],
) -> None:
    async def status(address: str) -> int:
        return (await browser.get(address)).status

    await edge.erase_pictures(action)
    for address in (
        path(loaded, action["id"], "snapshot"),
        path(loaded, action["id"], "clip"),
        path(loaded, 99, "snapshot"),
        path(loaded, action["id"], "secret"),
        "/api/tinyact/another/actions/1/snapshot",
    ):
        assert await status(address) == HTTPStatus.NOT_FOUND, address

    await edge.stop()
    assert await status(path(loaded, 1, "clip")) == HTTPStatus.BAD_GATEWAY
    await hass.config_entries.async_unload(loaded.entry_id)
    assert await status(path(loaded, 1, "clip")) == HTTPStatus.SERVICE_UNAVAILABLE


async def test_edge_lost_in_the_middle_of_a_clip(
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    action: dict[str, Any],
    browser: TestClient[Any, Any],
) -> None:
    """The browser learns that it did not get all of it."""
    edge.cut_clips_after = 1000
    response = await browser.get(path(loaded, action["id"], "clip"))
    assert response.status == HTTPStatus.OK
    with pytest.raises(Exception, match=r"payload|closed"):
        await response.read()


async def test_camera_that_a_user_may_not_see(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    action: dict[str, Any],
    hass_client: ClientSessionGenerator,
) -> None:
    groups = hass.auth._store._groups
    groups["hall"] = type(groups[GROUP_ID_READ_ONLY])(
        name="Hall", id="hall", policy={"entities": {"entity_ids": {"event.hall_action": True}}}
    )
    user = await hass.auth.async_create_user("Child", group_ids=["hall"])
    refresh = await hass.auth.async_create_refresh_token(user, "https://example.test/")
    child = await hass_client(hass.auth.async_create_access_token(refresh))
    response = await child.get(path(loaded, action["id"], "snapshot"))
    assert response.status == HTTPStatus.NOT_FOUND
