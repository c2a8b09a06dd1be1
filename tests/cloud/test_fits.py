"""What fits give, whatever the database: that they work on both is tested in test_teaching."""

import pytest

from tinyact_cloud.service.app import Service
from tinyact_cloud.service.served import Served

from .teaching import Client, classify, ended, fit, fitting, teach, unseen
from .test_teaching import FALL, detail


async def test_what_is_taught_is_the_head_that_is_served(service: Service, client: Client) -> None:
    """Not the bundle's own choice, the forest: what is known of base labels stays as it was."""
    assert service.served is not None
    service.served = Served.load(service.served.bundle, "svm")
    before = (await classify(client, FALL))["probabilities"]
    await teach(client)
    async with fitting(service):
        assert (await fit(client))["state"] == "done"
    after = (await classify(client, FALL))["probabilities"]
    left = 1 - after["exercises"]
    assert {label: after[label] / left for label in before} == pytest.approx(before, abs=1e-5)


async def test_a_household_chooses_the_kind(service: Service, client: Client) -> None:
    await teach(client)
    for wish in ({"kind": "xgb"}, {}, {"kind": "svm"}):  # the last counts
        response = await client.post("/v1/fit", json=wish)
        assert (await response.json()).get("kind") == wish.get("kind")
    async with fitting(service):
        job = await ended(client, response.headers["Location"])
    assert job["state"] == "done", job
    assert job["kind"] == job["report"]["kind"] == "svm"
    assert (await (await client.get("/v1/model")).json())["head"] == "svm"
    assert (await classify(client, unseen(1, seed=11)[0]))["label"] == "exercises"
    for wrong in ({"kind": "tree"}, {"kind": None}, {"kind": ["rf"]}, ["rf"], 7):
        assert "one of rf, svm" in await detail(await client.post("/v1/fit", json=wrong), 422)
    await detail(await client.post("/v1/fit", data=b"rf"), 415)
    json_type = {"Content-Type": "application/json"}
    await detail(await client.post("/v1/fit", data=b"{", headers=json_type), 400)


async def test_a_fit_that_cannot_be(
    service: Service, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async with fitting(service):
        await teach(client, 1)
        job = await fit(client)
    assert job["state"] == "failed"
    assert "Give at least" in job["error"]
    params = {"label": "exercises", "count": 1, "least": 3}
    assert job["reason"] == {"code": "too_few", "params": params}
    assert "gave no head: too_few" in caplog.text
    assert "exercises" not in caplog.text  # what a household teaches is in no log
    assert (await (await client.get("/v1/model")).json())["head_version"] == 0
