"""Client of the edge's interface, docs/edge-api.md."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from http import HTTPMethod, HTTPStatus
from typing import Any, Final
from urllib.parse import quote

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

from .models import Action, ActionPage, Camera, EdgeInfo, Message, Total, parse_message

# For a whole answer, and for the first word on a WebSocket.
ANSWER_TIMEOUT: Final = 10
# The edge gives a camera up to 15 seconds, and a classifier that it has to ask
# about as long.
PATIENT_TIMEOUT: Final = 30
# Pings that go unanswered for half of this mean that the edge is gone, which
# TCP alone takes many minutes to notice.
HEARTBEAT: Final = 30
# A farewell is polite, but unloading does not wait long for it.
CLOSE_TIMEOUT: Final = 1
# Far above any hello; whatever sends more is not an edge.
MAX_ANSWER_BYTES: Final = 1 << 20
MAX_PICTURE_BYTES: Final = 1 << 24

_PROBLEM: Final = "application/problem+json"


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


class RefusedError(EdgeError):
    """The edge understood what was asked for, and says why it does not do it."""

    def __init__(self, status: int, detail: str, code: str = "") -> None:
        """Initialize the error with the members of the edge's problem document.

        `code` says what `detail` does, where people can do something about it.
        """
        super().__init__(detail or f"HTTP status {status}")
        self.status = status
        self.detail = detail
        self.code = code


class CameraTestError(RefusedError):
    """The edge got no picture from a camera; `reason` is as of a camera."""

    def __init__(self, status: int, detail: str, reason: str) -> None:
        """Initialize the error."""
        super().__init__(status, detail)
        self.reason = reason


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
        try:
            return _understand(EdgeInfo.from_json, await self._json("api/info"))
        except RefusedError as err:
            # An edge refuses nobody who knows its token, unless it is in trouble.
            raise _unexpected(err.status) from err

    async def async_diagnostics(self) -> Any:
        """Return the edge's own diagnostics; raises the EdgeErrors."""
        return await self._json("api/diagnostics")

    async def async_test_camera(self, url: str) -> bytes:
        """Return a JPEG of what a camera sees; raises CameraTestError, the EdgeErrors."""
        return await self._request(
            "api/cameras/test",
            HTTPMethod.POST,
            body={"url": url},
            timeout=PATIENT_TIMEOUT,
            most=MAX_PICTURE_BYTES,
        )

    async def async_add_camera(self, name: str, url: str, **settings: Any) -> Camera:
        """Let the edge watch another camera; raises RefusedError, the EdgeErrors."""
        body = {"name": name, "url": url, **settings}
        return _understand(
            Camera.from_json, await self._json("api/cameras", HTTPMethod.POST, body=body)
        )

    async def async_change_camera(self, camera_id: str, **changes: Any) -> Camera:
        """Change a camera's name, url or settings; raises RefusedError, the EdgeErrors."""
        return _understand(
            Camera.from_json,
            await self._json(f"api/cameras/{_segment(camera_id)}", HTTPMethod.PATCH, body=changes),
        )

    async def async_remove_camera(self, camera_id: str) -> None:
        """Let the edge forget a camera; raises RefusedError, the EdgeErrors."""
        await self._request(f"api/cameras/{_segment(camera_id)}", HTTPMethod.DELETE)

    async def async_camera_snapshot(self, camera_id: str) -> bytes:
        """Return a JPEG of what a camera sees now; raises RefusedError, the EdgeErrors."""
        return await self._request(
            f"api/cameras/{_segment(camera_id)}/snapshot", most=MAX_PICTURE_BYTES
        )

    async def async_actions(
        self,
        *,
        camera: str | Iterable[str] | None = None,
        label: str | Iterable[str] | None = None,
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int | None = None,
        page: str | None = None,
    ) -> ActionPage:
        """Return a page of the journal; raises RefusedError, the EdgeErrors."""
        query = [
            *_filter(camera, label, after, before),
            *(
                (name, str(value))
                for name, value in (("limit", limit), ("page", page))
                if value is not None
            ),
        ]
        return _understand(ActionPage.from_json, await self._json("api/actions", query=query))

    async def async_totals(
        self, *, camera: Iterable[str], after: datetime | None, before: datetime | None
    ) -> tuple[Total, ...]:
        """Return how often what was seen; raises RefusedError, the EdgeErrors."""
        answer = await self._json("api/totals", query=_filter(camera, None, after, before))
        return _understand(lambda data: tuple(map(Total.from_json, data["totals"])), answer)

    async def async_action(self, action_id: int) -> Action:
        """Return an action; raises RefusedError, the EdgeErrors."""
        return _understand(Action.from_json, await self._json(f"api/actions/{action_id}"))

    async def async_delete_action(self, action_id: int) -> None:
        """Erase an action, its windows and pictures; raises RefusedError, the EdgeErrors."""
        await self._request(f"api/actions/{action_id}", HTTPMethod.DELETE)

    async def async_action_snapshot(self, action_id: int) -> bytes:
        """Return a JPEG of what confirmed an action; raises RefusedError, the EdgeErrors."""
        return await self._request(f"api/actions/{action_id}/snapshot", most=MAX_PICTURE_BYTES)

    @asynccontextmanager
    async def clip(
        self, action_id: int, range_: str | None = None
    ) -> AsyncGenerator[ClientResponse]:
        """Yield the answer whose body is the MP4 of an action, or the asked range of it.

        Its status is 200, 206 or 416. Raises RefusedError, the EdgeErrors.
        """
        headers = self._headers if range_ is None else {**self._headers, "Range": range_}
        with _edge_errors():
            async with asyncio.timeout(ANSWER_TIMEOUT):
                response = await self._session.get(
                    self._url / f"api/actions/{action_id}/clip",
                    headers=headers,
                    allow_redirects=False,
                )
            async with response:
                if response.status != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    await _check_status(response)
                yield response

    async def async_correct(self, action_id: int, correction: Mapping[str, Any]) -> Action:
        """Say what an action was; raises RefusedError, the EdgeErrors."""
        return _understand(
            Action.from_json,
            await self._json(
                f"api/actions/{action_id}/correct", HTTPMethod.POST, body=dict(correction)
            ),
        )

    async def async_uncorrect(self, action_id: int) -> None:
        """Take a correction back; raises RefusedError, the EdgeErrors."""
        await self._request(f"api/actions/{action_id}/correct", HTTPMethod.DELETE)

    async def async_teach(
        self, camera_id: str, label: str, start: datetime, end: datetime
    ) -> dict[str, Any]:
        """Teach what a camera saw within the last two minutes; raises RefusedError, EdgeErrors."""
        body = {
            "camera": camera_id,
            "label": label,
            "from": start.isoformat(),
            "to": end.isoformat(),
        }
        return await self._object("api/teach", HTTPMethod.POST, body=body)

    async def async_unteach(self, lesson_id: str) -> None:
        """Take back what was taught; raises RefusedError, the EdgeErrors."""
        await self._request(f"api/teach/{_segment(lesson_id)}", HTTPMethod.DELETE)

    async def async_fit(self) -> dict[str, Any]:
        """Ask for a fit, return its job; raises RefusedError, the EdgeErrors."""
        return await self._object("api/fit", HTTPMethod.POST)

    async def async_job(self, job_id: str) -> dict[str, Any]:
        """Return a job; raises RefusedError, the EdgeErrors."""
        return await self._object(f"api/jobs/{_segment(job_id)}")

    async def async_heads(self) -> list[dict[str, Any]]:
        """Return the versions of what was taught; raises RefusedError, the EdgeErrors."""
        return _understand(lambda data: list(data["heads"]), await self._object("api/heads"))

    async def async_activate(self, version: int) -> dict[str, Any]:
        """Go back to a version, return it; raises RefusedError, the EdgeErrors."""
        return await self._object(f"api/heads/{version}/activate", HTTPMethod.POST)

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

    async def _object(
        self, path: str, method: HTTPMethod = HTTPMethod.GET, *, body: Any = None
    ) -> dict[str, Any]:
        """Return the object that the edge relays from the classifier."""
        data = await self._json(path, method, body=body, timeout=PATIENT_TIMEOUT)
        return _understand(dict, data)

    async def _json(self, path: str, method: HTTPMethod = HTTPMethod.GET, **options: Any) -> Any:
        """Return the JSON that the edge answers; options are those of _request."""
        return _understand(json_loads, await self._request(path, method, **options))

    async def _request(
        self,
        path: str,
        method: HTTPMethod = HTTPMethod.GET,
        *,
        query: Iterable[tuple[str, str]] = (),
        body: Any = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the edge's own deadline is shorter
        most: int = MAX_ANSWER_BYTES,
    ) -> bytes:
        """Return the body of the edge's answer, of `most` bytes."""
        with _edge_errors():
            async with (
                asyncio.timeout(timeout or ANSWER_TIMEOUT),
                self._session.request(
                    method,
                    self._url.joinpath(path, encoded=True),
                    params=[*query],
                    json=body,
                    headers=self._headers,
                    allow_redirects=False,
                ) as response,
            ):
                await _check_status(response)
                return await _read(response, most)


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


async def _check_status(response: ClientResponse) -> None:
    """Raise the EdgeError that the status of an answer stands for."""
    if response.status in _SUCCESSES:
        return
    # Many things answer 401 to whatever they are asked, but an edge says so in
    # a problem document (RFC 9457). Sending somebody for a new token because a
    # router wants a login would be a wild-goose chase.
    if response.content_type != _PROBLEM:
        raise _unexpected(response.status)
    if response.status == HTTPStatus.UNAUTHORIZED:
        raise InvalidAuthError("The token was refused")
    problem = _understand(json_loads, await _read(response, MAX_ANSWER_BYTES))
    raise _understand(lambda data: _refusal(response.status, data), problem)


_SUCCESSES: Final = frozenset(
    {
        HTTPStatus.OK,
        HTTPStatus.CREATED,
        HTTPStatus.ACCEPTED,
        HTTPStatus.NO_CONTENT,
        HTTPStatus.PARTIAL_CONTENT,
    }
)


def _refusal(status: int, problem: Mapping[str, Any]) -> RefusedError:
    """Return the error that a problem document stands for."""
    detail = str(problem.get("detail") or "")
    if (reason := problem.get("reason")) is not None:
        return CameraTestError(status, detail, str(reason))
    return RefusedError(status, detail, str(problem.get("code") or ""))


def _unexpected(status: int) -> EdgeError:
    """Return the error for a status that an edge in good health does not answer."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CannotConnectError(f"HTTP status {status}")
    return NotTinyActError(f"HTTP status {status}")


async def _read(response: ClientResponse, most: int) -> bytes:
    """Return the body, unless it is longer than any that an edge sends."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            raise NotTinyActError("The answer does not end")
    return bytes(body)


def _segment(text: str) -> str:
    """Return text as a part of a path, which it is not to leave."""
    return quote(text, safe="")


def _filter(
    camera: str | Iterable[str] | None,
    label: str | Iterable[str] | None,
    after: datetime | None,
    before: datetime | None,
) -> Iterable[tuple[str, str]]:
    """Yield the query that asks for these actions only."""
    yield from (("camera", each) for each in _several(camera))
    yield from (("label", each) for each in _several(label))
    for name, time in (("after", after), ("before", before)):
        if time is not None:
            yield name, time.isoformat()


def _several(value: str | Iterable[str] | None) -> Iterable[str]:
    """Return each of the values of a filter."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


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
