"""Binary sensors of TinyAct: whether each camera can be seen."""

from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_REASON
from .coordinator import TinyActConfigEntry
from .entity import TinyActEntity, async_add_per_camera

# The edge speaks by itself; the entity only shows what it said.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an edge."""
    async_add_per_camera(entry, async_add_entities, TinyActConnectivitySensor)


class TinyActConnectivitySensor(TinyActEntity, BinarySensorEntity):
    """Shows whether the edge gets pictures from the camera, and why not."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _key = "connectivity"

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the camera is online."""
        return self.camera is not None and self.camera.online

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what is wrong with the camera."""
        return {ATTR_REASON: self.camera.reason if self.camera is not None else None}
