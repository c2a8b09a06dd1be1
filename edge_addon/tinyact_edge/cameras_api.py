"""The routes of cameras (docs/edge-api.md)."""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
import voluptuous as vol

from .camera_settings import SETTINGS, CameraSettings
from .cameras import CameraConflictError
from .clock import utc
from .edge import EDGE
from .options import CAMERA_SCHEMA, CameraOptions, camera_id, camera_name, source
from .probe import BusyError
from .problem import ProblemError, read_json, unprocessable
from .snapshot import jpeg
from .source import SourceError, rgb

_ADDED = CAMERA_SCHEMA.extend(SETTINGS)
_CHANGED = vol.Schema({vol.Optional("name"): camera_name, vol.Optional("url"): source, **SETTINGS})
_TESTED = vol.Schema({vol.Required("url"): source})

T = TypeVar("T")

# How soon a client that went is noticed.
_LOOK_SECONDS = 0.2


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.get("/api/cameras", _cameras, allow_head=False),
        web.post("/api/cameras", _in_words(_add)),
        web.post("/api/cameras/test", _test),
        web.get("/api/cameras/{id}/snapshot", _in_words(_snapshot), allow_head=False),
        web.patch("/api/cameras/{id}", _in_words(_change)),
        web.delete("/api/cameras/{id}", _in_words(_remove)),
    ]


def _in_words(handler: Handler) -> Handler:
    """Return `handler`, whose refusals become problems."""

    async def refusing(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except KeyError as error:
            raise ProblemError(HTTPStatus.NOT_FOUND, "there is no camera with this id") from error
        except CameraConflictError as error:
            raise ProblemError(HTTPStatus.CONFLICT, str(error), code=error.code) from error

    return refusing


async def _cameras(request: web.Request) -> web.Response:
    return web.json_response({"cameras": request.app[EDGE].cameras.all()})


async def _add(request: web.Request) -> web.Response:
    wanted = await _read(request, _ADDED)
    options = CameraOptions(
        wanted.get("id") or camera_id(wanted["name"]), wanted["name"], wanted["url"]
    )
    settings = CameraSettings().changed(wanted)
    camera = await request.app[EDGE].cameras.add(options, settings)
    return web.json_response(camera, status=HTTPStatus.CREATED)


async def _change(request: web.Request) -> web.Response:
    changes = await _read(request, _CHANGED)
    if "url" in changes:
        changes["source"] = changes.pop("url")
    camera = await request.app[EDGE].cameras.change(request.match_info["id"], changes)
    return web.json_response(camera)


async def _remove(request: web.Request) -> web.Response:
    await request.app[EDGE].cameras.remove(request.match_info["id"])
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _test(request: web.Request) -> web.Response:
    wanted = await _read(request, _TESTED)
    try:
        picture = await _while_connected(request, request.app[EDGE].probe.look(wanted["url"]))
    except SourceError as error:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, str(error), reason=error.reason
        ) from error
    except BusyError as error:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS, "other cameras are being tested: try again soon"
        ) from error
    return _picture(picture)


async def _snapshot(request: web.Request) -> web.Response:
    newest = request.app[EDGE].cameras.newest_frame(request.match_info["id"])
    if newest is None:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE, "nothing of this camera was seen yet, or it is paused"
        )
    frame, at = newest
    response = _picture(await asyncio.to_thread(lambda: jpeg(rgb(frame))))
    response.last_modified = utc(at)
    return response


async def _while_connected(request: web.Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` comes to; it ends when the client goes."""
    task = asyncio.create_task(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_SECONDS)
            if request.transport is None or request.transport.is_closing():
                raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "nobody waits for this any more")
        return task.result()
    finally:
        task.cancel()


def _picture(content: bytes) -> web.Response:
    return web.Response(
        body=content, content_type="image/jpeg", headers={"Cache-Control": "no-store"}
    )


async def _read(request: web.Request, schema: vol.Schema) -> dict[str, Any]:
    """Return the body, checked."""
    try:
        checked: dict[str, Any] = schema(await read_json(request))
    except vol.MultipleInvalid as error:
        first = error.errors[0]
        field = ".".join(str(part) for part in first.path) or "the body"
        # Never the value: a URL may hold a password.
        what = first.path[0] if first.path else "body"
        raise unprocessable(f"{field}: {first.error_message}", code=f"invalid_{what}") from error
    return checked
