"""Base entities for the TinyAct integration."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, override

from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import ATTR_ACTION_ID, ATTR_CONFIDENCE, ATTR_SINCE
from .coordinator import TinyActConfigEntry, TinyActCoordinator
from .devices import camera_identifier, edge_identifier
from .errors import translated_errors
from .models import Action, Camera
from .state import EdgeState
from .subentries import shown_cameras


class TinyActEdgeEntity(CoordinatorEntity[TinyActCoordinator]):
    """Something about the edge itself."""

    _attr_has_entity_name = True
    key: ClassVar[str]

    def __init__(self, coordinator: TinyActCoordinator) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        identifier = edge_identifier(coordinator.config_entry)
        self._attr_translation_key = self.key
        self._attr_unique_id = f"{identifier[1]}_{self.key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier})


class TinyActEntity(CoordinatorEntity[TinyActCoordinator]):
    """Something about one camera."""

    _attr_has_entity_name = True
    # What tells it apart from the camera's others.
    key: str

    def __init__(self, coordinator: TinyActCoordinator, camera_id: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        identifier = camera_identifier(coordinator.config_entry, camera_id)
        self._camera_id = camera_id
        self._attr_translation_key = self.key
        self._attr_unique_id = f"{identifier[1]}_{self.key}"
        # The device itself is registered apart from its entities.
        self._attr_device_info = DeviceInfo(identifiers={identifier})
        self._shown: object = None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state, unless all that was new is about other cameras."""
        shown = self._all_shown
        if shown != self._shown:
            self._shown = shown
            super()._handle_coordinator_update()

    @property
    def _all_shown(self) -> tuple[object, ...]:
        """Return all of which something may be shown."""
        state = self.coordinator.data
        return (
            self.coordinator.last_update_success,
            self.camera,
            state.actions(self._camera_id),
            state.labels,
            state.stats.get(self._camera_id),
        )

    @property
    def camera(self) -> Camera | None:
        """Return the camera, None once it is gone."""
        return self.coordinator.data.cameras.get(self._camera_id)

    @property
    @override
    def available(self) -> bool:
        """Return whether the edge can be reached and has this camera."""
        return super().available and self.camera is not None

    async def async_change_camera(self, **changes: Any) -> None:
        """Let the edge change a setting of the camera; raises HomeAssistantError."""
        with translated_errors(self.coordinator.config_entry):
            camera = await self.coordinator.client.async_change_camera(self._camera_id, **changes)
        self.coordinator.async_take_camera(camera)


class TinyActActionEntity(TinyActEntity):
    """Something that can be told only while the camera sees."""

    @property
    @override
    def available(self) -> bool:
        """Return whether the camera sees."""
        return super().available and self.camera is not None and self.camera.online


def action_attributes(action: Action) -> dict[str, Any]:
    """Return what is shown of an action that goes on."""
    return {
        ATTR_ACTION_ID: action.id,
        ATTR_CONFIDENCE: action.confidence,
        ATTR_SINCE: action.started_at.isoformat(),
    }


type EntityMaker = Callable[[TinyActCoordinator, str], TinyActEntity]
# Returns how to make each of a camera's entities, by its key.
type MakersOf = Callable[[EdgeState, Camera], Mapping[str, EntityMaker]]


def each_has_one(entity_type: type[TinyActEntity]) -> MakersOf:
    """Return how to make the one entity of a platform that each camera has."""

    def makers_of(state: EdgeState, camera: Camera) -> Mapping[str, EntityMaker]:
        return {entity_type.key: entity_type}

    return makers_of


@callback
def async_add_per_camera(
    entry: TinyActConfigEntry,
    platform: Platform,
    async_add_entities: AddConfigEntryEntitiesCallback,
    makers_of: MakersOf,
) -> None:
    """Add the entities of each camera, now and as cameras come; forget those that go."""
    coordinator = entry.runtime_data
    known: dict[tuple[str, str], str] = {}

    @callback
    def follow() -> None:
        state = coordinator.data
        present: dict[tuple[str, str], str] = {}
        for camera_id, subentry_id in shown_cameras(entry).items():
            if (camera := state.cameras.get(camera_id)) is None:
                continue
            makers = makers_of(state, camera)
            present |= {(camera_id, key): subentry_id for key in makers}
            new = [
                make(coordinator, camera_id)
                for key, make in makers.items()
                if known.get((camera_id, key)) != subentry_id
            ]
            if new:
                async_add_entities(new, config_subentry_id=subentry_id)
        if present != known:
            known.clear()
            known.update(present)
            _async_forget_others(entry, platform, known)

    entry.async_on_unload(coordinator.async_add_cameras_listener(follow))


@callback
def _async_forget_others(
    entry: TinyActConfigEntry, platform: Platform, known: Iterable[tuple[str, str]]
) -> None:
    """Remove the entities of cameras that nothing makes any more, as of a label unwatched."""
    unique_ids = {f"{camera_identifier(entry, camera_id)[1]}_{key}" for camera_id, key in known}
    registry = er.async_get(entry.runtime_data.hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if (
            entity.domain == platform
            and entity.config_subentry_id is not None
            and entity.unique_id not in unique_ids
        ):
            registry.async_remove(entity.entity_id)
