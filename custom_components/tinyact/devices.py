"""The devices: the edge, and each camera behind it."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .subentries import camera_entity, shown_cameras


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
    for camera_id, subentry_id in shown_cameras(entry).items():
        if (camera := state.cameras.get(camera_id)) is None:
            continue
        device = registry.async_get_or_create(
            config_entry_id=entry.entry_id,
            config_subentry_id=subentry_id,
            identifiers={camera_identifier(entry, camera_id)},
            name=camera.name,
            suggested_area=_area(hass, camera_entity(entry, camera_id)),
            via_device_id=edge.id,
        )
        present.add(device.id)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if device.id not in present:
            registry.async_remove_device(device.id)


@callback
def _area(hass: HomeAssistant, entity_id: str | None) -> str | None:
    """Return the name of the area of a camera entity: what it sees is there, too."""
    if entity_id is None or (entity := er.async_get(hass).async_get(entity_id)) is None:
        return None
    area_id = entity.area_id
    if area_id is None and entity.device_id is not None:
        device = dr.async_get(hass).async_get(entity.device_id)
        area_id = device.area_id if device is not None else None
    area = ar.async_get(hass).async_get_area(area_id) if area_id is not None else None
    return area.name if area is not None else None
