"""Replicas on one database: what one teaches all serve, and any of them may be killed."""

import asyncio
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack
from pathlib import Path
import signal
import sys
from typing import TYPE_CHECKING, Any
import uuid

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer
import pytest
from sqlalchemy import text

from tinyact_cloud.learning.heads import fit_head
from tinyact_cloud.service import history, jobs
from tinyact_cloud.service.app import Service
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database

from .conftest import MakeBundle, both_databases
from .synthetic import ENCODER, LABELS, draw_latents
from .teaching import Client, classify, lesson, teach, unseen
from .test_classifier_command import serving

if TYPE_CHECKING:
    from .postgres import Cluster

REPORT = {
    "kind": "svm",
    "labels": [*LABELS, "exercises"],
    "temperature": 1.0,
    "thresholds": {"exercises": 0.6},
    "report": [],
}


@pytest.fixture(scope="module")
def head() -> bytes:
    """A head for one label more than the bundle's."""
    drawn = draw_latents(60, seed=3, n_labels=6)
    return fit_head("svm", drawn.latents, drawn.labels, 6, seed=0)


def children(process: Process) -> list[int]:
    """Return the processes that `process` started, as Linux lists them."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    return [int(pid) for pid in listed.split()]


def running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def served_version(session: ClientSession) -> int:
    async with session.get("/v1/model") as response:
        assert response.status == 200
        return int((await response.json())["head_version"])


@both_databases
async def test_a_replica_killed_while_it_fits_loses_nothing(
    make_bundle: MakeBundle, database: Database, tmp_path: Path, flags: list[str]
) -> None:
    """Real processes and a real fit."""
    headers = {"Authorization": f"Bearer {await create_token(database, 'edge')}"}
    bundle = make_bundle()
    async with AsyncExitStack() as stack:
        replicas: dict[Process, ClientSession] = {}
        for _ in range(2):
            process, address = await stack.enter_async_context(serving(bundle, tmp_path, *flags))
            session = ClientSession(address, headers=headers)
            replicas[process] = await stack.enter_async_context(session)
        one, other = replicas.values()
        async with one.post("/v1/examples", json=lesson()) as response:
            assert response.status == 200
        async with one.post("/v1/fit") as response:
            job = response.headers["Location"]
        async with asyncio.timeout(60):
            while not (fitting := [p for p in replicas if children(p)]):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        killed = fitting[0]
        (fit,) = children(killed)
        killed.kill()
        await killed.wait()
        del replicas[killed]
        ((survivor, other),) = replicas.items()
        assert await served_version(other) == 0  # the old head serves until there is a new one
        async with asyncio.timeout(300):
            while True:
                async with other.get(job) as response:
                    found = await response.json()
                if found["state"] in {"done", "failed"}:
                    break
                await asyncio.sleep(0.2)
        assert found["state"] == "done", found
        assert await served_version(other) == 1
        assert not running(fit)  # it ended with whoever had started it
        assert children(survivor) == []


@both_databases
async def test_what_one_replica_teaches_all_serve(
    service: Service, client: Client, database: Database, head: bytes
) -> None:
    replica = Service(database)
    replica.served = service.served
    headers = {"Authorization": client.session.headers["Authorization"]}
    async with TestClient[Any, Any](TestServer(replica.app()), headers=headers) as other:
        before = await classify(other, unseen(1)[0])
        await jobs.ask(database, "home")
        held = await jobs.claim(database, uuid.uuid4())
        assert held is not None
        assert await history.commit_head(database, held, ENCODER, head, REPORT) == 1
        async with asyncio.timeout(30):  # nobody told the other: it looks by itself
            while (result := await classify(other, unseen(1)[0])) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert list(result["probabilities"]) == REPORT["labels"]


SWAP = """
import asyncio, os, signal, sys, uuid
from pathlib import Path
from tinyact_cloud.service import history, jobs
from tinyact_cloud.service.database import Database

async def die(*arguments):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    folder, url, encoder, head = sys.argv[1:]
    database = await Database.open(Path(folder), url or None)
    held = await jobs.claim(database, uuid.uuid4())
    report = {"kind": "svm", "labels": [], "temperature": 1, "thresholds": {}, "report": []}
    history._forget_old = die  # the last statement of the transaction
    await history.commit_head(database, held, encoder, Path(head).read_bytes(), report)

asyncio.run(main())
"""


@both_databases
async def test_killed_while_a_head_is_swapped(
    service: Service,
    client: Client,
    database: Database,
    tmp_path: Path,
    database_url: str | None,
    head: bytes,
) -> None:
    await teach(client)
    await client.post("/v1/fit")
    (tmp_path / "head").write_bytes(head)
    arguments = [str(tmp_path / "data"), database_url or "", ENCODER, str(tmp_path / "head")]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SWAP, *arguments, stderr=PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == -signal.SIGKILL, err.decode()
    await service.changes.look()
    assert len((await (await client.get("/v1/heads")).json())["heads"]) == 1
    assert (await (await client.get("/v1/model")).json())["head_version"] == 0
    assert await jobs.claim(database, uuid.uuid4()) is None  # its lease goes on for a while
    async with database.writing() as connection:
        await connection.execute(text("UPDATE jobs SET lease = 1"))
    again = await jobs.claim(database, uuid.uuid4())
    assert again is not None
    assert await history.commit_head(database, again, ENCODER, head, REPORT) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_without_its_database_the_service_serves_on(
    client: Client, postgres: "Cluster"
) -> None:
    before = await classify(client, unseen(1)[0])
    postgres.stop()
    try:
        assert await classify(client, unseen(1)[0]) == before
        for method, path in (
            ("POST", "/v1/fit"),
            ("GET", "/v1/examples"),
            ("GET", "/v1/heads"),
            ("GET", "/v1/site/export"),
            ("DELETE", "/v1/site"),
        ):
            response = await client.request(method, path)
            assert response.status == 503, path
            assert response.headers["Retry-After"] == "5"
            assert "database does not answer" in (await response.json())["detail"]
        assert (await teach(client)).status == 503
    finally:
        postgres.start()
    assert (await teach(client)).status == 200
    assert await classify(client, unseen(1)[0]) == before
