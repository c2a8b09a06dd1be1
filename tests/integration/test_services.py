"""The services: looking back, teaching, taking back, learning."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from conftest import Until, state
from edge_double import START, EdgeDouble
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.util import dt as dt_util
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.tinyact.const import DOMAIN

KITCHEN = {"entity_id": "event.kitchen_action"}


async def call(
    hass: HomeAssistant,
    service: str,
    *,
    respond: bool = True,
    user: MockUser | None = None,
    **data: Any,
) -> Any:
    context = Context(user_id=None if user is None else user.id)
    return await hass.services.async_call(
        DOMAIN, service, data, blocking=True, return_response=respond, context=context
    )


async def test_get_actions(hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry) -> None:
    for hour, (camera, label) in enumerate(
        [("kitchen", "fall"), ("hall", "walk"), ("kitchen", "sit"), ("kitchen", "walk")]
    ):
        await edge.end(await edge.confirm(camera, label, started_at=START + timedelta(hours=hour)))

    answer = await call(hass, "get_actions")
    assert [action["action_id"] for action in answer["actions"]] == [4, 3, 2, 1]
    assert not answer["more"]
    assert answer["actions"][2] == {
        "action_id": 2,
        "config_entry_id": loaded.entry_id,
        "entity_id": "event.hall_action",
        "device_id": answer["actions"][2]["device_id"],
        "camera": "Hall",
        "label": "walk",
        "label_name": "Walks",
        "confidence": 0.93,
        "started_at": dt_util.as_local(START + timedelta(hours=1)).isoformat(),
        "confirmed_at": dt_util.as_local(START + timedelta(hours=1, seconds=2)).isoformat(),
        "ended_at": dt_util.as_local(START + timedelta(hours=1, seconds=5)).isoformat(),
        "end_reason": "ended",
        "duration": 5.0,
        "corrected": False,
        "picture": None,
        "clip": None,
    }

    async def ids(**data: Any) -> list[int]:
        found = await call(hass, "get_actions", **data)
        return [action["action_id"] for action in found["actions"]]

    assert await ids(**KITCHEN) == [4, 3, 1]
    assert await ids(device_id=answer["actions"][2]["device_id"]) == [2]
    assert await ids(label="walk") == [4, 2]
    assert await ids(label=["fall", "walk"], **KITCHEN) == [4, 1]
    # As people write it: without an offset, in the time zone of the house.
    begin = dt_util.as_local(START + timedelta(hours=1))
    assert await ids(start=begin.strftime("%Y-%m-%d %H:%M:%S")) == [4, 3, 2]
    assert await ids(end=START + timedelta(hours=3), start=begin) == [3, 2]
    answer = await call(hass, "get_actions", limit=2)
    assert [action["action_id"] for action in answer["actions"]] == [4, 3]
    assert answer["more"]


async def test_get_actions_of_two_edges(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    other = EdgeDouble()
    other.instance = "fedcba9876543210fedcba9876543210"
    await other.start()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Barn",
        unique_id=other.instance,
        data={"host": other.host, "port": other.port, "token": other.token},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await edge.confirm("kitchen", "fall", started_at=START)
    await other.confirm("hall", "walk", started_at=START + timedelta(seconds=1))
    answer = await call(hass, "get_actions")
    assert [(action["config_entry_id"], action["label"]) for action in answer["actions"]] == [
        (entry.entry_id, "walk"),
        (loaded.entry_id, "fall"),
    ]
    # Which of the two edges' first actions?
    with pytest.raises(ServiceValidationError):
        await call(hass, "teach", action_id=1, label="sit")
    await call(hass, "teach", action_id=1, label="sit", config_entry_id=entry.entry_id)
    assert other.actions[1]["label"] == "sit"
    assert edge.actions[1]["label"] == "fall"
    await other.stop()


async def test_teach_what_an_action_was(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    action = await edge.confirm("kitchen", "fall")
    answer = await call(hass, "teach", action_id=action["id"], label="exercise")
    assert answer == {"actions": [{"action_id": 1, "label": "exercise"}]}
    await until(lambda: state(hass, "sensor.kitchen_action").state == "exercise")

    await call(hass, "forget", action_id=1, respond=False)
    await until(lambda: state(hass, "sensor.kitchen_action").state == "fall")
    await call(hass, "forget", action_id=1, erase=True, respond=False)
    await until(lambda: state(hass, "sensor.kitchen_action").state == "none")
    assert edge.actions == {}


async def test_teach_what_is_being_done(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.move_to(START)
    answer = await call(hass, "teach", label="Feeds the cat", duration={"seconds": 20}, **KITCHEN)
    assert answer["lessons"][0]["label"] == "Feeds the cat"
    assert edge.requests == [
        (
            "POST /api/teach",
            {
                "camera": "kitchen",
                "label": "Feeds the cat",
                "from": (START - timedelta(seconds=20)).isoformat(),
                "to": START.isoformat(),
            },
        )
    ]


@pytest.mark.parametrize(
    ("data", "correction"),
    [({}, {"not": True}), ({"never_here": True}, {"never_here": True})],
)
@pytest.mark.parametrize("target", [{"action_id": 2}, KITCHEN])
async def test_mark_wrong(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    target: dict[str, Any],
    data: dict[str, Any],
    correction: dict[str, Any],
) -> None:
    for camera in ("kitchen", "kitchen", "hall"):
        await edge.confirm(camera, "fall")
    answer = await call(hass, "mark_wrong", **target, **data)
    assert [action["action_id"] for action in answer["actions"]] == [2]
    assert edge.requests == [("POST /api/actions/2/correct", correction)]


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask often how far a fit is."""
    monkeypatch.setattr("custom_components.tinyact.services.FIT_POLL", 0.01)


async def test_refit(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, eager: None
) -> None:
    job = await _job(edge, loaded)
    edge.jobs[job] = {
        "id": job,
        "state": "done",
        "version": 3,
        "report": {
            "labels": ["fall", "sit"],
            "report": [
                {"label": "fall", "recall_before": 0.8, "recall_after": 0.9},
                {"label": "sit", "recall_before": 0.6, "recall_after": 0.5},
                {"label": "Feeds the cat", "recall_before": None, "recall_after": 0.2},
            ],
            "worse": {"sit": 0.1},
            "warnings": [],
        },
        "error": None,
    }
    answer = await call(hass, "refit")
    assert answer["version"] == 3
    assert answer["accuracy_before"] == pytest.approx(0.7)
    assert answer["accuracy_after"] == pytest.approx(0.7)
    assert answer["worse"] == {"sit": 0.1}


async def test_refit_takes_long(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    eager: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.tinyact.services.FIT_TIMEOUT", 0.1)
    answer = await call(hass, "refit")
    assert answer == {"job_id": next(iter(edge.jobs)), "state": "queued"}


async def test_refit_fails(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, eager: None
) -> None:
    job = await _job(edge, loaded)
    reason: dict[str, Any] = {"code": "everything", "params": {"label": "yoga"}}
    reason["params"]["others"] = ["fall", "crawl"]
    failed = {"id": job, "state": "failed", "error": "teach at least two examples"}
    edge.jobs[job] = {**failed, "reason": reason}
    with pytest.raises(HomeAssistantError, match="its examples look like Falls, crawl"):
        await call(hass, "refit")
    # What a newer classifier may say, or an older one.
    for unknown in ({"code": "unheard_of", "params": {}}, None):
        edge.jobs[job] = {**failed, "reason": unknown}
        with pytest.raises(HomeAssistantError, match="Nothing was learned: teach at least two"):
            await call(hass, "refit")


async def _job(edge: EdgeDouble, loaded: MockConfigEntry) -> str:
    """Return the id that the next fit will have."""
    job = await loaded.runtime_data.client.async_fit()
    return str(job["id"])


async def test_users_without_rights(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    hass_read_only_user: MockUser,
    until: Until,
) -> None:
    """Whoever may only look may look, and nobody but an administrator erases or refits."""
    await edge.confirm("kitchen", "fall")
    reader = hass_read_only_user
    assert len((await call(hass, "get_actions", user=reader))["actions"]) == 1
    resident = MockUser(name="resident").add_to_hass(hass)
    resident.mock_policy({"entities": {"entity_ids": {"event.hall_action": True}}})
    assert (await call(hass, "get_actions", user=resident))["actions"] == []
    for user in (reader, resident):
        for service, data in (
            ("teach", {"action_id": 1, "label": "sit"}),
            ("teach", {"label": "sit", **KITCHEN}),
            ("mark_wrong", KITCHEN),
            ("refit", {}),
        ):
            with pytest.raises(Unauthorized):
                await call(hass, service, user=user, **data)
        for data in ({}, {"erase": True}):
            with pytest.raises(Unauthorized):
                await call(hass, "forget", user=user, respond=False, action_id=1, **data)
    with pytest.raises(Unauthorized):
        await call(hass, "get_actions", user=resident, **KITCHEN)
    assert edge.requests == []
    resident.mock_policy({"entities": {"entity_ids": {"event.kitchen_action": True}}})
    await call(hass, "teach", user=resident, action_id=1, label="sit")
    await until(lambda: state(hass, "sensor.kitchen_action").state == "sit")


async def test_user_who_is_gone(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    with pytest.raises(UnknownUser):
        await call(hass, "get_actions", user=MockUser(name="gone"), **KITCHEN)


@pytest.mark.parametrize(
    ("service", "data"),
    [
        ("teach", {"action_id": 1, "label": "sit"}),
        ("teach", {"label": "sit", **KITCHEN}),
        ("mark_wrong", {"action_id": 1}),
        ("refit", {}),
    ],
)
async def test_refused(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    service: str,
    data: dict[str, Any],
) -> None:
    await edge.confirm("kitchen", "fall")
    edge.refusal = (HTTPStatus.CONFLICT, "no classifier is configured")
    with pytest.raises(ServiceValidationError, match="no classifier is configured"):
        await call(hass, service, **data)
    edge.refusal_code = "no_classifier"
    with pytest.raises(ServiceValidationError, match="TinyAct edge has no classifier"):
        await call(hass, service, **data)


async def test_unknown_action(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError, match="does not have this action"):
        await call(hass, "forget", action_id=99, respond=False)
    with pytest.raises(ServiceValidationError, match="Nothing was seen in front of Kitchen yet"):
        await call(hass, "mark_wrong", **KITCHEN)


async def test_edge_is_away(hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry) -> None:
    await edge.stop()
    with pytest.raises(HomeAssistantError, match="TinyAct edge does not answer"):
        await call(hass, "get_actions")
    edge.token = "another"  # noqa: S105 - of an edge that does not exist
    await edge.start()
    with pytest.raises(HomeAssistantError, match="does not accept the token"):
        await call(hass, "refit")


@pytest.mark.parametrize(
    ("service", "data"),
    [
        ("teach", {"label": "sit"}),
        ("mark_wrong", {"entity_id": "sensor.kitchen_action"}),
        ("get_actions", {"entity_id": "light.kitchen"}),
    ],
)
async def test_no_camera(
    hass: HomeAssistant, loaded: MockConfigEntry, service: str, data: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError, match="There is no TinyAct camera there"):
        await call(hass, service, **data)


@pytest.mark.parametrize(("service", "data"), [("teach", {"label": "sit"}), ("mark_wrong", {})])
async def test_action_and_cameras(
    hass: HomeAssistant, loaded: MockConfigEntry, service: str, data: dict[str, Any]
) -> None:
    with pytest.raises(ServiceValidationError, match="not both"):
        await call(hass, service, action_id=1, **KITCHEN, **data)


@pytest.mark.parametrize(
    ("service", "data"),
    [
        ("teach", {"label": "sit", "duration": {"minutes": 5}, **KITCHEN}),
        ("get_actions", {"limit": 501}),
        ("forget", {}),
    ],
)
async def test_invalid(
    hass: HomeAssistant, loaded: MockConfigEntry, service: str, data: dict[str, Any]
) -> None:
    with pytest.raises(probatio.Invalid):
        await call(hass, service, respond=service != "forget", **data)
