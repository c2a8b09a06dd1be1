"""Requests made up from the served OpenAPI document: none makes the service fail."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
import json
from pathlib import Path
import sys

from aiohttp import ClientSession

from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database

from .conftest import MakeBundle, both_databases
from .synthetic import ENCODER
from .test_classifier_command import serving

# Not that all that fits the schema is accepted: no schema says that a text must not begin with a
# blank, or that a latent must not be all zeros.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
)
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@both_databases
async def test_no_request_makes_it_fail(
    make_bundle: MakeBundle, database: Database, tmp_path: Path, database_url: str | None
) -> None:
    where = ["--data", str(tmp_path / "data")]
    if database_url:
        where += ["--database", database_url]
    token = await create_token(database, "edge")
    async with serving(make_bundle(), tmp_path, *where) as (service, address):
        async with ClientSession(address) as session, session.get("/openapi.json") as response:
            document = await response.json()
        # Else almost all that is made up is of another encoder, and refused for that alone.
        for schema in ("Query", "Examples", "Marks"):
            document["components"]["schemas"][schema]["properties"]["encoder"] = {"const": ENCODER}
        (tmp_path / "openapi.json").write_text(json.dumps(document))
        process = await asyncio.create_subprocess_exec(
            *(SCHEMATHESIS, "run", "openapi.json", "--url", address),
            *("--header", f"Authorization: Bearer {token}"),
            *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing,stateful"),
            *("--max-examples", "8", "--seed", "1", "--generation-database", "none"),
            "--no-color",
            cwd=tmp_path,
            stdout=PIPE,
            stderr=STDOUT,
        )
        out, _ = await process.communicate()
        assert process.returncode == 0, out.decode()
        assert f"Tested: {sum(map(len, document['paths'].values()))}" in out.decode()
        service.terminate()
        _, log = await service.communicate()
    # Nothing failed behind the answers; aiohttp tells of broken headers by a traceback, too.
    assert log.count(b"Traceback") == log.count(b"http_exceptions.BadHttpMessage")
