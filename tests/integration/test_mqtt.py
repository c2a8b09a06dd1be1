"""An edge that is found by a real broker alone."""

from collections.abc import Iterator
import json
from pathlib import Path

from conftest import Until, state
from edge_double import EdgeDouble
from homeassistant.components.mqtt import async_publish
from homeassistant.config_entries import SOURCE_MQTT
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from test_discovery import announced, submit

from custom_components.tinyact.const import DOMAIN
from tests.mosquitto import Mosquitto, mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """Run a broker."""
    with mosquitto(tmp_path / "mosquitto") as running:
        yield running


async def test_found_by_the_broker_alone(
    hass: HomeAssistant, tmp_path: Path, edge: EdgeDouble, broker: Mosquitto, until: Until
) -> None:
    (tmp_path / "configuration.yaml").touch()
    hass.config.config_dir = str(tmp_path)
    mqtt = MockConfigEntry(
        domain="mqtt",
        version=2,
        minor_version=1,
        data={"broker": "127.0.0.1", "port": broker.port, "protocol": "5"},
    )
    mqtt.add_to_hass(hass)
    assert await hass.config_entries.async_setup(mqtt.entry_id)
    await async_publish(
        hass, f"tinyact/{edge.instance}/edge", json.dumps(announced(edge)), qos=1, retain=True
    )
    await until(lambda: hass.config_entries.flow.async_progress_by_handler(DOMAIN))
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_MQTT
    result = await submit(hass, flow, {CONF_TOKEN: edge.token})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == edge.instance
    assert state(hass, "sensor.kitchen_action").state == "none"
    assert await hass.config_entries.async_unload(mqtt.entry_id)
