"""Triggers of TinyAct: an action was detected, an action ended.

Both follow the edge's messages rather than states: several people may do the
same thing at once, and each of their actions has an end of its own.
"""

from datetime import timedelta
from typing import Any, ClassVar, Final, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import probatio

from .const import ATTR_LABEL, ATTR_REPLAY, CONF_MINIMUM_CONFIDENCE, CONF_MINIMUM_DURATION
from .coordinator import SIGNAL_MESSAGE, TinyActConfigEntry
from .event import is_late
from .models import Action, ActionMessage, ActionRemoved
from .targets import LABELS, async_targeted_cameras, async_targeted_config
from .told import told

_OPTIONS: Final = {
    probatio.Optional(ATTR_LABEL): LABELS,
    probatio.Required(CONF_MINIMUM_CONFIDENCE, default=0.0): cv.small_float,
}


class ActionTrigger(Trigger):
    """Triggers on a message about an action in front of one of the cameras."""

    _event: ClassVar[str]
    _description: ClassVar[str]
    _options_schema: ClassVar[dict[Any, Any]] = _OPTIONS

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate target and options."""
        return async_targeted_config(hass, config, cls._options_schema)

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Initialize the trigger."""
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Run the action on each message that is asked for."""

        @callback
        def handle(entry: TinyActConfigEntry, message: ActionMessage | ActionRemoved) -> None:
            if (
                not isinstance(message, ActionMessage)
                or message.event != self._event
                or is_late(message)
                or not self._matches(message.action)
            ):
                return
            for camera in async_targeted_cameras(self._hass, self._target):
                if camera.entry is entry and camera.camera_id == message.action.camera:
                    state = self._hass.states.get(camera.entity_id)
                    run_action(
                        {
                            **told(self._hass, camera, message.action),
                            ATTR_REPLAY: message.replay,
                        },
                        self._description.format(camera.entity_id),
                        # Names the event entity as the cause, in the activity log.
                        None if state is None else state.context,
                    )

        return async_dispatcher_connect(self._hass, SIGNAL_MESSAGE, handle)

    def _matches(self, action: Action) -> bool:
        """Return whether it is one of the actions that are asked for."""
        labels = self._options.get(ATTR_LABEL)
        minimum: float = self._options[CONF_MINIMUM_CONFIDENCE]
        return (not labels or action.label in labels) and action.confidence >= minimum


class ActionDetectedTrigger(ActionTrigger):
    """Triggers once for each action, when it is confirmed.

    A correction does not trigger again: it happened once, and whoever corrects
    an action knows of it.
    """

    _event = "confirmed"
    _description = "an action in front of {}"


class ActionEndedTrigger(ActionTrigger):
    """Triggers when an action is seen to end, by the label that people gave it if they did.

    One that was interrupted, because the camera or the edge stopped, was not
    seen to end: nobody knows whether whoever fell got up.
    """

    _event = "ended"
    _description = "the end of an action in front of {}"
    _options_schema: ClassVar[dict[Any, Any]] = {
        **_OPTIONS,
        probatio.Required(CONF_MINIMUM_DURATION, default=timedelta(0)): cv.positive_time_period,
    }

    @override
    def _matches(self, action: Action) -> bool:
        """Return whether it is one of the actions that are asked for, and took long enough."""
        minimum: timedelta = self._options[CONF_MINIMUM_DURATION]
        return (
            super()._matches(action)
            and action.end_reason == "ended"
            and action.duration is not None
            and action.duration >= minimum.total_seconds()
        )


TRIGGERS: dict[str, type[Trigger]] = {
    "action_detected": ActionDetectedTrigger,
    "action_ended": ActionEndedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of TinyAct."""
    return TRIGGERS
