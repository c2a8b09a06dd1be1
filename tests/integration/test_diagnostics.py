"""What a user attaches to an issue."""

from http import HTTPStatus
import json

from edge_double import EdgeDouble
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from syrupy.assertion import SnapshotAssertion
from syrupy.filters import props


async def test_diagnostics(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    snapshot: SnapshotAssertion,
) -> None:
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert diagnostics == snapshot(exclude=props("port"))
    text = json.dumps(diagnostics)
    assert edge.token not in text
    assert edge.host not in text
    assert "rtsp://" not in text


async def test_diagnostics_without_the_edge(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
) -> None:
    edge.status = HTTPStatus.SERVICE_UNAVAILABLE
    diagnostics = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert diagnostics["edge"] == {"error": "HTTP status 503"}
    assert diagnostics["state"]["cameras"]["kitchen"]["name"] == "Kitchen"
