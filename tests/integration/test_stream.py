"""The connection: lost, found, and what was missed in between."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from conftest import Until, state
from edge_double import EdgeDouble
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import (
    CONF_TOKEN,
    EVENT_HOMEASSISTANT_STOP,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CoreState, Event, HomeAssistant, State
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.tinyact.api import EdgeClient
from custom_components.tinyact.const import EVENT_MISSED_ACTION
from custom_components.tinyact.models import EdgeInfo, Subscribed

CONNECTIVITY = "binary_sensor.kitchen_connectivity"
EVENT = "event.kitchen_action"
IMAGE = "image.kitchen_last_action"
SENSOR = "sensor.kitchen_action"


def fired(changes: list[Event]) -> list[tuple[str, int]]:
    """Return the label and id of each action that the event entity fired for."""
    return [
        (new.attributes["event_type"], new.attributes["action_id"])
        for change in changes
        if change.data["entity_id"] == EVENT
        and _can_fire(old := change.data["old_state"])
        and _can_fire(new := change.data["new_state"])
        and new.state != old.state
    ]


def _can_fire(seen: State | None) -> bool:
    """Return whether a trigger acts on a change from, and to, this state."""
    return seen is not None and seen.state != STATE_UNAVAILABLE


def is_(hass: HomeAssistant, entity_id: str, expected: str) -> Callable[[], bool]:
    """Return a condition for until."""
    return lambda: state(hass, entity_id).state == expected


async def test_edge_gone_and_back(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    action = await edge.confirm("kitchen", "walk")
    await until(is_(hass, SENSOR, "walk"))
    await edge.stop()
    await until(is_(hass, SENSOR, STATE_UNAVAILABLE))
    await until(is_(hass, EVENT, STATE_UNAVAILABLE))
    await until(is_(hass, CONNECTIVITY, STATE_UNAVAILABLE))

    # The edge closed the action when it stopped; nothing may stay stuck.
    await edge.end(action)
    await edge.start()
    await until(is_(hass, SENSOR, "none"))
    assert await edge.subscriptions.get() == 1

    told = [r for r in caplog.records if r.name.startswith("custom_components.tinyact")]
    told = [r for r in told if r.levelname != "DEBUG"]
    assert [r.levelname for r in told] == ["ERROR", "INFO"]
    assert "is back" in told[1].message


async def test_edge_without_a_sign_of_life(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry, until: Until
) -> None:
    edge.mute = True
    with patch("custom_components.tinyact.api.HEARTBEAT", 0.1):
        assert await hass.config_entries.async_setup(entry.entry_id)
        await edge.subscriptions.get()
        await until(is_(hass, SENSOR, STATE_UNAVAILABLE))
    edge.mute = False
    await until(is_(hass, SENSOR, "none"))


async def test_missed_while_edge_was_out_of_reach(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    changes = async_capture_events(hass, "state_changed")
    missed = async_capture_events(hass, EVENT_MISSED_ACTION)
    await edge.confirm("kitchen", "walk")
    await until(lambda: fired(changes))
    await edge.stop()
    await until(is_(hass, EVENT, STATE_UNAVAILABLE))

    now = dt_util.utcnow()
    old = await edge.confirm("kitchen", "fall", started_at=now - timedelta(minutes=6))
    await edge.end(old)
    new = await edge.confirm("kitchen", "sit", started_at=now - timedelta(minutes=4))
    await edge.end(new)
    await edge.start()
    assert await edge.subscriptions.get() == 1
    await edge.confirm("kitchen", "stand")
    await until(is_(hass, SENSOR, "stand"))

    # The fall is told of, but nobody is called; the rest fires, once each.
    assert fired(changes) == [("walk", 1), ("sit", 3), ("stand", 4)]
    assert [event.data["label"] for event in missed] == ["fall"]
    assert missed[0].data["entity_id"] == EVENT
    assert missed[0].data["started_at"] == old["started_at"]
    replays = {
        change.data["new_state"].attributes.get("action_id"): change.data["new_state"].attributes
        for change in changes
        if change.data["entity_id"] == EVENT
    }
    assert replays[3]["replay"] is True
    assert replays[4]["replay"] is False
    # What is over by now never showed as going on.
    shown = [c.data["new_state"].state for c in changes if c.data["entity_id"] == SENSOR]
    assert shown == ["walk", STATE_UNAVAILABLE, "walk", "stand"]


async def test_missed_actions_are_few_rows_of_the_history(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    """The event fires for each; all else shows what holds in the end."""
    edge.cameras["kitchen"]["settings"]["snapshots"] = True
    await edge.stop()
    await until(is_(hass, SENSOR, STATE_UNAVAILABLE))
    now = dt_util.utcnow()
    for label in ("walk", "sit", "fall"):
        await edge.end(await edge.confirm("kitchen", label, started_at=now))
    changes = async_capture_events(hass, "state_changed")
    await edge.start()
    await until(lambda: state(hass, SENSOR).attributes.get("last_action") == "fall")

    def written(entity_id: str) -> list[State]:
        return [c.data["new_state"] for c in changes if c.data["entity_id"] == entity_id]

    assert [label for label, _ in fired(changes)] == ["walk", "sit", "fall"]
    assert [shown.attributes.get("last_action") for shown in written(SENSOR)] == [None, "fall"]
    await until(lambda: state(hass, IMAGE).attributes.get("label") == "fall")
    assert [shown.attributes.get("label") for shown in written(IMAGE)] == [None, "fall"]


async def test_missed_while_home_assistant_was_away(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    edge: EdgeDouble,
    entry: MockConfigEntry,
    until: Until,
) -> None:
    changes = async_capture_events(hass, "state_changed")
    for label in ("walk", "sit", "stand"):
        await edge.end(await edge.confirm("kitchen", label, started_at=dt_util.utcnow()))
    hass_storage[f"tinyact.{entry.entry_id}"] = {"version": 1, "data": {"last_id": 2}}
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await edge.subscriptions.get() == 2
    await until(lambda: len(fired(changes)) == 2)
    assert fired(changes) == [("sit", 2), ("stand", 3)]


async def test_added_edge_does_not_tell_its_past(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry, until: Until
) -> None:
    changes = async_capture_events(hass, "state_changed")
    await edge.end(await edge.confirm("kitchen", "fall", started_at=dt_util.utcnow()))
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert await edge.subscriptions.get() == 2
    await edge.confirm("kitchen", "sit")
    await until(is_(hass, SENSOR, "sit"))
    assert fired(changes) == [("sit", 2)]


async def test_heard_once_across_a_reload(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
) -> None:
    changes = async_capture_events(hass, "state_changed")
    await edge.confirm("kitchen", "walk", started_at=dt_util.utcnow())
    await until(is_(hass, SENSOR, "walk"))
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert state(hass, SENSOR).state == STATE_UNAVAILABLE
    assert hass_storage[f"tinyact.{loaded.entry_id}"]["data"] == {"last_id": 1}

    await edge.confirm("kitchen", "run", started_at=dt_util.utcnow())
    assert await hass.config_entries.async_setup(loaded.entry_id)
    assert await edge.subscriptions.get() == 1
    await until(lambda: ("run", 2) in fired(changes))
    assert fired(changes) == [("walk", 1), ("run", 2)]


async def test_duplicates_are_ignored(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    changes = async_capture_events(hass, "state_changed")
    action = await edge.confirm("kitchen", "fall")
    await edge.send(edge.journal[0])
    await edge.end(action)
    await edge.send(edge.journal[0])
    await edge.confirm("kitchen", "stand")
    await until(is_(hass, SENSOR, "stand"))
    assert fired(changes) == [("fall", 1), ("stand", 2)]
    await edge.end(edge.open_actions[2])
    await until(is_(hass, SENSOR, "none"))


async def test_erased_journal(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    changes = async_capture_events(hass, "state_changed")
    for _ in range(3):
        await edge.end(await edge.confirm("kitchen", "walk"))
    await until(lambda: len(fired(changes)) == 3)
    edge.journal.clear()
    await edge.drop()
    await edge.subscriptions.get()
    await edge.confirm("kitchen", "fall")
    await until(is_(hass, SENSOR, "fall"))
    assert fired(changes)[3:] == [("fall", 1)]


async def test_missed_by_a_camera_that_is_gone(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    missed = async_capture_events(hass, EVENT_MISSED_ACTION)
    await edge.stop()
    await until(is_(hass, EVENT, STATE_UNAVAILABLE))
    now = dt_util.utcnow()
    await edge.end(await edge.confirm("hall", "fall", started_at=now))
    await edge.end(await edge.confirm("kitchen", "fall", started_at=now))
    del edge.cameras["hall"]
    edge.cameras["kitchen"]["state"] = "unavailable"
    await edge.start()
    await edge.subscriptions.get()
    # A trigger would not notice an event of a camera that is unavailable.
    await until(lambda: missed)
    assert [event.data["entity_id"] for event in missed] == [EVENT]
    assert hass.states.get("event.hall_action") is None


async def test_token_revoked(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    edge.token = "another"  # noqa: S105
    await edge.drop()
    await until(is_(hass, SENSOR, STATE_UNAVAILABLE))
    await until(hass.config_entries.flow.async_progress)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert flow["context"]["entry_id"] == loaded.entry_id

    # Somebody may also bring the edge's old tokens back.
    edge.token = loaded.data[CONF_TOKEN]
    await until(is_(hass, SENSOR, "none"))


async def test_token_revoked_while_a_form_is_open(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    """Home Assistant then asks for no token; it has to once the form is gone."""
    form = await loaded.start_reconfigure_flow(hass)
    edge.token = "another"  # noqa: S105
    await edge.drop()
    await until(is_(hass, SENSOR, STATE_UNAVAILABLE))
    assert await edge.refused.get() == HTTPStatus.UNAUTHORIZED
    assert [flow["flow_id"] for flow in hass.config_entries.flow.async_progress()] == [
        form["flow_id"]
    ]
    hass.config_entries.flow.async_abort(form["flow_id"])
    await until(hass.config_entries.flow.async_progress)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH


async def test_wait_is_short_again_after_a_subscription(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry
) -> None:
    def once(*_: timedelta) -> Iterator[float]:
        yield 0
        pytest.fail("A second wait without a subscription since the first")

    with patch("custom_components.tinyact.coordinator.delays", once):
        assert await hass.config_entries.async_setup(entry.entry_id)
        for _ in range(3):
            async with asyncio.timeout(10):
                await edge.subscriptions.get()
            await edge.drop()


async def test_nothing_is_heard_while_unloading(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    changes = async_capture_events(hass, "state_changed")
    unload_platforms = hass.config_entries.async_unload_platforms

    async def unload_slowly(*args: Any) -> bool:
        async with asyncio.timeout(10):
            assert await edge.left.get()
        unloaded = await unload_platforms(*args)
        await edge.confirm("kitchen", "fall", started_at=dt_util.utcnow())
        return unloaded

    with patch.object(hass.config_entries, "async_unload_platforms", unload_slowly):
        assert await hass.config_entries.async_unload(loaded.entry_id)
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await until(lambda: fired(changes) == [("fall", 1)])


async def test_another_edge_takes_the_address(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    instance, edge.instance = edge.instance, "f" * 32
    await edge.drop()
    await until(is_(hass, SENSOR, STATE_UNAVAILABLE))
    # Refused before it is subscribed to, again and again, but told only once.
    assert await edge.left.get()
    assert [await edge.left.get() for _ in range(3)] == [False] * 3
    refusal = f"Another TinyAct edge answers at 127.0.0.1:{edge.port}"
    assert [refusal in r.message for r in caplog.records].count(True) == 1
    edge.instance = instance
    await until(is_(hass, SENSOR, "none"))
    assert await edge.subscriptions.get() == 0


@pytest.mark.parametrize(
    "message",
    [
        {"type": "action", "id": 1, "event": "confirmed", "action": {"id": 1}},
        {"type": "camera", "camera": {"id": 7}},
        {"type": "camera", "camera": {"id": "x", "name": "", "state": "", "reason": None}},
        {"no": "type"},
        ["a list"],
    ],
)
async def test_nonsense_ends_the_connection(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until, message: Any
) -> None:
    await edge.send(message)
    await until(is_(hass, SENSOR, STATE_UNAVAILABLE))
    await until(is_(hass, SENSOR, "none"))


async def test_time_without_offset_is_nonsense(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    camera = {**edge.cameras["kitchen"], "since": "2026-11-23T12:00:00"}
    await edge.send({"type": "camera", "camera": camera})
    await until(is_(hass, SENSOR, STATE_UNAVAILABLE))


@pytest.mark.parametrize("first_word", ['{"type": "subscribed", "last_id": 0}', "220 smtp"])
async def test_no_hello(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until, first_word: str
) -> None:
    edge.first_word = first_word
    await edge.drop()
    assert await edge.left.get()
    assert not await edge.left.get()
    assert state(hass, SENSOR).state == STATE_UNAVAILABLE
    edge.first_word = None
    await until(is_(hass, SENSOR, "none"))


@pytest.mark.parametrize("status", [HTTPStatus.NOT_FOUND, HTTPStatus.SERVICE_UNAVAILABLE])
async def test_websocket_refused(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    status: HTTPStatus,
) -> None:
    edge.status = status
    await edge.drop()
    await edge.refused.get()
    assert state(hass, SENSOR).state == STATE_UNAVAILABLE
    edge.status = None
    await until(is_(hass, SENSOR, "none"))


async def test_other_messages(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    changes = async_capture_events(hass, "state_changed")
    await edge.send({"type": "stats", "cameras": {}})
    await edge.send({"type": "made up next year"})
    await edge.send({"type": "classifier", "classifier": {"state": "local", "detail": None}})
    await edge.send({"type": "error", "code": "bad_since", "message": "since is no number"})
    await edge.confirm("kitchen", "sit")
    await until(is_(hass, SENSOR, "sit"))
    assert [c.data["new_state"].state for c in changes if c.data["entity_id"] == SENSOR] == ["sit"]
    assert "refused: since is no number (bad_since)" in caplog.text


async def test_listens_from_start_to_stop(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    edge: EdgeDouble,
    entry: MockConfigEntry,
    until: Until,
) -> None:
    # Before the automations run there is nobody to tell what was missed.
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert state(hass, SENSOR).state == "none"
    other = EdgeClient(async_get_clientsession(hass), edge.host, edge.port, edge.token)
    async with aclosing(other.stream(99)) as messages:
        assert [type(await anext(messages)) for _ in range(2)] == [EdgeInfo, Subscribed]
    assert await edge.subscriptions.get() == 99  # Nobody was there before.
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await edge.subscriptions.get()
    await edge.confirm("kitchen", "sit")
    await until(is_(hass, SENSOR, "sit"))

    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert hass_storage[f"tinyact.{entry.entry_id}"]["data"] == {"last_id": 1}
    assert state(hass, EVENT).state != STATE_UNKNOWN
