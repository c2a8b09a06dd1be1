"""The card for dashboards, which comes with the integration.

It is offered as a module that each page of the frontend loads, and not as a
dashboard's resource: that works whether dashboards are kept in storage or in
YAML, and leaves nothing to be undone in anybody's settings. Pages that are open
when the first edge is added have to be loaded anew, as they would for a resource.
"""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import (
    DATA_EXTRA_MODULE_URL,
    add_extra_js_url,
    remove_extra_js_url,
)
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

_FILE: Final = Path(__file__).parent / "frontend" / "tinyact-card.js"
_URL: Final = f"/{DOMAIN}/{_FILE.name}"
# The card's address, by which browsers tell one version from another.
_DATA_URL: HassKey[str] = HassKey(f"{DOMAIN}_card")


async def async_setup_card(hass: HomeAssistant) -> None:
    """Serve the card."""
    digest = await hass.async_add_executor_job(_digest)
    await hass.http.async_register_static_paths([StaticPathConfig(_URL, str(_FILE))])
    hass.data[_DATA_URL] = f"{_URL}?v={digest}"


@callback
def async_offer_card(hass: HomeAssistant) -> None:
    """Let dashboards have the card, if there are any."""
    if _offered(hass) is False:
        add_extra_js_url(hass, hass.data[_DATA_URL])


@callback
def async_withdraw_card(hass: HomeAssistant) -> None:
    """Take the card back."""
    if _offered(hass):
        remove_extra_js_url(hass, hass.data[_DATA_URL])


@callback
def _offered(hass: HomeAssistant) -> bool | None:
    """Return whether the frontend has the card; None without a frontend."""
    if (modules := hass.data.get(DATA_EXTRA_MODULE_URL)) is None:
        return None
    return hass.data[_DATA_URL] in modules.urls


def _digest() -> str:
    """Return what changes with the content of the card."""
    return hashlib.sha256(_FILE.read_bytes()).hexdigest()[:12]
