"""What triggers, conditions and services ask for alike: cameras of a target, and labels.

A camera stands in a target by its event entity, named itself or reached through
its device, an area, a floor or a label.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from homeassistant.const import ATTR_ENTITY_ID, CONF_OPTIONS, CONF_TARGET, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.typing import ConfigType
import probatio

from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .devices import camera_identifier

# A label or several; none of them, as a form that was emptied has it, stands for any.
LABELS: Final = probatio.All(probatio.EnsureList(), [cv.string])


class TargetedCamera(NamedTuple):
    """A camera of a loaded entry, and where Home Assistant shows it."""

    entry: TinyActConfigEntry
    camera_id: str
    entity_id: str
    device_id: str
    # As people call it.
    name: str


@callback
def async_targeted_cameras(
    hass: HomeAssistant, target: Mapping[str, Any] | None
) -> list[TargetedCamera]:
    """Return the cameras of a target, all of them without one, of the entries that are loaded."""
    cameras = _async_cameras(hass)
    if target is None:
        return cameras
    selected = async_extract_referenced_entity_ids(hass, TargetSelection(dict(target)))
    entity_ids = selected.referenced | selected.indirectly_referenced
    return [camera for camera in cameras if camera.entity_id in entity_ids]


@callback
def async_targeted_config(
    hass: HomeAssistant, config: ConfigType, options: Mapping[Any, Any]
) -> ConfigType:
    """Return what a trigger or a condition with such options is configured with.

    Raises probatio.Invalid.
    """
    schema = probatio.Schema(
        {
            probatio.Required(CONF_TARGET): cv.TARGET_FIELDS,
            probatio.Required(CONF_OPTIONS, default={}): options,
        }
    )
    config = cast("ConfigType", schema(config))
    _check_target(hass, config[CONF_TARGET])
    return config


def _check_target(hass: HomeAssistant, target: Mapping[str, Any]) -> None:
    """Raise probatio.Invalid where an entity is named that stands for no camera.

    One that is not registered may still come: cameras do, while Home Assistant runs.
    """
    registry = er.async_get(hass)
    named = TargetSelection(dict(target)).entity_ids
    wrong = sorted(
        entity_id
        for entity_id in named
        if (entity := registry.async_get(entity_id)) is not None and not _is_event(entity)
    )
    if wrong:
        raise probatio.Invalid(
            f"Not the event entity of a TinyAct camera: {', '.join(wrong)}", path=[ATTR_ENTITY_ID]
        )


def _is_event(entity: er.RegistryEntry | None) -> bool:
    return entity is not None and entity.platform == DOMAIN and entity.domain == Platform.EVENT


def _async_cameras(hass: HomeAssistant) -> list[TargetedCamera]:
    """Return all cameras of the loaded entries."""
    devices = dr.async_get(hass)
    entities = er.async_get(hass)
    found: list[TargetedCamera] = []
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        for camera_id in entry.runtime_data.data.cameras:
            identifier = camera_identifier(entry, camera_id)
            device = devices.async_get_device_by_identifier(identifier, entry.entry_id)
            if device is None:
                continue
            name = device.name_by_user or device.name or camera_id
            found.extend(
                TargetedCamera(entry, camera_id, entity.entity_id, device.id, name)
                for entity in er.async_entries_for_device(
                    entities, device.id, include_disabled_entities=True
                )
                if _is_event(entity)
            )
    return found
