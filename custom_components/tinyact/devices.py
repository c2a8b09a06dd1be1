"""The devices: the edge, and each camera behind it."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN
from .coordinator import TinyActConfigEntry


def edge_identifier(entry: TinyActConfigEntry) -> tuple[str, str]:
    """Return what identifies the edge."""
    return (DOMAIN, str(entry.unique_id))


def camera_identifier(entry: TinyActConfigEntry, camera_id: str) -> tuple[str, str]:
    """Return what identifies a camera; its id alone is unique to one edge only."""
    return (DOMAIN, f"{entry.unique_id}_{camera_id}")


@callback
def async_sync_devices(hass: HomeAssistant, entry: TinyActConfigEntry) -> None:
    """Register the edge and its cameras, and forget the cameras that are gone."""
    registry = dr.async_get(hass)
    state = entry.runtime_data.data
    edge = registry.async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={edge_identifier(entry)},
        manufacturer="TinyAct",
        model=state.model.name,
        model_id=state.model.version,
        name=entry.title,
        sw_version=state.version,
    )
    present = {edge.id}
    for camera in state.cameras.values():
        device = registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            identifiers={camera_identifier(entry, camera.id)},
            name=camera.name,
            via_device_id=edge.id,
        )
        present.add(device.id)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if device.id not in present:
            registry.async_remove_device(device.id)
