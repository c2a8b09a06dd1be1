"""What the service counts, over a real socket and read by Prometheus' own parser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, make_mocked_request
from prometheus_client.parser import text_string_to_metric_families
import pytest
from yarl import URL

from tinyact_cloud.service.app import Service
from tinyact_cloud.service.database import Database, DatabaseError
from tinyact_cloud.service.metrics import check_reader
from tinyact_cloud.service.problem import Problem

from .conftest import both_databases
from .synthetic import ENCODER
from .teaching import classify, teach, unseen

Client = TestClient[Any, Any]


async def read(client: Client) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and its labels' values in order of their names."""
    response = await client.get("/metrics", headers={"Authorization": ""})
    assert response.status == 200
    return {
        (sample.name, *(sample.labels[key] for key in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(await response.text())
        for sample in family.samples
    }


@both_databases
async def test_what_happens_is_counted(client: Client) -> None:
    before = await read(client)
    for latent in unseen(3):
        await classify(client, latent)
    assert (await teach(client)).status == 200
    assert (await client.post("/v1/fit")).status == 202
    assert (await client.post("/v1/classify", json={"encoder": ENCODER})).status == 422
    assert (await client.get("/no/such/page")).status == 404
    assert (await client.request("PROPFIND", "/v1/model")).status == 405
    after = await read(client)
    assert after["tinyact_latents_total",] - before["tinyact_latents_total",] == 3
    assert after["tinyact_requests_total", "POST", "/v1/classify", "200"] == 3
    assert after["tinyact_requests_total", "POST", "/v1/classify", "422"] == 1
    assert after["tinyact_requests_total", "GET", "none", "404"] == 1
    assert after["tinyact_requests_total", "other", "none", "405"] == 1
    assert after["tinyact_request_seconds_count", "/v1/classify"] == 4
    assert 0 < after["tinyact_request_seconds_sum", "/v1/classify"] < 60
    assert after["tinyact_fits", "queued"] == 1
    assert after["tinyact_fits", "running"] == 0
    assert after["tinyact_queue_latents",] == 0
    assert after["tinyact_sites_cached",] == 1
    assert after["tinyact_database_errors_total",] == 0


async def test_fits_that_ended(client: Client, service: Service) -> None:
    service._fitter.ended["done"] += 2  # a real one is in test_teaching.py
    assert (await read(client))["tinyact_fits_ended_total", "done"] == 2


async def test_metrics_outlive_the_database(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def lost() -> AsyncIterator[None]:  # stands in for a server that is gone
        with database._explained():
            raise ConnectionError("gone")
        yield

    monkeypatch.setattr(database, "reading", lost)
    with pytest.raises(DatabaseError):
        async with database.reading():
            pass
    numbers = await read(client)
    assert numbers["tinyact_database_errors_total",] >= 1
    assert not [name for name in numbers if name[0] == "tinyact_fits"]


@pytest.mark.parametrize(
    ("remote", "headers", "public", "shown"),
    [
        ("127.0.0.1", {}, False, True),
        ("::1", {}, False, True),
        ("192.0.2.7", {}, False, False),
        ("192.0.2.7", {}, True, True),
        (None, {}, False, False),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, False, False),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, False, False),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, True, True),
    ],
)
def test_who_may_read(
    remote: str | None, headers: dict[str, str], *, public: bool, shown: bool
) -> None:
    request = make_mocked_request("GET", "/metrics", headers).clone(
        remote=remote or "", rel_url=URL("/metrics")
    )
    if shown:
        check_reader(request, public=public)
    else:
        with pytest.raises(Problem, match="--metrics-public") as refused:
            check_reader(request, public=public)
        assert refused.value.status == 403


async def test_a_proxy_on_this_machine_shows_them_to_nobody(client: Client) -> None:
    response = await client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert response.status == web.HTTPForbidden.status_code
    assert "tinyact_" not in await response.text()


async def test_ready_while_model_and_database_are(
    client: Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await client.get("/readyz")).status == 200
    monkeypatch.setattr("tinyact_cloud.service.operating._SILENT", -1.0)
    response = await client.get("/readyz")
    assert response.status == 503
    assert "database does not answer" in (await response.json())["detail"]
    monkeypatch.undo()
    service.stop()
    assert (await client.get("/readyz")).status == 503
    assert (await client.get("/healthz")).status == 200
