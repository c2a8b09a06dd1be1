"""The API under attack: crowds, slow clients, huge and broken requests, and made-up ones."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path
import signal
import socket

from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode, WSServerHandshakeError, web
import pytest

from tinyact_edge.bundle import Bundle
from tinyact_edge.database import JournalError
from tinyact_edge.door import DOOR, MAX_SOCKETS, MAX_STRANGERS
from tinyact_soak.fuzz import attack, resident_megabytes

from .home import Home, hear
from .process import Process, running
from .support import WAIT

PASSWORD = "hidden-password"  # noqa: S105
# Nobody answers there; its port is no service's.
NOBODY = f"rtsp://me:{PASSWORD}@127.0.0.1:9/x"


class House:
    """An edge behind its door, as the service puts it there."""

    def __init__(self, home: Home, runner: web.AppRunner) -> None:
        self.home = home
        self.runner = runner
        self.port = int(runner.addresses[0][1])

    async def connect(self, text: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return a bare connection, on which `text` was said."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(text)
        return reader, writer

    async def ask(self, text: bytes) -> bytes:
        """Return the beginning of what is answered to `text`."""
        reader, writer = await self.connect(text)
        async with asyncio.timeout(WAIT):
            answer = await reader.read(10_000)
        writer.close()
        return answer

    @property
    def token(self) -> bytes:
        """Return the header that a client with a token sends."""
        return f"Authorization: {self.home.headers['Authorization']}\r\n".encode()


@pytest.fixture
async def house(bundle: Bundle, tmp_path: Path) -> AsyncIterator[House]:
    """Return a running edge without cameras."""
    home = Home(bundle, tmp_path)
    runner = web.AppRunner(home.app, access_log=None)
    await home.edge.start([])
    watching = asyncio.create_task(home.app[DOOR].watch(runner))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield House(home, runner)
    watching.cancel()
    await home.edge.stop()
    await runner.cleanup()
    home.journal.close()


async def test_a_crowd_of_strangers_keeps_nobody_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyact_edge.door.FIRST_SECONDS", 1000.0)
    address = f"http://127.0.0.1:{house.port}"
    async with (
        ClientSession(address, headers=house.home.headers) as session,
        session.ws_connect("/api/ws") as home_assistant,
    ):
        await hear(home_assistant, "hello")
        crowd = [await house.connect() for _ in range(4 * MAX_STRANGERS)]
        async with asyncio.timeout(WAIT):
            # Those who came first were sent away.
            for reader, _ in crowd[: 3 * MAX_STRANGERS]:
                assert await _end(reader) == b""
            assert house.runner.server
            while len(house.runner.server.connections) > MAX_STRANGERS + 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            async with session.get("/api/info") as response:
                assert response.status == HTTPStatus.OK
        await home_assistant.ping()
        assert not home_assistant.closed
        for _, writer in crowd:
            writer.close()


async def _end(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the connection ends, by whatever."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET /api/info HTTP/1.1\r\nHost: edge\r\nX-Slow: ", b"\x16\x03\x01\x02\x00"],
    ids=["silence", "half a header", "TLS"],
)
async def test_who_does_not_come_out_with_it_is_sent_away(
    house: House, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr("tinyact_edge.door.FIRST_SECONDS", 0.2)
    reader, writer = await house.connect(beginning)
    async with asyncio.timeout(WAIT):
        answer = await _end(reader)
    assert b"200 OK" not in answer
    writer.close()


async def test_who_does_not_end_a_body_is_sent_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyact_edge.door.NEXT_SECONDS", 0.2)
    head = b"POST /api/cameras HTTP/1.1\r\nHost: edge\r\nContent-Length: 1000\r\n"
    reader, writer = await house.connect(head + house.token + b"\r\n{")
    async with asyncio.timeout(WAIT):
        assert await _end(reader) == b""
    writer.close()


async def test_a_thousand_idle_sockets_are_as_many_as_are_allowed(house: House) -> None:
    address = f"http://127.0.0.1:{house.port}"
    async with ClientSession(address, headers=house.home.headers) as session:

        async def connect() -> ClientWebSocketResponse | int:
            try:
                return await session.ws_connect("/api/ws")
            except WSServerHandshakeError as error:
                return error.status

        found = [await connect() for _ in range(1000)]
        sockets = [one for one in found if isinstance(one, ClientWebSocketResponse)]
        assert len(sockets) == MAX_SOCKETS
        assert found.count(HTTPStatus.SERVICE_UNAVAILABLE) == 1000 - MAX_SOCKETS
        # Those who are in are served, and who leaves makes room.
        await hear(sockets[-1], "hello")
        await sockets[0].close()
        async with asyncio.timeout(WAIT):
            while not isinstance(again := await connect(), ClientWebSocketResponse):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await hear(again, "hello")


async def test_who_cannot_be_told_is_sent_away_to_come_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise JournalError("The disk cannot be read.")

    address = f"http://127.0.0.1:{house.port}"
    async with (
        ClientSession(address, headers=house.home.headers) as session,
        session.ws_connect("/api/ws") as home_assistant,
    ):
        # Stands for a disk that fails while the past is read from it.
        monkeypatch.setattr(house.home.journal, "messages", fail)
        await home_assistant.send_json({"type": "subscribe", "since": 0})
        async with asyncio.timeout(WAIT):
            async for _ in home_assistant:
                pass
        assert home_assistant.close_code == WSCloseCode.TRY_AGAIN_LATER


def _request(method: str, path: str, headers: bytes) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n"
    return head.encode() + headers + b"\r\n"


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (b"Content-Length: 1000000000000\r\n", b"{" * 200_000, b"413"),
        (b"Transfer-Encoding: chunked\r\n", 2 * (b"10000\r\n" + b"[" * 65536 + b"\r\n"), b"413"),
        (b"Content-Length: -1\r\n", b"", b"400"),
        (b"X-Long: " + b"x" * 10_000 + b"\r\n", b"", b"400"),
        (b"".join(b"X-%d: y\r\n" % n for n in range(200)), b"", b"400"),
    ],
    ids=["huge body", "endless chunks", "negative length", "long header", "many headers"],
)
async def test_what_is_too_much_is_refused(
    house: House, head: bytes, body: bytes, status: bytes
) -> None:
    answer = await house.ask(_request("POST", "/api/cameras", house.token + head) + body)
    assert answer.split()[1] == status


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/openapi.json/../../../../etc/passwd",
        "/api/actions/..%2f..%2f..%2fetc%2fpasswd/snapshot",
        "/api/actions/1%00/clip",
        "/api/cameras/..%2f..%2fjournal.db/snapshot",
        "/api/actions/%2e%2e/clip",
    ],
)
async def test_no_path_leads_out(house: House, path: str) -> None:
    answer = await house.ask(_request("GET", path, house.token))
    assert answer.split()[1] in {b"400", b"404"}
    assert b"root:" not in answer
    assert b"SQLite" not in answer


@pytest.fixture
def edge(tmp_path: Path, bundle_folder: Path) -> Iterator[Process]:
    """Return the service, telling all that it ever does."""
    options = tmp_path / "options.json"
    options.write_text('{"log_level": "debug"}')
    flags = ["--camera", f"Hall={NOBODY}", "--options", str(options)]
    with running(tmp_path, bundle_folder, *flags) as edge:
        yield edge


def test_neither_token_nor_password_is_ever_logged(edge: Process) -> None:
    edge.wait_for("Camera hall is unavailable")
    token = edge.token
    assert edge.get("/api/info")
    assert edge.ask("POST", "/api/cameras", {"name": "Yard", "url": NOBODY})[0] == 201
    assert edge.ask("POST", "/api/cameras", {"name": "Yard", "url": f"{NOBODY} {token}"})[0] == 422
    edge.ask("GET", f"/api/actions?token={token}&after={token}")
    edge.ask("GET", f"/api/{token}")
    port = int(edge.url.rsplit(":", 1)[1])
    for garbage in (
        f"GET /{token} HTTP/9.9\r\n\r\n",
        f"{token}\r\n\r\n",
        f"GET /api/info HTTP/1.1\r\nAuthorization : Bearer {token}\r\n\r\n",
        f"GET /api/info HTTP/1.1\r\nAuthorization: Bearer {token}{'x' * 9000}\r\n\r\n",
        f"GET /api/info HTTP/1.1\r\nContent-Length: {token}\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=WAIT) as connection:
            connection.sendall(garbage.encode())
            assert connection.recv(1000).startswith(b"HTTP/1.")
    edge.wait_for("Camera yard is unavailable")
    assert edge.end(signal.SIGTERM) == 0
    log = "".join(edge.log)
    assert token not in log
    assert PASSWORD not in log
    assert "Traceback" not in log


def test_no_request_makes_it_fail(tmp_path: Path, bundle_folder: Path) -> None:
    with running(tmp_path / "data", bundle_folder) as edge:
        before = resident_megabytes(edge)
        attack(edge, tmp_path, seed=1, examples=3)
        # Cameras that were made up included.
        assert resident_megabytes(edge) - before < 60
        assert edge.end(signal.SIGTERM) == 0
    assert "Traceback" not in "".join(edge.log)
