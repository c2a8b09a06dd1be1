"""The REST interface of docs/edge-api.md."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from importlib.resources import files

from aiohttp import web
from aiohttp.typedefs import Handler

from . import actions_api, cameras_api, teaching_api
from .background import survive
from .database import JournalError
from .door import DOOR, MAX_SOCKETS, Door
from .edge import EDGE, VERSION, Edge
from .problem import ProblemError
from .tokens import is_known, token_hash
from .websocket import Connection

_CONNECTIONS = web.AppKey("connections", set[Connection])

_DIGEST = web.RequestKey("digest", str)

_MAX_BODY = 64 << 10
# Seconds for which a WebSocket may outlive its token.
_LOOK_SECONDS = 1.0
_OPEN_PATHS = frozenset({"/health", "/openapi.json"})


def make_app(edge: Edge) -> web.Application:
    """Return the application that shows `edge`."""
    app = web.Application(middlewares=[_problems, _authorize], client_max_size=_MAX_BODY)
    app[EDGE] = edge
    app[DOOR] = Door()
    app[_CONNECTIONS] = set()
    app.router.add_get("/health", _health, allow_head=False)
    app.router.add_get("/openapi.json", _openapi, allow_head=False)
    app.router.add_get("/api/info", _info, allow_head=False)
    app.add_routes(cameras_api.routes())
    app.add_routes(actions_api.routes())
    app.add_routes(teaching_api.routes())
    app.router.add_get("/api/diagnostics", _diagnostics, allow_head=False)
    app.router.add_get("/api/ws", _websocket, allow_head=False)
    app.cleanup_ctx.append(_watching_tokens)
    app.on_shutdown.append(_close_connections)
    return app


@web.middleware
async def _problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer every error as problem details (RFC 9457)."""
    try:
        return await handler(request)
    except ProblemError as error:
        return _problem(error.status, str(error), **error.members)
    except JournalError as error:
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    except web.HTTPRequestEntityTooLarge:
        return _problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body may have {_MAX_BODY} bytes at most"
        )
    except web.HTTPMethodNotAllowed as error:
        allowed = ", ".join(sorted(error.allowed_methods))
        response = _problem(HTTPStatus.METHOD_NOT_ALLOWED, f"allowed here: {allowed}")
        response.headers["Allow"] = allowed
        return response
    except web.HTTPException as error:
        return _problem(HTTPStatus(error.status), error.reason)


def _problem(status: HTTPStatus, detail: str, **members: str) -> web.Response:
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    response = web.json_response(
        problem | members,
        status=status,
        content_type="application/problem+json",
    )
    if status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@web.middleware
async def _authorize(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody in without a token, not even to learn which paths there are."""
    request.app[DOOR].asks(request)
    if request.path not in _OPEN_PATHS:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        hashes = await asyncio.to_thread(request.app[EDGE].tokens.hashes)
        if scheme.lower() != "bearer" or not is_known(token.strip(), hashes):
            raise ProblemError(
                HTTPStatus.UNAUTHORIZED,
                "send 'Authorization: Bearer <token>'; 'tinyact-edge token' prints a new one",
            )
        request.app[DOOR].asks(request, is_known=True)
        request[_DIGEST] = token_hash(token.strip())
    return await handler(request)


async def _health(request: web.Request) -> web.Response:
    edge = request.app[EDGE]
    return web.json_response(
        {
            "status": "ok",
            "version": VERSION,
            "instance": edge.journal.instance,
            "journal": edge.recorder.state.state,
        }
    )


async def _openapi(_request: web.Request) -> web.Response:
    document = files(__package__).joinpath("openapi.json").read_bytes()
    return web.Response(body=document, content_type="application/json")


async def _info(request: web.Request) -> web.Response:
    edge = request.app[EDGE]
    return web.json_response(edge.hello(*await asyncio.to_thread(edge.journal.now)))


async def _diagnostics(request: web.Request) -> web.Response:
    edge = request.app[EDGE]
    waiting = await asyncio.to_thread(edge.teaching.lessons.waiting)
    return web.json_response(edge.diagnostics(waiting))


async def _websocket(request: web.Request) -> web.StreamResponse:
    connections = request.app[_CONNECTIONS]
    if len(connections) >= MAX_SOCKETS:
        raise ProblemError(
            HTTPStatus.SERVICE_UNAVAILABLE,
            f"{MAX_SOCKETS} WebSockets are the most; close those that nobody needs",
        )
    request.app[DOOR].asks(request, is_known=True, is_socket=True)
    connection = Connection(request.app[EDGE], request[_DIGEST])
    connections.add(connection)
    try:
        return await connection.run(request)
    finally:
        connections.discard(connection)


async def _watching_tokens(app: web.Application) -> AsyncIterator[None]:
    watching = asyncio.create_task(survive(_watch_tokens, app))
    yield
    watching.cancel()


async def _watch_tokens(app: web.Application) -> None:
    """Close the WebSockets of tokens that were revoked, which another process may do."""
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        if not app[_CONNECTIONS]:
            continue
        with suppress(JournalError):
            good = set(await asyncio.to_thread(app[EDGE].tokens.hashes))
            revoked = [each for each in app[_CONNECTIONS] if each.digest not in good]
            await asyncio.gather(*(each.refuse() for each in revoked), return_exceptions=True)


async def _close_connections(app: web.Application) -> None:
    await asyncio.gather(*(connection.close() for connection in app[_CONNECTIONS]))
