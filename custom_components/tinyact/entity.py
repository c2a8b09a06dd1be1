"""Base entities for the TinyAct integration."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, override

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .api import EdgeError, RefusedError
from .const import DOMAIN
from .coordinator import TinyActConfigEntry, TinyActCoordinator
from .devices import camera_identifier, edge_identifier
from .models import Camera
from .subentries import shown_cameras


class TinyActEdgeEntity(CoordinatorEntity[TinyActCoordinator]):
    """Something about the edge itself."""

    _attr_has_entity_name = True
    _key: ClassVar[str]

    def __init__(self, coordinator: TinyActCoordinator) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        identifier = edge_identifier(coordinator.config_entry)
        self._attr_translation_key = self._key
        self._attr_unique_id = f"{identifier[1]}_{self._key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier})


class TinyActEntity(CoordinatorEntity[TinyActCoordinator]):
    """Something about one camera."""

    _attr_has_entity_name = True
    # Of a class of which each camera has one; others give theirs at the start.
    _key: str

    def __init__(
        self, coordinator: TinyActCoordinator, camera_id: str, key: str | None = None
    ) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        if key is not None:
            self._key = key
        identifier = camera_identifier(coordinator.config_entry, camera_id)
        self._camera_id = camera_id
        self._attr_translation_key = self._key
        self._attr_unique_id = f"{identifier[1]}_{self._key}"
        # The device itself is registered apart from its entities.
        self._attr_device_info = DeviceInfo(identifiers={identifier})

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
        try:
            camera = await self.coordinator.client.async_change_camera(self._camera_id, **changes)
        except RefusedError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="refused",
                translation_placeholders={"detail": str(err)},
            ) from err
        except EdgeError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="not_done",
                translation_placeholders={"error": str(err)},
            ) from err
        self.coordinator.async_take_camera(camera)


class TinyActActionEntity(TinyActEntity):
    """Something that can be told only while the camera sees."""

    @property
    @override
    def available(self) -> bool:
        """Return whether the camera sees."""
        return super().available and self.camera is not None and self.camera.online


@callback
def async_add_per_camera(
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    entities_of: Callable[[TinyActCoordinator, str], TinyActEntity | Iterable[TinyActEntity]],
) -> None:
    """Add the entities of each camera, now and as cameras come."""
    coordinator = entry.runtime_data
    known: dict[str, str] = {}

    @callback
    def add_new() -> None:
        present = {
            camera_id: subentry_id
            for camera_id, subentry_id in shown_cameras(entry).items()
            if camera_id in coordinator.data.cameras
        }
        new = {
            camera_id: subentry_id
            for camera_id, subentry_id in present.items()
            if known.get(camera_id) != subentry_id
        }
        known.clear()
        known.update(present)
        for camera_id, subentry_id in new.items():
            entities = entities_of(coordinator, camera_id)
            async_add_entities(
                [entities] if isinstance(entities, TinyActEntity) else entities,
                config_subentry_id=subentry_id,
            )

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
