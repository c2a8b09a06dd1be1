"""Constants for the TinyAct integration."""

from datetime import timedelta
import logging
from typing import Final

DOMAIN: Final = "tinyact"

LOGGER = logging.getLogger(__package__)

DEFAULT_PORT: Final = 8466

CONF_INSTANCE: Final = "instance"

ATTR_ACTION_ID: Final = "action_id"
ATTR_CONFIDENCE: Final = "confidence"
ATTR_CONFIRMED_AT: Final = "confirmed_at"
ATTR_DETAIL: Final = "detail"
ATTR_DURATION: Final = "duration"
ATTR_LABEL: Final = "label"
ATTR_LAST_ACTION: Final = "last_action"
ATTR_LAST_SEEN: Final = "last_seen"
ATTR_REASON: Final = "reason"
ATTR_REPLAY: Final = "replay"
ATTR_SINCE: Final = "since"
ATTR_STARTED_AT: Final = "started_at"

CONF_MINIMUM_CONFIDENCE: Final = "minimum_confidence"
CONF_MINIMUM_DURATION: Final = "minimum_duration"
CONF_WITHIN: Final = "within"

# What happened while Home Assistant was away is told to the event entity only
# while acting on it still makes sense. Long enough for a restart of Home
# Assistant, short enough that nobody is called about a fall of two hours ago.
MISSED_AFTER: Final = timedelta(minutes=5)

# What became of an action that was found out about too late to fire.
EVENT_MISSED_ACTION: Final = f"{DOMAIN}_missed_action"

# An edge that restarts is back within seconds; one that is switched off does
# not need asking more than once a minute.
RECONNECT_MINIMUM: Final = timedelta(seconds=1)
RECONNECT_MAXIMUM: Final = timedelta(minutes=1)
