"""Images of TinyAct: the picture that confirmed the last action in front of each camera."""

from dataclasses import asdict, dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Self, override

from homeassistant.components.image import Image, ImageEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoreEntity

from .api import EdgeError, RefusedError
from .const import ATTR_ACTION_ID, ATTR_CONFIDENCE, ATTR_LABEL, LOGGER
from .coordinator import SIGNAL_MESSAGE, TinyActConfigEntry, TinyActCoordinator
from .entity import TinyActEntity, async_add_per_camera, each_has_one
from .models import Action, ActionMessage, ActionRemoved

# The edge speaks by itself, and sends a picture to whoever looks at it.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: TinyActConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the images of an edge."""
    async_add_per_camera(
        entry, Platform.IMAGE, async_add_entities, each_has_one(TinyActLastActionImage)
    )


@dataclass(frozen=True, kw_only=True)
class Pictured(ExtraStoredData):
    """The action that is shown, as it outlives a restart of Home Assistant."""

    action_id: int
    label: str
    confidence: float
    confirmed_at: datetime

    @classmethod
    def of(cls, action: Action) -> Self:
        """Return what is remembered of an action."""
        return cls(
            action_id=action.id,
            label=action.label,
            confidence=action.confidence,
            confirmed_at=action.confirmed_at,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Read what was stored."""
        return cls(**{**data, "confirmed_at": datetime.fromisoformat(data["confirmed_at"])})

    @override
    def as_dict(self) -> dict[str, Any]:
        """Return what is stored."""
        return {**asdict(self), "confirmed_at": self.confirmed_at.isoformat()}


class TinyActLastActionImage(TinyActEntity, ImageEntity, RestoreEntity):
    """Shows the very picture that confirmed the last action, with a box around who did it.

    Only actions of which the edge keeps a picture are shown. One that it erases
    goes from here, too.
    """

    key = "last_action"
    # The event says the same, and a picture is not kept in the history.
    _unrecorded_attributes = frozenset({ATTR_ACTION_ID, ATTR_CONFIDENCE, ATTR_LABEL})

    def __init__(self, coordinator: TinyActCoordinator, camera_id: str) -> None:
        """Initialize the entity."""
        TinyActEntity.__init__(self, coordinator, camera_id)
        ImageEntity.__init__(self, coordinator.hass)
        self._pictured: Pictured | None = None
        # The last action that was confirmed, with a picture or (still) without.
        self._latest: int | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Show what was shown before, and follow the actions from now on."""
        await super().async_added_to_hass()
        if (stored := await self.async_get_last_extra_data()) is not None:
            self._picture(Pictured.from_dict(stored.as_dict()))
        if (action := self.coordinator.data.current_action(self._camera_id)) is not None:
            self._latest = action.id
            if action.snapshot:
                self._picture(Pictured.of(action))
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_MESSAGE, self._async_follow)
        )

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData | None:
        """Return what outlives a restart."""
        return self._pictured

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return which action it is."""
        if self._pictured is None:
            return {}
        return {
            ATTR_ACTION_ID: self._pictured.action_id,
            ATTR_CONFIDENCE: self._pictured.confidence,
            ATTR_LABEL: self._pictured.label,
        }

    @override
    async def async_image(self) -> bytes | None:
        """Return the picture, which is fetched when somebody first looks at it."""
        if (pictured := self._pictured) is None:
            return None
        if self._cached_image is not None:
            return self._cached_image.content
        try:
            content = await self.coordinator.client.async_action_snapshot(pictured.action_id)
        except RefusedError as err:
            if err.status == HTTPStatus.NOT_FOUND and self._pictured is pictured:
                # Erased while nobody was connected to hear of it.
                self._picture(None)
                self.async_write_ha_state()
            return None
        except EdgeError as err:
            LOGGER.debug("No picture of action %s: %s", pictured.action_id, err)
            return None
        if self._pictured is pictured:
            self._cached_image = Image(self.content_type, content)
        return content

    @property
    @override
    def _all_shown(self) -> tuple[object, ...]:
        # Of what was missed, the history gets the last picture only.
        return (*super()._all_shown, self.coordinator.behind or self._pictured)

    @callback
    def _async_follow(
        self, entry: TinyActConfigEntry, message: ActionMessage | ActionRemoved
    ) -> None:
        """Show an action that was confirmed; drop one whose picture was erased."""
        if entry is not self.coordinator.config_entry:
            return
        shown = self._pictured.action_id if self._pictured is not None else None
        if isinstance(message, ActionRemoved):
            if message.id != shown:
                return
            self._picture(None)
        else:
            action = message.action
            if action.camera != self._camera_id:
                return
            if message.confirmed:
                self._latest = action.id
            if action.snapshot and action.id in {self._latest, shown}:
                self._picture(Pictured.of(action))
            elif action.id == shown:
                self._picture(None)
        if not self.coordinator.behind:
            self.async_write_ha_state()

    def _picture(self, pictured: Pictured | None) -> None:
        """Show the picture of an action, or none."""
        if (
            pictured is None
            or self._pictured is None
            or (pictured.action_id != self._pictured.action_id)
        ):
            self._cached_image = None
        self._pictured = pictured
        self._attr_image_last_updated = None if pictured is None else pictured.confirmed_at
