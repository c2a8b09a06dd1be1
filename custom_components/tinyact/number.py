"""Numbers of TinyAct: how readily something is recognised in front of each camera."""

from typing import override

from homeassistant.components.number import NumberEntity, NumberMode
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import TinyActConfigEntry
from .entity import TinyActEntity, async_add_per_camera, each_has_one

# The edge takes a change at once, and as many as there are.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of an edge."""
    async_add_per_camera(
        entry, Platform.NUMBER, async_add_entities, each_has_one(TinyActSensitivityNumber)
    )


class TinyActSensitivityNumber(TinyActEntity, NumberEntity):
    """Sets the sensitivity: at 50 the model's thresholds hold, above it more is found."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_mode = NumberMode.SLIDER
    _attr_native_max_value = 100
    _attr_native_min_value = 0
    _attr_native_step = 1
    key = "sensitivity"

    @property
    @override
    def native_value(self) -> float | None:
        """Return the sensitivity."""
        return None if self.camera is None else self.camera.settings.sensitivity

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change the sensitivity."""
        await self.async_change_camera(sensitivity=round(value))
