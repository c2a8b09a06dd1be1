"""The update entity of TinyAct: an edge that is older than this integration."""

from typing import override

from awesomeversion import AwesomeVersion, AwesomeVersionException
from homeassistant.components.update import UpdateDeviceClass, UpdateEntity
from homeassistant.config_entries import SOURCE_HASSIO
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.loader import Integration, async_get_integration

from .const import DOMAIN
from .coordinator import TinyActConfigEntry, TinyActCoordinator
from .entity import TinyActEdgeEntity

# The edge speaks by itself; the entity only compares what it said.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the update entity of an edge, unless it is an app."""
    # The Supervisor has one for each app, which can install as well.
    if entry.source != SOURCE_HASSIO:
        integration = await async_get_integration(hass, DOMAIN)
        async_add_entities([TinyActEdgeUpdate(entry.runtime_data, integration)])


class TinyActEdgeUpdate(TinyActEdgeEntity, UpdateEntity):
    """Tells that the edge was left behind when this integration was updated.

    Both are released together, and the model is a part of the edge. What the
    household taught is no update: the edge fetches it within a minute.
    """

    _attr_device_class = UpdateDeviceClass.FIRMWARE
    _attr_title = "TinyAct"
    key = "edge"

    def __init__(self, coordinator: TinyActCoordinator, integration: Integration) -> None:
        """Initialize the entity."""
        super().__init__(coordinator)
        self._released = str(integration.version)
        self._attr_release_url = f"{integration.documentation}/releases"

    @property
    @override
    def installed_version(self) -> str:
        """Return the version of the edge."""
        return self.coordinator.data.version

    @property
    @override
    def latest_version(self) -> str:
        """Return the version that is known to be out, the edge's own if that is newer."""
        try:
            behind = AwesomeVersion(self.installed_version) < AwesomeVersion(self._released)
        except AwesomeVersionException:
            # Of an edge that somebody built, only they know how old it is.
            behind = False
        return self._released if behind else self.installed_version
