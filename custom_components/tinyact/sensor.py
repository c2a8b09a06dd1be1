"""Sensors of TinyAct: what goes on in front of each camera, and how the edge keeps up."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, Platform, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_ACTION_ID, ATTR_LAST_ACTION, ATTR_LAST_SEEN, ATTR_SINCE
from .coordinator import TinyActConfigEntry, TinyActCoordinator
from .entity import (
    EntityMaker,
    TinyActActionEntity,
    TinyActEdgeEntity,
    action_attributes,
    async_add_per_camera,
)
from .models import Action, Camera, CameraStats
from .state import EdgeState

# The edge speaks by itself; the entities only show what it said.
PARALLEL_UPDATES = 0

NO_ACTION: Final = "none"


@dataclass(frozen=True, kw_only=True)
class TinyActStatsDescription(SensorEntityDescription):
    """Describes one of the figures that the edge gives of each camera."""

    value: Callable[[CameraStats], float | None]


# They change every ten seconds, and tell nothing to whoever has no trouble.
STATS: Final = (
    TinyActStatsDescription(
        key="latency",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value=lambda stats: stats.latency_ms,
    ),
    TinyActStatsDescription(
        key="clips_per_minute",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value=lambda stats: stats.clips_per_minute,
    ),
    TinyActStatsDescription(
        key="fps",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value=lambda stats: stats.fps,
    ),
    TinyActStatsDescription(
        key="looked_at_fps",
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value=lambda stats: stats.looked_at_fps,
    ),
    TinyActStatsDescription(
        key="dropped_frames",
        state_class=SensorStateClass.TOTAL_INCREASING,
        value=lambda stats: stats.dropped_frames,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an edge."""
    async_add_entities([TinyActModelSensor(entry.runtime_data)])
    async_add_per_camera(entry, Platform.SENSOR, async_add_entities, _makers_of)


def _makers_of(state: EdgeState, camera: Camera) -> Mapping[str, EntityMaker]:
    """Return how to make the sensors of a camera, by their keys."""
    return {
        TinyActActionSensor.key: TinyActActionSensor,
        **{each.key: partial(TinyActStatsSensor, description=each) for each in STATS},
    }


class TinyActActionSensor(TinyActActionEntity, SensorEntity):
    """Shows the action that goes on, the most recent one where there are several.

    While nothing does, it tells what the last one was. Neither is remembered
    over a restart of Home Assistant, which would be shown only until the edge
    is asked: the edge's journal knows, also what was erased meanwhile.
    """

    _attr_device_class = SensorDeviceClass.ENUM
    key = "action"
    # Different each time and of no use in a graph.
    _unrecorded_attributes = frozenset(
        {ATTR_ACTION_ID, ATTR_LAST_ACTION, ATTR_LAST_SEEN, ATTR_SINCE}
    )

    @property
    def _action(self) -> Action | None:
        return self.coordinator.data.current_action(self._camera_id)

    @property
    def _last_action(self) -> Action | None:
        return self.coordinator.recent.last(self._camera_id)

    @property
    @override
    def _all_shown(self) -> tuple[object, ...]:
        # The history gets one row when all that was missed is known, not one for each of it.
        return (*super()._all_shown, self.coordinator.behind or self._last_action)

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
        """Return how sure the classifier is, since when, of which action; or what was last."""
        if (action := self._action) is not None:
            return action_attributes(action)
        if (last := self._last_action) is not None:
            seen_until = last.ended_at or last.confirmed_at
            return {ATTR_LAST_ACTION: last.label, ATTR_LAST_SEEN: seen_until.isoformat()}
        return {}


class TinyActStatsSensor(TinyActActionEntity, SensorEntity):
    """Shows how the edge keeps up with the camera."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    entity_description: TinyActStatsDescription

    def __init__(
        self,
        coordinator: TinyActCoordinator,
        camera_id: str,
        description: TinyActStatsDescription,
    ) -> None:
        """Initialize the entity."""
        self.key = description.key
        self.entity_description = description
        super().__init__(coordinator, camera_id)

    @property
    @override
    def native_value(self) -> float | None:
        """Return the figure."""
        stats = self.coordinator.data.stats.get(self._camera_id)
        return None if stats is None else self.entity_description.value(stats)


class TinyActModelSensor(TinyActEdgeEntity, SensorEntity):
    """Shows the version of the model that the edge runs."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    key = "model"

    @property
    @override
    def native_value(self) -> str:
        """Return the version."""
        return self.coordinator.data.model.version
