"""Client of the edge's interface, docs/edge-api.md."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientWebSocketResponse,
    ClientWSTimeout,
    WSMsgType,
)
from homeassistant.util.json import json_loads
from yarl import URL

from .models import EdgeInfo, Message, parse_message

# For a whole answer, and for the first word on a WebSocket.
ANSWER_TIMEOUT: Final = 10
# Pings that go unanswered for half of this mean that the edge is gone, which
# TCP alone takes many minutes to notice.
HEARTBEAT: Final = 30
# A farewell is polite, but unloading does not wait long for it.
CLOSE_TIMEOUT: Final = 1
# Far above any hello; whatever sends more is not an edge.
MAX_ANSWER_BYTES: Final = 1 << 20


class EdgeError(Exception):
    """Talking to the edge failed."""


class InvalidHostError(EdgeError):
    """The host is neither a name nor an address."""


class CannotConnectError(EdgeError):
    """Nothing answers, or what answers is in trouble."""


class InvalidAuthError(EdgeError):
    """The edge does not know the token."""


class NotTinyActError(EdgeError):
    """What answers is no TinyAct edge, or none that can be understood."""


class EdgeClient:
    """Talks to one edge."""

    def __init__(self, session: ClientSession, host: str, port: int, token: str) -> None:
        """Initialize the client; raises InvalidHostError."""
        try:
            self._url = URL.build(scheme="http", host=host, port=port)
        except ValueError as err:
            raise InvalidHostError(str(err)) from err
        self._session = session
        self._headers = {"Authorization": f"Bearer {token}"}

    async def async_info(self) -> EdgeInfo:
        """Return what holds at the edge; raises the EdgeErrors."""
        return _understand(EdgeInfo.from_json, await self._get("api/info"))

    async def async_diagnostics(self) -> Any:
        """Return the edge's own diagnostics; raises the EdgeErrors."""
        return await self._get("api/diagnostics")

    async def stream(self, since: int | None) -> AsyncGenerator[Message]:
        """Yield the hello, the action messages after `since`, then what happens.

        A caller that does not like the hello stops there, before anything is
        subscribed to. Never ends by itself: raises the EdgeErrors.
        """
        with _edge_errors():
            async with asyncio.timeout(ANSWER_TIMEOUT):
                websocket = await self._session.ws_connect(
                    self._url / "api/ws",
                    headers=self._headers,
                    heartbeat=HEARTBEAT,
                    max_msg_size=MAX_ANSWER_BYTES,
                    timeout=ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
                )
        async with websocket:
            with _edge_errors():
                async with asyncio.timeout(ANSWER_TIMEOUT):
                    hello = await _receive(websocket)
            if not isinstance(hello, EdgeInfo):
                raise NotTinyActError("It did not begin with a hello")
            yield hello

            with _edge_errors():
                await websocket.send_json({"type": "subscribe", "since": since})
            while True:
                if (message := await _receive(websocket)) is not None:
                    yield message

    async def _get(self, path: str) -> Any:
        """Return the JSON at path."""
        with _edge_errors():
            async with (
                asyncio.timeout(ANSWER_TIMEOUT),
                self._session.get(
                    self._url / path, headers=self._headers, allow_redirects=False
                ) as response,
            ):
                _check_status(response)
                return _understand(json_loads, await _read(response))


@contextmanager
def _edge_errors() -> Iterator[None]:
    """Turn what aiohttp raises into the EdgeErrors."""
    try:
        yield
    except TimeoutError as err:
        raise CannotConnectError("No answer in time") from err
    except ClientResponseError as err:
        # A refused WebSocket handshake, or an answer that is not even HTTP.
        if err.status == HTTPStatus.UNAUTHORIZED:
            raise InvalidAuthError("The token was refused") from err
        if err.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise CannotConnectError(f"HTTP status {err.status}") from err
        raise NotTinyActError(f"{err.message} (HTTP status {err.status})") from err
    except ClientError as err:
        raise CannotConnectError(str(err) or type(err).__name__) from err


def _check_status(response: ClientResponse) -> None:
    """Raise the EdgeError that the status of an answer stands for."""
    # Many things answer 401 to whatever they are asked, but an edge says so in
    # a problem document (RFC 9457). Sending somebody for a new token because a
    # router wants a login would be a wild-goose chase.
    if (
        response.status == HTTPStatus.UNAUTHORIZED
        and response.content_type == "application/problem+json"
    ):
        raise InvalidAuthError("The token was refused")
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise CannotConnectError(f"HTTP status {response.status}")
    if response.status != HTTPStatus.OK:
        raise NotTinyActError(f"HTTP status {response.status}")


async def _read(response: ClientResponse) -> bytes:
    """Return the body, unless it is longer than any that an edge sends."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise NotTinyActError("The answer does not end")
    return bytes(body)


async def _receive(websocket: ClientWebSocketResponse) -> Message | None:
    """Return the next message; None for kinds that are of no use here."""
    with _edge_errors():
        received = await websocket.receive()
    if received.type is not WSMsgType.TEXT:
        raise CannotConnectError("The connection was closed")
    return _understand(parse_message, _understand(json_loads, received.data))


def _understand[T](parse: Callable[[Any], T], data: Any) -> T:
    """Return the parsed data; raises NotTinyActError where it makes no sense."""
    try:
        return parse(data)
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        raise NotTinyActError(f"The answer makes no sense: {err!r}") from err
