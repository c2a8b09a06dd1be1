"""The WebSocket of docs/edge-api.md: hello, subscribe, what was missed, what happens."""

import asyncio
from contextlib import suppress
import json
import logging
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from .database import JournalError
from .edge import Edge
from .hub import Client
from .problem import MAX_ID
from .wire import action_message

_LOGGER = logging.getLogger(__name__)

_HEARTBEAT_SECONDS = 30.0
_MAX_MESSAGE = 16 << 10
_PAGE = 200


class _RefusedError(Exception):
    """A client's message that cannot be used."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Connection:
    """One client, from its hello to its end."""

    def __init__(self, edge: Edge, digest: str) -> None:
        """Tell of what `edge` recognises whoever has the token with this hash."""
        self._edge = edge
        self.digest = digest
        # Each compressor would take a quarter of a megabyte, for messages of some hundred bytes.
        self._socket = web.WebSocketResponse(
            heartbeat=_HEARTBEAT_SECONDS, max_msg_size=_MAX_MESSAGE, compress=False
        )
        self._sending: asyncio.Task[None] | None = None

    async def run(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the client until it or the edge goes."""
        await self._socket.prepare(request)
        client = Client(lambda: _abort(request))
        # Joined first: nothing can then happen between the hello and what follows it.
        self._edge.hub.join(client)
        try:
            last_id = await self._say_hello()
            async for message in self._socket:
                await self._answer(client, last_id, message.type, message.data)
        except (ConnectionError, JournalError) as error:
            _LOGGER.debug("A client's connection ended: %s", error)
        finally:
            self._edge.hub.leave(client)
            if self._sending:
                self._sending.cancel()
                with suppress(asyncio.CancelledError):
                    await self._sending
        return self._socket

    async def close(self) -> None:
        """Tell the client that the edge goes."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    async def refuse(self) -> None:
        """Send the client away, for its token is good no more."""
        await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"the token is revoked")

    async def _say_hello(self) -> int:
        """Tell what is true now; return the id of the last message that this accounts for."""
        open_actions, last_id = await asyncio.to_thread(self._edge.journal.now)
        await self._socket.send_json({"type": "hello"} | self._edge.hello(open_actions, last_id))
        return last_id

    async def _answer(self, client: Client, last_id: int, kind: WSMsgType, data: Any) -> None:
        """Do what the client asks, or say why not."""
        try:
            since = _subscription(kind, data, again=self._sending is not None)
        except _RefusedError as error:
            await self._socket.send_json(
                {"type": "error", "code": error.code, "message": str(error)}
            )
            return
        start = last_id if since is None or since > last_id else since
        self._sending = asyncio.create_task(self._send(client, start))

    async def _send(self, client: Client, sent: int) -> None:
        """Send what there is to tell; end the connection when that is not possible."""
        try:
            await self._tell(client, sent)
        except ConnectionError:
            return
        except JournalError as error:
            _LOGGER.warning("A client is sent away, to come again: %s", error)
        except Exception:
            # Connected, but told nothing, a client would wait for ever; it is to come again.
            _LOGGER.exception("A client cannot be told what happens and is sent away")
        await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)

    async def _tell(self, client: Client, sent: int) -> None:
        """Send all action messages over `sent`, from the journal first, once each."""
        while page := await asyncio.to_thread(self._edge.journal.messages, sent, _PAGE):
            for message in page:
                await self._socket.send_json(
                    action_message(message, self._edge.pictures, replay=True)
                )
                sent = message.id
        await self._socket.send_json({"type": "subscribed", "last_id": sent})
        while True:
            number, text = await client.next()
            if text is None:
                await self._say_hello()
            elif number is None or number > sent:
                await self._socket.send_str(text)


def _subscription(kind: WSMsgType, data: Any, *, again: bool) -> int | None:
    """Return `since` of a subscribe message. Raises _RefusedError."""
    try:
        message = json.loads(data) if kind is WSMsgType.TEXT else None
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise _RefusedError("not_json", "a message must be a JSON object")
    if message.get("type") != "subscribe":
        raise _RefusedError("unknown_type", 'the only message known is "subscribe"')
    if again:
        raise _RefusedError("already_subscribed", "one subscription is enough")
    since = message.get("since")
    if since is not None and (type(since) is not int or not 0 <= since <= MAX_ID):
        raise _RefusedError("bad_since", '"since" must be null or the id of a message')
    return since


def _abort(request: web.Request) -> None:
    """Cut the connection: a client that reads nothing would not read a farewell either."""
    if request.transport:
        request.transport.abort()
