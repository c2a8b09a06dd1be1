"""A double of Home Assistant's Supervisor, as far as an app asks it.

It keeps a discovery message as the real one does, one a service, and tells Home Assistant of a
change alone.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import threading
from typing import Any

from aiohttp import web

_WAIT = 60.0  # seconds
TOKEN = "the-apps-own-token"  # noqa: S105


class SupervisorDouble:
    """A Supervisor with at most one broker."""

    def __init__(self) -> None:
        self.broker: dict[str, Any] | None = None
        self.refuses = 0  # so many announcements fail first
        self.kept: dict[str, dict[str, Any]] = {}
        self.pushed: list[dict[str, Any]] = []  # what Home Assistant heard
        self._changed = threading.Condition()

    def wait(self, announcements: int) -> None:
        """Return once so many announcements came, new or not."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._came >= announcements, _WAIT)

    _came = 0

    async def services(self, _request: web.Request) -> web.Response:
        if self.broker is None:
            return web.json_response(
                {"result": "error", "message": "Service not enabled"}, status=400
            )
        return web.json_response({"result": "ok", "data": self.broker})

    async def discovery(self, request: web.Request) -> web.Response:
        message = await request.json()
        if self.refuses:
            self.refuses -= 1
            return web.json_response({"result": "error", "message": "Busy"}, status=500)
        with self._changed:
            if self.kept.get(message["service"]) != message["config"]:
                self.kept[message["service"]] = message["config"]
                self.pushed.append(message["config"])
            self._came += 1
            self._changed.notify_all()
        return web.json_response({"result": "ok", "data": {"uuid": "c0ffee"}})

    @web.middleware
    async def check(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"result": "error", "message": "No"}, status=401)
        return await handler(request)  # type: ignore[no-any-return]

    @contextmanager
    def serving(self, port: int) -> Iterator[None]:
        """Serve from a thread of its own."""
        loop = asyncio.new_event_loop()
        app = web.Application(middlewares=[self.check])
        app.add_routes(
            [
                web.get("/services/mqtt", self.services),
                web.post("/discovery", self.discovery),
            ]
        )
        runner = web.AppRunner(app)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.run_until_complete(runner.cleanup())
            loop.close()
