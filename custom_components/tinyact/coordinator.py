"""The connection to the edge, and what it told."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import replace
from operator import is_not
from typing import Final, TypedDict, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.storage import Store
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed

from .api import EdgeClient, EdgeError, InvalidAuthError
from .backoff import delays
from .const import DOMAIN, LOGGER, RECONNECT_MAXIMUM, RECONNECT_MINIMUM
from .models import (
    ActionMessage,
    ActionRemoved,
    Camera,
    CameraMessage,
    CameraRemoved,
    ClassifierMessage,
    EdgeInfo,
    JournalMessage,
    Message,
    Refusal,
    StatsMessage,
    Subscribed,
)
from .recent import RecentActions
from .state import EdgeState

STORAGE_VERSION: Final = 1
# Actions come a few a minute; a burst of them is one write.
SAVE_DELAY: Final = 1
# Seconds. What was missed in a week arrives faster than it is handled, and the
# next of it never has to be waited for: after a turn, others have as long.
LONGEST_TURN: Final = 0.01
# Confirmed actions wait here for the event entity of a camera that is just
# being added. Bounded, for an entity that is disabled never comes for them.
MAX_WAITING: Final = 256

# Sent with the entry and each message about an action, once what it says is
# shown: an ActionMessage (replayed ones, too), or ActionRemoved.
SIGNAL_MESSAGE: Final = f"{DOMAIN}_message"

type TinyActConfigEntry = ConfigEntry[TinyActCoordinator]


class Cursor(TypedDict):
    """How far the edge was heard, as it is stored."""

    last_id: int


class AnotherEdgeError(EdgeError):
    """The address now belongs to an edge with other cameras and another past."""


class TinyActCoordinator(DataUpdateCoordinator[EdgeState]):
    """Keeps a connection to the edge and publishes what comes over it.

    Nothing is polled: the edge is asked once, to know at set-up whether it is
    there and what is true, and speaks by itself from then on.
    """

    config_entry: TinyActConfigEntry

    def __init__(self, hass: HomeAssistant, entry: TinyActConfigEntry, client: EdgeClient) -> None:
        """Initialize the coordinator."""
        super().__init__(hass, LOGGER, config_entry=entry, name=entry.title)
        self.client = client
        self.recent = RecentActions()
        # Cameras that a flow is adding, which makes their subentries itself.
        self.expected_cameras: set[str] = set()
        # Until the edge has told what was missed.
        self.behind = False
        self._store = cursor_store(hass, entry)
        self._cursor: int | None = None
        self._confirmed: defaultdict[str, deque[ActionMessage]] = defaultdict(
            lambda: deque(maxlen=MAX_WAITING)
        )
        self._stream: asyncio.Task[None] | None = None

    @override
    async def _async_setup(self) -> None:
        """Recall how far the edge was heard before Home Assistant stopped."""
        if (stored := await self._store.async_load()) is not None:
            self._cursor = stored["last_id"]

    @override
    async def _async_update_data(self) -> EdgeState:
        """Ask the edge what is true."""
        try:
            info = await self.client.async_info()
            self._check_instance(info)
        except InvalidAuthError as err:
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key="invalid_auth"
            ) from err
        except AnotherEdgeError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="another_edge",
                translation_placeholders={"address": self._address},
            ) from err
        except EdgeError as err:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="no_connection",
                translation_placeholders={"address": self._address, "error": str(err)},
            ) from err
        if self._cursor is None:
            # Nobody waits for what happened before the edge was added.
            self._cursor = info.last_id
        return EdgeState.from_info(info)

    @callback
    def async_start(self, _hass: HomeAssistant) -> None:
        """Listen to the edge for as long as the entry is loaded."""
        self._stream = self.config_entry.async_create_background_task(
            self.hass, self._async_listen(), name=f"{self.name} stream"
        )

    async def async_recall(self) -> None:
        """Ask the edge what was seen before Home Assistant started, and show it."""
        await self.recent.async_recall(self.client, tuple(self.data.cameras))
        self.async_update_listeners()

    @override
    async def async_shutdown(self, *_: object) -> None:
        """Stop listening, and remember how far the edge was heard."""
        await super().async_shutdown()
        if self._stream is None or self._cursor is None:
            return
        self._stream.cancel()
        self._stream = None
        await self._store.async_save({"last_id": self._cursor})

    @callback
    def async_add_cameras_listener(self, update: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call back when there are other cameras, labels or subentries; not for each action."""
        known: tuple[object, ...] = (None,) * 4

        @callback
        def look() -> None:
            nonlocal known
            state = self.data
            # None of them changes in place.
            now = (state.cameras, state.labels, state.model, self.config_entry.subentries)
            if any(map(is_not, now, known, strict=True)):
                known = now
                update()

        look()
        return self.async_add_listener(look)

    @callback
    def async_take_camera(self, camera: Camera) -> None:
        """Show what the edge answered about a camera, before it tells everybody."""
        # Which does not mean that its messages arrive.
        self.data = self.data.with_camera(camera)
        self.async_update_listeners()

    def take_confirmed(self, camera_id: str) -> Iterable[ActionMessage]:
        """Hand over the actions that were confirmed since the last call, once each."""
        return self._confirmed.pop(camera_id, ())

    async def _async_listen(self) -> None:
        """Keep a subscription up, coming back whenever it is lost."""
        waits = delays(RECONNECT_MINIMUM, RECONNECT_MAXIMUM)
        turn = self.hass.loop.time()
        while True:
            self.behind = True
            try:
                async with aclosing(self.client.stream(self._cursor)) as messages:
                    async for message in messages:
                        self._async_handle(message)
                        if self.hass.loop.time() - turn > LONGEST_TURN:
                            await asyncio.sleep(LONGEST_TURN)
                            turn = self.hass.loop.time()
                        if isinstance(message, Subscribed):
                            # Only a subscription that landed shows that all is
                            # well. An edge that drops everybody who gets as far
                            # as its hello is still to be left in peace.
                            waits = delays(RECONNECT_MINIMUM, RECONNECT_MAXIMUM)
            except InvalidAuthError as err:
                self._async_handle_loss(err)
                # Home Assistant asks nobody while a form that somebody left
                # open might mend it: so again each time.
                self.config_entry.async_start_reauth(self.hass)
            except EdgeError as err:
                self._async_handle_loss(err)
            await asyncio.sleep(next(waits))

    @callback
    def _async_handle(self, message: Message) -> None:
        """Take in one message of the edge."""
        match message:
            case EdgeInfo():
                self._async_handle_hello(message)
            case ActionMessage():
                self._async_handle_action(message)
            case ActionRemoved():
                self.recent.remove(message.id)
                self.async_set_updated_data(self.data.without_action(message.id))
                self._async_tell(message)
            case Subscribed():
                # Which is back, where the edge's journal was erased.
                self._async_move_cursor(message.last_id)
                self.behind = False
                self.async_update_listeners()
            case CameraMessage():
                self.async_set_updated_data(self.data.with_camera(message.camera))
            case CameraRemoved():
                self._confirmed.pop(message.id, None)
                self.async_set_updated_data(self.data.without_camera(message.id))
            case ClassifierMessage() | JournalMessage():
                # Their fields are what they tell of, by the names that it has in the state.
                self.async_set_updated_data(replace(self.data, **vars(message)))
            case StatsMessage():
                self.async_set_updated_data(self.data.with_stats(message))
            case Refusal():
                LOGGER.warning("%s refused: %s (%s)", self.name, message.message, message.code)

    @callback
    def _async_handle_hello(self, hello: EdgeInfo) -> None:
        """Begin anew from what the edge says is true."""
        self._check_instance(hello)
        if not self.last_update_success:
            LOGGER.info("%s is back", self.name)
        self.async_set_updated_data(EdgeState.from_info(hello))

    @callback
    def _async_handle_loss(self, err: EdgeError) -> None:
        """Say once that the edge is gone, and again only if the trouble is another."""
        if not self.last_update_success and type(err) is not type(self.last_exception):
            LOGGER.error("%s: %s", self.name, err)
        self.async_set_update_error(err)

    @callback
    def _async_handle_action(self, message: ActionMessage) -> None:
        """Take in an action message, unless it was heard before."""
        if self._cursor is not None and message.id <= self._cursor:
            return
        camera = message.action.camera
        if message.confirmed and camera in self.data.cameras:
            self._confirmed[camera].append(message)
        self.recent.add(message.action)
        self.async_set_updated_data(self.data.with_action(message))
        self._async_move_cursor(message.id)
        self._async_tell(message)

    @callback
    def _async_tell(self, message: ActionMessage | ActionRemoved) -> None:
        """Hand a message to whoever follows actions rather than states."""
        async_dispatcher_send(self.hass, SIGNAL_MESSAGE, self.config_entry, message)

    @callback
    def _async_move_cursor(self, message_id: int) -> None:
        """Note that everything up to a message was heard."""
        self._cursor = message_id
        self._store.async_delay_save(lambda: {"last_id": message_id}, SAVE_DELAY)

    def _check_instance(self, info: EdgeInfo) -> None:
        """Refuse an edge that is not the one this entry was made for."""
        if info.instance != self.config_entry.unique_id:
            raise AnotherEdgeError(
                f"Another TinyAct edge answers at {self._address}; "
                "correct the address, or remove this entry and add that edge"
            )

    @property
    def _address(self) -> str:
        """Return where the edge is looked for, for messages to people."""
        data = self.config_entry.data
        return f"{data[CONF_HOST]}:{data[CONF_PORT]}"


def cursor_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[Cursor]:
    """Return the file that outlives a restart of Home Assistant."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry.entry_id}")
