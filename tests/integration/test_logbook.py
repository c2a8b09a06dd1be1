"""The line in the activity log for an action that was missed."""

from datetime import timedelta
from typing import Any

from conftest import Until, state
from edge_double import EdgeDouble
from homeassistant.components.recorder import Recorder
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import translation
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    mock_component,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.tinyact.const import EVENT_MISSED_ACTION


@pytest.fixture
def enable_custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Have Home Assistant record, which must begin before anything else."""


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "missed: Falls (93%) at {when}, while disconnected"),
        ("de", "verpasst: Stürzt (93%) um {when}, während keine Verbindung bestand"),
    ],
)
async def test_missed_action(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    language: str,
    message: str,
) -> None:
    translation.async_setup(hass)  # As Home Assistant does when it starts.
    await hass.config.async_update(language=language)
    await hass.async_block_till_done()
    mock_component(hass, "frontend")  # Its files are large, and nobody looks here.
    assert await async_setup_component(hass, "logbook", {})
    await hass.async_block_till_done()
    missed = async_capture_events(hass, EVENT_MISSED_ACTION)
    begin = dt_util.utcnow()
    await edge.stop()
    await until(lambda: state(hass, "event.kitchen_action").state == STATE_UNAVAILABLE)
    fell_at = begin - timedelta(hours=2)
    await edge.end(await edge.confirm("kitchen", "fall", started_at=fell_at))
    await edge.start()
    await until(lambda: missed)
    await async_wait_recording_done(hass)

    client = await hass_ws_client()
    await client.send_json_auto_id(
        {
            "type": "logbook/get_events",
            "start_time": begin.isoformat(),
            "entity_ids": ["event.kitchen_action"],
        }
    )
    answer = await client.receive_json()
    lines: list[dict[str, Any]] = [line for line in answer["result"] if "message" in line]
    assert len(lines) == 1
    when = dt_util.as_local(fell_at)
    assert lines[0]["name"] == "Kitchen Action"
    assert lines[0]["message"] == message.format(when=f"{when:%Y-%m-%d %H:%M:%S}")
