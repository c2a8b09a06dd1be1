"""Lines in the activity log for actions that were missed."""

from collections.abc import Callable

from homeassistant.components.logbook import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import ATTR_CONFIDENCE, ATTR_LABEL, ATTR_STARTED_AT, DOMAIN, EVENT_MISSED_ACTION
from .told import label_name


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Say how to describe the events of TinyAct."""

    @callback
    def describe_missed_action(event: Event) -> dict[str, str]:
        """Describe an action that Home Assistant learned of too late to act on."""
        data = event.data
        entity_id: str = data[ATTR_ENTITY_ID]
        state = hass.states.get(entity_id)
        started_at = dt_util.as_local(
            dt_util.parse_datetime(data[ATTR_STARTED_AT], raise_on_error=True)
        )
        # In the language of the house, for nobody says who reads it.
        texts = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
        message = texts.get(
            f"component.{DOMAIN}.common.missed_action", "{label} ({confidence}), {time}"
        )
        return {
            LOGBOOK_ENTRY_ENTITY_ID: entity_id,
            LOGBOOK_ENTRY_NAME: state.name if state else entity_id,
            LOGBOOK_ENTRY_MESSAGE: message.format(
                label=label_name(hass, data[ATTR_LABEL]),
                confidence=f"{data[ATTR_CONFIDENCE]:.0%}",
                time=f"{started_at:%Y-%m-%d %H:%M:%S}",
            ),
        }

    async_describe_event(DOMAIN, EVENT_MISSED_ACTION, describe_missed_action)
