"""The update entity: whether the edge was left behind."""

import json
from pathlib import Path

from conftest import Until, state
from edge_double import EdgeDouble
from homeassistant.config_entries import SOURCE_HASSIO
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tinyact.const import DOMAIN

UPDATE = "update.tinyact_edge_edge_and_model"
ROOT = Path(__file__).parents[2]
RELEASED = json.loads((ROOT / "custom_components/tinyact/manifest.json").read_text())["version"]


@pytest.mark.parametrize("app", ["edge_addon", "cloud_classifier"])
def test_all_are_released_together(app: str) -> None:
    assert load_yaml_dict(str(ROOT / app / "config.yaml"))["version"] == RELEASED


@pytest.mark.parametrize(
    ("version", "latest", "shown"),
    [
        (RELEASED, RELEASED, STATE_OFF),
        ("0.0.9", RELEASED, STATE_ON),
        ("99.0.0", "99.0.0", STATE_OFF),
        ("of-my-own", "of-my-own", STATE_OFF),
    ],
)
async def test_edge_that_was_left_behind(
    hass: HomeAssistant,
    edge: EdgeDouble,
    entry: MockConfigEntry,
    version: str,
    latest: str,
    shown: str,
) -> None:
    edge.version = version
    assert await hass.config_entries.async_setup(entry.entry_id)
    update = state(hass, UPDATE)
    assert update.state == shown
    assert update.attributes["installed_version"] == version
    assert update.attributes["latest_version"] == latest


async def test_edge_that_is_updated(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry, until: Until
) -> None:
    edge.version = "0.0.9"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await edge.subscriptions.get()
    assert state(hass, UPDATE).state == STATE_ON
    await edge.stop()
    edge.version = RELEASED
    await edge.start()
    await until(lambda: state(hass, UPDATE).state == STATE_OFF)


async def test_app_is_updated_by_the_supervisor(hass: HomeAssistant, edge: EdgeDouble) -> None:
    entry = MockConfigEntry(
        domain=DOMAIN,
        source=SOURCE_HASSIO,
        title="TinyAct edge",
        unique_id=edge.instance,
        data={"host": edge.host, "port": edge.port, "token": edge.token},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert hass.states.get("binary_sensor.tinyact_edge_classifier") is not None
    assert hass.states.get(UPDATE) is None
