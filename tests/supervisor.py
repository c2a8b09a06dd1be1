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


UUID = "c0ffee" + "0" * 26
SLUG = "abc12345_tinyact_edge"
# What Home Assistant reads of an app that was found; it wants all of it.
APP: dict[str, Any] = {
    **dict.fromkeys(
        (
            *("advanced", "audio", "auth_api", "auto_update", "build", "changelog", "detached"),
            *("devicetree", "docker_api", "full_access", "gpio", "hassio_api", "host_dbus"),
            *("host_ipc", "host_network", "host_pid", "host_uts", "homeassistant_api", "icon"),
            *("ingress", "kernel_modules", "logo", "signed", "stdin", "system_managed", "uart"),
            *("udev", "update_available", "usb", "video", "watchdog"),
        ),
        False,
    ),
    **dict.fromkeys(
        (
            *("audio_input", "audio_output", "homeassistant", "ingress_entry", "ingress_panel"),
            *("ingress_port", "ingress_url", "long_description", "network", "schema", "url"),
            *("network_description", "system_managed_config_entry", "webui"),
        ),
        None,
    ),
    **{name: [] for name in ("devices", "dns", "machine", "privileged", "services")},
    **{name: {} for name in ("options", "translations")},
    "apparmor": "profile",
    "arch": ["amd64"],
    "available": True,
    "boot": "auto",
    "boot_config": "auto",
    "description": "",
    "discovery": ["tinyact"],
    "documentation": True,
    "hassio_role": "default",
    "hostname": SLUG.replace("_", "-"),
    "ip_address": "172.30.33.1",
    "name": "TinyAct",
    "protected": True,
    "rating": 6,
    "repository": SLUG.partition("_")[0],
    "slug": SLUG,
    "stage": "stable",
    "startup": "application",
    "state": "started",
    "version": "0.1.0",
    "version_latest": "0.1.0",
}


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
        return web.json_response({"result": "ok", "data": {"uuid": UUID}})

    async def messages(self, _request: web.Request) -> web.Response:
        """Tell Home Assistant, when it starts, of what was announced before."""
        data = {"discovery": self._kept(), "services": {"tinyact": [SLUG]}}
        return web.json_response({"result": "ok", "data": data})

    async def message(self, _request: web.Request) -> web.Response:
        return web.json_response({"result": "ok", "data": self._kept()[0]})

    async def app(self, _request: web.Request) -> web.Response:
        return web.json_response({"result": "ok", "data": APP})

    def _kept(self) -> list[dict[str, Any]]:
        return [
            {"addon": SLUG, "service": service, "uuid": UUID, "config": config}
            for service, config in self.kept.items()
        ]

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
                web.get("/discovery", self.messages),
                web.get("/discovery/{uuid}", self.message),
                web.get("/addons/{slug}/info", self.app),
            ]
        )
        runner = web.AppRunner(app)
        thread = threading.Thread(target=loop.run_forever)
        thread.start()

        async def start() -> None:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()

        try:
            asyncio.run_coroutine_threadsafe(start(), loop).result()
            yield
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
