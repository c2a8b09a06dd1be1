"""Config subentry flow: add a camera to the edge, and set the cameras that it has."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
    UnknownSubEntry,
)
from homeassistant.const import CONF_NAME, CONF_URL, Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.util import slugify
import probatio

from .api import CameraTestError, EdgeError, RefusedError
from .coordinator import TinyActConfigEntry, TinyActCoordinator
from .models import ORIGIN_API, Camera, CameraSettings
from .preview import preview
from .subentries import CONF_CAMERA_ENTITY, subentry_data
from .zones import CONF_POLYGONS, EDGES, ZoneError, as_json, entered, zones_of

CONF_LABELS: Final = "labels"
CONF_SENSITIVITY: Final = "sensitivity"
CONF_SNAPSHOTS: Final = "snapshots"
CONF_CLIPS: Final = "clips"
SECTION_ZONE: Final = "zone"

# What the edge refuses that people can do something about, by its code.
_REFUSALS: Final = frozenset({"invalid_url", "pictures_off", "too_many_cameras"})

EXAMPLE_URL: Final = "rtsp://user:password@192.168.1.20/stream"

URL_SELECTOR: Final = TextSelector(TextSelectorConfig(autocomplete="off"))
_PERCENT: Final = NumberSelector(
    NumberSelectorConfig(
        min=0, max=100, step="any", mode=NumberSelectorMode.BOX, unit_of_measurement="%"
    )
)
SOURCE_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(CONF_CAMERA_ENTITY): EntitySelector(
            EntitySelectorConfig(domain=Platform.CAMERA)
        ),
        probatio.Optional(probatio.Secret(CONF_URL)): URL_SELECTOR,
    }
)


class NoSourceError(Exception):
    """There is no address to be got of a camera; its argument is the key of what to tell people."""


class CameraFlow(ConfigSubentryFlow):
    """Adds a camera to the edge, or changes one.

    The edge keeps what is set, and the address, which may hold a password. Home
    Assistant keeps neither.
    """

    _url: str
    _name: str = ""
    _entity_id: str | None = None
    _picture: bytes

    @property
    def _coordinator(self) -> TinyActCoordinator:
        entry: TinyActConfigEntry = self._get_entry()
        return entry.runtime_data

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask which camera to add, and look through it."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        detail = ""
        if user_input is not None:
            try:
                await self._async_choose(user_input)
                self._picture = await self._coordinator.client.async_test_camera(self._url)
            except NoSourceError as err:
                errors["base"] = str(err)
            except EdgeError as err:
                errors["base"], detail = reason(err), str(err)
            else:
                return await self.async_step_settings()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(SOURCE_SCHEMA, user_input),
            description_placeholders={"detail": detail, "example": EXAMPLE_URL},
            errors=errors,
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what the camera sees, ask what to watch for, and add it."""
        errors: dict[str, str] = {}
        detail = ""
        if user_input is not None:
            coordinator = self._coordinator
            camera_id = _new_id(user_input[CONF_NAME], coordinator)
            # Its subentry is made by this flow, and not by whoever hears of it first.
            coordinator.expected_cameras.add(camera_id)
            try:
                camera = await coordinator.client.async_add_camera(
                    url=self._url, id=camera_id, **_changes(user_input)
                )
            except ZoneError as err:
                errors["base"] = str(err)
            except EdgeError as err:
                errors["base"], detail = reason(err), str(err)
            else:
                coordinator.async_take_camera(camera)
                return self.async_create_entry(
                    title=camera.name,
                    data=subentry_data(camera.name, self._entity_id),
                    unique_id=camera.id,
                )
            coordinator.expected_cameras.discard(camera_id)
        return self._async_show_settings(
            "settings",
            user_input or _entered(self._name, CameraSettings()),
            {"picture": preview(self._picture, ruled=True), "detail": detail},
            errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what the camera sees, and change what is set."""
        if self._get_entry().state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        coordinator = self._coordinator
        try:
            subentry = self._get_reconfigure_subentry()
            camera = coordinator.data.cameras[str(subentry.unique_id)]
        except UnknownSubEntry, KeyError:
            return self.async_abort(reason="camera_gone")
        errors: dict[str, str] = {}
        detail = ""
        if user_input is not None:
            try:
                changes = _changes(user_input)
                if CONF_URL in changes:
                    await coordinator.client.async_test_camera(changes[CONF_URL])
                changed = await coordinator.client.async_change_camera(camera.id, **changes)
            except ZoneError as err:
                errors["base"] = str(err)
            except EdgeError as err:
                errors["base"], detail = reason(err), str(err)
            else:
                coordinator.async_take_camera(changed)
                return self.async_update_and_abort(self._get_entry(), subentry)
        return self._async_show_settings(
            "reconfigure",
            user_input or _entered(camera.name, camera.settings),
            {"picture": await _async_seen(coordinator, camera), "detail": detail},
            errors,
            camera,
        )

    async def _async_choose(self, user_input: Mapping[str, Any]) -> None:
        """Take the address that was typed, or that of the entity; raises NoSourceError."""
        url, entity_id = user_input.get(CONF_URL, "").strip(), user_input.get(CONF_CAMERA_ENTITY)
        if bool(url) is bool(entity_id):
            raise NoSourceError("entity_or_url")
        self._entity_id = entity_id
        if entity_id is None:
            self._url = url
            return
        self._url = await async_stream_source(self.hass, entity_id)
        state = self.hass.states.get(entity_id)
        self._name = state.name if state is not None else ""

    def _async_show_settings(
        self,
        step_id: str,
        suggested: Mapping[str, Any],
        placeholders: Mapping[str, str],
        errors: dict[str, str],
        camera: Camera | None = None,
    ) -> SubentryFlowResult:
        """Show the form of what can be set of a camera, there already or not."""
        labels = self._coordinator.data.labels
        if camera is not None and camera.settings.labels is not None:
            labels = tuple(dict.fromkeys((*labels, *camera.settings.labels)))
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                _settings_schema(labels, camera), suggested
            ),
            description_placeholders=placeholders,
            errors=errors,
        )


async def async_stream_source(hass: HomeAssistant, entity_id: str) -> str:
    """Return the address of a camera entity's stream; raises NoSourceError."""
    if Platform.CAMERA not in hass.config.components:
        raise NoSourceError("entity_unavailable")
    # Loaded by now. Importing it with this module would slow each start down.
    from homeassistant.components.camera import async_get_stream_source  # noqa: PLC0415

    try:
        source = await async_get_stream_source(hass, entity_id)
    except HomeAssistantError as err:
        raise NoSourceError("entity_unavailable") from err
    if source is None:
        raise NoSourceError("no_stream")
    return source


def _settings_schema(labels: tuple[str, ...], camera: Camera | None) -> probatio.Schema:
    """Return what can be set of a camera: name and address only where people added it."""
    named: dict[Any, Any] = {}
    if camera is None or camera.origin == ORIGIN_API:
        named[probatio.Required(CONF_NAME)] = TextSelector()
    if camera is not None and camera.origin == ORIGIN_API:
        named[probatio.Optional(probatio.Secret(CONF_URL))] = URL_SELECTOR
    zone = {
        **{probatio.Optional(edge): _PERCENT for edge in EDGES},
        probatio.Optional(CONF_POLYGONS, default=""): TextSelector(
            TextSelectorConfig(multiline=True)
        ),
    }
    return probatio.Schema(
        {
            **named,
            probatio.Optional(CONF_LABELS, default=[]): SelectSelector(
                SelectSelectorConfig(
                    options=list(labels), multiple=True, translation_key=CONF_LABELS
                )
            ),
            probatio.Required(CONF_SENSITIVITY): NumberSelector(
                NumberSelectorConfig(min=0, max=100, step=1, mode=NumberSelectorMode.SLIDER)
            ),
            probatio.Required(CONF_SNAPSHOTS): BooleanSelector(),
            probatio.Required(CONF_CLIPS): BooleanSelector(),
            probatio.Required(SECTION_ZONE): section(probatio.Schema(zone), {"collapsed": True}),
        }
    )


def _entered(name: str, settings: CameraSettings) -> dict[str, Any]:
    """Return what people would enter to get these settings."""
    return {
        CONF_NAME: name,
        CONF_LABELS: [*(settings.labels or ())],
        CONF_SENSITIVITY: settings.sensitivity,
        CONF_SNAPSHOTS: settings.snapshots,
        CONF_CLIPS: settings.clips,
        SECTION_ZONE: entered(settings.ignore),
    }


def _changes(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what people entered as the edge takes it; raises ZoneError."""
    changes = {
        # None for all, those of which nobody has heard yet included.
        "labels": user_input[CONF_LABELS] or None,
        "sensitivity": round(user_input[CONF_SENSITIVITY]),
        "snapshots": user_input[CONF_SNAPSHOTS],
        "clips": user_input[CONF_CLIPS],
        "ignore": as_json(zones_of(user_input[SECTION_ZONE])),
    }
    if CONF_NAME in user_input:
        changes["name"] = user_input[CONF_NAME].strip()
    if url := user_input.get(CONF_URL, "").strip():
        changes["url"] = url
    return changes


def _new_id(name: str, coordinator: TinyActCoordinator) -> str:
    """Return an id for a camera of this name that no other has."""
    base = slugify(name)[:60] or "camera"
    taken = coordinator.data.cameras.keys() | coordinator.expected_cameras
    camera_id, number = base, 2
    while camera_id in taken:
        camera_id, number = f"{base}_{number}", number + 1
    return camera_id


async def _async_seen(coordinator: TinyActCoordinator, camera: Camera) -> str:
    """Return Markdown of what a camera sees now, nothing where it sees nothing."""
    try:
        picture = await coordinator.client.async_camera_snapshot(camera.id)
    except EdgeError:
        return ""
    return preview(picture, camera.settings.ignore, ruled=True)


def reason(err: EdgeError) -> str:
    """Return the key of what to tell people when the edge did not do something."""
    match err:
        case CameraTestError():
            return f"camera_{err.reason}"
        case RefusedError(status=HTTPStatus.TOO_MANY_REQUESTS):
            return "busy"
        case RefusedError(code=code) if code in _REFUSALS:
            return code
        case RefusedError():
            return "refused"
    return "cannot_connect"
