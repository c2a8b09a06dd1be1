"""The config subentries: a mirror of the edge's cameras.

The edge is the truth, wherever a camera was added: for each that it has there is
a subentry, through which people set it. A subentry that people remove takes its
camera with it; one that the edge does not give up comes back.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigSubentry,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .api import EdgeError, RefusedError
from .const import DOMAIN, LOGGER
from .coordinator import TinyActConfigEntry

SUBENTRY_CAMERA: Final = "camera"

# What a subentry stores; its unique id is the camera's.
CONF_CAMERA_ENTITY: Final = "camera_entity"
CONF_CAMERA_NAME: Final = "camera_name"


@callback
def shown_cameras(entry: ConfigEntry) -> dict[str, str]:
    """Return the id of the subentry of each camera, by the camera's."""
    return {
        subentry.unique_id: subentry.subentry_id
        for subentry in entry.subentries.values()
        if subentry.unique_id is not None
    }


def subentry_data(name: str, entity_id: str | None = None) -> dict[str, Any]:
    """Return what a subentry stores of a camera, taken from an entity or not."""
    data = {CONF_CAMERA_NAME: name}
    if entity_id is not None:
        data[CONF_CAMERA_ENTITY] = entity_id
    return data


class CameraMirror:
    """Keeps the subentries of an entry as the edge's cameras are, and the other way round."""

    def __init__(self, hass: HomeAssistant, entry: TinyActConfigEntry) -> None:
        """Initialize the mirror."""
        self._hass = hass
        self._entry = entry
        self._coordinator = entry.runtime_data
        self._shown = shown_cameras(entry)
        # Cameras that the edge is asked to remove, and those that it could not be asked for yet.
        self._leaving: set[str] = set()
        self._owed: set[str] = set()
        # Cameras that the edge does not remove.
        self._refused: set[str] = set()

    @callback
    def async_start(self) -> None:
        """Mirror what there is, and keep to it until the entry is unloaded."""
        self._async_follow_edge()
        self._entry.async_on_unload(self._coordinator.async_add_listener(self._async_follow_edge))
        self._entry.async_on_unload(
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_follow_entry
            )
        )
        self._entry.async_on_unload(self._async_forget_refusals)

    @callback
    def _async_follow_edge(self) -> None:
        """Bring the subentries up to date with the edge."""
        cameras = self._coordinator.data.cameras
        expected = self._coordinator.expected_cameras
        for camera_id, subentry_id in shown_cameras(self._entry).items():
            if camera_id not in cameras and camera_id not in expected:
                self._shown.pop(camera_id, None)
                self._hass.config_entries.async_remove_subentry(self._entry, subentry_id)
            elif camera_id in cameras:
                self._async_follow_name(subentry_id, cameras[camera_id].name)
        self._async_forget_refusals(cameras.keys())
        self._leaving &= cameras.keys()
        self._owed &= cameras.keys()
        for camera_id, camera in cameras.items():
            if camera_id in self._owed and self._coordinator.last_update_success:
                self._owed.discard(camera_id)
                self._async_ask_to_remove(camera_id)
            elif camera_id not in self._shown.keys() | expected | self._leaving | self._owed:
                self._async_add(camera_id, camera.name)

    @callback
    def _async_add(self, camera_id: str, name: str) -> None:
        """Add the subentry of a camera that came from elsewhere."""
        subentry = ConfigSubentry(
            data=MappingProxyType(subentry_data(name)),
            subentry_type=SUBENTRY_CAMERA,
            title=name,
            unique_id=camera_id,
        )
        self._shown[camera_id] = subentry.subentry_id
        self._hass.config_entries.async_add_subentry(self._entry, subentry)

    @callback
    def _async_follow_name(self, subentry_id: str, name: str) -> None:
        """Take over a camera's new name; otherwise people may call the subentry what they like."""
        subentry = self._entry.subentries[subentry_id]
        if subentry.data.get(CONF_CAMERA_NAME) != name:
            self._hass.config_entries.async_update_subentry(
                self._entry, subentry, title=name, data={**subentry.data, CONF_CAMERA_NAME: name}
            )

    @callback
    def _async_follow_entry(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Take over what people, or a flow, did to the subentries."""
        if entry is not self._entry or change is not ConfigEntryChange.UPDATED:
            return
        shown = shown_cameras(self._entry)
        if shown == self._shown:
            return
        removed = self._shown.keys() - shown.keys()
        self._shown = shown
        self._coordinator.expected_cameras -= shown.keys()
        for camera_id in removed & self._coordinator.data.cameras.keys():
            self._async_ask_to_remove(camera_id)
        self._coordinator.async_update_listeners()

    @callback
    def _async_ask_to_remove(self, camera_id: str) -> None:
        """Let the edge forget a camera."""
        self._leaving.add(camera_id)
        self._entry.async_create_task(
            self._hass, self._async_remove(camera_id), f"remove camera {camera_id}"
        )

    @callback
    def _async_tell_of_refusal(self, camera_id: str) -> None:
        """Tell whoever removed a camera here that it has to be done at the edge."""
        if (camera := self._coordinator.data.cameras.get(camera_id)) is None:
            return
        self._refused.add(camera_id)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id(camera_id),
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="camera_in_options",
            translation_placeholders={
                "edge": self._coordinator.name,
                "name": camera.name,
            },
        )

    @callback
    def _async_forget_refusals(self, but: Collection[str] = ()) -> None:
        """Be silent of cameras that are gone by now."""
        for camera_id in self._refused - set(but):
            self._refused.discard(camera_id)
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id(camera_id))

    def _issue_id(self, camera_id: str) -> str:
        return f"camera_in_options_{self._entry.entry_id}_{camera_id}"

    async def _async_remove(self, camera_id: str) -> None:
        """Let the edge forget a camera; one that it does not give up comes back."""
        try:
            await self._coordinator.client.async_remove_camera(camera_id)
        except RefusedError as err:
            if err.status == HTTPStatus.NOT_FOUND:
                return
            if err.status == HTTPStatus.CONFLICT:
                self._async_tell_of_refusal(camera_id)
            reason = str(err)
        except EdgeError as err:
            reason = str(err)
            if not self._coordinator.last_update_success:
                self._owed.add(camera_id)
        else:
            # Its removal has yet to be told; until then, it is not to come back.
            return
        LOGGER.warning(
            "%s did not remove the camera %s, which is %s: %s",
            self._coordinator.name,
            camera_id,
            "done when it is back" if camera_id in self._owed else "here again",
            reason,
        )
        self._leaving.discard(camera_id)
        self._coordinator.async_update_listeners()


def camera_entity(entry: ConfigEntry, camera_id: str) -> str | None:
    """Return the entity that a camera was taken from, None where its address was typed."""
    data: Mapping[str, Any] = next(
        (each.data for each in entry.subentries.values() if each.unique_id == camera_id), {}
    )
    return data.get(CONF_CAMERA_ENTITY)
