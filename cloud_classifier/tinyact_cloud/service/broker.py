"""Speak with an MQTT 5 broker: asyncio on this side, paho-mqtt and its thread on the other.

MQTT 5.0 is https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html; sections below are its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
from dataclasses import dataclass, field
import logging
import os
from pathlib import Path
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, socket
import ssl
from typing import Any, Self, cast
from urllib.parse import unquote, urlsplit

from paho.mqtt.client import MQTT_ERR_SUCCESS, Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

# Messages that the broker may hand over before the first is acknowledged: they bound the memory.
RECEIVE_MAXIMUM = 64
# Seconds that the broker keeps what it has for a client that went without a word.
SESSION_EXPIRY = 3600
# Seconds that somebody may be away before the broker says so: whoever is back by then is not gone.
WILL_DELAY = 2
# Seconds for the broker's answer to anything that it is asked.
_PATIENCE = 10.0
_FAREWELL = 2.0
_KEEP_ALIVE = 30
_FAILURE = 0x80
_LOGGER = logging.getLogger(__name__)
_DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerError(Exception):
    """Settings that cannot be used to connect; the message says which, and what to do."""


class LostError(Exception):
    """There is no connection, or none any more; the message says why."""


class RefusedError(LostError):
    """The broker's access rules do not allow it; the connection stands."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and how to prove who asks."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(
        cls,
        url: str,
        *,
        password: str | None = None,
        ca: Path | None = None,
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> Self:
        """Read mqtt://[USER@]HOST[:PORT], or mqtts:// for TLS. Raises BrokerError.

        TLS trusts the system's authorities, or only those in `ca`.
        """
        try:
            parts = urlsplit(url)
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
        except ValueError:
            port = None
        if port is None or not parts.hostname or parts.path.strip("/") or parts.query:
            raise BrokerError("The broker must be mqtt://[USER@]HOST[:PORT], or mqtts:// for TLS.")
        if parts.password is not None:
            raise BrokerError(
                "Leave the password out of the broker's address, which everybody on this machine "
                "can see; put it into a file or into TINYACT_MQTT_PASSWORD."
            )
        if parts.scheme == "mqtt" and (ca or certificate or key):
            raise BrokerError("Certificates need TLS: begin the broker's address with mqtts://.")
        if key and not certificate:
            raise BrokerError("A key needs its certificate: give --cert, too.")
        tls = _tls(ca, certificate, key) if parts.scheme == "mqtts" else None
        user = None if parts.username is None else unquote(parts.username)
        return cls(parts.hostname, port, user, password, tls)

    def __str__(self) -> str:
        """Return host and port."""
        return f"{self.host}:{self.port}"


def read_password(path: Path | None) -> str | None:
    """Return the first line of the file, else TINYACT_MQTT_PASSWORD. Raises BrokerError."""
    if path is None:
        return os.environ.get("TINYACT_MQTT_PASSWORD")
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(4096).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokerError(f"The password file {path} cannot be read: {error}.") from error


def _tls(ca: Path | None, certificate: Path | None, key: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
        if certificate:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(str(path) for path in (ca, certificate, key) if path)
        raise BrokerError(f"The certificates cannot be used ({files}): {error}.") from error
    return context


def publication(**properties: Any) -> Properties:
    """Return the properties of a message (§3.3.2.3) but for those that are None."""
    made = Properties(PacketTypes.PUBLISH)
    for name, value in properties.items():
        if value is not None:
            setattr(made, name, value)
    return made


class Connection:
    """One connection to a broker. Everything here belongs to one event loop.

    The broker keeps the session: what this client did not acknowledge is handed over again to
    whoever connects next under the same client id.
    """

    def __init__(self, client_id: str, largest: int) -> None:
        """Take messages whose packets have `largest` bytes at most. See `connect`."""
        self._loop = asyncio.get_running_loop()
        self._client = client = Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            protocol=MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self._largest = largest
        self._told_of_qos = False
        self._arrived: asyncio.Queue[MQTTMessage | None] = asyncio.Queue()
        self._answers: dict[int, asyncio.Future[ReasonCode]] = {}
        self._accepted: asyncio.Future[bool] = self._loop.create_future()
        self._gone: asyncio.Future[str] = self._loop.create_future()
        client.on_connect = lambda _client, _data, flags, reason, _properties: self._call(
            self._on_connect, flags.session_present, reason
        )
        client.on_disconnect = lambda _client, _data, _flags, reason, _properties: self._call(
            self._on_disconnect, str(reason)
        )
        client.on_message = lambda _client, _data, message: self._on_message(message)
        # An answer and an acknowledgement are two small packets: held back, they would wait for
        # each other's TCP acknowledgement, some 40 ms.
        client.on_socket_open = lambda _client, _data, opened: cast("socket", opened).setsockopt(
            IPPROTO_TCP, TCP_NODELAY, 1
        )
        # The broker answers these three with a number that says which question it was.
        client.on_publish = lambda _client, _data, number, reason, _properties: self._call(
            self._on_answer, number, reason
        )
        client.on_subscribe = client.on_unsubscribe = (
            lambda _client, _data, number, reasons, _properties: self._call(
                self._on_answer, number, reasons[0]
            )
        )

    async def open(self, broker: Broker, will: str) -> bool:
        """Connect; say whether the broker remembers the session. Raises LostError.

        When this client is gone, the broker tells the topic `will`, with an empty message.
        """
        client = self._client
        if broker.tls:
            client.tls_set_context(broker.tls)
        if broker.user is not None:
            client.username_pw_set(broker.user, broker.password)
        last_will = Properties(PacketTypes.WILLMESSAGE)
        last_will.WillDelayInterval = WILL_DELAY
        last_will.MessageExpiryInterval = SESSION_EXPIRY
        client.will_set(will, qos=1, properties=last_will)
        asked = Properties(PacketTypes.CONNECT)
        asked.SessionExpiryInterval = SESSION_EXPIRY
        asked.ReceiveMaximum = RECEIVE_MAXIMUM
        asked.MaximumPacketSize = self._largest
        try:
            await asyncio.to_thread(
                client.connect,
                broker.host,
                broker.port,
                keepalive=_KEEP_ALIVE,
                clean_start=False,
                properties=asked,
            )
            client.loop_start()
            async with asyncio.timeout(_PATIENCE):
                return await self._accepted
        except TimeoutError as error:
            raise LostError("it does not answer") from error
        except OSError as error:
            raise LostError(error.strerror or str(error)) from error
        except UnicodeError as error:
            raise LostError("no host can have this name") from error

    def __aiter__(self) -> AsyncIterator[MQTTMessage]:
        """Return the messages as they arrive. Raises LostError when the connection is lost."""
        return self._messages()

    async def subscribe(self, *topics: str) -> None:
        """Subscribe at QoS 1. Raises LostError, also when the broker refuses."""
        for topic in topics:
            result, number = self._client.subscribe(topic, qos=1)
            await self._answer(topic, result, number)

    async def unsubscribe(self, *topics: str) -> None:
        """Undo `subscribe`; what was on its way may still arrive. Raises LostError."""
        for topic in topics:
            result, number = self._client.unsubscribe(topic)
            await self._answer(topic, result, number)

    async def publish(
        self, topic: str, content: bytes = b"", properties: Properties | None = None
    ) -> None:
        """Publish at QoS 1; return when the broker has it. Raises LostError, also when it refuses.

        It refuses what its access rules do not allow.
        """
        sent = self._client.publish(topic, content, qos=1, properties=properties)
        await self._answer(topic, sent.rc, sent.mid)

    def acknowledge(self, message: MQTTMessage) -> None:
        """Tell the broker that it need not hand over `message` again.

        §4.6 wants this in the order in which messages arrived.
        """
        self._client.ack(message.mid, message.qos)

    async def close(self, *, forget: bool) -> None:
        """Close; let the broker `forget` the session, or else tell the will after the delay."""
        properties = Properties(PacketTypes.DISCONNECT)
        properties.SessionExpiryInterval = 0 if forget else SESSION_EXPIRY
        reason = "Normal disconnection" if forget else "Disconnect with will message"
        self._client.disconnect(ReasonCode(PacketTypes.DISCONNECT, reason), properties)
        if (opened := self._client.socket()) is not None:
            await asyncio.wait([self._gone], timeout=_FAREWELL)
            # Paho's thread does not end while something cannot be sent. It is a socket, or one
            # in TLS, whatever else paho has for other transports.
            with contextlib.suppress(OSError):
                cast("socket", opened).shutdown(SHUT_RDWR)
        await asyncio.to_thread(self._client.loop_stop)

    async def _messages(self) -> AsyncIterator[MQTTMessage]:
        while message := await self._arrived.get():
            yield message
        raise LostError(self._gone.result())

    async def _answer(self, topic: str, result: int, number: int | None) -> None:
        """Wait for the broker's answer to question `number` about `topic`. Raises LostError."""
        if result != MQTT_ERR_SUCCESS or number is None or self._gone.done():
            raise LostError("it is not connected")
        # Callbacks run in later turns of the loop, so none can have come before this.
        answer = self._answers[number] = self._loop.create_future()
        try:
            async with asyncio.timeout(_PATIENCE):
                reason = await answer
        except TimeoutError as error:
            raise LostError("it does not answer") from error
        finally:
            self._answers.pop(number, None)
        if reason.value >= _FAILURE:
            raise RefusedError(f"{topic}: {reason}")

    def _on_connect(self, remembered: bool, reason: ReasonCode) -> None:  # noqa: FBT001 (paho's)
        if not self._accepted.done():
            if reason.value < _FAILURE:
                self._accepted.set_result(remembered)
            else:
                self._accepted.set_exception(LostError(f"it refuses: {reason}"))

    def _on_disconnect(self, reason: str) -> None:
        if not self._gone.done():
            self._gone.set_result(reason)
        self._arrived.put_nowait(None)
        waiting: list[asyncio.Future[Any]] = [self._accepted, *self._answers.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(LostError(reason))

    def _on_message(self, message: MQTTMessage) -> None:
        """Hand on a message, in paho's thread.

        QoS 0 knows no acknowledgement, so nothing would bound how many of them wait here.
        """
        if message.qos:
            self._call(self._arrived.put_nowait, message)
        elif not self._told_of_qos:
            self._told_of_qos = True
            _LOGGER.warning("messages with QoS 0 are not taken (%s): send QoS 1", message.topic)

    def _on_answer(self, number: int, reason: ReasonCode) -> None:
        if (waiting := self._answers.get(number)) and not waiting.done():
            waiting.set_result(reason)

    def _call(self, function: Callable[..., None], *arguments: Any) -> None:
        """Call `function` in the event loop, from paho's thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(function, *arguments)
