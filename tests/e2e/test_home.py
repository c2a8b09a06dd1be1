"""From a recording on an RTSP server to Home Assistant's states, history and activity log."""

import asyncio
from contextlib import closing
import resource
from typing import Any

import pytest

from tinyact_demo.processes import eventually
from tinyact_demo.stack import Stack
from tinyact_demo.watch import Arrival, arrivals
from tinyact_edge.database import Database
from tinyact_edge.tokens import Tokens

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVENT = "event.hall_action"
SENSOR = "sensor.hall_action"
CONNECTIVITY = "binary_sensor.hall_connectivity"


async def _next_arrival(stack: Stack) -> Arrival:
    async with asyncio.timeout(120):
        async for arrival in arrivals(stack):
            return arrival
    raise AssertionError


async def _states(stack: Stack) -> dict[str, str]:
    return {
        entity: (await stack.home_assistant.get(f"states/{entity}"))["state"]
        for entity in (EVENT, SENSOR, CONNECTIVITY)
    }


async def test_action_stands_in_home_assistant(stack: Stack) -> None:
    """One action is the event, the sensor, a line of history and of the log, and the journal's."""
    home = stack.home_assistant
    shown: dict[str, dict[int, dict[str, Any]]] = {EVENT: {}, SENSOR: {}}
    async with home.listen() as socket, asyncio.timeout(120):
        async for state in socket.state_changes():
            number = state["attributes"].get("action_id")
            if number is not None and state["entity_id"] in shown:
                shown[state["entity_id"]].setdefault(number, state)
            if both := shown[EVENT].keys() & shown[SENSOR].keys():
                break
    number = min(both)
    event, sensor = shown[EVENT][number], shown[SENSOR][number]
    journal = (await stack.edge.get("/api/actions"))["actions"]
    action = next(action for action in journal if action["id"] == number)

    label = action["label"]
    assert event["attributes"]["event_type"] == label
    assert sensor["state"] == label
    assert event["attributes"]["confidence"] == action["confidence"]
    assert event["attributes"]["started_at"] == action["started_at"]
    assert action["camera"] == "hall"

    before = action["started_at"]

    async def sensor_in_history() -> bool | None:
        lines = await home.get(f"history/period/{before}", filter_entity_id=SENSOR)
        return any(line["state"] == label for entity in lines for line in entity) or None

    async def event_in_log() -> bool | None:
        lines = await home.get(f"logbook/{before}", entity=EVENT)
        return any(line.get("state") == event["state"] for line in lines) or None

    assert await eventually(sensor_in_history, 60)
    assert await eventually(event_in_log, 60)


async def test_recognition_goes_on_without_the_classifier(stack: Stack) -> None:
    """The head in the edge's bundle stands in while the service is gone, and hands back after."""

    async def state_of_classifier() -> str:
        info = await stack.edge.get("/api/info")
        return str(info["classifier"]["state"])

    async def unreachable() -> bool | None:
        return True if await state_of_classifier() == "unreachable" else None

    async def ok() -> bool | None:
        return True if await state_of_classifier() == "ok" else None

    await eventually(ok, 60)
    await stack.classifier.part.kill()
    await eventually(unreachable, 60)
    arrival = await _next_arrival(stack)
    assert arrival.entity_id == EVENT
    assert await state_of_classifier() == "unreachable"

    await stack.classifier.start()
    await eventually(ok, 60)


async def test_entities_follow_the_edge(stack: Stack) -> None:
    """Entities are unavailable without the edge, and come back with it and its actions."""
    await stack.edge.part.kill()

    async def all_unavailable() -> bool | None:
        return True if set((await _states(stack)).values()) == {"unavailable"} else None

    async def all_available() -> bool | None:
        states = await _states(stack)
        return (
            True if states[CONNECTIVITY] == "on" and "unavailable" not in states.values() else None
        )

    await eventually(all_unavailable, 60)
    await stack.edge.start()
    await eventually(all_available, 60)
    arrival = await _next_arrival(stack)
    assert arrival.entity_id == EVENT


async def test_a_disk_that_cannot_be_written_becomes_a_repair(stack: Stack) -> None:
    """People are told while it lasts, and what was seen meanwhile arrives after it."""
    async with stack.home_assistant.listen() as socket:

        async def issues() -> list[str]:
            found = (await socket.command("repairs/list_issues"))["issues"]
            return [each["translation_key"] for each in found if each["domain"] == "tinyact"]

        async def told() -> bool | None:
            return True if await issues() == ["journal_unwritable"] else None

        async def well() -> bool | None:
            return True if await issues() == [] else None

        await eventually(well, 60)
        # No file may grow from now on, nor be written where it is longer.
        resource.prlimit(stack.edge.part.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        await eventually(told, 120)
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(stack.edge.part.pid, resource.RLIMIT_FSIZE, unlimited)
        await eventually(well, 60)
    arrival = await _next_arrival(stack)
    assert arrival.entity_id == EVENT


async def test_home_assistant_asks_for_a_token_that_was_rotated(stack: Stack) -> None:
    """The old one is refused while the connection stands; with the new one all is well."""
    with closing(Database(stack._folder / "edge")) as database:
        tokens = Tokens(database)
        (token,) = tokens.all()
        stack.edge.token = tokens.rotate(token)
    async with stack.home_assistant.listen() as socket:

        async def flow() -> str | None:
            flows = await socket.command("config_entries/flow/progress")
            return next((f["flow_id"] for f in flows if f["context"]["source"] == "reauth"), None)

        form = f"config/config_entries/flow/{await eventually(flow, 60)}"
    answer = await stack.home_assistant.post(form, {"token": stack.edge.token})
    assert (answer["type"], answer["reason"]) == ("abort", "reauth_successful")
    arrival = await _next_arrival(stack)
    assert arrival.entity_id == EVENT
