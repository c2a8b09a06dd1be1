"""Integration for TinyAct, which sees what people do in front of cameras."""

from homeassistant.const import (
    CONF_HOST,
    CONF_PORT,
    CONF_TOKEN,
    EVENT_HOMEASSISTANT_STOP,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from .api import EdgeClient
from .card import async_offer_card, async_setup_card, async_withdraw_card
from .const import DOMAIN
from .coordinator import TinyActConfigEntry, TinyActCoordinator, cursor_store
from .devices import async_sync_devices
from .health import Health
from .services import async_setup_services
from .subentries import CameraMirror
from .subscription import async_follow_edge
from .views import async_setup_views
from .websocket_api import async_setup_websocket_api

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.EVENT,
    Platform.IMAGE,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.UPDATE,
]


async def async_setup(hass: HomeAssistant, _config: ConfigType) -> bool:
    """Set up what all edges share."""
    async_setup_websocket_api(hass)
    async_setup_views(hass)
    async_setup_services(hass)
    await async_setup_card(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: TinyActConfigEntry) -> bool:
    """Set up an edge from a config entry."""
    # First, so that dashboards are complete while the edge is away.
    async_offer_card(hass)
    client = EdgeClient(
        async_get_clientsession(hass),
        entry.data[CONF_HOST],
        entry.data[CONF_PORT],
        entry.data[CONF_TOKEN],
    )
    coordinator = TinyActCoordinator(hass, entry, client)
    await coordinator.async_config_entry_first_refresh()
    entry.runtime_data = coordinator
    async_follow_edge(hass, entry)

    CameraMirror(hass, entry).async_start()
    # Before the platforms, whose entities belong to these devices.
    entry.async_on_unload(
        coordinator.async_add_cameras_listener(lambda: async_sync_devices(hass, entry))
    )
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    entry.async_create_background_task(
        hass, coordinator.async_recall(), name=f"{entry.title} recent actions"
    )
    Health(hass, entry).async_start()

    # What was missed is told while somebody can act on it: not before the
    # automations run, nor after they have stopped.
    entry.async_on_unload(async_at_started(hass, coordinator.async_start))
    entry.async_on_unload(
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, coordinator.async_shutdown)
    )
    return True


async def async_unload_entry(hass: HomeAssistant, entry: TinyActConfigEntry) -> bool:
    """Unload the entry of an edge."""
    # First of all, so that nothing is heard that no entity is left to tell.
    await entry.runtime_data.async_shutdown()
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: TinyActConfigEntry) -> None:
    """Leave nothing behind."""
    await cursor_store(hass, entry).async_remove()
    if not hass.config_entries.async_entries(DOMAIN):
        async_withdraw_card(hass)
