"""Events of TinyAct: each action that was confirmed in front of a camera."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import (
    ATTR_ACTION_ID,
    ATTR_CONFIDENCE,
    ATTR_CONFIRMED_AT,
    ATTR_DURATION,
    ATTR_LABEL,
    ATTR_REPLAY,
    ATTR_STARTED_AT,
    EVENT_MISSED_ACTION,
    MISSED_AFTER,
)
from .coordinator import TinyActConfigEntry
from .entity import TinyActActionEntity, async_add_per_camera, each_has_one
from .models import Action, ActionMessage

# The edge speaks by itself; the entity only tells what it said.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events of an edge."""
    async_add_per_camera(
        entry, Platform.EVENT, async_add_entities, each_has_one(TinyActActionEvent)
    )


class TinyActActionEvent(TinyActActionEntity, EventEntity):
    """Fires once for each action, when it is confirmed.

    An action that was confirmed while Home Assistant was away is told when it
    is back, marked as a replay, if that was less than MISSED_AFTER ago (by the
    clocks of both). An older one does not fire: an automation that calls for
    help cannot tell that it is late. It becomes a tinyact_missed_action event
    instead, which stands in the activity log with the time at which it really
    happened.
    """

    key = "action"

    @property
    @override
    def event_types(self) -> list[str]:
        """Return the labels; they change when the household teaches a new one."""
        return list(self.coordinator.data.labels)

    @override
    async def async_added_to_hass(self) -> None:
        """Tell what was confirmed while the entity was being added."""
        await super().async_added_to_hass()
        # A moment later, for no trigger acts on an event that an entity is born with.
        self.hass.loop.call_soon(self._async_tell_confirmed)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Show whether the camera sees, and tell what was confirmed."""
        super()._handle_coordinator_update()
        self._async_tell_confirmed()

    @callback
    def _async_tell_confirmed(self) -> None:
        """Fire for each action that was confirmed, or say that it was missed."""
        for message in self.coordinator.take_confirmed(self._camera_id):
            if self.available and not is_late(message):
                self._async_fire(message)
            else:
                self._async_fire_missed(message.action)

    @callback
    def _async_fire(self, message: ActionMessage) -> None:
        """Fire for an action."""
        action = message.action
        self._trigger_event(
            action.label,
            {
                ATTR_ACTION_ID: action.id,
                ATTR_CONFIDENCE: action.confidence,
                # So far; how long it took in all is known when it ends.
                ATTR_DURATION: (action.confirmed_at - action.started_at).total_seconds(),
                ATTR_REPLAY: message.replay,
                ATTR_STARTED_AT: action.started_at.isoformat(),
            },
        )
        self.async_write_ha_state()

    @callback
    def _async_fire_missed(self, action: Action) -> None:
        """Leave a trace of an action that is too old to act on."""
        self.hass.bus.async_fire(
            EVENT_MISSED_ACTION,
            {
                ATTR_ENTITY_ID: self.entity_id,
                ATTR_DEVICE_ID: self.device_entry.id if self.device_entry else None,
                ATTR_LABEL: action.label,
                ATTR_ACTION_ID: action.id,
                ATTR_CONFIDENCE: action.confidence,
                ATTR_STARTED_AT: action.started_at.isoformat(),
                ATTR_CONFIRMED_AT: action.confirmed_at.isoformat(),
            },
        )


def is_late(message: ActionMessage) -> bool:
    """Return whether acting on what happened no longer makes sense."""
    action = message.action
    happened_at = action.confirmed_at
    if message.event == "ended" and action.ended_at is not None:
        happened_at = action.ended_at
    return message.replay and dt_util.utcnow() - happened_at > MISSED_AFTER
