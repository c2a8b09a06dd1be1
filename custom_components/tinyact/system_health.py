"""Provide info to system health."""

from collections.abc import Iterable
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .coordinator import TinyActConfigEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register system health callbacks."""
    register.async_register_info(system_health_info)


async def system_health_info(hass: HomeAssistant) -> dict[str, Any]:
    """Get info for the info page."""
    entries: list[TinyActConfigEntry] = hass.config_entries.async_entries(DOMAIN)
    loaded = [entry.runtime_data for entry in hass.config_entries.async_loaded_entries(DOMAIN)]
    connected = [coordinator for coordinator in loaded if coordinator.last_update_success]
    cameras = [camera for coordinator in connected for camera in coordinator.data.cameras.values()]
    return {
        "edges_connected": f"{len(connected)} / {len(entries)}",
        "edge_versions": _listed(coordinator.data.version for coordinator in connected),
        "models": _listed(coordinator.data.model.version for coordinator in connected),
        "classifiers": _listed(coordinator.data.classifier.state for coordinator in connected),
        "cameras_online": f"{sum(camera.online for camera in cameras)} / {len(cameras)}",
    }


def _listed(values: Iterable[str]) -> str:
    """Return each different value once."""
    return ", ".join(sorted(set(values)))
