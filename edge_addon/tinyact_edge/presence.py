"""Make an edge known: to Home Assistant by its Supervisor, to the network, and to a broker."""

import asyncio
import logging
import socket

from .background import survive
from .database import JournalError
from .discovery import Announcement, is_loopback, reachable_at
from .edge import VERSION, Edge
from .mqtt import Publisher
from .options import MqttOptions, Options
from .supervisor import Supervisor, home_assistant_token

# For what the MQTT broker has not been told when a stop is asked for; the rest is told later.
_FAREWELL_SECONDS = 5.0

_LOGGER = logging.getLogger(__name__)


class Presence:
    """Tells others where an edge is, and a broker what happens. For the edge's event loop."""

    def __init__(
        self, edge: Edge, options: Options, port: int, supervisor: Supervisor | None
    ) -> None:
        """Tell of `edge`, which listens on `port`; by `supervisor`, if that runs it."""
        self._edge = edge
        self._options = options
        self._port = port
        self._supervisor = supervisor
        self._tasks: list[asyncio.Task[None]] = []
        self._publisher = Publisher(edge, self._broker, self._reached_at)
        self._publishing: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell."""
        if self._supervisor:
            # Zeroconf is for others: in an app's own network nobody would hear it.
            self._tasks = [asyncio.create_task(survive(self._introduce, self._supervisor))]
        elif not is_loopback(self._options.host):
            announcement = Announcement(
                self._edge.journal.instance, VERSION, self._port, self._address
            )
            self._tasks = [asyncio.create_task(survive(announcement.run))]
        if self._options.mqtt or (self._supervisor and self._options.supervisor_mqtt):
            self._publishing = asyncio.create_task(survive(self._publisher.run))

    async def stop(self) -> None:
        """Tell the broker what is left, and everybody that the edge is gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._publishing:
            self._publisher.stop()
            await asyncio.wait([self._publishing], timeout=_FAREWELL_SECONDS)
            self._publishing.cancel()

    async def _introduce(self, supervisor: Supervisor) -> None:
        """Hand on to Home Assistant where the edge is and by which token it answers."""
        journal = self._edge.journal
        try:
            token = await asyncio.to_thread(home_assistant_token, journal, self._options.data)
        except (JournalError, OSError) as error:
            _LOGGER.warning("Home Assistant gets no token: %s", error)
            return
        await supervisor.announce(socket.gethostname(), self._port, token, journal.instance)

    async def _broker(self) -> MqttOptions | None:
        """Return the broker of the options, else the Supervisor's. Raises SupervisorError."""
        if self._options.mqtt or self._supervisor is None:
            return self._options.mqtt
        return await self._supervisor.broker()

    def _address(self) -> str | None:
        """Return where others reach this machine. The Supervisor's network knows it by name."""
        return socket.gethostname() if self._supervisor else reachable_at(self._options.host)

    def _reached_at(self) -> tuple[str, int]:
        return self._address() or self._options.host, self._port
