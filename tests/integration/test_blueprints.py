"""The blueprints, each as an automation of Home Assistant.

The phones are imitated: their integration needs libraries that the harness lacks.
tests/e2e has the real one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from conftest import Until, state
from edge_double import EdgeDouble
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
CAMERAS = {"entity_id": ["event.kitchen_action", "event.hall_action"]}
# At noon in the time zone of the house.
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=dt_util.UTC)

type Use = Callable[..., Awaitable[None]]
type Later = Callable[..., Awaitable[None]]


class Phones:
    """The phones of Anna and Ben, and what they were sent."""

    def __init__(self, hass: HomeAssistant, registry: dr.DeviceRegistry) -> None:
        entry = MockConfigEntry(domain="mobile_app")
        entry.add_to_hass(hass)
        self.hass = hass
        self.ids: dict[str, str] = {}
        self.sent: dict[str, list[ServiceCall]] = {}
        for name in ("Anna's phone", "Ben's phone"):
            device = registry.async_get_or_create(
                config_entry_id=entry.entry_id, identifiers={("mobile_app", name)}, name=name
            )
            who = name.split("'")[0]
            self.ids[who] = device.id
            self.sent[who] = async_mock_service(hass, "notify", f"mobile_app_{who.lower()}_s_phone")

    async def press(self, notification: ServiceCall, number: int = 0) -> None:
        """Press a button of a notification, the first unless told otherwise."""
        button = notification.data["data"]["actions"][number]
        self.hass.bus.async_fire("mobile_app_notification_action", {"action": button["action"]})
        await settle()


@pytest.fixture
async def clock(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> FrozenDateTimeFactory:
    # When minutes pass in no time, no ping is answered in time.
    monkeypatch.setattr("custom_components.tinyact.api.HEARTBEAT", None)
    await hass.config.async_set_time_zone("America/New_York")
    freezer.move_to(NOON)
    return freezer


@pytest.fixture
def later(hass: HomeAssistant, clock: FrozenDateTimeFactory) -> Later:
    """Return a function that lets time pass."""

    async def wait(**time: float) -> None:
        clock.tick(timedelta(**time))
        async_fire_time_changed(hass)
        await settle()

    return wait


@pytest.fixture
def phones(
    hass: HomeAssistant, clock: FrozenDateTimeFactory, device_registry: dr.DeviceRegistry
) -> Phones:
    return Phones(hass, device_registry)


@pytest.fixture
def use(hass: HomeAssistant, loaded: MockConfigEntry, tmp_path: Path) -> Use:
    """Return a function that makes an automation of a blueprint."""

    async def add(name: str, **inputs: Any) -> None:
        (tmp_path / "blueprints").symlink_to(BLUEPRINTS)
        hass.config.config_dir = str(tmp_path)
        config = {
            "alias": "test",
            "use_blueprint": {"path": f"tinyact/{name}.yaml", "input": inputs},
        }
        assert await async_setup_component(hass, "automation", {"automation": config})
        await hass.async_block_till_done()
        assert state(hass, "automation.test").state == STATE_ON

    return add


async def settle() -> None:
    """Let automations do what they can do now.

    To wait until they are done, as Home Assistant's own helper does, would be to
    wait for their delays.
    """
    for _ in range(100):
        await asyncio.sleep(0)


async def act(hass: HomeAssistant, edge: EdgeDouble, until: Until, *what: str) -> dict[str, Any]:
    """Let somebody do something, and Home Assistant do what it does then."""
    action = await edge.confirm(*what, started_at=dt_util.utcnow())
    event = f"event.{action['camera']}_action"
    await until(lambda: state(hass, event).attributes.get("action_id") == action["id"])
    await settle()
    return action


async def test_notify(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    phones: Phones,
    use: Use,
    later: Later,
    until: Until,
) -> None:
    await use(
        "notify",
        cameras=CAMERAS,
        phones=list(phones.ids.values()),
        labels=["sit", "Feeds the cat"],
        cool_down=5,
        snooze=60,
    )
    anna, ben = phones.sent["Anna"], phones.sent["Ben"]
    edge.cameras["kitchen"]["settings"]["snapshots"] = True
    await act(hass, edge, until, "kitchen", "walk")
    assert not anna
    await act(hass, edge, until, "kitchen", "Feeds the cat")
    assert len(anna) == len(ben) == 1
    assert anna[0].data["title"] == "Kitchen"
    assert anna[0].data["message"] == "Feeds the cat at 12:00 (93 %)"
    assert anna[0].data["data"]["image"] == f"/api/tinyact/{loaded.entry_id}/actions/2/snapshot"
    assert anna[0].data["data"]["tag"] == "tinyact-event.kitchen_action"

    # The cool-down.
    await later(minutes=4)
    await act(hass, edge, until, "hall", "sit")
    assert len(anna) == 1
    await later(minutes=2)
    await act(hass, edge, until, "hall", "sit")
    assert len(anna) == 2
    assert anna[1].data["title"] == "Hall"
    assert "image" not in anna[1].data["data"]

    # The snooze.
    await phones.press(ben[1])
    await later(minutes=59)
    await act(hass, edge, until, "hall", "sit")
    assert len(anna) == 2
    await later(minutes=2)
    await act(hass, edge, until, "hall", "sit")
    assert len(anna) == 3


async def test_notify_of_what_it_was_not(
    hass: HomeAssistant,
    edge: EdgeDouble,
    phones: Phones,
    use: Use,
    later: Later,
    until: Until,
) -> None:
    """The button tells the edge that it was wrong, and the cool-down goes on."""
    await use("notify", cameras=CAMERAS, phones=[phones.ids["Anna"]], offer_wrong=True)
    anna = phones.sent["Anna"]
    await act(hass, edge, until, "kitchen", "sit")
    await later(minutes=1)
    await phones.press(anna[0], 1)
    await until(lambda: ("POST /api/actions/1/correct", {"not": True}) in edge.requests)
    await later(minutes=3)
    await act(hass, edge, until, "hall", "sit")
    assert len(anna) == 1
    await later(minutes=2)
    await act(hass, edge, until, "hall", "sit")
    assert len(anna) == 2


@pytest.mark.parametrize(
    ("quiet", "told"),
    [
        (("00:00:00", "00:00:00"), 1),
        (("11:00:00", "13:00:00"), 0),
        (("13:00:00", "14:00:00"), 1),
        (("22:00:00", "07:00:00"), 1),
        (("22:00:00", "12:01:00"), 0),
        (("11:59:00", "07:00:00"), 0),
    ],
)
async def test_quiet_hours(
    hass: HomeAssistant,
    edge: EdgeDouble,
    phones: Phones,
    use: Use,
    until: Until,
    quiet: tuple[str, str],
    told: int,
) -> None:
    await use(
        "notify",
        cameras=CAMERAS,
        phones=[phones.ids["Anna"]],
        quiet_from=quiet[0],
        quiet_until=quiet[1],
    )
    await act(hass, edge, until, "kitchen", "walk")
    assert len(phones.sent["Anna"]) == told


async def test_fall(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    phones: Phones,
    use: Use,
    later: Later,
    until: Until,
) -> None:
    lights = async_mock_service(hass, "light", "turn_on")
    await use(
        "fall",
        cameras=CAMERAS,
        phones=[phones.ids["Anna"]],
        more_phones=[phones.ids["Anna"], phones.ids["Ben"]],
        then=[{"action": "light.turn_on", "target": {"entity_id": "light.hall"}}],
        wait=2,
        times=3,
    )
    anna, ben = phones.sent["Anna"], phones.sent["Ben"]
    edge.cameras["kitchen"]["settings"]["snapshots"] = True
    await act(hass, edge, until, "kitchen", "sit")
    assert not anna
    await act(hass, edge, until, "kitchen", "fall")
    assert (len(anna), len(ben), len(lights)) == (1, 0, 0)
    assert anna[0].data["title"] == "Kitchen: Falls"
    assert anna[0].data["message"] == "Seen at 12:00:00. Please look."
    data = anna[0].data["data"]
    assert data["image"] == f"/api/tinyact/{loaded.entry_id}/actions/2/snapshot"
    assert data["push"]["sound"]["critical"] == 1
    assert data["ttl"] == 0

    await later(minutes=2, seconds=1)
    assert (len(anna), len(ben), len(lights)) == (2, 1, 1)
    # Another fall is another alarm.
    await act(hass, edge, until, "hall", "fall")
    assert (len(anna), len(ben)) == (3, 1)
    assert anna[2].data["data"]["tag"] != anna[0].data["data"]["tag"]

    await phones.press(ben[0])
    assert (len(anna), len(ben)) == (4, 2)
    for sent in (anna[3], ben[1]):
        assert sent.data["message"] == "Somebody takes care of it."
        assert sent.data["data"]["tag"] == anna[0].data["data"]["tag"]
    # The first is taken care of, the second is not.
    await later(minutes=2, seconds=1)
    assert [call.data["title"] for call in anna[4:]] == ["Hall: Falls"]


async def test_fall_that_was_none(
    hass: HomeAssistant, edge: EdgeDouble, phones: Phones, use: Use, later: Later, until: Until
) -> None:
    await use("fall", cameras=CAMERAS, phones=[phones.ids["Anna"]], offer_wrong=True)
    anna = phones.sent["Anna"]
    await act(hass, edge, until, "kitchen", "fall")
    await phones.press(anna[0], 1)
    await until(lambda: ("POST /api/actions/1/correct", {"not": True}) in edge.requests)
    assert [call.data["message"] for call in anna[1:]] == ["It was a false alarm."]
    await later(minutes=5)
    assert len(anna) == 2


async def test_fall_that_nobody_takes_care_of(
    hass: HomeAssistant, edge: EdgeDouble, phones: Phones, use: Use, later: Later, until: Until
) -> None:
    await use("fall", cameras=CAMERAS, phones=[phones.ids["Anna"]], wait=2, times=3)
    await act(hass, edge, until, "kitchen", "fall")
    for _ in range(6):
        await later(minutes=2, seconds=1)
    assert len(phones.sent["Anna"]) == 4
    assert state(hass, "automation.test").attributes["current"] == 0


async def test_light(
    hass: HomeAssistant, edge: EdgeDouble, use: Use, later: Later, until: Until
) -> None:
    on = async_mock_service(hass, "light", "turn_on")
    off = async_mock_service(hass, "light", "turn_off")
    hass.states.async_set("sun.sun", "above_horizon")
    await use(
        "light",
        cameras=CAMERAS,
        labels=["walk"],
        lights={"entity_id": "light.hall"},
        minutes=5,
    )
    await act(hass, edge, until, "hall", "walk")
    assert not on
    hass.states.async_set("sun.sun", "below_horizon")
    await act(hass, edge, until, "hall", "sit")
    assert not on
    walks = await act(hass, edge, until, "hall", "walk")
    assert [call.data["entity_id"] for call in on] == [["light.hall"]]

    for action in list(edge.open_actions.values()):
        if action is not walks:
            await edge.end(action)
    # As long as somebody walks.
    await later(minutes=5, seconds=1)
    assert not off
    await edge.end(walks)
    await until(lambda: state(hass, "sensor.hall_action").state == "none")
    await later(minutes=4)
    await act(hass, edge, until, "kitchen", "walk")
    await edge.end(edge.open_actions[4])
    await until(lambda: state(hass, "sensor.kitchen_action").state == "none")
    await later(minutes=4)
    assert not off
    await later(minutes=2)
    assert [call.data["entity_id"] for call in off] == [["light.hall"]]


async def test_light_stays_off_for_what_was_missed(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    clock: FrozenDateTimeFactory,
    use: Use,
    until: Until,
) -> None:
    on = async_mock_service(hass, "light", "turn_on")
    await use("light", cameras=CAMERAS, lights={"entity_id": "light.hall"}, only_in_the_dark=False)
    assert await hass.config_entries.async_unload(loaded.entry_id)
    await edge.confirm("hall", "walk", started_at=dt_util.utcnow())
    assert await hass.config_entries.async_setup(loaded.entry_id)
    await until(lambda: state(hass, "event.hall_action").attributes.get("action_id") == 1)
    await act(hass, edge, until, "hall", "run")
    assert len(on) == 1
