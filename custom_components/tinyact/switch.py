"""Switches of TinyAct: whether anything is recognised in front of each camera."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import Platform
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
    """Set up the switches of an edge."""
    async_add_per_camera(
        entry, Platform.SWITCH, async_add_entities, each_has_one(TinyActRecognitionSwitch)
    )


class TinyActRecognitionSwitch(TinyActEntity, SwitchEntity):
    """Pauses recognition: off, the edge does not even fetch the camera's pictures."""

    key = "recognition"

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether actions are recognised."""
        return None if self.camera is None else self.camera.settings.enabled

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Go on."""
        await self.async_change_camera(enabled=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Pause."""
        await self.async_change_camera(enabled=False)
