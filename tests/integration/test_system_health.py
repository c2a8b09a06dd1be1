"""What the system page says."""

from conftest import Until, state
from edge_double import EdgeDouble
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.tinyact.const import DOMAIN


async def test_system_health(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await edge.set_camera("hall", state="unavailable", reason="frozen")
    await until(lambda: state(hass, "sensor.hall_action").state == "unavailable")
    assert await get_system_health_info(hass, DOMAIN) == {
        "cameras_online": "1 / 2",
        "classifiers": "ok",
        "edge_versions": "0.1.0",
        "edges_connected": "1 / 1",
        "models": "2026.11.1",
    }
    await edge.stop()
    await until(lambda: state(hass, "sensor.kitchen_action").state == "unavailable")
    assert await get_system_health_info(hass, DOMAIN) == {
        "cameras_online": "0 / 0",
        "classifiers": "",
        "edge_versions": "",
        "edges_connected": "0 / 1",
        "models": "",
    }
