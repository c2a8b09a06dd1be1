"""An edge that does what a test tells it to: docs/edge-api.md on a real socket.

The tests of the integration need an edge that goes away, forgets and errs on
demand, which a real one does not. The real one is used in tests/e2e.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import WSMsgType, web

INSTANCE = "0123456789abcdef0123456789abcdef"
TOKEN = "a-token-of-the-edge"  # noqa: S105 - of an edge that does not exist
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class EdgeDouble:
    """An edge with a kitchen and a hall, in front of which nothing happens yet."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.instance = INSTANCE
        self.token = TOKEN
        self.version = "0.1.0"
        self.labels = ["fall", "sit", "stand", "walk", "run", "jump", "fight"]
        self.cameras: dict[str, dict[str, Any]] = {}
        self.open_actions: dict[int, dict[str, Any]] = {}
        self.journal: list[dict[str, Any]] = []
        # What a client subscribed with, in the order of the subscriptions.
        self.subscriptions: asyncio.Queue[int | None] = asyncio.Queue()
        # A mark for each client that left, and whether it had subscribed.
        self.left: asyncio.Queue[bool] = asyncio.Queue()
        # The status of each request that was refused.
        self.refused: asyncio.Queue[HTTPStatus] = asyncio.Queue()
        # Answers every request with this instead, where set.
        self.status: HTTPStatus | None = None
        # Leaves pings unanswered, as a machine that lost its power does.
        self.mute = False
        # Sent in place of the hello, where set.
        self.first_word: str | None = None
        self._connected: set[web.WebSocketResponse] = set()
        self._subscribed: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        for camera_id, name in (("kitchen", "Kitchen"), ("hall", "Hall")):
            self.cameras[camera_id] = _camera(camera_id, name)

    async def start(self) -> None:
        """Listen, on the port that was used before if there was one."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/api/info", self._info)
        app.router.add_get("/api/diagnostics", self._diagnostics)
        app.router.add_get("/api/ws", self._websocket)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Go away."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await self.drop()
            await runner.cleanup()

    async def drop(self) -> None:
        """Close the connections of all clients."""
        for socket in list(self._connected):
            await socket.close()

    @property
    def last_id(self) -> int:
        return self.journal[-1]["id"] if self.journal else 0

    async def confirm(
        self,
        camera: str,
        label: str,
        *,
        confidence: float = 0.93,
        started_at: datetime = START,
    ) -> dict[str, Any]:
        """Confirm an action, two seconds after its start."""
        action_id = 1 + max((m["action"]["id"] for m in self.journal), default=0)
        action = {
            "id": action_id,
            "camera": camera,
            "person": 3,
            "label": label,
            "confidence": confidence,
            "started_at": started_at.isoformat(),
            "confirmed_at": (started_at + timedelta(seconds=2)).isoformat(),
            "ended_at": None,
            "end_reason": None,
        }
        self.open_actions[action_id] = action
        await self._announce("confirmed", action)
        return action

    async def correct(self, action: dict[str, Any], label: str) -> None:
        """Let people say what an action was."""
        action["label"] = label
        await self._announce("corrected", action)

    async def end(self, action: dict[str, Any]) -> None:
        """End an action, five seconds after its start."""
        del self.open_actions[action["id"]]
        ended_at = datetime.fromisoformat(action["started_at"]) + timedelta(seconds=5)
        action |= {"ended_at": ended_at.isoformat(), "end_reason": "ended"}
        await self._announce("ended", action)

    async def set_camera(self, camera_id: str, **changes: Any) -> None:
        """Add a camera, or change one."""
        camera = self.cameras.setdefault(camera_id, _camera(camera_id, camera_id.title()))
        camera |= changes
        await self.send({"type": "camera", "camera": camera})

    async def remove_camera(self, camera_id: str) -> None:
        """Remove a camera."""
        del self.cameras[camera_id]
        await self.send({"type": "camera_removed", "id": camera_id})

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send a message, whatever it is, to all subscribed clients."""
        for socket in list(self._subscribed):
            await socket.send_json(message)

    def hello(self) -> dict[str, Any]:
        """Return what holds now."""
        return {
            "instance": self.instance,
            "version": self.version,
            "model": {
                "name": "tinyact-body",
                "version": "2026.11.1",
                "encoder": "e" * 64,
                "labels": self.labels,
            },
            "classifier": {"state": "ok", "detail": None},
            "cameras": list(self.cameras.values()),
            "open_actions": list(self.open_actions.values()),
            "last_id": self.last_id,
        }

    async def _announce(self, event: str, action: Mapping[str, Any]) -> None:
        message = {
            "type": "action",
            "id": self.last_id + 1,
            "event": event,
            "replay": False,
            "action": dict(action),
        }
        self.journal.append(message)
        await self.send(message)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.status is not None:
            return self._refuse(self.status)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._refuse(HTTPStatus.UNAUTHORIZED)
        response: web.StreamResponse = await handler(request)
        return response

    def _refuse(self, status: HTTPStatus) -> web.Response:
        self.refused.put_nowait(status)
        return web.json_response(
            {"type": "about:blank", "title": status.phrase, "status": status, "detail": ""},
            status=status,
            content_type="application/problem+json",
        )

    async def _info(self, _request: web.Request) -> web.Response:
        return web.json_response(self.hello())

    async def _diagnostics(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"version": self.version, "queue": 0, "cameras": {"kitchen": {"url": "rtsp://u:p@x"}}}
        )

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=not self.mute)
        await socket.prepare(request)
        self._connected.add(socket)
        try:
            await self._serve(socket)
        finally:
            self.left.put_nowait(socket in self._subscribed)
            self._connected.discard(socket)
            self._subscribed.discard(socket)
        return socket

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        if self.first_word is not None:
            await socket.send_str(self.first_word)
        else:
            await socket.send_json({"type": "hello", **self.hello()})
        subscribe = await socket.receive()
        if subscribe.type is not WSMsgType.TEXT:
            return  # The client left instead.
        since = subscribe.json()["since"]
        if since is not None and since <= self.last_id:
            for message in self.journal:
                if message["id"] > since:
                    await socket.send_json({**message, "replay": True})
        await socket.send_json({"type": "subscribed", "last_id": self.last_id})
        self._subscribed.add(socket)
        self.subscriptions.put_nowait(since)
        async for _ in socket:
            pass


def _camera(camera_id: str, name: str) -> dict[str, Any]:
    return {
        "id": camera_id,
        "name": name,
        "state": "online",
        "reason": None,
        "since": START.isoformat(),
    }
