"""Diagnostics support for TinyAct."""

from dataclasses import asdict
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import CONF_HOST, CONF_TOKEN, CONF_URL
from homeassistant.core import HomeAssistant

from .api import EdgeError
from .coordinator import TinyActConfigEntry

# The edge keeps its secrets out of its own diagnostics; an edge that does not
# shall not make somebody publish the password of a camera.
TO_REDACT = {CONF_HOST, CONF_TOKEN, CONF_URL}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: TinyActConfigEntry
) -> dict[str, Any]:
    """Return diagnostics for a config entry."""
    coordinator = entry.runtime_data
    try:
        edge = await coordinator.client.async_diagnostics()
    except EdgeError as err:
        edge = {"error": str(err)}
    return async_redact_data(
        {
            "entry": dict(entry.data),
            "cameras": {
                str(subentry.unique_id): dict(subentry.data)
                for subentry in entry.subentries.values()
            },
            "connected": coordinator.last_update_success,
            "state": asdict(coordinator.data),
            "edge": edge,
        },
        TO_REDACT,
    )
