"""The `tinyact-cloud` command, as a process of its own."""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
import contextlib
import json
import os
from pathlib import Path
import signal
import socket
import sys

from aiohttp import ClientSession
import pytest

from .conftest import Command, MakeBundle
from .synthetic import ENCODER

BODY = json.dumps({"encoder": ENCODER, "items": [{"latent": [0.5] * 1024}]}).encode()


async def start(*arguments: object, home: Path) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tinyact_cloud", *map(str, arguments)),
        stdout=PIPE,
        stderr=PIPE,
        env={"HOME": str(home), "PATH": os.environ["PATH"]},
    )


async def run(*arguments: object, home: Path) -> tuple[int | None, str, str]:
    process = await start(*arguments, home=home)
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@contextlib.asynccontextmanager
async def serving(bundle: Path, home: Path, *arguments: str) -> AsyncIterator[tuple[Process, str]]:
    """Run the service on a free port; yield it and its address."""
    process = await start("serve", "--port", 0, "--bundle", bundle, *arguments, home=home)
    assert process.stdout is not None
    try:
        line = (await process.stdout.readline()).decode()
        assert line.startswith("listening on http://127.0.0.1:"), line
        yield process, line.split()[-1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_life_of_a_service(make_bundle: MakeBundle, tmp_path: Path) -> None:
    code, token, _ = await run("token", "create", "edge", home=tmp_path)
    assert code == 0
    assert (tmp_path / ".local/share/tinyact-cloud").stat().st_mode & 0o777 == 0o700
    headers = {"Authorization": f"Bearer {token.strip()}"}
    async with (
        serving(make_bundle(), tmp_path, "--head", "svm") as (process, address),
        ClientSession(address, headers=headers) as session,
    ):
        async with session.get("/v1/model") as response:
            assert (await response.json())["head"] == "svm"
        async with session.post(
            "/v1/classify", data=BODY, headers={"Content-Type": "application/json"}
        ) as response:
            assert response.status == 200
        listed = (await run("token", "list", home=tmp_path))[1]
        assert listed.split()[1:] == ["home", "admin", "edge"]
        assert (await run("token", "revoke", "edge", home=tmp_path))[0] == 0
        status = 200
        async with asyncio.timeout(30):
            while status == 200:
                async with session.get("/v1/model") as response:
                    status = response.status
        assert status == 401
        process.terminate()
        _, log = await process.communicate()
    assert process.returncode == 0
    assert "refused GET /v1/model" in log.decode()
    assert token.strip() not in log.decode()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_what_has_begun_is_answered_before_it_stops(
    make_bundle: MakeBundle, tmp_path: Path, number: signal.Signals
) -> None:
    _, token, _ = await run("token", "create", "edge", home=tmp_path)
    async with (
        serving(make_bundle(), tmp_path) as (process, address),
        ClientSession(address) as neighbour,
    ):
        assert process.stderr is not None
        async with neighbour.get("/healthz") as response:
            assert response.status == 200
        port = int(address.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /v1/classify HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\n"
            b"Content-Type: application/json\r\nAuthorization: Bearer " + token.strip().encode()
        )
        writer.write(f"\r\nContent-Length: {len(BODY)}\r\n\r\n".encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        process.send_signal(number)
        while b"stopping" not in (line := await process.stderr.readline()):
            assert line
        async with neighbour.get("/readyz") as response:  # on the connection it has
            assert response.status == 503
        writer.write(BODY)
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b'"label"' in answer
        assert await process.wait() == 0
        with pytest.raises(OSError, match=r"[Cc]onnect"):
            await asyncio.open_connection("127.0.0.1", port)


def test_user_errors_are_one_line(
    make_bundle: MakeBundle, tmp_path: Path, command: Command
) -> None:
    bundle = make_bundle(heads={"rf": "head_rf.onnx"})
    cases: list[tuple[str, tuple[object, ...]]] = [
        ("invalid choice: 'knn'", ("serve", "--head", "knn")),
        (
            "no svm head. Choose one of: rf",
            ("serve", "--port", 0, "--bundle", bundle, "--head", "svm"),
        ),
        ("tinyact-model.json is missing", ("serve", "--port", 0, "--bundle", tmp_path)),
        ("'99999' is no port", ("serve", "--port", 99999)),
        ("'soon' is not usable", ("serve", "--keep-days", "soon")),
        ("choose up to 36500", ("serve", "--keep-days", "1e9")),
        ("no token 'ghost'", ("token", "revoke", "ghost")),
        ("cannot be a token's name", ("token", "create", "")),
        ("cannot be a site's name", ("token", "create", "edge", "--site", "My Home")),
        ("invalid choice: 'root'", ("token", "create", "edge", "--scope", "root")),
        ("--database must be postgresql://", ("token", "list", "--database", "mysql://host/x")),
        ("Check that it runs", ("serve", "--database", "postgresql://me:pw@127.0.0.1:1/x")),
        ("--data", ("token", "list", "--data", bundle / "head_rf.onnx")),
        ("required", ("token",)),
    ]
    for reason, arguments in cases:
        code, out, err = command(*arguments)
        assert (code, out, err.count("\n")) == (2, "", 1), err
        assert reason in err


async def test_a_port_that_is_taken_is_the_one_line_of_the_log(
    make_bundle: MakeBundle, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = await run(
            "serve", "--port", port, "--bundle", make_bundle(), home=tmp_path
        )
    assert (code, out, err.count("\n")) == (2, "", 1), err
    assert "Choose another --host or --port" in err
