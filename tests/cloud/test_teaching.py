"""Teaching over real sockets, on both databases: examples, fits, and the heads that they give."""

import asyncio
from dataclasses import replace
import hashlib
from typing import Any
import uuid

from aiohttp import ClientResponse
import msgpack
import numpy as np
import onnxruntime as ort
import pytest
from sqlalchemy import text, update

from tinyact_cloud.learning.heads import fit_head
from tinyact_cloud.service import fitter, history, jobs
from tinyact_cloud.service import teaching as teaching_routes
from tinyact_cloud.service.app import Service
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.examples import EXAMPLES
from tinyact_cloud.service.fitting import FitError
from tinyact_cloud.service.jobs import Claim
from tinyact_cloud.service.tables import examples as example_table
from tinyact_cloud.service.tables import heads as head_table

from .conftest import both_databases
from .synthetic import ENCODER, LABELS, draw_latents
from .teaching import (
    Client,
    classify,
    codes,
    ended,
    example,
    fit,
    fitting,
    teach,
    teaching,
    unseen,
    variants,
)

pytestmark = both_databases

FALL = draw_latents(40, seed=2).latents[1]
OTHER = "0" * 64


@pytest.fixture
def report() -> dict[str, Any]:
    """The report of a fit that is not run."""
    return {
        "kind": "svm",
        "labels": [*LABELS, "exercises"],
        "temperature": 1.0,
        "thresholds": {"exercises": 0.6},
        "report": [{"label": label, "recall_after": 0.5} for label in LABELS],
        "worse": {},
        "warnings": [],
        "seconds": 0.1,
    }


@pytest.fixture(scope="module")
def head() -> bytes:
    """A head for one label more than the bundle's."""
    drawn = draw_latents(60, seed=3, n_labels=6)
    return fit_head("svm", drawn.latents, drawn.labels, 6, seed=0)


async def detail(response: ClientResponse, status: int) -> str:
    assert response.status == status, await response.text()
    assert response.content_type == "application/problem+json"
    return str((await response.json())["detail"])


async def test_a_household_teaches(service: Service, client: Client) -> None:
    before = await (await client.get("/v1/model")).json()
    assert await (await teach(client)).json() == {"stored": 8, "total": 8}
    async with fitting(service):
        job = await fit(client)
    assert job["state"] == "done", job
    assert job["version"] == 1
    (row,) = (row for row in job["report"]["report"] if row["label"] == "exercises")
    assert row["examples"] == 8
    model = await (await client.get("/v1/model")).json()
    assert model["labels"] == [*before["labels"], "exercises"]
    assert model["thresholds"].keys() == {*before["thresholds"], "exercises"}
    assert (model["head_version"], model["head"]) == (1, job["report"]["kind"])
    response = await client.get("/v1/model/head", headers={"If-None-Match": before["model"]})
    content = await response.read()
    assert hashlib.sha256(content).hexdigest() == model["model"]
    assert response.headers["ETag"] == f'"{model["model"]}"'
    # What is served is what was fitted.
    latents = unseen(4, seed=11)
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    near = np.frombuffer(codes(latents[0]), np.int8).astype(np.float32)[None] * np.float32(0.05)
    (raw,) = session.run(["probabilities"], {"latent": near})
    expected = raw[0] ** (1 / model["temperature"])
    result = await classify(client, latents[0])
    np.testing.assert_allclose(
        list(result["probabilities"].values()), expected / expected.sum(), atol=1e-5
    )
    results = [await classify(client, latent) for latent in latents]
    assert [result["label"] for result in results] == ["exercises"] * 4
    assert (await classify(client, FALL))["label"] == "fall"


async def test_undo_and_redo(
    service: Service, client: Client, database: Database, head: bytes, report: dict[str, Any]
) -> None:
    own = await (await client.get("/v1/model")).json()
    await commit(service, database, head, report)
    taught = await (await client.get("/v1/model")).json()
    assert (taught["head_version"], taught["model"]) == (1, hashlib.sha256(head).hexdigest())
    listed = (await (await client.get("/v1/heads")).json())["heads"]
    assert [(h["version"], h["active"], h["taught"], h["accuracy"]) for h in listed] == [
        (1, True, ["exercises"], 0.5),
        (0, False, [], None),
    ]
    response = await client.post("/v1/heads/0/activate")
    assert (await response.json())["version"] == 0
    assert await (await client.get("/v1/model")).json() == own
    assert (await (await client.post("/v1/heads/1/activate")).json())["active"]
    assert await (await client.get("/v1/model")).json() == taught
    for version in ("2", "-1", "x", "9" * 30, "²"):
        await detail(await client.post(f"/v1/heads/{version}/activate"), 404)


async def commit(
    service: Service, database: Database, head: bytes, report: dict[str, Any], site: str = "home"
) -> int | None:
    """Commit a fit that was not run, as a worker of this service would."""
    await jobs.ask(database, site)
    held = await jobs.claim(database, uuid.uuid4())
    assert held is not None
    version = await history.commit_head(database, held, ENCODER, head, report)
    await service.changes.look()
    await service._sites.settled(site)
    return version


async def test_old_versions_are_forgotten(
    service: Service, client: Client, database: Database, head: bytes, report: dict[str, Any]
) -> None:
    for _ in range(history.KEPT + 3):
        await commit(service, database, head, report)
    listed = (await (await client.get("/v1/heads")).json())["heads"]
    assert [h["version"] for h in listed] == [*range(13, 2, -1), 0]
    await commit(service, database, head, report)
    assert (await (await client.get("/v1/model")).json())["head_version"] == 14


async def test_an_example_sent_again_is_stored_once(client: Client) -> None:
    items = [example(latent) for latent in unseen(3)]
    again = [*items, items[0]]
    for message, expected in ((items, 3), (again, 0)):
        response = await client.post("/v1/examples", json=teaching(*message))
        assert await response.json() == {"stored": expected, "total": 3}
    packed = msgpack.packb(teaching(items[0] | {"latent": codes(unseen(1)[0])}))
    response = await client.post(
        "/v1/examples", data=packed, headers={"Content-Type": "application/msgpack"}
    )
    assert await response.json() == {"stored": 0, "total": 3}


async def test_examples_by_page_and_filter(client: Client) -> None:
    latents = unseen(7)
    written = [
        example(latents[0], label="wave", person=3, group="morning"),
        example(latents[1], label=None, **{"not": "fall"}, camera="hall"),
        *[example(latent, at=None, camera=None) for latent in latents[2:]],
    ]
    for item in written:
        await client.post("/v1/examples", json=teaching(item))
    seen: list[dict[str, Any]] = []
    query = {"limit": "3"}
    while True:
        page = await (await client.get("/v1/examples", params=query)).json()
        seen += page["examples"]
        if page["next"] is None:
            break
        query["before"] = str(page["next"])
    assert [row["id"] for row in seen] == [item["id"] for item in reversed(written)]
    first, second = seen[-1], seen[-2]
    assert (first["label"], first["person"], first["group"]) == ("wave", 3, "morning")
    assert first["at"] == "2026-11-23T10:00:00+00:00"
    assert (second["not"], second["camera"], "label" in second) == ("fall", "hall", False)
    assert "camera" not in seen[0]
    for query, expected in (({"label": "wave"}, 1), ({"camera": "hall"}, 1), ({"label": "x"}, 0)):
        page = await (await client.get("/v1/examples", params=query)).json()
        assert len(page["examples"]) == expected
    for query in ({"limit": "0"}, {"limit": "201"}, {"before": "x"}, {"label": "a\0"}):
        await detail(await client.get("/v1/examples", params=query), 422)


async def test_examples_are_deleted(client: Client) -> None:
    item = example(unseen(1)[0])
    await client.post("/v1/examples", json=teaching(item))
    assert (await client.delete(f"/v1/examples/{item['id']}")).status == 204
    await detail(await client.delete(f"/v1/examples/{item['id']}"), 404)
    await detail(await client.delete("/v1/examples/x"), 404)


LATENT = unseen(1)[0]
WRONG: list[tuple[str, Any]] = [
    ("either label", example(LATENT, label=None)),
    ("either label", example(LATENT, **{"not": "fall"})),
    ("not by not instead", example(LATENT, label="none")),
    ("not by not instead", example(LATENT, label=" Unknown ")),
    ("by label", example(LATENT, label=None, **{"not": "none"})),
    ("1 to 40 characters", example(LATENT, label="")),
    ("1 to 40 characters", example(LATENT, label="x" * 41)),
    ("1 to 40 characters", example(LATENT, label="x" * 100_000)),
    ("label must be a text", example(LATENT, label=7)),
    ("can be shown", example(LATENT, label="a\0b")),
    ("can be shown", example(LATENT, label="\ud800")),
    ("can be shown", example(LATENT, label="a\u202eb")),
    ("can be shown", example(LATENT, camera="a\nb")),
    ("UUID", example(LATENT, id="1")),
    ("UUID", example(LATENT, id=None)),
    ("UUID", example(LATENT, id=7)),
    ("camera must", example(LATENT, camera="x" * 65)),
    ("group must", example(LATENT, group="x" * 101)),
    ("person must", example(LATENT, person=2**40)),
    ("at must be", example(LATENT, at="yesterday")),
    ("at must be", example(LATENT, at="0001-01-01T00:00:00+14:00")),
    ("1024 int8 bytes", example(LATENT, latent="AAAA")),
    ("of zeros alone", example(LATENT, latent=[0] * 1024)),
    ("a list of at most 4 maps", example(LATENT, variants=variants(*[LATENT] * 5))),
    ("a list of at most 4 maps", example(LATENT, variants="AAAA")),
    ("variants[1] must be a map", example(LATENT, variants=[*variants(LATENT), 7])),
    ("variants[0].latent must be 1024", example(LATENT, variants=[{"latent": "AAAA"}])),
    ("variants: a latent of zeros alone", example(LATENT, variants=[{"latent": [0] * 1024}])),
    ("must be a map", 7),
]


async def test_examples_that_are_none(client: Client, subtests: pytest.Subtests) -> None:
    for reason, item in WRONG:
        with subtests.test(reason, item=item):
            response = await client.post("/v1/examples", json=teaching(item))
            assert reason in await detail(response, 422)
    assert (await (await client.get("/v1/examples")).json())["examples"] == []


async def test_labels_are_spelt_one_way(client: Client) -> None:
    for label in ("  Cafe\u0301 ", "Caf\u00e9"):
        await client.post("/v1/examples", json=teaching(example(LATENT, label=label)))
    page = await (await client.get("/v1/examples", params={"label": "Cafe\u0301"})).json()
    assert [row["label"] for row in page["examples"]] == ["Caf\u00e9"] * 2


async def test_examples_of_another_encoder(client: Client) -> None:
    response = await client.post("/v1/examples", json=teaching(example(LATENT), encoder=OTHER))
    assert "Update TinyAct" in await detail(response, 409)
    assert (await response.json())["code"] == "other_encoder"


async def test_examples_are_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teaching_routes, "EXAMPLES", replace(EXAMPLES, most=5))
    assert (await teach(client, 3)).status == 200
    refused = await teach(client, 3)
    assert "may have 5: delete some first" in await detail(refused, 409)
    assert (await refused.json())["code"] == "full"
    assert len((await (await client.get("/v1/examples")).json())["examples"]) == 3


@pytest.mark.parametrize("damaged", [{"latent": b"short"}, {"variants": bytes(1025)}])
async def test_damaged_example_is_named(
    service: Service, client: Client, database: Database, damaged: dict[str, bytes]
) -> None:
    await teach(client, 4, variants=variants(LATENT))
    async with database.writing() as connection:
        await connection.execute(update(example_table).values(**damaged))
    async with fitting(service):
        job = await fit(client)
    assert "is damaged in the database: delete it" in job["error"]
    assert "reason" not in job


async def test_damaged_head_is_never_served(
    service: Service, client: Client, database: Database, head: bytes, report: dict[str, Any]
) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE sites SET active = 0"))
    await commit(service, database, head, report)
    async with database.writing() as connection:
        await connection.execute(update(head_table).values(content=head[:-1]))
    response = await client.get("/v1/model")
    assert "POST /v1/heads/0/activate" in await detail(response, 503)
    assert (await client.post("/v1/heads/0/activate")).status == 200
    assert (await client.get("/v1/model")).status == 200


async def test_head_of_another_encoder_is_not_served(
    service: Service, client: Client, database: Database, head: bytes, report: dict[str, Any]
) -> None:
    async with database.writing() as connection:
        await connection.execute(text("UPDATE sites SET active = 0"))
    await commit(service, database, head, report)
    async with database.writing() as connection:
        await connection.execute(update(head_table).values(encoder=OTHER))
    assert (await (await client.get("/v1/model")).json())["head_version"] == 0
    listed = (await (await client.get("/v1/heads")).json())["heads"]
    assert [(h["usable"], h["active"]) for h in listed] == [(False, False), (True, True)]
    assert "another encoder" in await detail(await client.post("/v1/heads/1/activate"), 409)


async def test_two_fits_of_a_site_wait_for_each_other(
    service: Service,
    client: Client,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    head: bytes,
    report: dict[str, Any],
) -> None:
    """The fit itself is a double here, which tells how many run at once."""
    running: list[int] = []
    begun, go_on = asyncio.Event(), asyncio.Event()
    most = 0

    async def slowly(_task: Any) -> tuple[bytes, dict[str, Any]]:
        nonlocal most
        running.append(1)
        begun.set()
        most = max(most, len(running))
        await go_on.wait()
        running.pop()
        return head, report

    monkeypatch.setattr(fitter, "fit", slowly)
    await teach(client)
    other = Service(database)  # another replica
    other.served = service.served
    async with fitting(service), fitting(other):
        first = await (await client.post("/v1/fit")).json()
        await asyncio.wait_for(begun.wait(), 30)
        asked = await asyncio.gather(*(client.post("/v1/fit") for _ in range(5)))
        second, *merged = [await response.json() for response in asked]
        assert {job["id"] for job in merged} == {second["id"]} != {first["id"]}
        go_on.set()
        done = [await ended(client, f"/v1/jobs/{job['id']}") for job in (first, second)]
    assert [job["version"] for job in done] == [1, 2]
    assert most == 1


async def test_a_job_whose_worker_died_is_taken_up_again(
    client: Client, database: Database, head: bytes, report: dict[str, Any]
) -> None:
    await client.post("/v1/fit")
    dead, alive = uuid.uuid4(), uuid.uuid4()
    held = await jobs.claim(database, dead)
    assert held is not None
    assert await jobs.claim(database, alive) is None
    assert await jobs.renew(database, held)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE jobs SET lease = 1"))
    again = await jobs.claim(database, alive)
    assert again == Claim(held.id, "home", alive, 2)
    # Whoever comes back from the dead changes nothing any more.
    assert not await jobs.renew(database, held)
    assert await history.commit_head(database, held, ENCODER, head, report) is None
    assert await history.commit_head(database, again, ENCODER, head, report) == 1


async def test_a_job_that_kills_its_workers_ends(client: Client, database: Database) -> None:
    job = await (await client.post("/v1/fit")).json()
    for _ in range(jobs.MAX_ATTEMPTS):
        held = await jobs.claim(database, uuid.uuid4())
        assert held is not None
        await jobs.retry(database, held)
    assert await jobs.claim(database, uuid.uuid4()) is None
    found = await (await client.get(f"/v1/jobs/{job['id']}")).json()
    assert found["state"] == "failed"
    assert "enough memory" in found["error"]


async def test_a_fit_that_dies_is_tried_again(
    service: Service,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    head: bytes,
    report: dict[str, Any],
) -> None:
    tries = 0

    async def die_once(_task: Any) -> tuple[bytes, dict[str, Any]]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise FitError("killed", final=False)
        return head, report

    monkeypatch.setattr(fitter, "fit", die_once)
    await teach(client)
    async with fitting(service):
        assert (await fit(client))["state"] == "done"
    assert tries == 2


async def test_a_job_is_given_back_when_its_worker_stops(
    service: Service, client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def forever(_task: Any) -> tuple[bytes, dict[str, Any]]:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(fitter, "fit", forever)
    await teach(client)
    job = await (await client.post("/v1/fit")).json()
    async with fitting(service):
        await asyncio.wait_for(begun.wait(), 30)
    found = await (await client.get(f"/v1/jobs/{job['id']}")).json()
    assert found["state"] == "queued"
    held = await jobs.claim(database, uuid.uuid4())
    assert held is not None
    assert held.attempt == 1


async def test_sites_do_not_see_each_other(
    service: Service,
    client: Client,
    database: Database,
    head: bytes,
    report: dict[str, Any],
) -> None:
    item = example(LATENT)
    await client.post("/v1/examples", json=teaching(item))
    job = await (await client.post("/v1/fit")).json()
    held = await jobs.claim(database, uuid.uuid4())
    assert held is not None
    await history.commit_head(database, held, ENCODER, head, report)
    await service.changes.look()
    await service._sites.settled("home")
    token = await create_token(database, "neighbour", "next-door")
    others = {"Authorization": f"Bearer {token}"}
    assert (await (await client.get("/v1/model", headers=others)).json())["head_version"] == 0
    listed = await (await client.get("/v1/examples", headers=others)).json()
    assert listed["examples"] == []
    assert len((await (await client.get("/v1/heads", headers=others)).json())["heads"]) == 1
    for method, path in (
        ("GET", f"/v1/jobs/{job['id']}"),
        ("DELETE", f"/v1/examples/{item['id']}"),
        ("POST", "/v1/heads/1/activate"),
    ):
        await detail(await client.request(method, path, headers=others), 404)
    # The same id is another example there.
    response = await client.post("/v1/examples", json=teaching(item), headers=others)
    assert await response.json() == {"stored": 1, "total": 1}
    assert (await (await client.get("/v1/model")).json())["head_version"] == 1


async def test_scopes(client: Client, database: Database) -> None:
    token = await create_token(database, "camera", "home", "classify")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/v1/model", headers=headers)).status == 200
    for method, path in (
        ("POST", "/v1/examples"),
        ("GET", "/v1/examples"),
        ("DELETE", f"/v1/examples/{uuid.uuid4()}"),
        ("POST", "/v1/fit"),
        ("GET", f"/v1/jobs/{uuid.uuid4()}"),
        ("GET", "/v1/heads"),
        ("POST", "/v1/heads/0/activate"),
    ):
        assert "--scope teach" in await detail(
            await client.request(method, path, headers=headers), 403
        )
