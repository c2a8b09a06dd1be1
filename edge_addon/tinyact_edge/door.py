"""Who may hold a connection, and for how long: a crowd must not keep Home Assistant out.

Until its token is known a connection is a stranger's. When there are too many of those, the oldest
go. Whoever keeps a request or an answer waiting goes after a while. WebSockets have a heartbeat.
What is no HTTP is answered, but not logged: it may be much, and hold a token.
"""

import asyncio
from dataclasses import dataclass
import logging
import resource

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

MAX_STRANGERS = 64
MAX_CONNECTIONS = 256
MAX_SOCKETS = 64
# Seconds to come out with a first request, and from one request to the next: the longest answer, a
# clip over a bad line, has to fit in.
FIRST_SECONDS = 15.0
NEXT_SECONDS = 120.0
_LOOK_SECONDS = 0.2
# Cameras, networks and the journal need files, too.
_FILES = 4096


@dataclass(frozen=True, slots=True)
class _Guest:
    """One connection."""

    due: float  # when it goes
    is_known: bool = False
    is_socket: bool = False


class Door:
    """Watches over the connections of a server. To be used in its event loop."""

    def __init__(self) -> None:
        """Begin without any."""
        self._guests: dict[object, _Guest] = {}

    async def watch(self, runner: web.AppRunner) -> None:
        """Send away who has to go. Runs until cancelled."""
        while True:
            if runner.server:
                self._look(runner.server, asyncio.get_running_loop().time())
            await asyncio.sleep(_LOOK_SECONDS)

    def asks(
        self, request: web.Request, *, is_known: bool = False, is_socket: bool = False
    ) -> None:
        """Note that a request came, of whom, and whether it becomes a WebSocket."""
        due = asyncio.get_running_loop().time() + NEXT_SECONDS
        self._guests[request.protocol] = _Guest(due, is_known, is_socket)

    def _look(self, server: web.Server, now: float) -> None:
        # In the order in which they came.
        connections = server.connections
        new = _Guest(now + FIRST_SECONDS)
        self._guests = {each: self._guests.get(each, new) for each in connections}
        guests = [(each, self._guests[each]) for each in connections]
        strangers = [each for each, guest in guests if not guest.is_known]
        mortal = [each for each, guest in guests if not guest.is_socket]
        leaving = {each for each, guest in guests if guest.due < now and not guest.is_socket}
        leaving.update(strangers[: max(0, len(strangers) - MAX_STRANGERS)])
        leaving.update(mortal[: max(0, len(mortal) - MAX_CONNECTIONS)])
        for each in leaving:
            if each.transport:
                each.transport.abort()


def log_no_garbage() -> None:
    """Keep what is no HTTP, which aiohttp would log with a traceback, out of the log."""
    logging.getLogger("aiohttp.server").addFilter(
        lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
    )


def allow_files() -> None:
    """Allow more open files than is usual, as far as that is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


# Where the API finds it.
DOOR = web.AppKey("door", Door)
