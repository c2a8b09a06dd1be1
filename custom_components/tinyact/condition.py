"""Conditions of TinyAct: somebody does something, somebody did it lately."""

from datetime import timedelta
from typing import Any, ClassVar, Final, Unpack, override

from homeassistant.const import CONF_FOR
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import Condition, ConditionCheckParams, ConditionConfig
from homeassistant.helpers.typing import ConfigType
from homeassistant.util import dt as dt_util
import probatio

from .const import ATTR_LABEL, CONF_MINIMUM_CONFIDENCE, CONF_WITHIN
from .models import Action
from .recent import LOOK_BACK
from .targets import LABELS, TargetedCamera, async_targeted_cameras, async_targeted_config


class ActionCondition(Condition):
    """Tests what was seen in front of at least one of the cameras."""

    _options_schema: ClassVar[dict[Any, Any]]

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate target and options."""
        return async_targeted_config(hass, config, cls._options_schema)

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Initialize the condition."""
        super().__init__(hass, config)
        self._target = config.target
        self._options = config.options or {}
        self._labels: list[str] = self._options.get(ATTR_LABEL, [])

    @override
    def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
        """Return whether it was seen."""
        return any(map(self._holds, async_targeted_cameras(self._hass, self._target)))

    def _holds(self, camera: TargetedCamera) -> bool:
        """Return whether it was seen in front of this camera."""
        raise NotImplementedError

    def _goes_on(self, camera: TargetedCamera) -> list[Action]:
        """Return what is asked for and goes on, nothing while the edge is away."""
        coordinator = camera.entry.runtime_data
        return [
            action
            for action in coordinator.data.open_actions.values()
            if coordinator.last_update_success
            and action.camera == camera.camera_id
            and (not self._labels or action.label in self._labels)
        ]


class IsDoingCondition(ActionCondition):
    """Tests whether somebody does something now."""

    _options_schema: ClassVar[dict[Any, Any]] = {
        probatio.Optional(ATTR_LABEL): LABELS,
        probatio.Required(CONF_MINIMUM_CONFIDENCE, default=0.0): cv.small_float,
        probatio.Required(CONF_FOR, default=timedelta(0)): cv.positive_time_period,
    }

    @override
    def _holds(self, camera: TargetedCamera) -> bool:
        """Return whether somebody does it, surely enough and long enough."""
        begun = dt_util.utcnow() - self._options[CONF_FOR]
        return any(
            action.confidence >= self._options[CONF_MINIMUM_CONFIDENCE]
            and action.started_at <= begun
            for action in self._goes_on(camera)
        )


class DidRecentlyCondition(ActionCondition):
    """Tests whether somebody does something, or did it lately."""

    _options_schema: ClassVar[dict[Any, Any]] = {
        probatio.Optional(ATTR_LABEL): LABELS,
        probatio.Required(CONF_WITHIN, default=timedelta(minutes=5)): probatio.All(
            cv.positive_time_period,
            probatio.Range(max=LOOK_BACK, msg="Nothing is known of more than a day ago"),
        ),
    }

    @override
    def _holds(self, camera: TargetedCamera) -> bool:
        """Return whether it goes on, or ended within the time."""
        since = dt_util.utcnow() - self._options[CONF_WITHIN]
        recent = camera.entry.runtime_data.recent
        return bool(self._goes_on(camera)) or recent.seen(camera.camera_id, self._labels, since)


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_doing": IsDoingCondition,
    "did_recently": DidRecentlyCondition,
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of TinyAct."""
    return CONDITIONS
