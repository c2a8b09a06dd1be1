"""The log as `tinyact-cloud serve` writes it, a process of its own."""

import asyncio
import base64
import json
from pathlib import Path
import re
import uuid

from aiohttp import ClientSession
import msgpack

from tinyact_cloud.service.logs import request_id

from .conftest import MakeBundle
from .teaching import SCALE, codes, example, teaching, unseen
from .test_classifier_command import run, serving

# What a household taught, where it was, and what somebody only tried.
SECRETS = ("grandma falls asleep", "the attic camera", "evening group", "not-a-token-but-tried")


def test_ids_are_taken_over_only_if_sane() -> None:
    for sane in ("a", "4bf92f3577b34da6", "A.b_c-9", "x" * 64):
        assert request_id(sane) == sane
    for insane in (None, "", "x" * 65, "a b", "a\nb", 'a"b', "é", "{}"):
        assert re.fullmatch("[0-9a-f]{32}", request_id(insane))
    assert request_id(None) != request_id(None)


async def test_no_line_holds_a_secret_and_each_has_its_request(
    make_bundle: MakeBundle, tmp_path: Path
) -> None:
    _, token, _ = await run("token", "create", "edge", home=tmp_path)
    token, shown = token.strip(), unseen(1)[0]
    label, camera, group, wrong_token = SECRETS
    kept = example(shown, label=label, camera=camera, group=group)
    broken = kept | {"id": str(uuid.uuid4()), "latent": kept["latent"][:-8] + "%%%%%%%%"}
    asked = msgpack.packb(teaching({"camera": camera, "latent": codes(shown), "scale": SCALE}))
    async with (
        serving(make_bundle(), tmp_path, "--log-format", "json") as (process, address),
        ClientSession(address, headers={"Authorization": f"Bearer {token}"}) as session,
    ):
        sent = [
            ("POST", "/v1/examples", {"json": teaching(kept)}, 200),
            ("POST", "/v1/examples", {"json": teaching(broken)}, 422),
            ("POST", "/v1/examples", {"json": teaching(kept | {"label": label * 9})}, 422),
            ("POST", "/v1/examples", {"json": teaching(kept, encoder="0" * 64)}, 409),
            ("GET", f"/v1/examples?label={label}&camera={camera}", {}, 200),
            ("POST", "/v1/classify", {"data": asked}, 200),
            ("POST", "/v1/classify", {"data": asked[:-9]}, 400),
            ("GET", "/v1/model", {"headers": {"Authorization": f"Bearer {wrong_token}"}}, 401),
            ("GET", f"/v1/model?token={token}", {}, 200),
            ("GET", "/nowhere", {}, 404),
        ]
        ids = {}
        for number, (method, path, more, status) in enumerate(sent):
            headers = {
                "X-Request-ID": f"test-{number}",
                "Content-Type": "application/msgpack" if "data" in more else "application/json",
            } | more.pop("headers", {})
            async with session.request(method, path, headers=headers, **more) as response:
                assert (path, response.status) == (path, status)
                assert response.headers["X-Request-ID"] == f"test-{number}"
                ids[f"test-{number}"] = status
        port = int(address.rsplit(":", 1)[1])
        # What is no HTTP at all comes nowhere near our own code.
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET / HTTP/1.1\r\nAuthorization: Bearer {token}\0\r\n{label}\r\n\r\n".encode()
        )
        assert b" 400 " in await reader.readline()
        writer.close()
        process.terminate()
        _, written = await process.communicate()
    log = written.decode()
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"time", "level", "logger", "request_id", "message"} <= set.intersection(
        *map(set, lines)
    )
    logged = {line["request_id"] for line in lines}
    assert {name for name, status in ids.items() if status >= 400} <= logged
    assert any(
        line["request_id"] == "test-0"
        and "POST /v1/examples by edge of home: 200" in line["message"]
        for line in lines
    )
    assert any(line["message"] == "stopping" and line["request_id"] == "-" for line in lines)
    latent = base64.b64encode(codes(shown)).decode()
    for secret in (*SECRETS, token, latent[:24], latent[-24:-8], repr(codes(shown))[2:40]):
        assert secret not in log
        assert secret not in log.encode().decode("unicode_escape")


async def test_text_is_a_line_an_event(make_bundle: MakeBundle, tmp_path: Path) -> None:
    async with (
        serving(make_bundle(), tmp_path) as (process, address),
        ClientSession(address) as session,
    ):
        async with session.get("/v1/model", headers={"X-Request-ID": "mine"}) as response:
            assert response.status == 401
        process.terminate()
        _, written = await process.communicate()
    line = r"^[\d-]+ [\d:,]+ INFO mine refused GET /v1/model .*$"
    assert re.search(line, written.decode(), re.MULTILINE)
