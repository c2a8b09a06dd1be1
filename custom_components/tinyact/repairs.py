"""Flows that mend what is wrong, or see that somebody did."""

from typing import Any, Final

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import probatio

from .api import EdgeError
from .camera_flow import URL_SELECTOR, NoSourceError, async_stream_source, reason
from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .health import CONF_CAMERA_ID, CONF_ENTRY_ID, EDGE_UNREACHABLE, JOURNAL
from .models import ORIGIN_API
from .subentries import camera_entity

NOTHING: Final = probatio.Schema({})


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Create the flow that mends what an issue is about."""
    data = data or {}
    entry = hass.config_entries.async_get_known_entry(str(data[CONF_ENTRY_ID]))
    if (camera_id := data[CONF_CAMERA_ID]) is not None:
        return CameraFixFlow(entry, str(camera_id))
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if issue is not None and issue.translation_key == EDGE_UNREACHABLE:
        return EdgeFixFlow(entry)
    if issue is not None and str(issue.translation_key).startswith(JOURNAL):
        return JournalFixFlow(entry)
    return ClassifierFixFlow(entry)


class FixFlow(RepairsFlow):
    """Asks people to mend something, and goes on when they did."""

    def __init__(self, entry: TinyActConfigEntry) -> None:
        """Initialize the flow."""
        self._entry = entry

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Tell what is wrong; look again once people did something about it."""
        if self._entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        placeholders = dict((issue.translation_placeholders if issue is not None else None) or {})
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                wrong = await self._async_mend(user_input)
            except NoSourceError as err:
                wrong = str(err)
            except EdgeError as err:
                wrong, placeholders["refusal"] = reason(err), str(err)
            if wrong is None:
                return self.async_create_entry(data={})
            errors["base"] = wrong
        elif (known := self._known()) is not None:
            errors["base"] = known
        return self.async_show_form(
            step_id="confirm",
            data_schema=self._schema(),
            description_placeholders=placeholders,
            errors=errors,
        )

    def _schema(self) -> probatio.Schema:
        """Return what there is to enter."""
        return NOTHING

    def _known(self) -> str | None:
        """Return the key of what is known of why, before people did something about it."""
        return None

    async def _async_mend(self, user_input: dict[str, Any]) -> str | None:
        """Return None if all is well now, else the key of what to tell people."""
        raise NotImplementedError


class EdgeFixFlow(FixFlow):
    """Looks for an edge that was gone, and does not wait until it is looked for anyway."""

    async def _async_mend(self, user_input: dict[str, Any]) -> str | None:
        await self._entry.runtime_data.client.async_info()
        self.hass.config_entries.async_schedule_reload(self._entry.entry_id)
        return None


class ClassifierFixFlow(FixFlow):
    """Sees whether the edge gets on with the classifier; both have their options elsewhere."""

    async def _async_mend(self, user_input: dict[str, Any]) -> str | None:
        info = await self._entry.runtime_data.client.async_info()
        return None if info.classifier.state in {"ok", "local"} else "not_yet"


class JournalFixFlow(FixFlow):
    """Sees whether the edge can write again, which it tries every few seconds."""

    async def _async_mend(self, user_input: dict[str, Any]) -> str | None:
        info = await self._entry.runtime_data.client.async_info()
        return None if info.journal.state == "ok" else "not_yet"


class CameraFixFlow(FixFlow):
    """Gives the edge another address of a camera, or sees whether the old one works again."""

    def __init__(self, entry: TinyActConfigEntry, camera_id: str) -> None:
        """Initialize the flow."""
        super().__init__(entry)
        self._camera_id = camera_id

    def _schema(self) -> probatio.Schema:
        camera = self._entry.runtime_data.data.cameras.get(self._camera_id)
        if camera is None or camera.origin != ORIGIN_API:
            return NOTHING
        return probatio.Schema({probatio.Optional(probatio.Secret(CONF_URL)): URL_SELECTOR})

    def _known(self) -> str | None:
        camera = self._entry.runtime_data.data.cameras.get(self._camera_id)
        return None if camera is None or camera.reason is None else f"camera_{camera.reason}"

    async def _async_mend(self, user_input: dict[str, Any]) -> str | None:
        coordinator = self._entry.runtime_data
        url = user_input.get(CONF_URL, "").strip()
        entity_id = camera_entity(self._entry, self._camera_id)
        if not url and entity_id is not None:
            # The camera's own integration may have found it at another address.
            url = await async_stream_source(self.hass, entity_id)
        if url:
            await coordinator.client.async_test_camera(url)
            camera = await coordinator.client.async_change_camera(self._camera_id, url=url)
            coordinator.async_take_camera(camera)
            return None
        info = await coordinator.client.async_info()
        if any(camera.id == self._camera_id and camera.online for camera in info.cameras):
            return None
        return "not_yet"
