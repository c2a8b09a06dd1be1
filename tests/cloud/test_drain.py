"""SIGTERM with a real fit under way and requests in flight, in a process of its own."""

import asyncio
from pathlib import Path

from aiohttp import ClientSession

from tinyact_cloud.service import jobs
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database

from .conftest import MakeBundle, both_databases
from .teaching import lesson
from .test_classifier_command import BODY, serving
from .test_replicas import children, running

JSON = {"Content-Type": "application/json"}


@both_databases
async def test_requests_are_answered_and_a_fit_is_given_back(
    make_bundle: MakeBundle, database: Database, tmp_path: Path, flags: list[str]
) -> None:
    headers = {"Authorization": f"Bearer {await create_token(database, 'edge')}"}
    async with (
        serving(make_bundle(), tmp_path, *flags) as (process, address),
        ClientSession(address, headers=headers) as session,
    ):
        async with session.post("/v1/examples", json=lesson()) as response:
            assert response.status == 200
        async with session.post("/v1/fit") as response:
            assert response.status == 202
        async with asyncio.timeout(60):
            while not (fitting := children(process)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        statuses: list[int] = []

        async def ask() -> None:
            async with session.post("/v1/classify", data=BODY, headers=JSON) as response:
                statuses.append(response.status)
                await response.read()

        asked = [asyncio.create_task(ask()) for _ in range(40)]
        while not statuses:  # noqa: ASYNC110
            await asyncio.sleep(0)
        process.terminate()
        await asyncio.gather(*asked, return_exceptions=True)
        assert await process.wait() == 0
    # Begun ones are answered, later ones told to go elsewhere; none fails by itself.
    assert statuses.count(200) >= 1
    assert set(statuses) <= {200, 503}
    assert not running(fitting[0])
    assert await jobs.count_open(database) == {"queued": 1, "running": 0}
