"""Config flow to configure the TinyAct integration."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
)
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.util.json import json_loads_object
import probatio

from .api import (
    CannotConnectError,
    EdgeClient,
    InvalidAuthError,
    InvalidHostError,
    NotTinyActError,
)
from .camera_flow import CameraFlow
from .const import CONF_INSTANCE, DEFAULT_PORT, DOMAIN
from .models import EdgeInfo
from .subentries import SUBENTRY_CAMERA

_HOST = TextSelector(TextSelectorConfig(autocomplete="off"))
_TOKEN = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD))

USER_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): _HOST,
        probatio.Required(CONF_PORT, default=DEFAULT_PORT): cv.port,
        probatio.Required(probatio.Secret(CONF_TOKEN)): _TOKEN,
    }
)
RECONFIGURE_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): _HOST,
        probatio.Required(CONF_PORT): cv.port,
        # A token is shown but once, by the command that makes it, so nobody
        # has it at hand because an address changed.
        probatio.Optional(probatio.Secret(CONF_TOKEN)): _TOKEN,
    }
)
TOKEN_SCHEMA = probatio.Schema({probatio.Required(probatio.Secret(CONF_TOKEN)): _TOKEN})

# What an edge says of itself where it is looked for. Others can say so, too.
_ANNOUNCED = probatio.Schema(
    {
        probatio.Required(CONF_INSTANCE): probatio.All(str, probatio.Match(r"^[0-9a-f]{32}\Z")),
        probatio.Required(CONF_HOST): probatio.All(str, probatio.Length(min=1, max=253)),
        probatio.Required(CONF_PORT): cv.port,
    },
    extra=probatio.REMOVE_EXTRA,
)
_HANDED_OVER = _ANNOUNCED.extend({probatio.Required(CONF_TOKEN): str})


class TinyActConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle a TinyAct config flow."""

    VERSION = 1

    # Where an edge was found: by itself, or by the Supervisor with its token.
    _found: dict[str, Any]
    _name: str

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to an edge."""
        return {SUBENTRY_CAMERA: CameraFlow}

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an edge."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _stripped(user_input)
            if (info := await self._async_ask(data, errors)) is not None:
                # People who enter an edge need not care that it was found, too.
                await self.async_set_unique_id(info.instance, raise_on_progress=False)
                self._abort_if_unique_id_configured(updates=data)
                return self._connected(self._title(data), data, info)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(USER_SCHEMA, user_input),
            errors=errors,
        )

    @override
    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> ConfigFlowResult:
        """Be told by the Supervisor of its app, which brings its token."""
        try:
            self._found = _HANDED_OVER(discovery_info.config)
        except probatio.Invalid:
            return self.async_abort(reason="not_tinyact")
        instance = self._found.pop(CONF_INSTANCE)
        await self.async_set_unique_id(instance, raise_on_progress=False)
        self._abort_if_unique_id_configured(updates=self._found)
        # Found in another way before, it would be asked for a token that is here.
        for flow in self._async_in_progress(include_uninitialized=True):
            if flow["context"].get("unique_id") == instance:
                self.hass.config_entries.flow.async_abort(flow["flow_id"])
        self._name = discovery_info.name
        self.context["title_placeholders"] = {"name": self._name}
        self.context["configuration_url"] = f"homeassistant://config/app/{discovery_info.slug}/info"
        return await self.async_step_hassio_confirm()

    async def async_step_hassio_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add the edge of the app, if people want it."""
        errors: dict[str, str] = {}
        if user_input is not None and (
            result := await self._async_add_found(self._found, self._name, errors)
        ):
            return result
        return self.async_show_form(
            step_id="hassio_confirm",
            description_placeholders={"name": self._name},
            errors=errors,
        )

    @override
    async def async_step_zeroconf(self, discovery_info: ZeroconfServiceInfo) -> ConfigFlowResult:
        """Hear of an edge in the network."""
        return await self._async_found(
            {
                CONF_INSTANCE: discovery_info.properties.get("instance"),
                CONF_HOST: discovery_info.host,
                CONF_PORT: discovery_info.port,
            }
        )

    @override
    async def async_step_mqtt(self, discovery_info: MqttServiceInfo) -> ConfigFlowResult:
        """Hear of an edge from the broker."""
        try:
            announced = json_loads_object(discovery_info.payload)
        except ValueError:
            return self.async_abort(reason="not_tinyact")
        return await self._async_found(announced)

    async def _async_found(self, announced: Mapping[str, Any]) -> ConfigFlowResult:
        """Ask whether an edge is wanted that was found, unless it is known."""
        try:
            self._found = _ANNOUNCED(dict(announced))
        except probatio.Invalid:
            return self.async_abort(reason="not_tinyact")
        entry = await self.async_set_unique_id(self._found.pop(CONF_INSTANCE))
        # Anybody in the network can say to be an edge, and is sent its token
        # then: somebody else is followed only where the edge itself is gone.
        self._abort_if_unique_id_configured(updates=None if _is_connected(entry) else self._found)
        self._name = self._title(self._found)
        self.context["title_placeholders"] = {"name": self._name}
        return await self.async_step_discovery_confirm()

    async def async_step_discovery_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the token of an edge that was found, and add it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = {**self._found, **_stripped(user_input)}
            if result := await self._async_add_found(data, self._name, errors):
                return result
        return self.async_show_form(
            step_id="discovery_confirm",
            data_schema=TOKEN_SCHEMA,
            description_placeholders={
                "host": self._found[CONF_HOST],
                "port": str(self._found[CONF_PORT]),
            },
            errors=errors,
        )

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change where an edge is found."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None and (result := await self._async_mend(entry, user_input, errors)):
            return result
        suggested = user_input or {key: entry.data[key] for key in (CONF_HOST, CONF_PORT)}
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(RECONFIGURE_SCHEMA, suggested),
            errors=errors,
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to replace a token that the edge does not accept any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Replace the token."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None and (result := await self._async_mend(entry, user_input, errors)):
            return result
        return self.async_show_form(
            step_id="reauth_confirm", data_schema=TOKEN_SCHEMA, errors=errors
        )

    def _title(self, data: Mapping[str, Any]) -> str:
        """Return what to call an edge: its host, with the port if there is another edge there."""
        title = f"TinyAct {data[CONF_HOST]}"
        others = self._async_current_entries(include_ignore=False)
        if any(entry.data[CONF_HOST] == data[CONF_HOST] for entry in others):
            return f"{title}:{data[CONF_PORT]}"
        return title

    async def _async_add_found(
        self, data: dict[str, Any], title: str, errors: dict[str, str]
    ) -> ConfigFlowResult | None:
        """Add an edge that was found, if it is the one that it was said to be."""
        if (info := await self._async_ask(data, errors)) is None:
            return None
        if info.instance != self.unique_id:
            errors["base"] = "another_edge"
            return None
        return self._connected(title, data, info)

    def _connected(self, title: str, data: dict[str, Any], info: EdgeInfo) -> ConfigFlowResult:
        """Add the edge, and say what comes next if it watches nothing yet."""
        description = None if info.cameras else "no_camera"
        return self.async_create_entry(title=title, data=data, description=description)

    async def _async_mend(
        self, entry: ConfigEntry, user_input: Mapping[str, Any], errors: dict[str, str]
    ) -> ConfigFlowResult | None:
        """Change an entry, if its edge is found that way; what is left empty is kept."""
        changes = {key: value for key, value in _stripped(user_input).items() if value}
        data = {**entry.data, **changes}
        if (info := await self._async_ask(data, errors)) is None:
            return None
        await self.async_set_unique_id(info.instance)
        self._abort_if_unique_id_mismatch(reason="another_edge")
        return self.async_update_reload_and_abort(entry, data=data)

    async def _async_ask(self, data: Mapping[str, Any], errors: dict[str, str]) -> EdgeInfo | None:
        """Return what the edge says of itself, or None and the reason in errors."""
        try:
            client = EdgeClient(
                async_get_clientsession(self.hass),
                data[CONF_HOST],
                data[CONF_PORT],
                data[CONF_TOKEN],
            )
            return await client.async_info()
        except InvalidHostError:
            errors["base"] = "invalid_host"
        except CannotConnectError:
            errors["base"] = "cannot_connect"
        except InvalidAuthError:
            errors["base"] = "invalid_auth"
        except NotTinyActError:
            errors["base"] = "not_tinyact"
        return None


def _is_connected(entry: ConfigEntry | None) -> bool:
    """Return whether an entry is in touch with its edge."""
    return (
        entry is not None
        and entry.state is ConfigEntryState.LOADED
        and entry.runtime_data.last_update_success
    )


def _stripped(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input without the blanks that copying from a terminal adds."""
    return {
        key: value.strip() if isinstance(value, str) else value for key, value in user_input.items()
    }
