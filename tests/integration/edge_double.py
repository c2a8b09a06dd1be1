"""An edge that does what a test tells it to: docs/edge-api.md on a real socket.

The tests of the integration need an edge that goes away, forgets and errs on
demand, which a real one does not. The real one is used in tests/e2e.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from aiohttp import WSMsgType, web
from multidict import MultiMapping

from tinyact_demo.processes import free_port

INSTANCE = "0123456789abcdef0123456789abcdef"
TOKEN = "a-token-of-the-edge"  # noqa: S105 - of an edge that does not exist
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
# The smallest picture that says what it is.
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"


class EdgeDouble:
    """An edge with a kitchen and a hall, in front of which nothing happens yet."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = free_port()
        self.instance = INSTANCE
        self.token = TOKEN
        self.version = "0.1.0"
        self.labels = ["fall", "sit", "stand", "walk", "run", "jump", "fight"]
        self.classifier: dict[str, Any] = {"state": "ok", "detail": None}
        self.disk: dict[str, Any] = {"state": "ok", "detail": None, "set_aside": []}
        self.cameras: dict[str, dict[str, Any]] = {}
        self.open_actions: dict[int, dict[str, Any]] = {}
        self.journal: list[dict[str, Any]] = []
        self.actions: dict[int, dict[str, Any]] = {}
        # The MP4s of actions, by id; an action of which there is one has `clip`.
        self.clips: dict[int, bytes] = {}
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
        # Goes away after so many bytes of a clip, where set.
        self.cut_clips_after: int | None = None
        # Sent in place of the hello, where set.
        self.first_word: str | None = None
        # What a camera that is tested answers: a picture, or the reason why not.
        self.test: bytes | str = JPEG
        # Refuses whatever changes something with this, where set: status and detail, and its code.
        self.refusal: tuple[HTTPStatus, str] | None = None
        self.refusal_code = ""
        # The bodies of the requests that changed something, by "METHOD path".
        self.requests: list[tuple[str, Any]] = []
        self.jobs: dict[str, dict[str, Any]] = {}
        self.heads: list[dict[str, Any]] = []
        # An edge of the first version sends neither settings nor pictures.
        self.first_version = False
        self._connected: set[web.WebSocketResponse] = set()
        self._subscribed: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        for camera_id, name in (("kitchen", "Kitchen"), ("hall", "Hall")):
            self.cameras[camera_id] = _camera(camera_id, name)

    async def start(self) -> None:
        """Listen; it may have gone away before."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/api/info", self._info)
        app.router.add_get("/api/diagnostics", self._diagnostics)
        app.router.add_get("/api/ws", self._websocket)
        app.router.add_post("/api/cameras", self._add_camera)
        app.router.add_post("/api/cameras/test", self._test_camera)
        app.router.add_patch("/api/cameras/{id}", self._change_camera)
        app.router.add_delete("/api/cameras/{id}", self._remove_camera)
        app.router.add_get("/api/cameras/{id}/snapshot", self._camera_snapshot)
        app.router.add_get("/api/actions", self._actions)
        app.router.add_get("/api/totals", self._totals)
        app.router.add_get("/api/actions/{id}", self._action)
        app.router.add_delete("/api/actions/{id}", self._delete_action)
        app.router.add_get("/api/actions/{id}/snapshot", self._snapshot)
        app.router.add_get("/api/actions/{id}/clip", self._clip)
        app.router.add_post("/api/actions/{id}/correct", self._correct)
        app.router.add_delete("/api/actions/{id}/correct", self._uncorrect)
        app.router.add_post("/api/teach", self._teach)
        app.router.add_delete("/api/teach/{id}", self._unteach)
        app.router.add_post("/api/fit", self._fit)
        app.router.add_get("/api/jobs/{id}", self._job)
        app.router.add_get("/api/heads", self._heads)
        app.router.add_post("/api/heads/{version}/activate", self._activate)
        # Does not wait for a client that comes back between the two steps of stopping.
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, reuse_address=True)
        await site.start()

    async def stop(self) -> None:
        """Go away."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            for site in list(runner.sites):
                await site.stop()
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
            "correction": None,
            "snapshot": self.cameras.get(camera, {}).get("settings", {}).get("snapshots", False),
            "clip": False,
        }
        self.actions[action_id] = action
        self.open_actions[action_id] = action
        await self._announce("confirmed", action)
        return action

    async def correct(self, action: dict[str, Any], label: str) -> None:
        """Let people say what an action was."""
        action["label"] = label
        await self._announce("corrected", action)

    async def end(
        self,
        action: dict[str, Any],
        *,
        after: timedelta = timedelta(seconds=5),
        reason: str = "ended",
    ) -> None:
        """End an action, five seconds after its start."""
        del self.open_actions[action["id"]]
        ended_at = datetime.fromisoformat(action["started_at"]) + after
        action |= {"ended_at": ended_at.isoformat(), "end_reason": reason}
        await self._announce("ended", action)

    async def add_clip(self, action: dict[str, Any], content: bytes) -> None:
        """Let the clip of an action become ready."""
        self.clips[action["id"]] = content
        action["clip"] = True
        await self._announce("media", action)

    async def erase_pictures(self, action: dict[str, Any]) -> None:
        """Let retention erase the pictures of an action."""
        self.clips.pop(action["id"], None)
        action |= {"snapshot": False, "clip": False}
        await self._announce("media", action)

    async def set_camera(self, camera_id: str, **changes: Any) -> None:
        """Add a camera, or change one."""
        camera = self.cameras.setdefault(camera_id, _camera(camera_id, camera_id.title()))
        camera |= changes
        await self.send({"type": "camera", "camera": self._told(camera)})

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
            "classifier": self.classifier,
            **({} if self.first_version else {"journal": self.disk}),
            "cameras": [self._told(camera) for camera in self.cameras.values()],
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
        if self._runner is None:
            return self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)  # It is about to stop.
        if self.status is not None:
            return self._refuse(self.status)
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return self._refuse(HTTPStatus.UNAUTHORIZED)
        try:
            response: web.StreamResponse = await handler(request)
        except _Refused as err:
            return self._refuse(*err.args, **err.members)
        return response

    def _refuse(self, status: HTTPStatus, detail: str = "", **members: str) -> web.Response:
        self.refused.put_nowait(status)
        problem = {"type": "about:blank", "title": status.phrase, "status": status}
        return web.json_response(
            {**problem, "detail": detail, **members},
            status=status,
            content_type="application/problem+json",
        )

    async def _info(self, _request: web.Request) -> web.Response:
        return web.json_response(self.hello())

    async def _diagnostics(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"version": self.version, "queue": 0, "cameras": {"kitchen": {"url": "rtsp://u:p@x"}}}
        )

    def _told(self, camera: dict[str, Any]) -> dict[str, Any]:
        """Return a camera as a client is told of it."""
        if not self.first_version:
            return camera
        return {key: camera[key] for key in camera if key not in {"origin", "settings"}}

    async def _changing(self, request: web.Request) -> Any:
        """Note a request that changes something; return its body."""
        body = await request.json() if request.can_read_body else None
        self.requests.append((f"{request.method} {request.path}", body))
        if self.refusal is not None:
            raise _Refused(*self.refusal, code=self.refusal_code)
        return body

    async def _add_camera(self, request: web.Request) -> web.Response:
        body = await self._changing(request)
        camera_id = body.pop("id", None) or body["name"].lower().replace(" ", "_")
        if camera_id in self.cameras:
            raise _Refused(HTTPStatus.CONFLICT, "a camera with this id is there already")
        settings = {key: body[key] for key in body.keys() - {"name", "url"}}
        camera = _camera(camera_id, body["name"])
        camera |= {"origin": "api", "settings": {**camera["settings"], **settings}}
        self.cameras[camera_id] = camera
        await self.send({"type": "camera", "camera": camera})
        return web.json_response(camera, status=HTTPStatus.CREATED)

    async def _test_camera(self, request: web.Request) -> web.Response:
        await self._changing(request)
        if isinstance(self.test, str):
            raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "no picture came", reason=self.test)
        return web.Response(body=self.test, content_type="image/jpeg")

    async def _change_camera(self, request: web.Request) -> web.Response:
        body = await self._changing(request)
        camera = self._found(self.cameras, request.match_info["id"])
        if camera["origin"] == "options" and body.keys() & {"name", "url"}:
            raise _Refused(HTTPStatus.CONFLICT, "this camera is set in the edge's options")
        camera["settings"] |= {key: body[key] for key in body.keys() & camera["settings"].keys()}
        camera["name"] = body.get("name", camera["name"])
        if "enabled" in body:
            camera["state"] = "online" if body["enabled"] else "paused"
        await self.send({"type": "camera", "camera": camera})
        return web.json_response(camera)

    async def _remove_camera(self, request: web.Request) -> web.Response:
        await self._changing(request)
        camera_id = request.match_info["id"]
        if self._found(self.cameras, camera_id)["origin"] == "options":
            raise _Refused(HTTPStatus.CONFLICT, "this camera is set in the edge's options")
        await self.remove_camera(camera_id)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _camera_snapshot(self, request: web.Request) -> web.Response:
        camera = self._found(self.cameras, request.match_info["id"])
        if camera["state"] != "online":
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "nothing was seen yet")
        return web.Response(body=JPEG, content_type="image/jpeg")

    def _wanted(self, query: MultiMapping[str]) -> list[dict[str, Any]]:
        return [
            action
            for action in sorted(self.actions.values(), key=lambda action: -action["id"])
            if action["camera"] in query.getall("camera", [action["camera"]])
            and action["label"] in query.getall("label", [action["label"]])
            and _time(query.get("after")) <= _time(action["started_at"])
            and ("before" not in query or _time(action["started_at"]) < _time(query["before"]))
            and action["id"] < int(query.get("page", 1 << 53))
        ]

    async def _totals(self, request: web.Request) -> web.Response:
        counts = Counter((each["camera"], each["label"]) for each in self._wanted(request.query))
        return web.json_response(
            {
                "totals": [
                    {"camera": camera, "label": label, "count": count, "seconds": 5.0 * count}
                    for (camera, label), count in counts.items()
                ]
            }
        )

    async def _actions(self, request: web.Request) -> web.Response:
        query = request.query
        found = self._wanted(query)
        limit = int(query.get("limit", 100))
        page = found[:limit]
        following = str(page[-1]["id"]) if len(found) > limit else None
        return web.json_response({"actions": page, "next": following})

    async def _action(self, request: web.Request) -> web.Response:
        return web.json_response(self._found(self.actions, int(request.match_info["id"])))

    async def _delete_action(self, request: web.Request) -> web.Response:
        await self._changing(request)
        action_id = int(request.match_info["id"])
        self._found(self.actions, action_id)
        del self.actions[action_id]
        self.open_actions.pop(action_id, None)
        self.journal = [m for m in self.journal if m["action"]["id"] != action_id]
        await self.send({"type": "action_removed", "id": action_id})
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _snapshot(self, request: web.Request) -> web.Response:
        action = self._found(self.actions, int(request.match_info["id"]))
        if not action["snapshot"]:
            raise _Refused(HTTPStatus.NOT_FOUND, "no picture is kept of this action")
        # Each is another one: its action's id stands at the end.
        return web.Response(body=JPEG + str(action["id"]).encode(), content_type="image/jpeg")

    async def _clip(self, request: web.Request) -> web.StreamResponse:
        content = self._found(self.clips, int(request.match_info["id"]))
        headers = {"Accept-Ranges": "bytes"}
        if self.cut_clips_after is not None:
            return await self._cut(request, content)
        part = request.http_range
        if "Range" not in request.headers:
            return web.Response(body=content, content_type="video/mp4", headers=headers)
        start, stop, _ = part.indices(len(content))
        if start >= stop:
            return web.Response(
                status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                headers={**headers, "Content-Range": f"bytes */{len(content)}"},
            )
        return web.Response(
            status=HTTPStatus.PARTIAL_CONTENT,
            body=content[part],
            content_type="video/mp4",
            headers={**headers, "Content-Range": f"bytes {start}-{stop - 1}/{len(content)}"},
        )

    async def _cut(self, request: web.Request, content: bytes) -> web.StreamResponse:
        """Send less of a clip than was announced."""
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        await response.write(content[: self.cut_clips_after])
        assert request.transport is not None
        request.transport.close()
        return response

    async def _correct(self, request: web.Request) -> web.Response:
        body = await self._changing(request)
        action = self._found(self.actions, int(request.match_info["id"]))
        recognized = (action["correction"] or {"recognized": action["label"]})["recognized"]
        kind = next(iter(body))
        action["correction"] = {
            "kind": kind,
            "recognized": recognized,
            "state": "kept" if kind == "never_here" else "pending",
            "detail": None,
            "code": None,
        }
        action["label"] = body.get("label", recognized)
        await self._announce("corrected", action)
        return web.json_response(action)

    async def _uncorrect(self, request: web.Request) -> web.Response:
        await self._changing(request)
        action = self._found(self.actions, int(request.match_info["id"]))
        if action["correction"] is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "there is no correction of this action")
        action |= {"label": action["correction"]["recognized"], "correction": None}
        await self._announce("corrected", action)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _teach(self, request: web.Request) -> web.Response:
        body = await self._changing(request)
        self._found(self.cameras, body["camera"])
        lesson = {"id": "lesson", "camera": body["camera"], "label": body["label"], "windows": 4}
        return web.json_response(lesson, status=HTTPStatus.CREATED)

    async def _unteach(self, request: web.Request) -> web.Response:
        await self._changing(request)
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def _fit(self, request: web.Request) -> web.Response:
        await self._changing(request)
        job = {"id": "0d8e7a0e-6a5b-4f0c-9d6a-1b2c3d4e5f60", "state": "queued", "report": None}
        self.jobs.setdefault(str(job["id"]), job)
        return web.json_response(job, status=HTTPStatus.ACCEPTED)

    async def _job(self, request: web.Request) -> web.Response:
        return web.json_response(self._found(self.jobs, request.match_info["id"]))

    async def _heads(self, _request: web.Request) -> web.Response:
        return web.json_response({"heads": self.heads})

    async def _activate(self, request: web.Request) -> web.Response:
        await self._changing(request)
        version = int(request.match_info["version"])
        head = self._found({head["version"]: head for head in self.heads}, version)
        for other in self.heads:
            other["active"] = other is head
        return web.json_response(head)

    def _found[K, V](self, things: Mapping[K, V], key: K) -> V:
        """Return one of several things; refuses to where it is not there."""
        if key not in things:
            code = "no_action" if things is self.actions else ""
            raise _Refused(HTTPStatus.NOT_FOUND, "there is no such thing", code=code)
        return things[key]

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


class _Refused(Exception):  # noqa: N818 - an answer, not an error
    """The edge does not do what it was asked for."""

    def __init__(self, status: HTTPStatus, detail: str, **members: str) -> None:
        super().__init__(status, detail)
        self.members = members


def _time(text: str | None) -> datetime:
    return datetime.min.replace(tzinfo=UTC) if text is None else datetime.fromisoformat(text)


def _camera(camera_id: str, name: str) -> dict[str, Any]:
    return {
        "id": camera_id,
        "name": name,
        "state": "online",
        "reason": None,
        "since": START.isoformat(),
        "origin": "options",
        "settings": {
            "enabled": True,
            "labels": None,
            "sensitivity": 50,
            "ignore": [],
            "snapshots": False,
            "clips": False,
        },
    }
