"""What automations, scripts and assistants are told of an action."""

from datetime import datetime
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import (
    ATTR_ACTION_ID,
    ATTR_CONFIDENCE,
    ATTR_CONFIRMED_AT,
    ATTR_LABEL,
    ATTR_STARTED_AT,
    DOMAIN,
)
from .models import Action
from .targets import TargetedCamera
from .views import CLIP, SNAPSHOT, media_path


def told(hass: HomeAssistant, camera: TargetedCamera, action: Action) -> dict[str, Any]:
    """Return an action as JSON; times are ISO 8601, local, durations are seconds."""
    return {
        ATTR_ACTION_ID: action.id,
        "config_entry_id": camera.entry.entry_id,
        ATTR_ENTITY_ID: camera.entity_id,
        ATTR_DEVICE_ID: camera.device_id,
        "camera": camera.name,
        ATTR_LABEL: action.label,
        "label_name": label_name(hass, action.label),
        ATTR_CONFIDENCE: action.confidence,
        ATTR_STARTED_AT: local_time(action.started_at),
        ATTR_CONFIRMED_AT: local_time(action.confirmed_at),
        "ended_at": None if action.ended_at is None else local_time(action.ended_at),
        "end_reason": action.end_reason,
        "duration": action.duration,
        "corrected": action.correction is not None,
        "picture": media_path(camera.entry.entry_id, action, SNAPSHOT),
        "clip": media_path(camera.entry.entry_id, action, CLIP),
    }


def local_time(time: datetime) -> str:
    """Return a time as people here read it off the clock, to the second."""
    return dt_util.as_local(time).isoformat(timespec="seconds")


@callback
def label_name(hass: HomeAssistant, label: str) -> str:
    """Return what a label is called in the language of the house; itself, if it was taught."""
    key = f"component.{DOMAIN}.entity.event.action.state_attributes.event_type.state.{label}"
    names = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    return names.get(key, label)
