"""What is true at the edge now, folded from its messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from .models import (
    Action,
    ActionMessage,
    Camera,
    CameraStats,
    Classifier,
    EdgeInfo,
    Journal,
    Model,
    StatsMessage,
)


@dataclass(frozen=True, kw_only=True)
class EdgeState:
    """The edge, its cameras, and the actions that go on in front of them."""

    version: str
    model: Model
    classifier: Classifier
    journal: Journal
    cameras: Mapping[str, Camera]
    open_actions: Mapping[int, Action]
    # The model's, and those that were taught since the model was described.
    labels: tuple[str, ...]
    # The last action message that the edge had accounted for in its hello.
    as_of: int
    # Nothing yet when it begins: the edge tells every ten seconds.
    stats: Mapping[str, CameraStats] = field(default_factory=dict)

    @classmethod
    def from_info(cls, info: EdgeInfo) -> Self:
        """Start from what the edge says of itself."""
        labels = (*info.model.labels, *(action.label for action in info.open_actions))
        return cls(
            version=info.version,
            model=info.model,
            classifier=info.classifier,
            journal=info.journal,
            cameras={camera.id: camera for camera in info.cameras},
            open_actions={action.id: action for action in info.open_actions},
            labels=tuple(dict.fromkeys(labels)),
            as_of=info.last_id,
        )

    def with_action(self, message: ActionMessage) -> Self:
        """Return the state after an action was confirmed, corrected or ended."""
        action = message.action
        labels = self.labels
        if action.label not in labels:
            labels = (*labels, action.label)
        open_actions = self.open_actions
        # A replay tells again what the hello already accounts for. Following it
        # would let sensors walk through the falls of last night once more.
        if message.id > self.as_of:
            open_actions = {id_: other for id_, other in open_actions.items() if id_ != action.id}
            if message.goes_on:
                open_actions[action.id] = action
        return replace(self, labels=labels, open_actions=open_actions)

    def without_action(self, action_id: int) -> Self:
        """Return the state after an action was erased."""
        return replace(
            self,
            open_actions={
                id_: action for id_, action in self.open_actions.items() if id_ != action_id
            },
        )

    def with_stats(self, message: StatsMessage) -> Self:
        """Return the state after the edge told how it keeps up."""
        return replace(self, stats=message.cameras)

    def with_camera(self, camera: Camera) -> Self:
        """Return the state after a camera came or changed."""
        return replace(self, cameras={**self.cameras, camera.id: camera})

    def without_camera(self, camera_id: str) -> Self:
        """Return the state after a camera went, and all that went on there."""
        return replace(
            self,
            cameras={id_: camera for id_, camera in self.cameras.items() if id_ != camera_id},
            open_actions={
                id_: action
                for id_, action in self.open_actions.items()
                if action.camera != camera_id
            },
        )

    def watched_labels(self, camera: Camera) -> tuple[str, ...]:
        """Return what is watched for in front of a camera."""
        return self.labels if camera.settings.labels is None else camera.settings.labels

    def actions(self, camera_id: str) -> tuple[Action, ...]:
        """Return what goes on in front of a camera."""
        return tuple(action for action in self.open_actions.values() if action.camera == camera_id)

    def current_action(self, camera_id: str, label: str | None = None) -> Action | None:
        """Return the most recent action that goes on in front of a camera, of a label if given."""
        return max(
            (action for action in self.actions(camera_id) if label in {None, action.label}),
            key=lambda action: action.id,
            default=None,
        )
