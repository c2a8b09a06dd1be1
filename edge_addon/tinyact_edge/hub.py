"""Hand messages to every connected client, and never wait for one."""

import asyncio
from collections.abc import Callable, Mapping
import json
from typing import Any

_QUEUE = 256


class Client:
    """One client's messages, waiting to be sent."""

    def __init__(self, drop: Callable[[], None]) -> None:
        """Call `drop` to disconnect the client when it cannot keep up."""
        self._drop = drop
        self._messages: asyncio.Queue[tuple[int | None, str | None]] = asyncio.Queue(_QUEUE)

    async def next(self) -> tuple[int | None, str | None]:
        """Return the next message as JSON, with its id if it announces an action.

        None asks for a new hello.
        """
        return await self._messages.get()

    def offer(self, number: int | None, text: str | None) -> None:
        """Queue a message. A client that is this far behind is disconnected instead."""
        try:
            self._messages.put_nowait((number, text))
        except asyncio.QueueFull:
            self._drop()


class Hub:
    """All connected clients."""

    def __init__(self) -> None:
        """Begin without any."""
        self._clients: set[Client] = set()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._clients)

    def join(self, client: Client) -> None:
        """Queue all messages from now on for `client`."""
        self._clients.add(client)

    def leave(self, client: Client) -> None:
        """Forget `client`."""
        self._clients.discard(client)

    def publish(self, message: Mapping[str, Any]) -> None:
        """Queue a message for every client."""
        number = message["id"] if message["type"] == "action" else None
        text = json.dumps(message)
        for client in tuple(self._clients):
            client.offer(number, text)

    def renew(self) -> None:
        """Ask that every client is said hello to anew, for what it told has changed."""
        for client in tuple(self._clients):
            client.offer(None, None)
