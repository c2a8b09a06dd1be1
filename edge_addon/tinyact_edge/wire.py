"""The JSON forms of docs/edge-api.md."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from .bundle import NONE, Bundle
from .classifier import State
from .journal import Message
from .pictures import Pictures
from .recognizer import Action


def timestamp(seconds: float) -> str:
    """Return seconds since 1970 as ISO 8601, UTC, with offset."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def action_json(action: Action, pictures: Pictures) -> dict[str, Any]:
    """Return an action of the journal, and which of `pictures` there are of it now."""
    return {
        "id": action.id,
        "camera": action.camera,
        "person": action.person,
        "label": action.label,
        "confidence": round(action.confidence, 4),
        "started_at": timestamp(action.started_at),
        "confirmed_at": timestamp(action.confirmed_at),
        "ended_at": None if action.ended_at is None else timestamp(action.ended_at),
        "end_reason": action.end_reason,
        "correction": None if action.correction is None else asdict(action.correction),
        **{kind.value: there for kind, there in pictures.of(action.id).items()},
    }


def action_message(message: Message, pictures: Pictures, *, replay: bool) -> dict[str, Any]:
    """Return the message that announces an action."""
    return {
        "type": "action",
        "id": message.id,
        "event": message.event,
        "replay": replay,
        "action": action_json(message.action, pictures),
    }


def classifier_json(state: State) -> dict[str, Any]:
    """Return who classifies."""
    return {"state": state.state, "detail": state.detail}


def model_json(bundle: Bundle) -> dict[str, Any]:
    """Return the model; `none` is no label that an action could have."""
    return {
        "name": bundle.name,
        "version": bundle.version,
        "encoder": bundle.encoder_id,
        "labels": [label for label in bundle.labels if label != NONE],
    }
