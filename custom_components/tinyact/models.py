"""What the edge sends, as typed objects.

The shapes are those of docs/edge-api.md. Every `from_json` raises KeyError,
TypeError or ValueError when the edge sent something else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

# Points of a polygon, from 0 to 1 of the picture's width and height.
type Polygon = tuple[tuple[float, float], ...]

ORIGIN_API: Final = "api"
ORIGIN_OPTIONS: Final = "options"


@dataclass(frozen=True, kw_only=True)
class CameraSettings:
    """What people chose for a camera; the defaults are those of the edge."""

    enabled: bool = True
    # None for all that the model knows.
    labels: tuple[str, ...] | None = None
    sensitivity: int = 50
    ignore: tuple[Polygon, ...] = ()
    snapshots: bool = False
    clips: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the settings."""
        labels = data["labels"]
        return cls(
            enabled=_typed(data["enabled"], bool),
            labels=None if labels is None else tuple(_typed(label, str) for label in labels),
            sensitivity=_typed(data["sensitivity"], int),
            ignore=tuple(
                tuple((float(x), float(y)) for x, y in polygon) for polygon in data["ignore"]
            ),
            snapshots=_typed(data["snapshots"], bool),
            clips=_typed(data["clips"], bool),
        )


@dataclass(frozen=True, kw_only=True)
class Camera:
    """A camera and whether it can be seen."""

    id: str
    name: str
    state: str
    reason: str | None
    since: datetime
    # Who added it: the edge's options, or somebody over its interface.
    origin: str = ORIGIN_OPTIONS
    settings: CameraSettings = field(default_factory=CameraSettings)

    @property
    def online(self) -> bool:
        """Return whether actions can be seen through this camera."""
        return self.state == "online"

    @property
    def paused(self) -> bool:
        """Return whether people stopped recognition for this camera."""
        return self.state == "paused"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a camera."""
        return cls(
            id=_typed(data["id"], str),
            name=_typed(data["name"], str),
            state=_typed(data["state"], str),
            reason=data["reason"],
            since=_time(data["since"]),
            origin=_typed(data.get("origin", ORIGIN_OPTIONS), str),
            settings=CameraSettings.from_json(settings)
            if (settings := data.get("settings")) is not None
            else CameraSettings(),
        )


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What people said that an action was, and how far that has come."""

    kind: str
    recognized: str
    state: str
    # Why it was refused, in English, and the code of that, where it has one.
    detail: str | None
    code: str | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a correction."""
        return cls(
            kind=_typed(data["kind"], str),
            recognized=_typed(data["recognized"], str),
            state=_typed(data["state"], str),
            detail=data["detail"],
            # None of an edge that is older.
            code=data.get("code"),
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
    ended_at: datetime | None = None
    end_reason: str | None = None
    correction: Correction | None = None
    # Whether the edge kept the picture that confirmed it, and a clip.
    snapshot: bool = False
    clip: bool = False

    @property
    def duration(self) -> float | None:
        """Return how long it took in seconds, None while it goes on."""
        if self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()

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
            ended_at=None if (ended_at := data["ended_at"]) is None else _time(ended_at),
            end_reason=data["end_reason"],
            correction=None
            if (correction := data.get("correction")) is None
            else Correction.from_json(correction),
            snapshot=_typed(data.get("snapshot", False), bool),
            clip=_typed(data.get("clip", False), bool),
        )


@dataclass(frozen=True, kw_only=True)
class ActionPage:
    """Some of the journal's actions, the newest first."""

    actions: tuple[Action, ...]
    # Asks for those before; None where there are no more.
    next: str | None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a page."""
        return cls(actions=tuple(map(Action.from_json, data["actions"])), next=data["next"])


@dataclass(frozen=True, kw_only=True)
class Total:
    """How often an action was seen in front of a camera, and for how long in all."""

    camera: str
    label: str
    count: int
    seconds: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a total."""
        return cls(
            camera=_typed(data["camera"], str),
            label=_typed(data["label"], str),
            count=_typed(data["count"], int),
            seconds=float(data["seconds"]),
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
class Journal:
    """Whether the edge can write its journal down."""

    # ok, low (on room) or unwritable.
    state: str = "ok"
    detail: str | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the state of the journal."""
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
    journal: Journal
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
            # An edge of the first version does not tell.
            journal=Journal()
            if (journal := data.get("journal")) is None
            else Journal.from_json(journal),
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
    """An action was confirmed or ended, people said what it was, or its pictures came or went."""

    id: int
    # confirmed, ended, corrected or media.
    event: str
    replay: bool
    action: Action

    @property
    def confirmed(self) -> bool:
        """Return whether this is the first that is heard of the action."""
        return self.event == "confirmed"

    @property
    def goes_on(self) -> bool:
        """Return whether the action is not over."""
        return self.action.ended_at is None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(
            id=_typed(data["id"], int),
            event=_typed(data["event"], str),
            replay=bool(data.get("replay", False)),
            action=Action.from_json(data["action"]),
        )


@dataclass(frozen=True, kw_only=True)
class ActionRemoved:
    """An action was erased, with its pictures."""

    id: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(id=_typed(data["id"], int))


@dataclass(frozen=True, kw_only=True)
class CameraStats:
    """How the edge keeps up with a camera."""

    fps: float
    clips_per_minute: float
    latency_ms: float | None
    dropped_frames: int
    # How many of them people were looked for in; fewer with too many cameras.
    looked_at_fps: float | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the figures of a camera."""
        return cls(
            fps=float(data["fps"]),
            clips_per_minute=float(data["clips_per_minute"]),
            latency_ms=_number(data["latency_ms"]),
            dropped_frames=_typed(data["dropped_frames"], int),
            looked_at_fps=_number(data.get("looked_at_fps")),
        )


@dataclass(frozen=True, kw_only=True)
class StatsMessage:
    """How the edge keeps up with its cameras, every ten seconds."""

    cameras: Mapping[str, CameraStats]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(
            cameras={id_: CameraStats.from_json(stats) for id_, stats in data["cameras"].items()}
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
class JournalMessage:
    """The journal can be written no more, or again."""

    journal: Journal

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read the message."""
        return cls(journal=Journal.from_json(data["journal"]))


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
    | ActionRemoved
    | CameraMessage
    | CameraRemoved
    | ClassifierMessage
    | JournalMessage
    | StatsMessage
    | Refusal
)

_READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "action": ActionMessage.from_json,
    "action_removed": ActionRemoved.from_json,
    "camera": CameraMessage.from_json,
    "camera_removed": CameraRemoved.from_json,
    "classifier": ClassifierMessage.from_json,
    "error": Refusal.from_json,
    "hello": EdgeInfo.from_json,
    "journal": JournalMessage.from_json,
    "stats": StatsMessage.from_json,
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


def _number(value: Any) -> float | None:
    """Read a number, where there is one."""
    return None if value is None else float(value)


def _time(value: Any) -> datetime:
    """Read a time; one without an offset would be anybody's guess."""
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"{value} has no offset from UTC")
    return time
