"""Config flow to configure the TinyAct integration."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlow, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import probatio

from .api import (
    CannotConnectError,
    EdgeClient,
    InvalidAuthError,
    InvalidHostError,
    NotTinyActError,
)
from .const import DEFAULT_PORT, DOMAIN
from .models import EdgeInfo

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
REAUTH_SCHEMA = probatio.Schema({probatio.Required(probatio.Secret(CONF_TOKEN)): _TOKEN})


class TinyActConfigFlow(ConfigFlow, domain=DOMAIN):
    """Handle a TinyAct config flow."""

    VERSION = 1

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Add an edge."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data = _stripped(user_input)
            if (info := await self._async_ask(data, errors)) is not None:
                await self.async_set_unique_id(info.instance)
                self._abort_if_unique_id_configured(updates=data)
                return self.async_create_entry(title=f"TinyAct {data[CONF_HOST]}", data=data)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(USER_SCHEMA, user_input),
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
            step_id="reauth_confirm", data_schema=REAUTH_SCHEMA, errors=errors
        )

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


def _stripped(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input without the blanks that copying from a terminal adds."""
    return {
        key: value.strip() if isinstance(value, str) else value for key, value in user_input.items()
    }
