"""What each camera's entities show of one action, and what can be set."""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

from conftest import Until, state
from edge_double import JPEG, START, EdgeDouble
from homeassistant.components.number import ATTR_VALUE, SERVICE_SET_VALUE
from homeassistant.components.number import DOMAIN as NUMBER_DOMAIN
from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import restore_state
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

CLASSIFIER = "binary_sensor.tinyact_edge_classifier"
CONNECTIVITY = "binary_sensor.kitchen_connectivity"
EVENT = "event.kitchen_action"
FALL = "binary_sensor.kitchen_fall"
IMAGE = "image.kitchen_last_action"
SENSITIVITY = "number.kitchen_sensitivity"
SENSOR = "sensor.kitchen_action"
SWITCH = "switch.kitchen_recognition"


@pytest.fixture
async def edge(edge: EdgeDouble) -> AsyncGenerator[EdgeDouble]:
    """Let the kitchen's camera keep pictures."""
    edge.cameras["kitchen"]["settings"]["snapshots"] = True
    return edge


async def picture(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> tuple[int, bytes]:
    """Return what a browser gets for the image of the last action."""
    client = await hass_client()
    response = await client.get(state(hass, IMAGE).attributes["entity_picture"])
    return response.status, await response.read()


async def test_all_agree(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
) -> None:
    shown = (SENSOR, EVENT, FALL, IMAGE)

    def actions() -> list[Any]:
        return [state(hass, entity_id).attributes.get("action_id") for entity_id in shown]

    assert state(hass, FALL).state == STATE_OFF
    assert state(hass, IMAGE).state == STATE_UNKNOWN
    for number in (1, 2):
        action = await edge.confirm("kitchen", "fall", confidence=0.87)
        await until(lambda: actions() == [number] * 4)  # noqa: B023 - met before the next
        assert {state(hass, entity_id).attributes["confidence"] for entity_id in shown} == {0.87}
        assert state(hass, SENSOR).state == "fall"
        assert state(hass, FALL).state == STATE_ON
        assert state(hass, EVENT).attributes["event_type"] == "fall"
        assert state(hass, IMAGE).attributes["label"] == "fall"
        assert state(hass, IMAGE).state == action["confirmed_at"]
        assert await picture(hass, hass_client) == (HTTPStatus.OK, JPEG + str(number).encode())
        # Fetched once, however many look at it.
        edge.status = HTTPStatus.SERVICE_UNAVAILABLE
        assert await picture(hass, hass_client) == (HTTPStatus.OK, JPEG + str(number).encode())
        edge.status = None
        await edge.end(action)
        await until(lambda: state(hass, FALL).state == STATE_OFF)
        assert state(hass, SENSOR).state == "none"
    assert state(hass, "binary_sensor.hall_fall").state == STATE_OFF
    assert state(hass, "image.hall_last_action").state == STATE_UNKNOWN


async def test_two_at_once(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    first = await edge.confirm("kitchen", "fall")
    second = await edge.confirm("kitchen", "fall")
    await edge.confirm("kitchen", "fight")
    await until(lambda: state(hass, "binary_sensor.kitchen_fight").state == STATE_ON)
    assert state(hass, FALL).attributes["action_id"] == second["id"]
    await edge.end(second)
    await until(lambda: state(hass, FALL).attributes["action_id"] == first["id"])
    assert state(hass, FALL).state == STATE_ON
    await edge.end(first)
    await until(lambda: state(hass, FALL).state == STATE_OFF)
    assert state(hass, "binary_sensor.kitchen_fight").state == STATE_ON


async def test_never_stuck(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    action = await edge.confirm("kitchen", "fall")
    await until(lambda: state(hass, FALL).state == STATE_ON)
    await edge.stop()
    await until(lambda: state(hass, FALL).state == STATE_UNAVAILABLE)
    await edge.end(action)
    await edge.start()
    await until(lambda: state(hass, FALL).state == STATE_OFF)
    await edge.confirm("kitchen", "fall")
    await until(lambda: state(hass, FALL).state == STATE_ON)
    await edge.send({"type": "action_removed", "id": 2})
    await until(lambda: state(hass, FALL).state == STATE_OFF)


async def test_picture_is_remembered(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
) -> None:
    action = await edge.confirm("kitchen", "fall")
    await until(lambda: state(hass, IMAGE).attributes.get("action_id") == 1)
    await restore_state.async_get(hass).async_dump_states()
    (stored,) = (
        each["extra_data"]
        for each in hass_storage[restore_state.STORAGE_KEY]["data"]
        if each["state"]["entity_id"] == IMAGE
    )
    assert stored == {
        "action_id": 1,
        "label": "fall",
        "confidence": 0.93,
        "confirmed_at": action["confirmed_at"],
    }


async def test_restart_in_the_middle_of_an_action(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry, until: Until
) -> None:
    edge.cameras["hall"]["settings"]["snapshots"] = True
    stored = {
        "action_id": 1,
        "label": "sit",
        "confidence": 0.7,
        "confirmed_at": START.isoformat(),
    }
    mock_restore_cache_with_extra_data(
        hass,
        [
            (State(IMAGE, STATE_UNAVAILABLE), stored),
            (State("image.hall_last_action", STATE_UNAVAILABLE), stored),
        ],
    )
    await edge.end(await edge.confirm("hall", "sit"))
    action = await edge.confirm("kitchen", "fall")
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert state(hass, FALL).state == STATE_ON
    assert state(hass, SENSOR).state == "fall"
    assert state(hass, IMAGE).state == action["confirmed_at"]
    assert state(hass, "image.hall_last_action").state == START.isoformat()
    assert state(hass, "image.hall_last_action").attributes["action_id"] == 1
    await edge.end(action)
    await until(lambda: state(hass, FALL).state == STATE_OFF)


async def test_picture_that_comes_late_and_goes(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
) -> None:
    edge.cameras["kitchen"]["settings"]["snapshots"] = False
    first = await edge.confirm("kitchen", "sit")
    await until(lambda: state(hass, SENSOR).state == "sit")
    assert state(hass, IMAGE).state == STATE_UNKNOWN
    first["snapshot"] = True
    await edge.add_clip(first, b"mp4")
    await until(lambda: state(hass, IMAGE).attributes.get("action_id") == 1)
    await edge.correct(first, "exercise")
    await until(lambda: state(hass, IMAGE).attributes.get("label") == "exercise")

    # Without a picture of its own, it takes nobody else's place.
    second = await edge.confirm("kitchen", "walk")
    await until(lambda: state(hass, SENSOR).state == "walk")
    assert state(hass, IMAGE).attributes["action_id"] == 1
    await edge.erase_pictures(first)
    await until(lambda: state(hass, IMAGE).state == STATE_UNKNOWN)
    status, _ = await picture(hass, hass_client)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR  # Home Assistant's word for no picture.

    second["snapshot"] = True
    await edge.end(second)
    await until(lambda: state(hass, IMAGE).attributes.get("action_id") == 2)
    await edge.send({"type": "action_removed", "id": 1})
    await edge.send({"type": "action_removed", "id": 2})
    await until(lambda: state(hass, IMAGE).state == STATE_UNKNOWN)


async def test_picture_that_was_erased_unheard(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
) -> None:
    await edge.confirm("kitchen", "sit")
    await until(lambda: state(hass, IMAGE).attributes.get("action_id") == 1)
    edge.status = HTTPStatus.SERVICE_UNAVAILABLE
    status, _ = await picture(hass, hass_client)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert state(hass, IMAGE).attributes["action_id"] == 1
    edge.status = None
    edge.token, token = "another", edge.token
    status, _ = await picture(hass, hass_client)
    assert status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert state(hass, IMAGE).attributes["action_id"] == 1
    edge.token = token
    del edge.actions[1]
    await picture(hass, hass_client)
    assert state(hass, IMAGE).state == STATE_UNKNOWN


async def test_watched_labels(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    until: Until,
) -> None:
    def of_kitchen(*, disabled: bool) -> set[str]:
        return {
            entity.entity_id.removeprefix("binary_sensor.kitchen_")
            for entity in er.async_entries_for_config_entry(entity_registry, loaded.entry_id)
            if entity.entity_id.startswith("binary_sensor.kitchen") and entity.disabled is disabled
        }

    assert of_kitchen(disabled=False) == {"connectivity", "fall", "fight"}
    assert of_kitchen(disabled=True) == {
        "jumping",
        "running",
        "sitting_down",
        "standing_up",
        "walking",
    }
    # What the household taught stands among what it wants to see.
    await edge.confirm("kitchen", "Feeds the cat")
    await until(lambda: hass.states.get("binary_sensor.kitchen_feeds_the_cat"))
    assert state(hass, "binary_sensor.kitchen_feeds_the_cat").state == STATE_ON

    settings = edge.cameras["kitchen"]["settings"]
    await edge.set_camera("kitchen", settings={**settings, "labels": ["walk", "fall"]})
    await until(lambda: hass.states.get("binary_sensor.kitchen_fight") is None)
    assert of_kitchen(disabled=False) == {"connectivity", "fall"}
    assert of_kitchen(disabled=True) == {"walking"}
    await edge.set_camera("garden", settings={**settings, "labels": ["walk"]})
    await until(lambda: hass.states.get("binary_sensor.garden_walking"))
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.garden_fall") is None


async def test_recognition_is_paused(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    assert state(hass, SWITCH).state == STATE_ON
    target = {ATTR_ENTITY_ID: SWITCH}
    await hass.services.async_call(SWITCH_DOMAIN, SERVICE_TURN_OFF, target, blocking=True)
    assert edge.requests == [("PATCH /api/cameras/kitchen", {"enabled": False})]
    assert state(hass, SWITCH).state == STATE_OFF
    assert state(hass, SENSOR).state == STATE_UNAVAILABLE
    assert state(hass, FALL).state == STATE_UNAVAILABLE
    assert state(hass, CONNECTIVITY).state == STATE_UNKNOWN
    await hass.services.async_call(SWITCH_DOMAIN, SERVICE_TURN_ON, target, blocking=True)
    assert state(hass, SWITCH).state == STATE_ON
    assert state(hass, SENSOR).state == "none"
    assert state(hass, CONNECTIVITY).state == STATE_ON

    # By somebody else.
    settings = {**edge.cameras["kitchen"]["settings"], "enabled": False}
    await edge.set_camera("kitchen", state="paused", settings=settings)
    await until(lambda: state(hass, SWITCH).state == STATE_OFF)


async def test_sensitivity(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    call = {ATTR_ENTITY_ID: SENSITIVITY, ATTR_VALUE: 70}
    assert state(hass, SENSITIVITY).state == "50"
    await hass.services.async_call(NUMBER_DOMAIN, SERVICE_SET_VALUE, call, blocking=True)
    assert edge.cameras["kitchen"]["settings"]["sensitivity"] == 70
    assert state(hass, SENSITIVITY).state == "70"

    edge.refusal = (HTTPStatus.UNPROCESSABLE_ENTITY, "sensitivity is from 0 to 100")
    with pytest.raises(HomeAssistantError, match="sensitivity is from 0 to 100") as caught:
        await hass.services.async_call(NUMBER_DOMAIN, SERVICE_SET_VALUE, call, blocking=True)
    assert caught.value.translation_key == "refused"
    edge.status = HTTPStatus.SERVICE_UNAVAILABLE
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(NUMBER_DOMAIN, SERVICE_SET_VALUE, call, blocking=True)
    assert state(hass, SENSITIVITY).state == "70"


async def test_answer_while_the_stream_is_lost(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    edge.first_word = "nonsense"
    await edge.drop()
    await until(lambda: state(hass, SWITCH).state == STATE_UNAVAILABLE)
    flow = await loaded.start_subentry_reconfigure_flow(
        hass, next(iter(loaded.subentries.values())).subentry_id
    )
    settings = {"labels": [], "sensitivity": 70, "snapshots": True, "clips": False}
    result = await hass.config_entries.subentries.async_configure(
        flow["flow_id"], {**settings, "zone": {"polygons": ""}}
    )
    assert result["reason"] == "reconfigure_successful"
    assert state(hass, SWITCH).state == STATE_UNAVAILABLE
    edge.first_word = None
    await until(lambda: state(hass, SENSITIVITY).state == "70")


async def test_figures(
    hass: HomeAssistant,
    edge: EdgeDouble,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    until: Until,
) -> None:
    names = ("latency", "frame_rate", "clips_per_minute", "dropped_frames", "analysed_frame_rate")
    assert await hass.config_entries.async_setup(entry.entry_id)
    for name in names:
        entity = entity_registry.async_get(f"sensor.kitchen_{name}")
        assert entity is not None
        assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        entity_registry.async_update_entity(entity.entity_id, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await edge.subscriptions.get()
    assert {state(hass, f"sensor.kitchen_{name}").state for name in names} == {STATE_UNKNOWN}
    kitchen = {"fps": 19.5, "clips_per_minute": 120, "latency_ms": 212.4, "dropped_frames": 3}
    await edge.send({"type": "stats", "cameras": {"kitchen": kitchen}})
    await until(lambda: state(hass, "sensor.kitchen_dropped_frames").state == "3")
    assert float(state(hass, "sensor.kitchen_frame_rate").state) == 19.5
    assert float(state(hass, "sensor.kitchen_clips_per_minute").state) == 120
    assert float(state(hass, "sensor.kitchen_latency").state) == 212.4
    # An edge of the first version did not tell.
    assert state(hass, "sensor.kitchen_analysed_frame_rate").state == STATE_UNKNOWN
    assert state(hass, "sensor.kitchen_latency").attributes["unit_of_measurement"] == "ms"
    await edge.send(
        {
            "type": "stats",
            "cameras": {"kitchen": {**kitchen, "latency_ms": None, "looked_at_fps": 7.5}},
        }
    )
    await until(lambda: state(hass, "sensor.kitchen_latency").state == STATE_UNKNOWN)
    assert float(state(hass, "sensor.kitchen_analysed_frame_rate").state) == 7.5


async def test_classifier(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    async def tell(said: str, detail: str | None) -> None:
        await edge.send({"type": "classifier", "classifier": {"state": said, "detail": detail}})

    assert state(hass, CLASSIFIER).state == STATE_ON
    assert state(hass, CLASSIFIER).attributes["reason"] is None
    for reason in ("unreachable", "unauthorized", "other_encoder"):
        await tell(reason, "the classifier says so")
        await until(lambda: state(hass, CLASSIFIER).attributes["reason"] == reason)  # noqa: B023
        assert state(hass, CLASSIFIER).state == STATE_OFF
        assert state(hass, CLASSIFIER).attributes["detail"] == "the classifier says so"
    await tell("local", None)
    await until(lambda: state(hass, CLASSIFIER).state == STATE_UNAVAILABLE)
    await tell("ok", None)
    await until(lambda: state(hass, CLASSIFIER).state == STATE_ON)
    assert state(hass, "sensor.tinyact_edge_model_version").state == "2026.11.1"
