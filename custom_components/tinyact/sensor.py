"""Sensors of TinyAct: what goes on in front of each camera."""

from typing import Any, Final, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_ACTION_ID, ATTR_CONFIDENCE, ATTR_SINCE
from .coordinator import TinyActConfigEntry
from .entity import TinyActActionEntity, async_add_per_camera
from .models import Action

# The edge speaks by itself; the entity only shows what it said.
PARALLEL_UPDATES = 0

NO_ACTION: Final = "none"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an edge."""
    async_add_per_camera(entry, async_add_entities, TinyActActionSensor)


class TinyActActionSensor(TinyActActionEntity, SensorEntity):
    """Shows the action that goes on, the most recent one where there are several."""

    _attr_device_class = SensorDeviceClass.ENUM
    _key = "action"
    # Different each time and of no use in a graph.
    _unrecorded_attributes = frozenset({ATTR_ACTION_ID, ATTR_SINCE})

    @property
    def _action(self) -> Action | None:
        return self.coordinator.data.current_action(self._camera_id)

    @property
    @override
    def options(self) -> list[str]:
        """Return the labels; they change when the household teaches a new one."""
        return [*self.coordinator.data.labels, NO_ACTION]

    @property
    @override
    def native_value(self) -> str:
        """Return the label of the action."""
        return NO_ACTION if (action := self._action) is None else action.label

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return how sure the classifier is, since when, and of which action."""
        if (action := self._action) is None:
            return {}
        return {
            ATTR_ACTION_ID: action.id,
            ATTR_CONFIDENCE: action.confidence,
            ATTR_SINCE: action.started_at.isoformat(),
        }
