"""Pictures and clips of actions for browsers, which cannot ask the edge itself."""

from http import HTTPStatus
from typing import Final

from aiohttp import ClientError, hdrs, web
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.http import KEY_HASS, KEY_HASS_USER
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView

from .access import async_may
from .api import EdgeError, RefusedError
from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .models import Action

SNAPSHOT: Final = "snapshot"
CLIP: Final = "clip"

_CHUNK: Final = 1 << 16
# What is erased shall not live on in a browser's cache.
_HEADERS: Final = {hdrs.CACHE_CONTROL: "private, no-store"}
_OF_THE_CLIP: Final = (hdrs.CONTENT_LENGTH, hdrs.CONTENT_RANGE, hdrs.ACCEPT_RANGES)


@callback
def async_setup_views(hass: HomeAssistant) -> None:
    """Serve pictures and clips."""
    hass.http.register_view(ActionMediaView)


def media_path(entry_id: str, action: Action, kind: str) -> str | None:
    """Return where the snapshot or clip of an action is, if there is one.

    A browser needs it signed.
    """
    there = action.clip if kind == CLIP else action.snapshot
    return f"/api/{DOMAIN}/{entry_id}/actions/{action.id}/{kind}" if there else None


class ActionMediaView(HomeAssistantView):
    """Hands on what the edge kept of an action.

    404: no such edge, action or picture, or not for this user; 502: the edge
    answers nothing useful; 503: it is not connected.
    """

    url = f"/api/{DOMAIN}/{{entry_id}}/actions/{{action_id:\\d{{1,15}}}}/{{kind:{SNAPSHOT}|{CLIP}}}"
    name = f"api:{DOMAIN}:action"

    async def get(
        self, request: web.Request, entry_id: str, action_id: str, kind: str
    ) -> web.StreamResponse:
        """Return a picture, or a clip or the asked range of it."""
        hass = request.app[KEY_HASS]
        entry: TinyActConfigEntry | None = hass.config_entries.async_get_entry(entry_id)
        if entry is None or entry.domain != DOMAIN:
            raise web.HTTPNotFound
        if entry not in hass.config_entries.async_loaded_entries(DOMAIN):
            raise web.HTTPServiceUnavailable
        client = entry.runtime_data.client
        try:
            action = await client.async_action(int(action_id))
            if not async_may(hass, request[KEY_HASS_USER], entry, action.camera, POLICY_READ):
                raise web.HTTPNotFound
            if kind == CLIP:
                return await self._clip(request, entry, action.id)
            return web.Response(
                body=await client.async_action_snapshot(action.id),
                content_type="image/jpeg",
                headers=_HEADERS,
            )
        except RefusedError as err:
            return web.Response(status=err.status, text=err.detail)
        except EdgeError as err:
            return web.Response(status=HTTPStatus.BAD_GATEWAY, text=str(err))

    async def _clip(
        self, request: web.Request, entry: TinyActConfigEntry, action_id: int
    ) -> web.StreamResponse:
        """Stream a clip."""
        range_ = request.headers.get(hdrs.RANGE)
        async with entry.runtime_data.client.clip(action_id, range_) as upstream:
            response = web.StreamResponse(status=upstream.status, headers=_HEADERS)
            response.content_type = "video/mp4"
            for header in _OF_THE_CLIP:
                if header in upstream.headers:
                    response.headers[header] = upstream.headers[header]
            await response.prepare(request)
            try:
                async for chunk in upstream.content.iter_chunked(_CHUNK):
                    await response.write(chunk)
            except ClientError, TimeoutError:
                # Edge or browser left in the middle: too late for another status.
                response.force_close()
            return response
