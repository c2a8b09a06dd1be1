"""The service over real sockets: what it answers, and what it refuses."""

import asyncio
import base64
from dataclasses import replace
import gzip
import hashlib
import json
import logging
import math
import struct
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
import msgpack
import numpy as np
from numpy.typing import NDArray
import onnxruntime as ort
import pytest

from tinyact_cloud.bundle import HEAD_KINDS, HeadKind
from tinyact_cloud.service.app import Service
from tinyact_cloud.service.auth import create_token, revoke_token
from tinyact_cloud.service.batcher import Batcher
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.limits import AtOnce
from tinyact_cloud.service.served import Served

from .synthetic import ENCODER, LABELS, Latents

Client = TestClient[Any, Any]
SCALE = 0.05


def quantise(latents: NDArray[np.float32]) -> NDArray[np.int8]:
    return np.clip(np.round(latents / SCALE), -127, 127).astype(np.int8)


def item(latent: Any, **more: Any) -> dict[str, Any]:
    return {
        "camera": "kitchen",
        "person": 3,
        "at": "2026-11-23T10:00:00+00:00",
        "latent": latent,
        "scale": SCALE,
    } | more


def query(*items: Any, encoder: Any = ENCODER) -> dict[str, Any]:
    return {"encoder": encoder, "items": list(items)}


async def pack(client: Client, message: Any) -> ClientResponse:
    return await client.post(
        "/v1/classify",
        data=msgpack.packb(message),
        headers={"Content-Type": "application/msgpack"},
    )


async def problem(response: ClientResponse) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    body = await response.json()
    assert body["status"] == response.status
    assert body["title"]
    return response.status, body["detail"]


@pytest.mark.parametrize("kind", HEAD_KINDS)
async def test_answers_are_the_heads(
    kind: HeadKind,
    service: Service,
    client: Client,
    heads: dict[HeadKind, bytes],
    fresh: Latents,
) -> None:
    assert service.served is not None
    service.served = Served.load(service.served.bundle, kind)
    codes = quantise(fresh.latents)
    session = ort.InferenceSession(heads[kind], providers=["CPUExecutionProvider"])
    (raw,) = session.run(None, {"latent": codes.astype(np.float32) * np.float32(SCALE)})
    temperature = {"rf": 1.0, "svm": 2.0, "xgb": 0.5, "logistic": 1.5}[kind]
    expected = raw.astype(np.float64) ** (1 / temperature)
    expected /= expected.sum(axis=1, keepdims=True)

    response = await pack(client, query(*(item(code.tobytes()) for code in codes)))

    assert response.content_type == "application/msgpack"
    answer = msgpack.unpackb(await response.read())
    assert answer["model"] == hashlib.sha256(heads[kind]).hexdigest()
    rows = [list(result["probabilities"].values()) for result in answer["results"]]
    np.testing.assert_allclose(rows, expected, atol=1e-4)
    for result, row in zip(answer["results"], expected, strict=True):
        assert list(result["probabilities"]) == list(LABELS)
        assert result["label"] == LABELS[row.argmax()]
        assert result["confidence"] == result["probabilities"][result["label"]]


async def test_all_ways_to_write_a_latent_agree(client: Client, fresh: Latents) -> None:
    code = quantise(fresh.latents[:1])[0]
    floats = (code * SCALE).tolist()
    answers = [
        msgpack.unpackb(await (await pack(client, query(item(code.tobytes())))).read()),
        *[
            await (await client.post("/v1/classify", json=query(written))).json()
            for written in (
                item(base64.b64encode(code.tobytes()).decode()),
                item(code.tolist()),
                {"latent": floats},
            )
        ],
    ]
    assert all(answer["results"] == answers[0]["results"] for answer in answers)
    assert len(answers[0]["results"]) == 1


async def test_concurrent_requests_get_their_own_answers(client: Client, fresh: Latents) -> None:
    codes = quantise(fresh.latents)
    messages = [
        query(*(item(code.tobytes()) for code in codes[i : i + 1 + i % 3])) for i in range(30)
    ]
    alone = [msgpack.unpackb(await (await pack(client, m)).read()) for m in messages]
    together = await asyncio.gather(*(pack(client, message) for message in messages))
    assert [msgpack.unpackb(await response.read()) for response in together] == alone
    assert len({json.dumps(answer) for answer in alone}) > 20


async def test_a_head_that_fails_fails_those_who_asked_only(
    service: Service, client: Client, fresh: Latents, caplog: pytest.LogCaptureFixture
) -> None:
    assert service.served is not None
    whole = service.served

    def fail(_latents: NDArray[np.float32]) -> NDArray[np.float64]:
        raise ValueError("out of order")

    service.served = replace(whole, batcher=Batcher(fail))
    message = query(item(quantise(fresh.latents)[0].tobytes()))
    assert (await problem(await pack(client, message)))[0] == 500
    assert "out of order" in caplog.text
    service.served = whole
    assert (await pack(client, message)).status == 200


LATENT = bytes(1024)
NUMBERS = [0.5] * 1024
WRONG: list[tuple[str, Any]] = [
    ("map with encoder", []),
    ("map with encoder", {"items": [item(LATENT)]}),
    ("map with encoder", query(item(LATENT), encoder=7)),
    ("map with encoder", {"encoder": ENCODER, "items": {}}),
    ("1 to 256 items; it holds 0", query()),
    ("1 to 256 items; it holds 257", query(*[7] * 257)),
    (r"items[1] must be a map", query(item(LATENT), 7)),
    ("1024 int8 bytes; it is 1023 bytes", query(item(LATENT[1:]))),
    ("1024 int8 bytes; it is 1025 bytes", query(item(LATENT + b"0"))),
    ("1024 int8 bytes; it is something else", query(item(None))),
    ("1024 numbers; it holds 1023", query(item(NUMBERS[1:]))),
    ("1024 numbers; it holds 1025", query(item([*NUMBERS, 1]))),
    ("1024 numbers", query(item([*NUMBERS[1:], "1"]))),
    ("1024 numbers", query(item([*NUMBERS[1:], True]))),
    ("finite", query(item([*NUMBERS[1:], math.nan]))),
    ("finite", query(item([*NUMBERS[1:], math.inf]))),
    ("finite", query(item([*NUMBERS[1:], 1e39], scale=1))),
    ("finite", query(item(b"\x7f" * 1024, scale=1e38))),
    ("finite", query(item(LATENT, scale=math.inf))),
    ("scale must be", query(item(LATENT, scale=math.nan))),
    ("scale must be", query(item(LATENT, scale=-1))),
    ("scale must be", query(item(LATENT, scale="1"))),
    ("scale must be", query({"latent": LATENT})),
    ("base64 of 1024 bytes", query(item("A" * 1372))),
    ("not base64", query(item("é" * 1368))),
    ("it is 1022 bytes", query(item(base64.b64encode(LATENT[2:]).decode()))),
    ("camera", query(item(LATENT, camera=7))),
    ("person", query(item(LATENT, person="7"))),
    ("at must be", query(item(LATENT, at=7))),
    ("at must be", query(item(LATENT, at="yesterday"))),
    ("at must be", query(item(LATENT, at="2026-11-23T10:00:00"))),
]


async def test_well_formed_but_wrong(client: Client, subtests: pytest.Subtests) -> None:
    for number, (reason, message) in enumerate(WRONG):
        with subtests.test(reason, number=number):
            status, detail = await problem(await pack(client, message))
            assert status == 422
            assert reason in detail


async def test_json_numbers_beyond_floats(client: Client, subtests: pytest.Subtests) -> None:
    for number in ("NaN", "Infinity", "1e400", "9" * 400):
        with subtests.test(number):
            latent = ", ".join(["0"] * 1023 + [number])
            body = f'{{"encoder": "{ENCODER}", "items": [{{"latent": [{latent}]}}]}}'
            response = await client.post(
                "/v1/classify", data=body, headers={"Content-Type": "application/json"}
            )
            status, detail = await problem(response)
            assert status == 422
            assert "finite" in detail


MALFORMED = [
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"\xff\xff"),
    ("application/json", b"[" * 200_000),
    ("application/json", b"9" * 10_000),
    ("application/msgpack", b""),
    ("application/msgpack", b"\xc1"),
    ("application/msgpack", b"\x81\xa1"),
    ("application/msgpack", b"\xc0\xc0"),
    ("application/msgpack", b"\x91" * 200_000),
    ("application/msgpack", b"\xdd" + struct.pack(">I", 2**32 - 1)),
    ("application/msgpack", b"\xdd" + struct.pack(">I", 100_000) + bytes(100_000)),
    ("application/msgpack", b"\x81\x01\x01"),
]


async def test_malformed(client: Client, subtests: pytest.Subtests) -> None:
    for content_type, body in MALFORMED:
        with subtests.test(content_type, body=body[:10]):
            response = await client.post(
                "/v1/classify", data=body, headers={"Content-Type": content_type}
            )
            assert await problem(response) == (400, f"The body is not {content_type}.")


async def test_body_that_is_not_what_its_encoding_says(client: Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    response = await client.post("/v1/classify", data=b"plain", headers=headers)
    assert (await problem(response))[0] == 400


@pytest.mark.parametrize("packed", [False, True])
async def test_oversized(client: Client, *, packed: bool) -> None:
    body = bytes((1 << 20) + 1)
    headers = {"Content-Type": "application/msgpack"}
    if packed:  # a kilobyte that unpacks to more than is allowed
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    status, detail = await problem(await client.post("/v1/classify", data=body, headers=headers))
    assert status == 413
    assert "1048576" in detail


async def test_other_content_type(client: Client) -> None:
    response = await client.post("/v1/classify", data=b"latent=0")
    status, detail = await problem(response)
    assert status == 415
    assert "application/msgpack or application/json" in detail


async def test_other_encoder(client: Client) -> None:
    other = hashlib.sha256(b"another").hexdigest()
    status, detail = await problem(await pack(client, query(item(LATENT), encoder=other)))
    assert status == 409
    assert ENCODER in detail
    assert other in detail
    assert "bundles of the same export" in detail


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic ZTpl",
        "Bearer " + "x" * 4000,
    ],
)
async def test_without_a_valid_token(client: Client, authorization: str) -> None:
    headers = {"Authorization": authorization}
    for response in (
        await client.get("/v1/model", headers=headers),
        await client.get("/v1/model/head", headers=headers),
        await client.post("/v1/classify", headers=headers),
        await client.get("/nowhere", headers=headers),
    ):
        assert response.headers["WWW-Authenticate"] == "Bearer"
        status, detail = await problem(response)
        assert status == 401
        assert "tinyact-cloud token create" in detail


async def test_token_that_is_no_text(client: Client) -> None:
    """No client library sends such a header, so this one is written by hand."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(
        b"GET /v1/model HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        b"Authorization: Bearer \xff\r\n\r\n"
    )
    assert (await reader.read()).startswith(b"HTTP/1.1 401 ")
    writer.close()


async def test_revoked_token_stops_working(
    client: Client, service: Service, database: Database
) -> None:
    assert (await client.get("/v1/model")).status == 200
    await revoke_token(database, "edge")
    await service.changes.look()
    assert (await client.get("/v1/model")).status == 401


async def test_unknown_path_and_method(client: Client) -> None:
    assert (await problem(await client.get("/v1/nothing")))[0] == 404
    response = await client.get("/v1/classify")
    assert (await problem(response))[0] == 405
    assert response.headers["Allow"] == "POST"


async def test_model(client: Client, heads: dict[HeadKind, bytes]) -> None:
    assert await (await client.get("/v1/model")).json() == {
        "name": "tinyact-test",
        "version": "2026.11.23",
        "encoder": ENCODER,
        "head": "rf",
        "model": hashlib.sha256(heads["rf"]).hexdigest(),
        "temperature": 1.0,
        "head_version": 0,
        "labels": list(LABELS),
        "thresholds": {"fall": 0.5},
        "latent_size": 1024,
        "metrics": {"accuracy": 0.5},
    }


async def test_head_is_sent_once(client: Client, heads: dict[HeadKind, bytes]) -> None:
    response = await client.get("/v1/model/head")
    assert await response.read() == heads["rf"]
    tag = response.headers["ETag"]
    assert tag == f'"{hashlib.sha256(heads["rf"]).hexdigest()}"'
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = await client.get("/v1/model/head", headers={"If-None-Match": known})
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == tag
    changed = await client.get("/v1/model/head", headers={"If-None-Match": '"other"'})
    assert changed.status == 200


async def test_not_ready(service: Service, client: Client) -> None:
    assert await (await client.get("/readyz")).json() == {"status": "ok"}
    service.served = None
    for response in (
        await client.get("/readyz"),
        await client.get("/v1/model"),
        await client.get("/v1/model/head"),
        await pack(client, query(item(LATENT))),
    ):
        assert (await problem(response))[0] == 503
        assert response.headers["Retry-After"] == "1"


async def test_health_and_document_ask_for_no_token(stranger: Client, service: Service) -> None:
    assert (await stranger.get("/openapi.json")).status == 200
    assert (await stranger.get("/healthz")).status == 200
    assert (await stranger.get("/readyz")).status == 503
    assert service.served is None


async def test_too_many_at_once(service: Service, client: Client, fresh: Latents) -> None:
    # A site has room for one small request.
    service._gate._at_once = AtOnce(most=2 * 20 << 10)
    message = query(item(quantise(fresh.latents)[0].tobytes()))
    responses = await asyncio.gather(*(pack(client, message) for _ in range(8)))
    assert {response.status for response in responses} == {200, 429}
    assert (await pack(client, message)).status == 200  # and none is counted for ever


async def test_secrets_stay_out_of_the_log(
    client: Client, database: Database, fresh: Latents, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await create_token(database, "another edge")
    latent = base64.b64encode(quantise(fresh.latents)[0].tobytes()).decode()
    headers = {"Authorization": f"Bearer {token}"}
    for message in (
        query(item(latent)),
        query(item(latent), encoder="0" * 64),
        query(item(latent[4:])),
    ):
        await client.post("/v1/classify", json=message, headers=headers)
    await client.get("/v1/model", headers={"Authorization": f"Bearer {token}x"})
    assert "refused POST /v1/classify" in caplog.text
    assert "401" in caplog.text
    assert token not in caplog.text
    assert latent[4:40] not in caplog.text
