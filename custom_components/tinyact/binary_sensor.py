"""Binary sensors of TinyAct: what goes on, and who can be reached."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_ACTION_ID, ATTR_DETAIL, ATTR_REASON, ATTR_SINCE
from .coordinator import TinyActConfigEntry, TinyActCoordinator
from .entity import (
    EntityMaker,
    TinyActActionEntity,
    TinyActEdgeEntity,
    TinyActEntity,
    action_attributes,
    async_add_per_camera,
)
from .models import Action, Camera
from .state import EdgeState

# The edge speaks by itself; the entities only show what it said.
PARALLEL_UPDATES = 0

# What tells that somebody may need help.
ALARMING: Final = frozenset({"fall", "fight"})
# What people do all day long: its sensors would fill the history, so they wait
# for whoever turns them on. What a household taught is not among them.
EVERYDAY: Final = frozenset({"jump", "run", "sit", "stand", "walk"})

_LABEL_KEY: Final = "action_"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an edge."""
    async_add_entities([TinyActClassifierSensor(entry.runtime_data)])
    async_add_per_camera(entry, Platform.BINARY_SENSOR, async_add_entities, _makers_of)


def _makers_of(state: EdgeState, camera: Camera) -> Mapping[str, EntityMaker]:
    """Return how to make the binary sensors of a camera, by their keys."""
    return {
        TinyActConnectivitySensor.key: TinyActConnectivitySensor,
        **{
            _LABEL_KEY + label: partial(TinyActLabelSensor, label=label)
            for label in state.watched_labels(camera)
        },
    }


class TinyActLabelSensor(TinyActActionEntity, BinarySensorEntity):
    """On while somebody in front of the camera does this."""

    # Different each time and of no use in a graph.
    _unrecorded_attributes = frozenset({ATTR_ACTION_ID, ATTR_SINCE})

    def __init__(self, coordinator: TinyActCoordinator, camera_id: str, label: str) -> None:
        """Initialize the entity."""
        self.key = _LABEL_KEY + label
        super().__init__(coordinator, camera_id)
        self._label = label
        # What somebody chose by name is wanted, however often it happens.
        self._attr_entity_registry_enabled_default = label not in EVERYDAY or (
            self.camera is not None and self.camera.settings.labels is not None
        )
        if label in ALARMING:
            self._attr_device_class = BinarySensorDeviceClass.SAFETY
        if label not in ALARMING | EVERYDAY:
            self._attr_translation_key = "taught_action"
            self._attr_translation_placeholders = {"label": label}

    @property
    def _action(self) -> Action | None:
        return self.coordinator.data.current_action(self._camera_id, self._label)

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it goes on."""
        return self._action is not None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return how sure the classifier is, since when, and of which action."""
        return None if (action := self._action) is None else action_attributes(action)


class TinyActConnectivitySensor(TinyActEntity, BinarySensorEntity):
    """Shows whether the edge gets pictures from the camera, and why not."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    key = "connectivity"

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the camera is online; nobody knows while it is not looked at."""
        if self.camera is None or self.camera.paused:
            return None
        return self.camera.online

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what is wrong with the camera."""
        return {ATTR_REASON: self.camera.reason if self.camera is not None else None}


class TinyActClassifierSensor(TinyActEdgeEntity, BinarySensorEntity):
    """Shows whether the classifier service names the actions, and why not.

    Without it, the edge's own model does; an edge that was told of no such
    service has nothing to be connected to.
    """

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    key = "classifier"

    @property
    @override
    def available(self) -> bool:
        """Return whether there is a classifier to be connected to."""
        return super().available and self.coordinator.data.classifier.state != "local"

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the classifier answers."""
        return self.coordinator.data.classifier.state == "ok"

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what is wrong with it."""
        classifier = self.coordinator.data.classifier
        return {
            ATTR_REASON: None if classifier.state in {"ok", "local"} else classifier.state,
            ATTR_DETAIL: classifier.detail,
        }
