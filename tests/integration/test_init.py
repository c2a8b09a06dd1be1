"""Setting up, unloading and removing an edge."""

from datetime import timedelta
from typing import Any

from conftest import Until, state
from edge_double import EdgeDouble
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.tinyact.const import DOMAIN

SENSOR = "sensor.kitchen_action"


async def test_unload_and_remove(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
) -> None:
    await edge.confirm("kitchen", "sit")
    await until(lambda: state(hass, SENSOR).state == "sit")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.NOT_LOADED
    assert f"tinyact.{loaded.entry_id}" in hass_storage

    await hass.config_entries.async_remove(loaded.entry_id)
    assert f"tinyact.{loaded.entry_id}" not in hass_storage
    assert hass.states.get(SENSOR) is None


async def test_edge_down_at_start(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry
) -> None:
    await edge.stop()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "no_connection"
    assert entry.error_reason_translation_placeholders["address"] == f"127.0.0.1:{edge.port}"

    await edge.start()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await edge.subscriptions.get()
    assert hass.config_entries.async_loaded_entries(DOMAIN) == [entry]
    assert state(hass, SENSOR).state == "none"


async def test_token_wrong_at_start(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry
) -> None:
    edge.token = "another"  # noqa: S105
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "invalid_auth"
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_another_edge_at_start(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry
) -> None:
    edge.instance = "f" * 32
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "another_edge"
    assert hass.states.get(SENSOR) is None
