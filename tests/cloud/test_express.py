"""The short way of a classify request and the long one: nobody can tell which it was."""

import asyncio
import gzip
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
import msgpack
import numpy as np
import pytest

from tinyact_cloud.service.app import Service
from tinyact_cloud.service.gate import Gate
from tinyact_cloud.service.limits import Rate

from .synthetic import ENCODER, Latents

Client = TestClient[Any, Any]
PACKED = {"Content-Type": "application/msgpack"}


def query(latents: Latents, count: int = 1) -> bytes:
    codes = np.clip(np.round(latents.latents[:count] / 0.05), -127, 127).astype(np.int8)
    items = [{"latent": code.tobytes(), "scale": 0.05} for code in codes]
    return bytes(msgpack.packb({"encoder": ENCODER, "items": items}))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of requests that were let in on the short way."""
    paths: list[str] = []
    enter, token_of = Gate.enter, Gate._token
    long_way: list[Any] = []

    async def remember_long(self: Gate, request: Any) -> Any:
        long_way.append(request)
        return await token_of(self, request)

    def remember(self: Gate, request: Any, token: Any) -> int:
        if request not in long_way:
            paths.append(request.path)
        return enter(self, request, token)

    monkeypatch.setattr(Gate, "_token", remember_long)
    monkeypatch.setattr(Gate, "enter", remember)
    return paths


async def seen(response: ClientResponse) -> tuple[int, dict[str, str], bytes]:
    told = {
        name: value
        for name, value in response.headers.items()
        if name not in {"Date", "Server", "X-Request-ID"}
    }
    return response.status, told, await response.read()


async def test_both_ways_answer_alike(client: Client, fresh: Latents, hurried: list[str]) -> None:
    body = query(fresh, 7)
    first, *others = [
        await client.post("/v1/classify", data=body, headers=PACKED) for _ in range(3)
    ]
    assert hurried == ["/v1/classify"] * 2
    assert (await seen(first))[0] == 200
    for response in others:
        assert await seen(response) == await seen(first)
        assert "Date" in response.headers
    assert len({response.headers["X-Request-ID"] for response in (first, *others)}) == 3


WRONG = [
    (b"\xc1", PACKED, 400),
    (msgpack.packb({"encoder": ENCODER, "items": []}), PACKED, 422),
    (msgpack.packb({"encoder": "0" * 64, "items": [{"latent": [0] * 1024}]}), PACKED, 409),
    (b"", {"Content-Type": "text/plain"}, 415),
    (bytes((1 << 20) + 1), PACKED, 413),
    (gzip.compress(bytes((1 << 20) + 1)), PACKED | {"Content-Encoding": "gzip"}, 413),
    (b"plain", PACKED | {"Content-Encoding": "gzip"}, 400),
]


@pytest.mark.parametrize(("body", "headers", "status"), WRONG)
async def test_both_ways_refuse_alike(
    client: Client,
    hurried: list[str],
    caplog: pytest.LogCaptureFixture,
    body: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    caplog.set_level("INFO")
    for _ in range(2):
        response = await client.post("/v1/classify", data=body, headers=headers)
        assert response.content_type == "application/problem+json"
        assert (await response.json())["status"] == response.status == status
        await asyncio.sleep(0.05)
    assert len(hurried) == 1
    assert caplog.text.count(f"refused POST /v1/classify from 127.0.0.1: {status}") == 2


async def test_the_client_decides_on_the_id(
    client: Client, fresh: Latents, hurried: list[str]
) -> None:
    for _ in range(2):
        response = await client.post(
            "/v1/classify", data=query(fresh), headers=PACKED | {"X-Request-ID": "mine-1"}
        )
        assert response.headers["X-Request-ID"] == "mine-1"
    assert len(hurried) == 1


@pytest.mark.parametrize(
    ("version", "header"), [("1.0", "X: y"), ("1.0", "Connection: keep-alive"), ("1.1", "X: y")]
)
async def test_http_as_it_is_written(
    client: Client, fresh: Latents, hurried: list[str], version: str, header: str
) -> None:
    """Each version has its own idea of when a connection ends, so this is written by hand."""
    await client.post("/v1/classify", data=query(fresh), headers=PACKED)
    body = query(fresh)
    request = (
        f"POST /v1/classify HTTP/{version}\r\nHost: test\r\n{header}\r\n"
        f"Authorization: {client.session.headers['Authorization']}\r\n"
        f"Content-Type: application/msgpack\r\nContent-Length: {len(body)}\r\n"
    ).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    # The second one asks for the end.
    writer.write(request + b"\r\n" + body)
    if b"1.0" not in request or b"keep-alive" in request:
        writer.write(request.replace(b"keep-alive", b"close") + b"Connection: close\r\n\r\n" + body)
    answers = await reader.read()
    writer.close()
    count = 1 if header == "X: y" and version == "1.0" else 2
    assert answers.count(b"200 OK\r\n") == count
    assert len(hurried) == count
    assert answers.count(b'"model"') == 0  # msgpack, not JSON
    assert answers.count(b"confidence") == count


async def test_who_asks_too_often_is_told_when_to_come_again(
    service: Service, client: Client, fresh: Latents
) -> None:
    service._gate._rate = Rate(rate=1, burst=1)
    statuses = []
    for _ in range(4):
        response = await client.post("/v1/classify", data=query(fresh), headers=PACKED)
        statuses.append(response.status)
    assert statuses[0] == 200
    assert statuses[-1] == 429
    assert int(response.headers["Retry-After"]) >= 1
    assert (await client.get("/v1/model")).status == 429
    assert (await client.get("/healthz")).status == 200


async def test_nobody_begins_on_the_short_way_once_it_stops(
    service: Service, client: Client, fresh: Latents, hurried: list[str]
) -> None:
    for _ in range(2):
        await client.post("/v1/classify", data=query(fresh), headers=PACKED)
    await service.drain()
    response = await client.post("/v1/classify", data=query(fresh), headers=PACKED)
    assert response.status == 503
    assert len(hurried) == 1


async def test_who_is_in_is_waited_for(service: Service, client: Client, fresh: Latents) -> None:
    await client.post("/v1/classify", data=query(fresh), headers=PACKED)
    asking = [
        asyncio.create_task(client.post("/v1/classify", data=query(fresh), headers=PACKED))
        for _ in range(20)
    ]
    while not service._gate._inside:  # noqa: ASYNC110 - nothing else tells
        await asyncio.sleep(0)
    await service.drain()
    assert service._gate._inside == 0
    assert {response.status for response in await asyncio.gather(*asking)} <= {200, 503}
