"""Looking back in the media browser."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from edge_double import JPEG, START, EdgeDouble
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, mock_component
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

ROOT = "media-source://tinyact"


class Browser:
    """The media browser of the frontend."""

    def __init__(self, client: MockHAClientWebSocket) -> None:
        self._client = client

    async def ask(self, command: str, identifier: str = "", **more: Any) -> dict[str, Any]:
        """Return the whole answer."""
        await self._client.send_json_auto_id(
            {
                "type": f"media_source/{command}",
                "media_content_id": f"{ROOT}/{identifier}".rstrip("/"),
                **more,
            }
        )
        answer: dict[str, Any] = await self._client.receive_json()
        return answer

    async def browse(self, identifier: str = "") -> dict[str, Any]:
        """Return what is there."""
        answer = await self.ask("browse_media", identifier)
        assert answer["success"], answer
        result: dict[str, Any] = answer["result"]
        return result

    async def titles(self, identifier: str = "") -> list[str]:
        """Return what is in there."""
        return [child["title"] for child in (await self.browse(identifier))["children"]]

    async def search(self, query: str, identifier: str = "") -> list[str]:
        """Return what is found in there."""
        answer = await self.ask("search_media", identifier, search_query=query)
        assert answer["success"], answer
        return [each["title"] for each in answer["result"]["result"]]


@pytest.fixture
async def browser(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> Browser:
    mock_component(hass, "frontend")  # Its files are large, and nobody looks here.
    assert await async_setup_component(hass, "media_source", {})
    await hass.async_block_till_done()
    return Browser(await hass_ws_client())


async def test_browse(edge: EdgeDouble, loaded: MockConfigEntry, browser: Browser) -> None:
    await edge.confirm("kitchen", "walk", started_at=START - timedelta(days=3))
    first = await edge.confirm("kitchen", "fall", started_at=START)
    second = await edge.confirm("kitchen", "Feeds the cat", started_at=START + timedelta(minutes=1))
    await edge.confirm("hall", "walk", started_at=START)
    first["snapshot"] = second["snapshot"] = second["clip"] = True

    root = await browser.browse()
    assert root["title"] == "TinyAct"
    assert sorted(await browser.titles()) == ["Hall", "Kitchen"]
    # Cameras and days are known by their last picture.
    last_picture = f"/api/tinyact/{loaded.entry_id}/actions/3/snapshot"
    thumbnails = {child["title"]: child["thumbnail"] for child in root["children"]}
    assert thumbnails == {"Kitchen": last_picture, "Hall": None}
    kitchen = f"{loaded.entry_id}/kitchen"
    assert kitchen in {
        child["media_content_id"].removeprefix(f"{ROOT}/") for child in root["children"]
    }
    day = dt_util.as_local(START)
    days = [day.date().isoformat(), (day - timedelta(days=3)).date().isoformat()]
    shown = (await browser.browse(kitchen))["children"]
    assert [(child["title"], child["thumbnail"]) for child in shown] == [
        (days[0], last_picture),
        (days[1], None),
    ]
    of_day = await browser.browse(f"{kitchen}/{days[0]}")
    assert of_day["title"] == f"Kitchen {days[0]}"
    assert [child["title"] for child in of_day["children"]] == [
        f"{day + timedelta(minutes=1):%H:%M:%S} Feeds the cat",
        f"{day:%H:%M:%S} Falls",
    ]
    video, picture = of_day["children"]
    assert video["media_class"] == "video"
    assert picture["media_class"] == "image"
    assert video["can_play"]
    assert picture["can_play"]
    assert picture["thumbnail"] == f"/api/tinyact/{loaded.entry_id}/actions/2/snapshot"
    # Of this one no picture was kept.
    (child,) = (await browser.browse(f"{kitchen}/{days[1]}"))["children"]
    assert not child["can_play"]
    assert child["thumbnail"] is None


async def test_play(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    browser: Browser,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    action = await edge.confirm("kitchen", "fall")
    await edge.confirm("kitchen", "sit")
    action["snapshot"] = True
    day = dt_util.as_local(START).date().isoformat()
    of_action = f"{loaded.entry_id}/kitchen/{day}/1"

    played = (await browser.ask("resolve_media", of_action))["result"]
    assert played["mime_type"] == "image/jpeg"
    # Signed: a player has no token of its own.
    client = await hass_client_no_auth()
    response = await client.get(played["url"])
    assert response.status == HTTPStatus.OK
    assert (await response.read()).startswith(JPEG)
    assert (await client.get(played["url"].split("?")[0])).status == HTTPStatus.UNAUTHORIZED

    await edge.add_clip(action, b"an MP4")
    played = (await browser.ask("resolve_media", of_action))["result"]
    assert played["mime_type"] == "video/mp4"
    assert await (await client.get(played["url"])).read() == b"an MP4"

    refused = await browser.ask("resolve_media", f"{loaded.entry_id}/kitchen/{day}/2")
    assert "No picture of this action was kept" in refused["error"]["message"]
    refused = await browser.ask("resolve_media", f"{loaded.entry_id}/kitchen/{day}/99")
    assert "TinyAct edge does not have this action" in refused["error"]["message"]


async def test_long_day(edge: EdgeDouble, loaded: MockConfigEntry, browser: Browser) -> None:
    for minute in range(101):
        await edge.end(
            await edge.confirm("kitchen", "walk", started_at=START + timedelta(minutes=minute))
        )
    day = dt_util.as_local(START).date().isoformat()
    first = await browser.browse(f"{loaded.entry_id}/kitchen/{day}")
    assert len(first["children"]) == 101
    more = first["children"][-1]
    assert more["title"] == "…"
    (last,) = await browser.titles(more["media_content_id"].removeprefix(f"{ROOT}/"))
    assert last.startswith(f"{dt_util.as_local(START):%H:%M:%S}")


async def test_search(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, browser: Browser
) -> None:
    for minute, (camera, label) in enumerate(
        [("kitchen", "fall"), ("hall", "fall"), ("kitchen", "sit")]
    ):
        await edge.confirm(camera, label, started_at=START + timedelta(minutes=minute))

    def title(minute: int, rest: str) -> str:
        time = dt_util.as_local(START + timedelta(minutes=minute))
        return f"{rest}, {time:%Y-%m-%d %H:%M:%S}"

    falls = [title(1, "Falls, Hall"), title(0, "Falls, Kitchen")]
    assert await browser.search("fall") == falls
    assert await browser.search("FALLS kitchen") == falls[1:]
    assert await browser.search("sits") == [title(2, "Sits down, Kitchen")]
    assert await browser.search("fall", f"{loaded.entry_id}/hall") == falls[:1]
    assert await browser.search("kitchen") == [title(2, "Sits down, Kitchen"), falls[1]]
    assert await browser.search("unicorn") == []


async def test_two_edges(hass: HomeAssistant, loaded: MockConfigEntry, browser: Browser) -> None:
    other = EdgeDouble()
    other.instance = "fedcba9876543210fedcba9876543210"
    await other.start()
    entry = MockConfigEntry(
        domain="tinyact",
        title="Barn",
        unique_id=other.instance,
        data={"host": other.host, "port": other.port, "token": other.token},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert sorted(await browser.titles()) == [
        "Hall (Barn)",
        "Hall (TinyAct edge)",
        "Kitchen (Barn)",
        "Kitchen (TinyAct edge)",
    ]
    await other.stop()


async def test_nothing_there(loaded: MockConfigEntry, browser: Browser) -> None:
    for identifier, error in (
        ("nonsense", "TinyAct has nothing at"),
        ("{entry}/kitchen/yesterday", "TinyAct has nothing at"),
        ("{entry}/kitchen/2026-11-23/fall", "TinyAct has nothing at"),
        ("{entry}/cellar", "There is no TinyAct camera there"),
    ):
        for command in ("browse_media", "resolve_media"):
            answer = await browser.ask(command, identifier.format(entry=loaded.entry_id))
            assert not answer["success"]
            assert error in answer["error"]["message"]


async def test_edge_is_away(edge: EdgeDouble, loaded: MockConfigEntry, browser: Browser) -> None:
    await edge.stop()
    assert sorted(await browser.titles()) == ["Hall", "Kitchen"]
    for command, more in (("browse_media", {}), ("search_media", {"search_query": "fall"})):
        answer = await browser.ask(command, f"{loaded.entry_id}/kitchen", **more)
        assert "TinyAct edge does not answer" in answer["error"]["message"]
