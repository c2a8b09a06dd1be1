"""What the entities show, and when."""

import asyncio
from collections.abc import Iterator
from unittest.mock import PropertyMock, patch

from conftest import Until, state
from edge_double import START, EdgeDouble
from homeassistant.components.event import EventEntity
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.tinyact import PLATFORMS
from custom_components.tinyact.const import DOMAIN

CONNECTIVITY = "binary_sensor.kitchen_connectivity"
EVENT = "event.kitchen_action"
SENSOR = "sensor.kitchen_action"


@pytest.fixture
def entity_registry_enabled_by_default() -> Iterator[None]:
    """Enable all entities."""
    with patch(
        "homeassistant.helpers.entity.Entity.entity_registry_enabled_default",
        PropertyMock(return_value=True),
    ):
        yield


@pytest.fixture
def constant_tokens() -> Iterator[None]:
    """Let the addresses of images be the same in each run."""
    with patch("random.SystemRandom.getrandbits", return_value=1):
        yield


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.usefixtures("entity_registry_enabled_by_default", "constant_tokens")
async def test_entities(
    hass: HomeAssistant,
    edge: EdgeDouble,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    platform: Platform,
) -> None:
    edge.cameras["kitchen"]["settings"]["snapshots"] = True
    await edge.confirm("kitchen", "sit")
    with patch("custom_components.tinyact.PLATFORMS", [platform]):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await edge.subscriptions.get()
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)
        assert await hass.config_entries.async_unload(entry.entry_id)


async def test_devices(
    device_registry: dr.DeviceRegistry, loaded: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    devices = dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    assert sorted(devices, key=lambda device: str(device.name)) == snapshot
    edge_device = device_registry.async_get_device_by_identifier(
        (DOMAIN, str(loaded.unique_id)), loaded.entry_id
    )
    assert edge_device is not None
    assert {device.via_device_id for device in devices} == {None, edge_device.id}


async def test_action_comes_and_goes(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    assert state(hass, SENSOR).state == "none"
    assert state(hass, EVENT).state == STATE_UNKNOWN

    action = await edge.confirm("kitchen", "fall", confidence=0.87)
    await until(lambda: state(hass, SENSOR).state == "fall")
    attributes = state(hass, SENSOR).attributes
    assert attributes["confidence"] == 0.87
    assert attributes["action_id"] == action["id"]
    assert attributes["since"] == START.isoformat()
    attributes = state(hass, EVENT).attributes
    assert attributes["event_type"] == "fall"
    assert attributes["confidence"] == 0.87
    assert attributes["action_id"] == action["id"]
    assert attributes["started_at"] == START.isoformat()
    assert attributes["replay"] is False
    # Until it was confirmed; how long it took in all is not known yet.
    assert attributes["duration"] == 2
    assert state(hass, "sensor.hall_action").state == "none"
    assert state(hass, "event.hall_action").state == STATE_UNKNOWN

    fired = state(hass, EVENT).state
    await edge.end(action)
    await until(lambda: state(hass, SENSOR).state == "none")
    assert "confidence" not in state(hass, SENSOR).attributes
    assert state(hass, EVENT).state == fired


async def test_last_action(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    def last() -> object:
        return state(hass, SENSOR).attributes.get("last_action")

    assert last() is None
    fall = await edge.confirm("kitchen", "fall")
    await until(lambda: state(hass, SENSOR).state == "fall")
    assert last() is None
    await edge.end(fall)
    await until(lambda: last() == "fall")
    assert state(hass, SENSOR).attributes["last_seen"] == fall["ended_at"]
    assert "last_action" not in state(hass, "sensor.hall_action").attributes
    # People say what it was; then they erase it.
    await edge.correct(fall, "sit")
    await until(lambda: last() == "sit")
    await edge.send({"type": "action_removed", "id": fall["id"]})
    await until(lambda: last() is None)


async def test_last_action_is_there_after_a_restart(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry, until: Until
) -> None:
    """Also one that is older than what conditions look back to."""
    await edge.end(await edge.confirm("kitchen", "fall"))
    await edge.end(await edge.confirm("kitchen", "sit"))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: state(hass, SENSOR).attributes.get("last_action") == "sit")
    assert state(hass, SENSOR).state == "none"
    assert "last_action" not in state(hass, "sensor.hall_action").attributes


async def test_corrected_action_goes_on_as_what_it_is(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    action = await edge.confirm("kitchen", "fall")
    await until(lambda: state(hass, SENSOR).state == "fall")
    fired = state(hass, EVENT).state
    await edge.correct(action, "exercise")
    await until(lambda: state(hass, SENSOR).state == "exercise")
    # It happened once.
    assert state(hass, EVENT).state == fired
    await edge.end(action)
    await until(lambda: state(hass, SENSOR).state == "none")
    await edge.correct(action, "fall")
    sits = await edge.confirm("kitchen", "sit")
    await until(lambda: state(hass, SENSOR).attributes.get("action_id") == sits["id"])


async def test_most_recent_of_several(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    await edge.confirm("kitchen", "walk")
    sits = await edge.confirm("kitchen", "sit")
    await until(lambda: state(hass, SENSOR).state == "sit")
    await edge.end(sits)
    await until(lambda: state(hass, SENSOR).state == "walk")


async def test_each_action_fires(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    changes = async_capture_events(hass, "state_changed")
    for _ in range(3):
        await edge.confirm("kitchen", "jump")
    await until(lambda: state(hass, EVENT).attributes.get("action_id") == 3)
    seen = [c.data["new_state"] for c in changes if c.data["entity_id"] == EVENT]
    assert [new.attributes["action_id"] for new in seen] == [1, 2, 3]
    assert len({new.state for new in seen}) == 3


async def test_taught_label(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    await edge.confirm("kitchen", "Feeds the cat")
    await until(lambda: state(hass, SENSOR).state == "Feeds the cat")
    assert "Feeds the cat" in state(hass, SENSOR).attributes["options"]
    assert state(hass, EVENT).attributes["event_type"] == "Feeds the cat"
    assert "Feeds the cat" in state(hass, EVENT).attributes["event_types"]


@pytest.mark.parametrize("reason", ["unreachable", "frozen", "unauthorized"])
async def test_camera_unavailable(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until, reason: str
) -> None:
    assert state(hass, CONNECTIVITY).state == STATE_ON
    await edge.set_camera("kitchen", state="unavailable", reason=reason)
    await until(lambda: state(hass, CONNECTIVITY).state == STATE_OFF)
    assert state(hass, CONNECTIVITY).attributes["reason"] == reason
    await until(lambda: state(hass, SENSOR).state == STATE_UNAVAILABLE)
    await until(lambda: state(hass, EVENT).state == STATE_UNAVAILABLE)
    assert state(hass, "sensor.hall_action").state == "none"

    await edge.set_camera("kitchen", state="online", reason=None)
    await until(lambda: state(hass, SENSOR).state == "none")
    await until(lambda: state(hass, EVENT).state == STATE_UNKNOWN)
    assert state(hass, CONNECTIVITY).state == STATE_ON


async def test_camera_comes_and_goes(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    until: Until,
) -> None:
    await edge.set_camera("garden")
    # Straight away, before its entities can have been added.
    await edge.confirm("garden", "run")
    await until(lambda: (s := hass.states.get("event.garden_action")) and s.state != STATE_UNKNOWN)
    assert state(hass, "event.garden_action").attributes["event_type"] == "run"
    await until(lambda: (s := hass.states.get("sensor.garden_action")) and s.state == "run")

    await edge.remove_camera("garden")
    await until(lambda: hass.states.get("sensor.garden_action") is None)
    await hass.async_block_till_done()
    assert entity_registry.async_get("sensor.garden_action") is None
    names = {
        device.name
        for device in dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    }
    assert names == {"TinyAct edge", "Kitchen", "Hall"}

    await edge.set_camera("garden")
    await until(lambda: (s := hass.states.get("sensor.garden_action")) and s.state == "none")


async def test_action_of_a_camera_that_is_just_being_added(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    added = EventEntity.async_internal_added_to_hass
    may_go_on = asyncio.Event()

    async def add_slowly(entity: EventEntity) -> None:
        await added(entity)
        await may_go_on.wait()

    with patch.object(EventEntity, "async_internal_added_to_hass", add_slowly):
        await edge.set_camera("garden")
        await edge.confirm("garden", "fall")
        await until(lambda: (s := hass.states.get("sensor.garden_action")) and s.state == "fall")
        changes = async_capture_events(hass, "state_changed")
        may_go_on.set()
        await until(lambda: hass.states.get("event.garden_action"))
    # Idle before it fires, or no trigger would act on it.
    seen = [c.data["new_state"] for c in changes if c.data["entity_id"] == "event.garden_action"]
    assert [new.attributes["event_type"] for new in seen] == [None, "fall"]


async def test_camera_gone_while_away(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    del edge.cameras["hall"]
    assert await hass.config_entries.async_setup(loaded.entry_id)
    names = {
        device.name
        for device in dr.async_entries_for_config_entry(device_registry, loaded.entry_id)
    }
    assert names == {"TinyAct edge", "Kitchen"}
    assert hass.states.get("sensor.hall_action") is None


async def test_camera_renamed(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    until: Until,
) -> None:
    def name() -> str | None:
        device = device_registry.async_get_device_by_identifier(
            (DOMAIN, f"{loaded.unique_id}_kitchen"), loaded.entry_id
        )
        assert device is not None
        return device.name

    assert name() == "Kitchen"
    await edge.set_camera("kitchen", name="Scullery")
    await until(lambda: name() == "Scullery")
