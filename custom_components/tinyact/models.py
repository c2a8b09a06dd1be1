"""What the edge sends, as typed objects.

The shapes are those of docs/edge-api.md. Every `from_json` raises KeyError,
TypeError or ValueError when the edge sent something else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera and whether it can be seen."""

    id: str
    name: str
    state: str
    reason: str | None
    since: datetime

    @property
    def online(self) -> bool:
        """Return whether actions can be seen through this camera."""
        return self.state == "online"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a camera."""
        return cls(
            id=_typed(data["id"], str),
            name=_typed(data["name"], str),
            state=_typed(data["state"], str),
            reason=data["reason"],
            since=_time(data["since"]),
        )


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that one person did, from its start to its end."""

    id: int
    camera: str
    label: str
    confidence: float
    started_at: datetime
    confirmed_at: datetime

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read an action."""
        return cls(
            id=_typed(data["id"], int),
            camera=_typed(data["camera"], str),
            label=_typed(data["label"], str),
            confidence=float(data["confidence"]),
            started_at=_time(data["started_at"]),
            confirmed_at=_time(data["confirmed_at"]),
        )


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """Who names the actions, and how that goes."""

    state: str
    detail: str | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the state of the classifier."""
        return cls(state=_typed(data["state"], str), detail=data["detail"])


@dataclass(frozen=True, kw_only=True)
class Model:
    """The model bundle that the edge runs."""

    name: str
    version: str
    labels: tuple[str, ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the description of the model."""
        return cls(
            name=_typed(data["name"], str),
            version=_typed(data["version"], str),
            labels=tuple(_typed(label, str) for label in data["labels"]),
        )


@dataclass(frozen=True, kw_only=True)
class EdgeInfo:
    """All that holds at the edge up to the message `last_id`: its hello."""

    instance: str
    version: str
    model: Model
    classifier: Classifier
    cameras: tuple[Camera, ...]
    open_actions: tuple[Action, ...]
    last_id: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a hello, or the answer of `/api/info`."""
        return cls(
            instance=_typed(data["instance"], str),
            version=_typed(data["version"], str),
            model=Model.from_json(data["model"]),
            classifier=Classifier.from_json(data["classifier"]),
            cameras=tuple(map(Camera.from_json, data["cameras"])),
            open_actions=tuple(map(Action.from_json, data["open_actions"])),
            last_id=_typed(data["last_id"], int),
        )


@dataclass(frozen=True, kw_only=True)
class Subscribed:
    """The past is told; from now on things are told as they happen."""

    last_id: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(last_id=_typed(data["last_id"], int))


@dataclass(frozen=True, kw_only=True)
class ActionMessage:
    """An action was confirmed, or ended, or people said what it was."""

    id: int
    confirmed: bool
    goes_on: bool
    replay: bool
    action: Action

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(
            id=_typed(data["id"], int),
            confirmed=data["event"] == "confirmed",
            goes_on=data["action"]["ended_at"] is None,
            replay=bool(data.get("replay", False)),
            action=Action.from_json(data["action"]),
        )


@dataclass(frozen=True, kw_only=True)
class CameraMessage:
    """A camera came, or changed."""

    camera: Camera

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(camera=Camera.from_json(data["camera"]))


@dataclass(frozen=True, kw_only=True)
class CameraRemoved:
    """A camera is gone for good."""

    id: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(id=_typed(data["id"], str))


@dataclass(frozen=True, kw_only=True)
class ClassifierMessage:
    """Another classifier names the actions, or the same one does so again."""

    classifier: Classifier

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(classifier=Classifier.from_json(data["classifier"]))


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The edge did not take what was last sent to it."""

    code: str
    message: str

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(code=_typed(data["code"], str), message=_typed(data["message"], str))


type Message = (
    EdgeInfo
    | Subscribed
    | ActionMessage
    | CameraMessage
    | CameraRemoved
    | ClassifierMessage
    | Refusal
)

_READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "action": ActionMessage.from_json,
    "camera": CameraMessage.from_json,
    "camera_removed": CameraRemoved.from_json,
    "classifier": ClassifierMessage.from_json,
    "error": Refusal.from_json,
    "hello": EdgeInfo.from_json,
    "subscribed": Subscribed.from_json,
}


def parse_message(data: Mapping[str, Any]) -> Message | None:
    """Read a message of the WebSocket; None for kinds that are of no use here."""
    read = _READERS.get(data["type"])
    return None if read is None else read(data)


def _typed[T](value: Any, kind: type[T]) -> T:
    """Return value, which the contract says is of this kind."""
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value


def _time(value: Any) -> datetime:
    """Read a time; one without an offset would be anybody's guess."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"{value} has no offset from UTC")
    return time
