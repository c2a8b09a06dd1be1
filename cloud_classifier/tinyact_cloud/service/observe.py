"""See every request: give it an id, time it, count it, and log what changed something."""

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from .auth import TOKEN
from .logs import request_id, reset_request_id, set_request_id
from .metrics import Metrics

_LOGGER = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_ID = web.RequestKey("id", str)
# Requests that are too many for a line each; metrics count them.
_FREQUENT = "/v1/classify"
_UNKNOWN = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"})
# nginx's number for a client that hung up.
_HUNG_UP = 499


def observing(metrics: Metrics) -> Middleware:
    """Return the outermost middleware: it counts into `metrics`."""

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.perf_counter()
        request[_ID] = request_id(request.headers.get(HEADER))
        former = set_request_id(request[_ID])
        status = _HUNG_UP
        try:
            response = await handler(request)
            status = response.status
            return response
        finally:
            seconds = time.perf_counter() - began
            route = _route(request)
            # Names that clients make up would each be remembered for ever.
            method = request.method if request.method in _METHODS else "other"
            metrics.count(method, route, status, seconds)
            if method not in {"GET", "HEAD"} and route not in {_FREQUENT, _UNKNOWN}:
                _log(request, status, seconds)
            reset_request_id(former)

    return observe


def id_of(request: web.BaseRequest) -> str:
    """Return the id of a request that was observed."""
    return request[_ID]


async def tell_id(request: web.Request, response: web.StreamResponse) -> None:
    """Send the id with an answer, so that its line in the log can be found."""
    if _ID in request:
        response.headers[HEADER] = request[_ID]


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return _UNKNOWN if resource is None else resource.canonical


def _log(request: web.Request, status: int, seconds: float) -> None:
    token = request.get(TOKEN)
    _LOGGER.info(
        "%s %s by %s of %s: %d in %.0f ms",
        request.method,
        request.rel_url.raw_path,
        token.name if token else "nobody",
        token.site if token else "no site",
        status,
        seconds * 1000,
    )
