"""Listen to an edge as Home Assistant does, and note how long confirmed actions took to come."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
import threading
import time

from aiohttp import ClientSession

from .edge_service import RunningEdge


class Listener:
    """Milliseconds from the last frame of the window that confirmed an action to its message."""

    def __init__(self) -> None:
        """Have heard nothing."""
        self.took: list[float] = []

    async def listen(self, edge: RunningEdge) -> None:
        """Note what comes until cancelled."""
        headers = {"Authorization": f"Bearer {edge.token}"}
        async with (
            ClientSession(headers=headers) as session,
            session.ws_connect(f"http://127.0.0.1:{edge.port}/api/ws") as connection,
        ):
            await connection.receive_json()
            await connection.send_json({"type": "subscribe", "since": None})
            async for message in connection:
                now = time.time()
                told = message.json()
                if told["type"] == "action" and told["event"] == "confirmed":
                    at = datetime.fromisoformat(told["action"]["confirmed_at"]).timestamp()
                    self.took.append((now - at) * 1000)


@contextmanager
def listening(edge: RunningEdge) -> Iterator[Listener]:
    """Listen in a thread."""
    listener, loop = Listener(), asyncio.new_event_loop()
    task = loop.create_task(listener.listen(edge))

    def run() -> None:
        # The end is that it is cancelled.
        asyncio.set_event_loop(loop)
        loop.run_until_complete(asyncio.wait([task]))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield listener
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()
