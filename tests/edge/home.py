"""An edge with its API in the test's own process, asked over real sockets."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tinyact_edge.api import make_app
from tinyact_edge.bundle import Bundle
from tinyact_edge.classifier import Service
from tinyact_edge.edge import Edge
from tinyact_edge.encoder import Encoder
from tinyact_edge.journal import Journal
from tinyact_edge.pictures import Keeping
from tinyact_edge.tokens import Tokens

from .support import WAIT, stub_view

Client = TestClient[web.Request, web.Application]
Socket = aiohttp.ClientWebSocketResponse
NOBODY = "rtsp://me:hidden@127.0.0.1:{}/x"


class Home:
    """An edge with its API, a client that has a token, and cameras as a test adds them."""

    def __init__(
        self,
        bundle: Bundle,
        folder: Path,
        service: Service | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self.bundle = bundle
        self.journal = Journal(folder)
        token = Tokens(self.journal).add()
        self.headers = {"Authorization": f"Bearer {token}"}
        view = stub_view(bundle.clip)
        self.edge = Edge(bundle, self.journal, view, Encoder(bundle), service, keeping)
        self.app = make_app(self.edge)
        self.client: Client = TestClient(TestServer(self.app))

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and object of an answer."""
        async with self.client.request(method, path, json=body, headers=self.headers) as response:
            return response.status, await response.json() if response.content_length else None

    async def get(self, path: str, **query: str) -> Any:
        async with self.client.get(path, params=query, headers=self.headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def add(self, **body: Any) -> tuple[int, Any]:
        async with self.client.post("/api/cameras", json=body, headers=self.headers) as response:
            return response.status, await response.json()

    async def remove(self, camera: str) -> int:
        async with self.client.delete(f"/api/cameras/{camera}", headers=self.headers) as response:
            return response.status

    async def connect(self) -> Socket:
        return await self.client.ws_connect("/api/ws", headers=self.headers)


async def hear(socket: Socket, kind: str) -> dict[str, Any]:
    """Return the next message of a kind."""
    async with asyncio.timeout(WAIT):
        while True:
            message: dict[str, Any] = await socket.receive_json()
            if message["type"] == kind:
                return message
