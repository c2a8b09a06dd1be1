"""Automations of Home Assistant, triggered by what the edge tells."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from conftest import Until
from edge_double import START, EdgeDouble
from homeassistant.components.automation import DOMAIN as AUTOMATION_DOMAIN
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.trigger import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

KITCHEN = {"entity_id": "event.kitchen_action"}
TOLD = {
    name: f"{{{{ trigger.{name} }}}}"
    for name in [
        "action_id",
        "camera",
        "clip",
        "confidence",
        "device_id",
        "duration",
        "ended_at",
        "entity_id",
        "label",
        "label_name",
        "picture",
        "replay",
        "started_at",
    ]
}

type Automate = Callable[..., Awaitable[list[ServiceCall]]]


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return a function that adds an automation, and gives what it did."""

    async def add(trigger: str, target: Any, **options: Any) -> list[ServiceCall]:
        calls = async_mock_service(hass, "test", "told")
        config = {
            "alias": "test",
            "triggers": {"trigger": trigger, "target": target, "options": options},
            "actions": {"action": "test.told", "data": TOLD},
        }
        assert await async_setup_component(hass, AUTOMATION_DOMAIN, {AUTOMATION_DOMAIN: config})
        await hass.async_block_till_done()
        return calls

    return add


async def test_detected(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    automate: Automate,
    until: Until,
) -> None:
    calls = await automate("tinyact.action_detected", KITCHEN, label=["fall"])
    await edge.confirm("kitchen", "sit")
    await edge.confirm("hall", "fall")
    action = await edge.confirm("kitchen", "fall", confidence=0.87)
    await until(lambda: calls)
    await edge.end(action)
    await edge.correct(action, "fall")
    await edge.confirm("kitchen", "fall")
    await until(lambda: len(calls) == 2)
    assert calls[0].data == {
        "action_id": 3,
        "camera": "Kitchen",
        "clip": None,
        "confidence": 0.87,
        "device_id": entity_registry.entities["event.kitchen_action"].device_id,
        "duration": None,
        "ended_at": None,
        "entity_id": "event.kitchen_action",
        "label": "fall",
        "label_name": "Falls",
        "picture": None,
        "replay": False,
        "started_at": dt_util.as_local(START).isoformat(),
    }
    assert calls[1].data["action_id"] == 4
    # Home Assistant says what set it off.
    event = hass.states.get("event.kitchen_action")
    assert event is not None
    assert calls[1].context.parent_id == event.context.id


async def test_detected_surely_enough(
    edge: EdgeDouble, loaded: MockConfigEntry, automate: Automate, until: Until
) -> None:
    calls = await automate("tinyact.action_detected", KITCHEN, label=[], minimum_confidence=0.9)
    await edge.confirm("kitchen", "fall", confidence=0.89)
    await edge.confirm("kitchen", "Feeds the cat", confidence=0.9)
    await until(lambda: calls)
    assert [call.data["label"] for call in calls] == ["Feeds the cat"]


async def test_target_area(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    automate: Automate,
    until: Until,
) -> None:
    area = area_registry.async_create("Downstairs")
    calls = await automate("tinyact.action_detected", {"area_id": area.id})
    # Cameras may come to an area, and the entry be loaded anew, after that.
    device = device_registry.async_get_device_by_identifier(
        ("tinyact", f"{loaded.unique_id}_hall"), loaded.entry_id
    )
    assert device is not None
    device_registry.async_update_device(device.id, area_id=area.id)
    assert await hass.config_entries.async_reload(loaded.entry_id)
    await edge.subscriptions.get()
    await edge.confirm("kitchen", "fall")
    await edge.confirm("hall", "walk")
    await until(lambda: calls)
    assert [(call.data["camera"], call.data["label"]) for call in calls] == [("Hall", "walk")]


async def test_ended(
    edge: EdgeDouble, loaded: MockConfigEntry, automate: Automate, until: Until
) -> None:
    calls = await automate(
        "tinyact.action_ended", KITCHEN, label="sit", minimum_duration={"seconds": 5}
    )
    sits, walks, falls = [await edge.confirm("kitchen", name) for name in ("sit", "walk", "fall")]
    await edge.end(walks)
    # What people say that it was is what it was.
    await edge.correct(falls, "sit")
    await edge.end(falls)
    await until(lambda: calls)
    await edge.end(sits)
    await until(lambda: len(calls) == 2)
    assert [call.data["action_id"] for call in calls] == [falls["id"], sits["id"]]
    assert calls[0].data["duration"] == 5
    assert calls[0].data["ended_at"] == dt_util.as_local(START + timedelta(seconds=5)).isoformat()


async def test_ended_too_soon_or_interrupted(
    edge: EdgeDouble, loaded: MockConfigEntry, automate: Automate, until: Until
) -> None:
    calls = await automate("tinyact.action_ended", KITCHEN, minimum_duration="00:00:06")
    short, interrupted, long = [await edge.confirm("kitchen", "sit") for _ in range(3)]
    await edge.end(short)
    await edge.end(interrupted, reason="interrupted", after=timedelta(seconds=9))
    await edge.end(long, after=timedelta(seconds=6))
    await until(lambda: calls)
    assert [call.data["action_id"] for call in calls] == [long["id"]]


async def test_what_was_missed(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, automate: Automate, until: Until
) -> None:
    calls = await automate("tinyact.action_detected", KITCHEN)
    now = dt_util.utcnow()
    assert await hass.config_entries.async_unload(loaded.entry_id)
    await edge.confirm("kitchen", "fall", started_at=now - timedelta(hours=1))
    await edge.confirm("kitchen", "walk", started_at=now - timedelta(minutes=2))
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await until(lambda: calls)
    assert [(call.data["label"], call.data["replay"]) for call in calls] == [("walk", True)]


async def test_ends_that_were_missed(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, automate: Automate, until: Until
) -> None:
    calls = await automate("tinyact.action_ended", KITCHEN)
    begin = dt_util.utcnow() - timedelta(hours=1)
    first, second = [await edge.confirm("kitchen", "sit", started_at=begin) for _ in range(2)]
    await until(lambda: hass.states.get("sensor.kitchen_action").attributes.get("action_id") == 2)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    await edge.end(first, after=timedelta(minutes=1))
    await edge.end(second, after=timedelta(minutes=58))
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await until(lambda: calls)
    assert [call.data["action_id"] for call in calls] == [second["id"]]


@pytest.mark.parametrize(
    ("target", "options", "error"),
    [
        ({"entity_id": "sensor.kitchen_action"}, {}, "Not the event entity of a TinyAct camera"),
        (KITCHEN, {"minimum_confidence": 80}, "minimum_confidence"),
        (KITCHEN, {"label": [{}]}, "label"),
    ],
)
async def test_refused(
    hass: HomeAssistant,
    loaded: MockConfigEntry,
    automate: Automate,
    caplog: pytest.LogCaptureFixture,
    target: Any,
    options: Any,
    error: str,
) -> None:
    await automate("tinyact.action_detected", target, **options)
    state = hass.states.get("automation.test")
    assert state is not None
    assert state.state == "unavailable"
    assert error in caplog.text


async def test_descriptions(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    assert await async_setup_component(hass, AUTOMATION_DOMAIN, {})
    descriptions = await async_get_all_descriptions(hass)
    for key in ("tinyact.action_detected", "tinyact.action_ended"):
        description = descriptions[key]
        assert description is not None
        assert description["target"] == {
            "entity": [{"domain": ["event"], "integration": "tinyact"}]
        }
