"""Marks, and all that a site has: exported and erased, on both databases."""

import asyncio
import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from typing import Any
import uuid

from aiohttp import ClientResponse
import numpy as np
import pytest
from sqlalchemy import func, select, update

from tinyact_cloud.service import belongings, fitter, jobs
from tinyact_cloud.service import teaching as teaching_routes
from tinyact_cloud.service.app import Service
from tinyact_cloud.service.auth import create_token
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.marks import MARKS
from tinyact_cloud.service.retention import forget_old
from tinyact_cloud.service.tables import examples as example_table
from tinyact_cloud.service.tables import marks as mark_table

from .conftest import both_databases
from .synthetic import draw_latents
from .teaching import SCALE, Client, classify, codes, example, fitting, teach, teaching, unseen

pytestmark = both_databases

FALLS = draw_latents(40, seed=2).latents[1::4]


def mark(latent: Any, **more: Any) -> dict[str, Any]:
    written = {
        "id": str(uuid.uuid4()),
        "camera": "kitchen",
        "label": "fall",
        "latent": base64.b64encode(codes(latent)).decode(),
        "scale": SCALE,
    }
    return written | more


async def post_mark(client: Client, *items: Any) -> ClientResponse:
    return await client.post("/v1/marks", json=teaching(*items))


async def test_a_mark_takes_a_label_away_where_it_was_wrong(client: Client) -> None:
    before = await classify(client, FALLS[0])
    assert before["label"] == "fall"
    wrong = mark(FALLS[0])
    assert await (await post_mark(client, wrong)).json() == {"stored": 1, "total": 1}
    assert await (await post_mark(client, wrong)).json() == {"stored": 0, "total": 1}
    after = await classify(client, FALLS[0])
    assert after["probabilities"]["fall"] == 0
    assert after["label"] != "fall"
    assert sum(after["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert await classify(client, FALLS[0], "hall") == before
    assert (await client.delete(f"/v1/marks/{wrong['id']}")).status == 204
    assert await classify(client, FALLS[0]) == before
    assert (await client.delete(f"/v1/marks/{wrong['id']}")).status == 404


async def test_what_lies_between_two_windows_of_an_action_is_marked_too(client: Client) -> None:
    """Only whoever says when each was seen, and of whom, says which follow each other."""
    first, second = FALLS[:2] / np.linalg.norm(FALLS[:2], axis=1, keepdims=True)
    apart = second - first * (first @ second)
    # As far from each as two windows of a quick movement.
    one, other = (30 * (first + sign * apart / np.linalg.norm(apart) * 0.9) for sign in (1, -1))
    pair = [
        mark(latent, camera=camera, **seen)
        for camera, seens in {
            "kitchen": [{"person": 1, "at": f"2026-11-23T10:00:0{at}Z"} for at in ("0.0", "0.5")],
            "hall": [{}, {}],
        }.items()
        for latent, seen in zip((one, other), seens, strict=True)
    ]
    await post_mark(client, *pair)
    assert (await classify(client, 30 * first))["probabilities"]["fall"] == 0
    assert (await classify(client, 30 * first, "hall"))["probabilities"]["fall"] > 0
    kept = (await (await client.get("/v1/marks")).json())["marks"]
    assert [(row.get("person"), row.get("at")) for row in kept] == [
        (1, "2026-11-23T10:00:00+00:00"),
        (1, "2026-11-23T10:00:00.500000+00:00"),
        (None, None),
        (None, None),
    ]


async def test_marks_are_handed_out_once(client: Client, database: Database) -> None:
    first, second = mark(FALLS[0]), mark(FALLS[1], camera="hall")
    await post_mark(client, first)
    response = await client.get("/v1/marks")
    tag = response.headers["ETag"]
    (found,) = (await response.json())["marks"]
    assert base64.b64decode(found["latent"])  # the largest code is 127, so they are scaled anew
    assert {found[key] for key in ("id", "camera", "label")} == {first["id"], "kitchen", "fall"}
    camera = await create_token(database, "camera", "home", "classify")
    again = {"If-None-Match": tag, "Authorization": f"Bearer {camera}"}
    assert (await client.get("/v1/marks", headers=again)).status == 304
    await post_mark(client, second)
    changed = await client.get("/v1/marks", headers=again)
    assert [row["camera"] for row in (await changed.json())["marks"]] == ["kitchen", "hall"]


async def test_marks_that_are_none(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (
        {"camera": None},
        {"camera": ""},
        {"label": "none"},
        {"label": 7},
        {"id": "1"},
        {"person": "me"},
        {"at": "yesterday"},
    ):
        assert (await post_mark(client, mark(FALLS[0], **wrong))).status == 422
    response = await client.post("/v1/marks", json=teaching(mark(FALLS[0]), encoder="0" * 64))
    assert response.status == 409
    monkeypatch.setattr(teaching_routes, "MARKS", replace(MARKS, most=2))
    response = await post_mark(client, *(mark(fall) for fall in FALLS[:3]))
    assert "has 0 marks and may have 2" in (await response.json())["detail"]
    assert response.status == 409


async def test_damaged_mark_is_named(service: Service, client: Client, database: Database) -> None:
    wrong = mark(FALLS[0])
    await post_mark(client, wrong)
    async with database.writing() as connection:
        await connection.execute(update(mark_table).values(latent=b"short"))
    service.served = service.served  # forget what is known
    response = await client.get("/v1/model")
    assert response.status == 503
    assert f"The mark {wrong['id']} is damaged" in (await response.json())["detail"]
    assert (await client.delete(f"/v1/marks/{wrong['id']}")).status == 204
    assert (await client.get("/v1/model")).status == 200


async def test_export_has_all_of_the_site_and_nothing_else(
    client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(belongings, "_PAGE", 3)
    token = await create_token(database, "neighbour", "next-door")
    others = {"Authorization": f"Bearer {token}"}
    await client.post("/v1/examples", json=teaching(example(unseen(1)[0])), headers=others)
    await teach(client, 7)
    await post_mark(client, mark(FALLS[0]))
    await client.post("/v1/fit")
    response = await client.get("/v1/site/export")
    assert response.content_type == "application/x-ndjson"
    lines = [json.loads(line) for line in (await response.text()).splitlines()]
    assert lines[0]["site"]["name"] == "home"
    assert lines[-1] == {"end": {"examples": 7, "marks": 1, "jobs": 1, "heads": 0}}
    kinds = [next(iter(line)) for line in lines[1:-1]]
    assert kinds == [*["example"] * 7, "mark", "job"]
    assert {line["example"]["label"] for line in lines[1:8]} == {"exercises"}
    assert len({line["example"]["id"] for line in lines[1:8]}) == 7
    assert len(base64.b64decode(lines[1]["example"]["latent"])) == 1024


async def test_erase_leaves_nothing_but_the_tokens(
    service: Service, client: Client, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await create_token(database, "neighbour", "next-door")
    others = {"Authorization": f"Bearer {token}"}
    await client.post("/v1/examples", json=teaching(example(unseen(1)[0])), headers=others)
    await teach(client, 7)
    await post_mark(client, mark(FALLS[0]))
    stopped, begun = asyncio.Event(), asyncio.Event()

    async def forever(_task: Any) -> tuple[bytes, dict[str, Any]]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError

    monkeypatch.setattr(fitter, "fit", forever)
    monkeypatch.setattr(jobs, "BEAT", 0.05)
    async with fitting(service):
        await client.post("/v1/fit")
        await asyncio.wait_for(begun.wait(), 30)
        response = await client.delete("/v1/site")
        assert await response.json() == {"examples": 7, "marks": 1, "jobs": 1, "heads": 0}
        await asyncio.wait_for(stopped.wait(), 30)  # nobody needs that fit any more
    assert (await classify(client, FALLS[0]))["label"] == "fall"
    lines = (await (await client.get("/v1/site/export")).text()).splitlines()
    assert len(lines) == 2
    page = await (await client.get("/v1/examples", headers=others)).json()
    assert len(page["examples"]) == 1


async def test_erase_and_export_are_for_admins(client: Client, database: Database) -> None:
    token = await create_token(database, "teacher", "home", "teach")
    headers = {"Authorization": f"Bearer {token}"}
    assert (await client.get("/v1/site/export", headers=headers)).status == 403
    assert (await client.delete("/v1/site", headers=headers)).status == 403
    assert (await client.get("/v1/marks", headers=headers)).status == 200


async def test_old_latents_are_forgotten_and_the_rest_is_not(
    service: Service, client: Client, database: Database
) -> None:
    await teach(client, 3)
    await post_mark(client, mark(FALLS[0]))
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat(timespec="milliseconds")
    await post_mark(client, mark(FALLS[1]))
    assert (await classify(client, FALLS[1]))["label"] != "fall"
    async with database.writing() as connection:
        for table in (example_table, mark_table):
            first = select(func.max(table.c.number)).scalar_subquery()
            await connection.execute(
                update(table).where(table.c.number == first).values(created_at=old)
            )
    assert await forget_old(database, 31.5) == 0
    assert await forget_old(database, 30) == 2
    assert len((await (await client.get("/v1/examples")).json())["examples"]) == 2
    assert len((await (await client.get("/v1/marks")).json())["marks"]) == 1
    await service.changes.look()
    await service._sites.settled("home")
    assert (await classify(client, FALLS[1]))["label"] == "fall"
