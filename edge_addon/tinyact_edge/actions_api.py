"""The routes of actions and their pictures (docs/edge-api.md)."""

import asyncio
from dataclasses import asdict
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from .edge import EDGE
from .journal import ActionFilter
from .pictures import Kind
from .problem import MAX_ID, ProblemError, action_of, no_action, number_of, read_time, unprocessable
from .wire import action_json

_MAX_PAGE = 500
_DEFAULT_PAGE = 100
_CONTENT = {Kind.SNAPSHOT: "image/jpeg", Kind.CLIP: "video/mp4"}


def routes() -> list[web.RouteDef]:
    """Return the routes."""
    return [
        web.get("/api/actions", _actions, allow_head=False),
        web.get("/api/totals", _totals, allow_head=False),
        web.get("/api/actions/{id}", _action, allow_head=False),
        web.delete("/api/actions/{id}", _remove),
        *(
            web.get(f"/api/actions/{{id}}/{kind}", _picture_of(kind), allow_head=False)
            for kind in Kind
        ),
    ]


async def _actions(request: web.Request) -> web.Response:
    edge = request.app[EDGE]
    wanted = _wanted(request)
    limit = _number(request, "limit", _MAX_PAGE) or _DEFAULT_PAGE
    below = _number(request, "page", MAX_ID)
    # One more than asked for tells whether there is a next page.
    found = await asyncio.to_thread(edge.journal.actions, wanted, limit + 1, below)
    page = found[:limit]
    return web.json_response(
        {
            "actions": [action_json(action, edge.pictures) for action in page],
            "next": str(page[-1].id) if len(found) > limit else None,
        }
    )


async def _totals(request: web.Request) -> web.Response:
    totals = await asyncio.to_thread(request.app[EDGE].journal.totals, _wanted(request))
    return web.json_response({"totals": [asdict(total) for total in totals]})


async def _action(request: web.Request) -> web.Response:
    edge = request.app[EDGE]
    try:
        action = await asyncio.to_thread(edge.journal.find, action_of(request))
    except KeyError as error:
        raise no_action() from error
    return web.json_response(action_json(action, edge.pictures))


async def _remove(request: web.Request) -> web.Response:
    try:
        await request.app[EDGE].remove_action(action_of(request))
    except KeyError as error:
        raise no_action() from error
    except OSError as error:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"its pictures cannot be erased: {error.strerror}; see that the edge's data folder can"
            " be written to",
        ) from error
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _picture_of(kind: Kind) -> Handler:
    """Return what sends a picture, or the part of it that is asked for."""

    async def send(request: web.Request) -> web.StreamResponse:
        path = request.app[EDGE].pictures.path(action_of(request), kind)
        if path is None:
            raise ProblemError(
                HTTPStatus.NOT_FOUND, f"there is no {kind} of this action, or no longer"
            )
        # Ids are never used again, but what retention erases must not live on elsewhere.
        headers = {"Content-Type": _CONTENT[kind], "Cache-Control": "private, no-cache"}
        return web.FileResponse(path, headers=headers)

    return send


def _wanted(request: web.Request) -> ActionFilter:
    """Return which actions the query asks for."""
    return ActionFilter(
        cameras=request.query.getall("camera", []),
        labels=request.query.getall("label", []),
        after=_time(request, "after"),
        before=_time(request, "before"),
    )


def _time(request: web.Request, name: str) -> float | None:
    """Return a time of the query in seconds since 1970."""
    text = request.query.get(name)
    # A + that was not percent-encoded arrives as a blank.
    return None if text is None else read_time(text.replace(" ", "+"), name)


def _number(request: web.Request, name: str, most: int) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    number = number_of(text, most)
    if number is None or not 1 <= number <= most:
        raise unprocessable(f"{name} must be a number from 1 to {most}")
    return number
