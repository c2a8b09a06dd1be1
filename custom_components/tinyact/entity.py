"""Base entity for the TinyAct integration."""

from typing import ClassVar, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import TinyActConfigEntry, TinyActCoordinator
from .devices import camera_identifier
from .models import Camera


class TinyActEntity(CoordinatorEntity[TinyActCoordinator]):
    """Something about one camera."""

    _attr_has_entity_name = True
    _key: ClassVar[str]

    def __init__(self, coordinator: TinyActCoordinator, camera_id: str) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
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
    entity_type: type[TinyActEntity],
) -> None:
    """Add an entity for each camera, now and as cameras come."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_new() -> None:
        present = set(coordinator.data.cameras)
        if new := present - known:
            async_add_entities(entity_type(coordinator, camera_id) for camera_id in sorted(new))
        known.clear()
        known.update(present)

    add_new()
    entry.async_on_unload(coordinator.async_add_listener(add_new))
