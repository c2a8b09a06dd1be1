"""What open cards are told by themselves, docs/card.md: edges, cameras, and what happens."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send

from .access import async_may
from .const import DOMAIN
from .coordinator import SIGNAL_MESSAGE, TinyActConfigEntry
from .devices import camera_identifier
from .models import Action, ActionMessage, ActionRemoved, Camera
from .views import CLIP, SNAPSHOT, media_path

type Message = dict[str, Any]

# How long the address of a picture holds: as long as a page may show it, and
# never longer than the login that it was made for.
_SIGNED_FOR: Final = timedelta(days=1)
_SIGNAL_EDGES: Final = f"{DOMAIN}_edges"


@callback
def async_follow_edge(hass: HomeAssistant, entry: TinyActConfigEntry) -> None:
    """Tell the cards what changes at an edge, until its entry is unloaded."""

    @callback
    def changed() -> None:
        async_dispatcher_send(hass, _SIGNAL_EDGES)

    entry.async_on_unload(entry.runtime_data.async_add_listener(changed))


class Subscriber:
    """A card that wants to know."""

    def __init__(self, hass: HomeAssistant, connection: ActiveConnection, msg_id: int) -> None:
        """Initialize the subscriber."""
        self._hass = hass
        self._connection = connection
        self._msg_id = msg_id
        self._told: list[Message] | None = None

    def start(self) -> Callable[[], None]:
        """Tell what is true, and what changes until the returned function is called."""
        stops = (
            async_dispatcher_connect(self._hass, _SIGNAL_EDGES, self._tell_edges),
            async_dispatcher_connect(self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._tell_entry),
            async_dispatcher_connect(self._hass, SIGNAL_MESSAGE, self._tell_message),
        )
        self._tell_edges()

        @callback
        def stop() -> None:
            for each in stops:
                each()

        return stop

    @callback
    def _tell_edges(self) -> None:
        """Tell which edges and cameras there are, if that is another than was told."""
        edges = [
            _edge(self._hass, self._connection.user, entry)
            for entry in self._hass.config_entries.async_entries(
                DOMAIN, include_ignore=False, include_disabled=False
            )
        ]
        # Much changes at an edge that is none of the card's business.
        if edges != self._told:
            self._told = edges
            self._send({"type": "edges", "edges": edges})

    @callback
    def _tell_entry(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Tell that an edge came, went, or can or cannot be used."""
        if entry.domain == DOMAIN:
            self._tell_edges()

    @callback
    def _tell_message(
        self, entry: TinyActConfigEntry, message: ActionMessage | ActionRemoved
    ) -> None:
        """Tell what became of an action."""
        if isinstance(message, ActionRemoved):
            self._send({"type": "action_removed", "entry_id": entry.entry_id, "id": message.id})
            return
        action = message.action
        if async_may(self._hass, self._connection.user, entry, action.camera, POLICY_READ):
            self._send(
                {
                    "type": "action",
                    "event": message.event,
                    "replay": message.replay,
                    "action": described(self._hass, self._connection, entry, action),
                }
            )

    @callback
    def _send(self, event: Message) -> None:
        """Send an event of the subscription."""
        self._connection.send_event(self._msg_id, event)


@callback
def _edge(hass: HomeAssistant, user: User, entry: TinyActConfigEntry) -> Message:
    """Describe an edge and those of its cameras that a user may see."""
    edge = {"entry_id": entry.entry_id, "title": entry.title}
    if entry not in hass.config_entries.async_loaded_entries(DOMAIN):
        return edge | {"available": False, "labels": [], "teachable": False, "cameras": []}
    coordinator = entry.runtime_data
    state = coordinator.data
    return edge | {
        "available": coordinator.last_update_success,
        "labels": list(state.labels),
        # The head in the edge's own bundle learns nothing.
        "teachable": state.classifier.state != "local",
        "cameras": [
            _camera(hass, entry, camera)
            for camera in state.cameras.values()
            if async_may(hass, user, entry, camera.id, POLICY_READ)
        ],
    }


@callback
def _camera(hass: HomeAssistant, entry: TinyActConfigEntry, camera: Camera) -> Message:
    """Describe a camera."""
    device = dr.async_get(hass).async_get_device_by_identifier(
        camera_identifier(entry, camera.id), entry.entry_id
    )
    return {
        "id": camera.id,
        "name": camera.name,
        "state": camera.state,
        "reason": camera.reason,
        "device_id": device and device.id,
    }


@callback
def described(
    hass: HomeAssistant,
    connection: ActiveConnection,
    entry: TinyActConfigEntry,
    action: Action,
) -> Message:
    """Describe an action, with addresses from which a browser gets its pictures."""

    def address(kind: str) -> str | None:
        path = media_path(entry.entry_id, action, kind)
        return path and async_sign_path(
            hass, path, _SIGNED_FOR, refresh_token_id=connection.refresh_token_id
        )

    return {
        "entry_id": entry.entry_id,
        "id": action.id,
        "camera": action.camera,
        "label": action.label,
        "confidence": action.confidence,
        "started_at": action.started_at.isoformat(),
        "confirmed_at": action.confirmed_at.isoformat(),
        "ended_at": action.ended_at and action.ended_at.isoformat(),
        "end_reason": action.end_reason,
        "correction": action.correction and asdict(action.correction),
        "snapshot": address(SNAPSHOT),
        "clip": address(CLIP),
    }
