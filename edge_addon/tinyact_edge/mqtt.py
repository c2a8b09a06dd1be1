"""Tell an MQTT broker what happens (docs/mqtt.md).

The journal is the outbox: it remembers up to which message the broker has confirmed all, and
what is missing is sent after every connection, also after this process was killed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import json
import logging
import socket
from typing import Any, cast

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from .background import call_in
from .backoff import Backoff
from .database import JournalError
from .edge import VERSION, Edge
from .hub import Client as Listener
from .options import MqttOptions
from .supervisor import SupervisorError
from .wire import action_json, action_message

# By this name the journal knows the broker.
RECEIVER = "mqtt"
ONLINE, OFFLINE = "online", "offline"
# Messages that are under way at once: no more than any broker takes.
_PAGE = 20
_PATIENCE_SECONDS = 10.0
_FAREWELL_SECONDS = 5.0
_KEEP_ALIVE_SECONDS = 30
# How often a broker is looked for where there is none.
_LOOK_SECONDS = 300.0
_FAILURE = 0x80  # MQTT 5.0, section 2.4

_LOGGER = logging.getLogger(__name__)


class _LostError(Exception):
    """The broker is not connected, or refuses; the message says why."""


class Publisher:
    """Tells a broker of one edge. To be made and used in the edge's event loop."""

    def __init__(
        self,
        edge: Edge,
        find: Callable[[], Awaitable[MqttOptions | None]],
        address: Callable[[], tuple[str, int]],
    ) -> None:
        """Tell the broker that `find` returns what `edge`, reached at `address()`, recognises.

        `find` is asked before each connection, for a broker may come, go and change its password.
        """
        self._edge = edge
        self._find = find
        self._address = address
        self._root = f"tinyact/{edge.journal.instance}"
        self._stopping = asyncio.Event()
        # A wake-up that is lost does no harm when the queue is full: others wait in it.
        self._listener = Listener(self._fall_behind)
        self._is_behind = False

    async def run(self) -> None:
        """Tell until `stop`; connect again whenever that is needed."""
        backoff, told, broker = Backoff(), "", "MQTT broker"
        while not self._stopping.is_set():
            try:
                options = await self._find()
                if options is None:
                    await self._wait(_LOOK_SECONDS)
                    continue
                broker = f"MQTT broker {options.host}:{options.port}"
                await self._tell(options, broker, backoff)
                told = ""
            except (_LostError, JournalError, SupervisorError) as error:
                if told != (told := str(error)):
                    _LOGGER.warning("%s: %s; trying again", broker, error)
                await self._wait(backoff.next())

    async def _wait(self, seconds: float) -> None:
        """Wait, but no longer than until `stop`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    def stop(self) -> None:
        """Let `run` send what is left, say goodbye and end."""
        self._stopping.set()
        self._listener.offer(None, None)

    async def _tell(self, options: MqttOptions, broker: str, backoff: Backoff) -> None:
        """Tell what is missing and what happens, by one connection. Raises _LostError."""
        journal = self._edge.journal
        availability = f"{self._root}/availability"
        connection = _Connection(
            f"tinyact-edge-{journal.instance}", lambda: self._listener.offer(None, None)
        )
        try:
            # Before anything else: a broker that has never been told is told from now on.
            await asyncio.to_thread(journal.received, RECEIVER)
            await connection.open(options, availability)
            _LOGGER.info("%s is told what happens", broker)
            backoff.reset()
            replayed = journal.last_message_id
            self._edge.hub.join(self._listener)
            await self._introduce(connection)
            await connection.publish(availability, ONLINE.encode(), retain=True)
            await self._tell_cameras(connection)
            while not self._stopping.is_set():
                await self._send_missing(connection, replayed)
                await self._tell_change(connection)
            await self._send_missing(connection, replayed)
            await self._tell_cameras(connection)
            await connection.publish(availability, OFFLINE.encode(), retain=True)
        finally:
            self._edge.hub.leave(self._listener)
            await connection.close()

    async def _introduce(self, connection: "_Connection") -> None:
        """Tell where this edge is, so that it can be set up from the broker alone."""
        host, port = await asyncio.to_thread(self._address)
        about = {"instance": self._edge.journal.instance, "version": VERSION}
        await connection.publish(
            f"{self._root}/edge", _json(about | {"host": host, "port": port}), retain=True
        )

    async def _send_missing(self, connection: "_Connection", replayed: int) -> None:
        """Send what the broker has not confirmed; up to message `replayed` it is old."""
        journal = self._edge.journal
        confirmed = await asyncio.to_thread(journal.received, RECEIVER)
        while page := await asyncio.to_thread(journal.messages, confirmed, _PAGE):
            sent = [
                connection.publish(
                    f"{self._root}/{message.action.camera}/action",
                    _json(
                        action_message(message, self._edge.pictures, replay=message.id <= replayed)
                    ),
                )
                for message in page
            ]
            await asyncio.gather(*sent)
            confirmed = page[-1].id
            await asyncio.to_thread(journal.has_received, RECEIVER, confirmed)

    async def _tell_change(self, connection: "_Connection") -> None:
        """Wait for the next change and tell the state of its camera, or of all."""
        _, text = await self._listener.next()
        connection.check()
        if text is None or self._is_behind:
            await self._tell_cameras(connection)
            return
        match json.loads(text):
            case {"type": "camera", "camera": {"id": str(camera)}}:
                await self._tell_cameras(connection, camera)
            case {"type": "action", "action": {"camera": str(camera)}}:
                await self._tell_cameras(connection, camera)
            case {"type": "action_removed"}:
                await self._tell_cameras(connection)
            case {"type": "camera_removed", "id": str(camera)}:
                # An empty message removes a retained one.
                await connection.publish(f"{self._root}/{camera}/state", b"", retain=True)

    async def _tell_cameras(self, connection: "_Connection", only: str | None = None) -> None:
        """Tell the state of all cameras, or of one."""
        self._is_behind = False
        open_actions, _ = await asyncio.to_thread(self._edge.journal.now)
        for camera in self._edge.cameras.all():
            if only in (None, camera["id"]):
                actions = [
                    action_json(action, self._edge.pictures)
                    for action in open_actions
                    if action.camera == camera["id"]
                ]
                await connection.publish(
                    f"{self._root}/{camera['id']}/state",
                    _json(camera | {"open_actions": actions}),
                    retain=True,
                )

    def _fall_behind(self) -> None:
        self._is_behind = True


class _Connection:
    """One connection: asyncio on this side, paho-mqtt and its thread on the other."""

    def __init__(self, client_id: str, on_gone: Callable[[], None]) -> None:
        """Call `on_gone` when the connection is lost."""
        self._loop = asyncio.get_running_loop()
        self._on_gone = on_gone
        self._accepted: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[str] = self._loop.create_future()
        self._confirmations: dict[int, asyncio.Future[ReasonCode]] = {}
        self._client = client = Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=MQTTv5, reconnect_on_failure=False
        )
        # These are called in paho's thread.
        client.on_connect = lambda _client, _data, _flags, reason, _more: call_in(
            self._loop, self._connected, reason
        )
        client.on_disconnect = lambda _client, _data, _flags, reason, _more: call_in(
            self._loop, self._disconnected, str(reason)
        )
        client.on_publish = lambda _client, _data, number, reason, _more: call_in(
            self._loop, self._confirmed, number, reason
        )

    async def open(self, options: MqttOptions, availability: str) -> None:
        """Connect. Raises _LostError.

        When this process goes without a word, the broker tells `availability`.
        """
        client = self._client
        client.will_set(availability, OFFLINE, qos=1, retain=True)
        if options.user is not None:
            client.username_pw_set(options.user, options.password)
        if options.tls:
            client.tls_set_context(options.tls)
        try:
            await asyncio.to_thread(client.connect, options.host, options.port, _KEEP_ALIVE_SECONDS)
            client.loop_start()
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._accepted
        except TimeoutError as error:
            raise _LostError("it does not answer") from error
        except OSError as error:
            raise _LostError(error.strerror or str(error)) from error
        except UnicodeError as error:
            raise _LostError("no host can have this name") from error

    def check(self) -> None:
        """Raise _LostError if the connection is lost."""
        if self._gone.done():
            raise _LostError(self._gone.result())

    async def publish(self, topic: str, content: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1; return when the broker has confirmed it. Raises _LostError."""
        self.check()
        sent = self._client.publish(topic, content, qos=1, retain=retain)
        if sent.rc != MQTT_ERR_SUCCESS:
            raise _LostError("it is not connected")
        # Callbacks run in later turns of the loop, so none can have come before this.
        confirmed = self._confirmations[sent.mid] = self._loop.create_future()
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                reason = await confirmed
        except TimeoutError as error:
            raise _LostError("it does not answer") from error
        finally:
            self._confirmations.pop(sent.mid, None)
        if reason.value >= _FAILURE:
            raise _LostError(f"it refuses {topic}: {reason}; allow it in the broker's access rules")

    async def close(self) -> None:
        """Close."""
        self._client.disconnect()
        if (opened := self._client.socket()) is not None:
            await asyncio.wait([self._gone], timeout=_FAREWELL_SECONDS)
            # Paho's thread does not end while something cannot be sent.
            with suppress(OSError):
                cast("socket.socket", opened).shutdown(socket.SHUT_RDWR)
        await asyncio.to_thread(self._client.loop_stop)

    def _connected(self, reason: ReasonCode) -> None:
        if not self._accepted.done():
            if reason.value < _FAILURE:
                self._accepted.set_result(None)
            else:
                self._accepted.set_exception(
                    _LostError(f"it refuses this edge ({reason}): check mqtt_user and its password")
                )

    def _disconnected(self, reason: str) -> None:
        if not self._gone.done():
            self._gone.set_result(reason)
        waiting: list[asyncio.Future[Any]] = [self._accepted, *self._confirmations.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(_LostError(reason))
        self._on_gone()

    def _confirmed(self, number: int, reason: ReasonCode) -> None:
        if (future := self._confirmations.get(number)) and not future.done():
            future.set_result(reason)


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()
