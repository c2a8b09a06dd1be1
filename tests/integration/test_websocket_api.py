"""What the card is told, and what it may ask for."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from edge_double import JPEG, START, EdgeDouble
from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

type Login = Callable[[str], Awaitable[MockHAClientWebSocket]]


@pytest.fixture
async def card(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """Return the connection of an administrator's card."""
    return await hass_ws_client(hass)


@pytest.fixture
def login(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Login:
    """Return a function that connects the card of a new user of a group."""

    async def connect(group: str) -> MockHAClientWebSocket:
        user = await hass.auth.async_create_user("Somebody", group_ids=[group])
        refresh = await hass.auth.async_create_refresh_token(user, "https://example.test/")
        return await hass_ws_client(hass, hass.auth.async_create_access_token(refresh))

    return connect


async def ask(card: MockHAClientWebSocket, command: str, **data: Any) -> dict[str, Any]:
    """Return the answer to a command."""
    await card.send_json_auto_id({"type": f"tinyact/{command}", **data})
    answer: dict[str, Any] = await card.receive_json()
    return answer


async def result(card: MockHAClientWebSocket, command: str, **data: Any) -> Any:
    """Return the result of a command, which must succeed."""
    answer = await ask(card, command, **data)
    assert answer["success"], answer
    return answer["result"]


async def refusal(card: MockHAClientWebSocket, command: str, **data: Any) -> tuple[str, str]:
    """Return code and message of a command, which must fail."""
    answer = await ask(card, command, **data)
    assert not answer["success"], answer
    return answer["error"]["code"], answer["error"]["message"]


async def subscribed(card: MockHAClientWebSocket) -> list[dict[str, Any]]:
    """Subscribe, and return the edges that are told at first."""
    await result(card, "subscribe")
    event = await told(card)
    assert event["type"] == "edges"
    edges: list[dict[str, Any]] = event["edges"]
    return edges


async def told(card: MockHAClientWebSocket) -> dict[str, Any]:
    """Return the next event of the subscription."""
    message = await card.receive_json()
    assert message["type"] == "event"
    event: dict[str, Any] = message["event"]
    return event


async def test_edges_and_cameras(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    (there,) = await subscribed(card)
    assert there["entry_id"] == loaded.entry_id
    assert there["available"]
    assert there["teachable"]
    assert there["labels"] == edge.labels
    assert [camera["id"] for camera in there["cameras"]] == ["kitchen", "hall"]
    device = dr.async_get(hass).async_get(there["cameras"][0]["device_id"])
    assert device is not None
    assert device.name == "Kitchen"

    await edge.set_camera("kitchen", state="unavailable", reason="frozen")
    (there,) = (await told(card))["edges"]
    assert (there["cameras"][0]["state"], there["cameras"][0]["reason"]) == (
        "unavailable",
        "frozen",
    )

    await edge.send({"type": "classifier", "classifier": {"state": "local", "detail": None}})
    (there,) = (await told(card))["edges"]
    assert not there["teachable"]

    await edge.stop()
    (there,) = (await told(card))["edges"]
    assert not there["available"]
    assert [camera["id"] for camera in there["cameras"]] == ["kitchen", "hall"]


async def test_entry_unloaded_and_removed(
    hass: HomeAssistant, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    await subscribed(card)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    (there,) = (await told(card))["edges"]
    assert not there["available"]
    assert there["cameras"] == []
    assert await refusal(card, "actions", entry_id=loaded.entry_id) == (
        "edge_unavailable",
        "TinyAct edge does not answer. Check that it runs and is connected to the network",
    )
    await hass.config_entries.async_remove(loaded.entry_id)
    assert (await told(card))["edges"] == []
    assert await refusal(card, "actions", entry_id=loaded.entry_id) == (
        "not_found",
        "There is no such edge",
    )


async def test_actions_are_told_as_they_happen(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    await subscribed(card)
    action = await edge.confirm("kitchen", "sit")
    event = await told(card)
    assert (event["type"], event["event"], event["replay"]) == ("action", "confirmed", False)
    assert event["action"] == {
        "entry_id": loaded.entry_id,
        "id": action["id"],
        "camera": "kitchen",
        "label": "sit",
        "confidence": 0.93,
        "started_at": START.isoformat(),
        "confirmed_at": (START + timedelta(seconds=2)).isoformat(),
        "ended_at": None,
        "end_reason": None,
        "correction": None,
        "snapshot": None,
        "clip": None,
    }

    await edge.end(action)
    event = await told(card)
    assert event["event"] == "ended"
    assert event["action"]["ended_at"] == (START + timedelta(seconds=5)).isoformat()

    # A label that nobody had heard of is one more to filter by.
    await edge.correct(action, "exercise")
    assert "exercise" in (await told(card))["edges"][0]["labels"]
    event = await told(card)
    assert (event["event"], event["action"]["label"]) == ("corrected", "exercise")

    await edge.send({"type": "action_removed", "id": action["id"]})
    assert await told(card) == {
        "type": "action_removed",
        "entry_id": loaded.entry_id,
        "id": action["id"],
    }


async def test_unsubscribed_card_is_told_nothing(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    await card.send_json({"id": 1, "type": "tinyact/subscribe"})
    await card.receive_json()
    await told(card)
    await card.send_json({"id": 2, "type": "unsubscribe_events", "subscription": 1})
    assert (await card.receive_json())["success"]
    await edge.confirm("kitchen", "sit")
    await card.send_json({"id": 3, "type": "tinyact/heads", "entry_id": loaded.entry_id})
    assert (await card.receive_json())["id"] == 3


async def test_pages_and_filters(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    entry_id = loaded.entry_id
    for number, (camera, label) in enumerate(
        (("kitchen", "sit"), ("hall", "fall"), ("kitchen", "fall"), ("kitchen", "walk"))
    ):
        await edge.confirm(camera, label, started_at=START + timedelta(minutes=number))

    async def ids(**query: Any) -> list[int]:
        page = await result(card, "actions", entry_id=entry_id, **query)
        return [action["id"] for action in page["actions"]]

    assert await ids() == [4, 3, 2, 1]
    assert await ids(camera=["kitchen"], label=["fall", "walk"]) == [4, 3]
    since, until = (
        (START + timedelta(minutes=1)).isoformat(),
        (START + timedelta(minutes=3)).isoformat(),
    )
    assert await ids(after=since, before=until) == [3, 2]
    # Without a zone a time is Home Assistant's, which the harness puts into California.
    assert await ids(after="2026-11-23T04:01:00", before="2026-11-23T04:03:00") == [3, 2]

    first = await result(card, "actions", entry_id=entry_id, limit=3)
    assert [action["id"] for action in first["actions"]] == [4, 3, 2]
    rest = await result(card, "actions", entry_id=entry_id, page=first["next"])
    assert [action["id"] for action in rest["actions"]] == [1]
    assert rest["next"] is None


async def test_totals(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket, login: Login
) -> None:
    for minute, (camera, label) in enumerate(
        (("kitchen", "sit"), ("hall", "fall"), ("kitchen", "fall"), ("kitchen", "fall"))
    ):
        await edge.confirm(camera, label, started_at=START + timedelta(minutes=minute))

    async def counts(card: MockHAClientWebSocket, **query: Any) -> dict[tuple[str, str], int]:
        answer = await result(card, "totals", entry_id=loaded.entry_id, **query)
        assert all(total["seconds"] == 5 * total["count"] for total in answer["totals"])
        return {(total["camera"], total["label"]): total["count"] for total in answer["totals"]}

    assert await counts(card) == {
        ("kitchen", "sit"): 1,
        ("hall", "fall"): 1,
        ("kitchen", "fall"): 2,
    }
    since, until = START + timedelta(minutes=1), START + timedelta(minutes=3)
    span = {"after": since.isoformat(), "before": until.isoformat()}
    assert await counts(card, camera=["kitchen"], **span) == {("kitchen", "fall"): 1}


async def test_zones(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket, login: Login
) -> None:
    camera = {"entry_id": loaded.entry_id, "camera": "kitchen"}
    bed = [[0.1, 0.2], [0.5, 0.2], [0.5, 0.6], [0.1, 0.6]]
    await result(card, "set_zones", **camera, zones=[bed])
    assert edge.cameras["kitchen"]["settings"]["ignore"] == [bed]
    there = await result(card, "zones", **camera)
    assert there["zones"] == [bed]
    assert b64decode(there["picture"].removeprefix("data:image/jpeg;base64,")) == JPEG

    await edge.set_camera("kitchen", state="unavailable", reason="frozen")
    assert await result(card, "zones", **camera) == {"zones": [bed], "picture": None}
    for command, more in (("zones", {}), ("set_zones", {"zones": []})):
        code, _ = await refusal(card, command, **{**camera, "camera": "cellar"}, **more)
        assert code == "not_found"
    household = await login(GROUP_ID_USER)
    assert (await refusal(household, "zones", **camera))[0] == "unauthorized"
    assert (await refusal(household, "set_zones", **camera, zones=[]))[0] == "unauthorized"


@pytest.mark.parametrize(
    "zones",
    [
        [[[0, 0], [1, 1]]],
        [[[0, 0], [1, 0], [1, 1.01]]],
        [[[0, 0], [1, 0], [1, "left"]]],
        [[[0, 0], [1, 0], [1]]],
        [[[0, 0], [1, 0], [1, 1]]] * 9,
    ],
)
async def test_zones_that_make_no_sense(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket, zones: Any
) -> None:
    code, _ = await refusal(
        card, "set_zones", entry_id=loaded.entry_id, camera="kitchen", zones=zones
    )
    assert code == "invalid_format"
    assert edge.cameras["kitchen"]["settings"]["ignore"] == []


async def test_correct_and_take_back(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    action = await edge.confirm("kitchen", "sit")
    which = {"entry_id": loaded.entry_id, "action_id": action["id"]}
    corrected = await result(card, "correct", **which, correction={"label": " exercise "})
    assert corrected["label"] == "exercise"
    assert corrected["correction"] == {
        "kind": "label",
        "recognized": "sit",
        "state": "pending",
        "detail": None,
        "code": None,
    }
    corrected = await result(card, "correct", **which, correction={"never_here": True})
    assert corrected["correction"]["state"] == "kept"
    corrected = await result(card, "correct", **which, correction={"not": True})
    assert corrected["correction"]["kind"] == "not"
    taken_back = await result(card, "uncorrect", **which)
    assert (taken_back["label"], taken_back["correction"]) == ("sit", None)
    assert await refusal(card, "uncorrect", **which) == (
        "not_found",
        "TinyAct edge refuses this: there is no correction of this action",
    )


@pytest.mark.parametrize(
    "correction",
    [{}, {"label": ""}, {"label": "x" * 41}, {"not": False}, {"label": "a", "not": True}, "fall"],
)
async def test_malformed_correction(
    loaded: MockConfigEntry, card: MockHAClientWebSocket, correction: Any
) -> None:
    code, _ = await refusal(
        card, "correct", entry_id=loaded.entry_id, action_id=1, correction=correction
    )
    assert code == "invalid_format"


async def test_teach_what_was_missed(
    loaded: MockConfigEntry, card: MockHAClientWebSocket, login: Login
) -> None:
    what = {"entry_id": loaded.entry_id, "camera": "kitchen", "label": "exercise", "seconds": 20}
    lesson = await result(card, "teach", **what)
    assert (lesson["camera"], lesson["label"]) == ("kitchen", "exercise")
    back = {"entry_id": loaded.entry_id, "camera": "kitchen", "lesson_id": lesson["id"]}
    await result(card, "unteach", **back)
    assert (await refusal(card, "teach", **{**what, "camera": "cellar"}))[0] == "not_found"
    # The edge remembers two minutes.
    assert (await refusal(card, "teach", **{**what, "seconds": 121}))[0] == "invalid_format"

    user, guest = await login(GROUP_ID_USER), await login(GROUP_ID_READ_ONLY)
    await result(user, "teach", **what)
    assert (await refusal(guest, "teach", **what))[0] == "unauthorized"
    assert (await refusal(guest, "unteach", **back))[0] == "unauthorized"


async def test_erase(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    which = {"entry_id": loaded.entry_id, "action_id": (await edge.confirm("hall", "run"))["id"]}
    await result(card, "delete_action", **which)
    assert edge.actions == {}
    assert (await refusal(card, "delete_action", **which))[0] == "not_found"


async def test_learn_and_go_back(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    entry_id = loaded.entry_id
    edge.heads = [
        {"version": 1, "active": True, "taught": ["exercise"]},
        {"version": 0, "active": False, "taught": []},
    ]
    job = await result(card, "fit", entry_id=entry_id)
    assert job["state"] == "queued"
    assert await result(card, "job", entry_id=entry_id, job_id=job["id"]) == job
    assert (await result(card, "heads", entry_id=entry_id))["heads"][0]["active"]
    await result(card, "activate", entry_id=entry_id, version=0)
    assert (await result(card, "heads", entry_id=entry_id))["heads"][1]["active"]
    assert (await refusal(card, "activate", entry_id=entry_id, version=7))[0] == "not_found"

    reason = {"code": "too_few", "params": {"label": "sit", "count": 1, "least": 2}}
    edge.jobs[job["id"]] |= {"state": "failed", "error": "One is too few.", "reason": reason}
    await card.send_json_auto_id({"type": "tinyact/job", "entry_id": entry_id, "job_id": job["id"]})
    # The card names labels itself, in the language of whoever reads it.
    error = (await card.receive_json())["error"]
    assert error["translation_key"] == "fit_too_few"
    assert error["translation_placeholders"] == {"label": "sit", "count": "1", "least": "2"}


async def test_who_may_do_what(edge: EdgeDouble, loaded: MockConfigEntry, login: Login) -> None:
    action = await edge.confirm("kitchen", "sit")
    edge_only = {"entry_id": loaded.entry_id}
    which = {**edge_only, "action_id": action["id"]}

    # The household says what was seen; what is served to all is the administrators'.
    user = await login(GROUP_ID_USER)
    corrected = await result(user, "correct", **which, correction={"not": True})
    assert corrected["correction"]["kind"] == "not"
    for command, data in (
        ("fit", edge_only),
        ("heads", edge_only),
        ("activate", {**edge_only, "version": 0}),
        ("job", {**edge_only, "job_id": "1"}),
        ("delete_action", which),
    ):
        assert (await refusal(user, command, **data))[0] == "unauthorized"

    guest = await login(GROUP_ID_READ_ONLY)
    assert len((await result(guest, "actions", **edge_only))["actions"]) == 1
    assert (await refusal(guest, "uncorrect", **which))[0] == "unauthorized"


async def test_cameras_that_a_user_may_not_see(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, login: Login
) -> None:
    hidden = await edge.confirm("kitchen", "sit")
    await edge.confirm("hall", "walk")
    hass.auth._store._groups["hall"] = type(hass.auth._store._groups[GROUP_ID_USER])(
        name="Hall",
        id="hall",
        policy={"entities": {"entity_ids": {"event.hall_action": True}}},
    )
    child = await login("hall")
    (there,) = await subscribed(child)
    assert [camera["id"] for camera in there["cameras"]] == ["hall"]
    await edge.end(hidden)
    await edge.confirm("hall", "run")
    assert (await told(child))["action"]["label"] == "run"

    page = await result(child, "actions", entry_id=loaded.entry_id)
    assert {action["camera"] for action in page["actions"]} == {"hall"}
    page = await result(child, "actions", entry_id=loaded.entry_id, camera=["kitchen"])
    assert page == {"actions": [], "next": None}
    totals = await result(child, "totals", entry_id=loaded.entry_id)
    assert {total["camera"] for total in totals["totals"]} == {"hall"}
    totals = await result(child, "totals", entry_id=loaded.entry_id, camera=["kitchen"])
    assert totals == {"totals": []}
    code, _ = await refusal(
        child,
        "correct",
        entry_id=loaded.entry_id,
        action_id=hidden["id"],
        correction={"not": True},
    )
    assert code == "unauthorized"


async def test_edge_away(
    edge: EdgeDouble, loaded: MockConfigEntry, card: MockHAClientWebSocket
) -> None:
    await edge.stop()
    assert (await refusal(card, "actions", entry_id=loaded.entry_id))[0] == "edge_unavailable"
