"""What an assistant is told."""

from datetime import datetime, timedelta
from typing import Any

from edge_double import EdgeDouble
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import llm
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

TOOL = "tinyact__get_actions"
# The evening of a day in the time zone of the house, which is the next day in UTC.
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=dt_util.UTC)


@pytest.fixture
async def api(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    freezer.move_to(NOW)
    for component in ("homeassistant", "llm"):
        assert await async_setup_component(hass, component, {})


def _context() -> llm.LLMContext:
    return llm.LLMContext(
        platform="test", context=Context(), language="en", assistant="conversation", device_id=None
    )


async def tools(hass: HomeAssistant) -> llm.APIInstance:
    return await llm.async_get_api(hass, llm.LLM_API_ASSIST, _context())


async def ask(hass: HomeAssistant, **args: Any) -> Any:
    (tool,) = [tool for tool in (await tools(hass)).tools if tool.name == TOOL]
    answer = await tool.async_call(hass, llm.ToolInput(TOOL, args), _context())
    return answer.data if isinstance(answer, llm.ToolResult) else answer


async def test_only_what_is_exposed(
    hass: HomeAssistant, api: None, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    assert TOOL not in {tool.name for tool in (await tools(hass)).tools}
    async_expose_entity(hass, "conversation", "sensor.hall_action", should_expose=True)
    assert TOOL in {tool.name for tool in (await tools(hass)).tools}
    await edge.confirm("kitchen", "fall", started_at=NOW - timedelta(minutes=2))
    await edge.confirm("hall", "walk", started_at=NOW - timedelta(minutes=1))
    answer = await ask(hass)
    assert [action["camera"] for action in answer["newest_actions"]] == ["Hall"]
    assert answer["counts"] == {"Hall": {"walk": 1}}


async def test_what_happened_today(
    hass: HomeAssistant,
    api: None,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    for camera in ("kitchen", "hall"):
        async_expose_entity(hass, "conversation", f"event.{camera}_action", should_expose=True)
    device = device_registry.async_get_device_by_identifier(
        ("tinyact", f"{loaded.unique_id}_hall"), loaded.entry_id
    )
    assert device is not None
    area = area_registry.async_create("Downstairs", aliases={"Ground floor"})
    device_registry.async_update_device(device.id, area_id=area.id)

    yesterday = NOW - timedelta(hours=24)
    await edge.end(await edge.confirm("kitchen", "fall", started_at=yesterday))
    for hour in (1, 2, 3):
        await edge.end(await edge.confirm("kitchen", "sit", started_at=NOW - timedelta(hours=hour)))
    await edge.confirm("hall", "walk", started_at=NOW - timedelta(minutes=1))

    answer = await ask(hass)
    assert answer["from"] == "2026-11-23T00:00:00-05:00"
    assert answer["to"] == "2026-11-23T23:00:00-05:00"
    assert answer["counts"] == {"Hall": {"walk": 1}, "Kitchen": {"sit": 3}}
    assert answer["counts_are_complete"]
    assert answer["newest_actions_are_all"]
    assert answer["newest_actions"][0] == {
        "camera": "Hall",
        "action": "walk",
        "started_at": "2026-11-23T22:59:00-05:00",
        "seconds": None,
        "confidence": 0.93,
    }
    assert answer["newest_actions"][1]["seconds"] == 5

    assert (await ask(hass, place="Ground floor"))["counts"] == {"Hall": {"walk": 1}}
    assert (await ask(hass, place="Kitchen", action="fall"))["counts"] == {}
    # Local time, as it is written without an offset.
    answer = await ask(hass, start_time="2026-11-22T22:00:00", end_time="2026-11-23T00:00:00")
    assert answer["counts"] == {"Kitchen": {"fall": 1}}


async def test_long_answer(
    hass: HomeAssistant, api: None, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    async_expose_entity(hass, "conversation", "event.hall_action", should_expose=True)
    for minute in range(501):
        await edge.confirm("hall", "walk", started_at=NOW - timedelta(minutes=minute + 1))
    answer = await ask(hass)
    assert len(answer["newest_actions"]) == 40
    assert answer["counts"] == {"Hall": {"walk": 500}}
    assert not answer["counts_are_complete"]
    assert not answer["newest_actions_are_all"]


async def test_errors(
    hass: HomeAssistant, api: None, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    async_expose_entity(hass, "conversation", "event.hall_action", should_expose=True)
    assert "ISO 8601" in (await ask(hass, start_time="this morning"))["error"]
    assert "before" in (await ask(hass, end_time="2020-01-01T00:00:00"))["error"]
    await edge.stop()
    assert "does not answer" in (await ask(hass))["error"]
