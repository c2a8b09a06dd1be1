"""Conditions on what is being done, and was done, in front of cameras."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from conftest import Until, state
from edge_double import EdgeDouble
from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition
from homeassistant.helpers.condition import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

KITCHEN = {"entity_id": "event.kitchen_action"}

type Check = Callable[..., Awaitable[bool | None]]


@pytest.fixture
async def check(hass: HomeAssistant) -> Check:
    """Return a function that says whether a condition holds."""
    assert await async_setup_component(hass, "automation", {})

    async def holds(kind: str, target: Any = KITCHEN, **options: Any) -> bool | None:
        config = await condition.async_validate_condition_config(
            hass, {"condition": f"tinyact.{kind}", "target": target, "options": options}
        )
        checker = await condition.async_from_config(hass, config)
        try:
            return checker.async_check()
        finally:
            checker.async_unload()

    return holds


async def test_is_doing(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, check: Check, until: Until
) -> None:
    assert not await check("is_doing")
    sits = await edge.confirm("kitchen", "sit", started_at=dt_util.utcnow() - timedelta(minutes=3))
    await edge.confirm("kitchen", "walk", started_at=dt_util.utcnow(), confidence=0.7)
    await until(lambda: state(hass, "sensor.kitchen_action").state == "walk")
    # The one that the sensor does not show counts as well.
    assert await check("is_doing", label=["sit", "fall"])
    assert await check("is_doing", label="walk")
    assert await check("is_doing")
    assert not await check("is_doing", label="fall")
    assert not await check("is_doing", {"entity_id": "event.hall_action"})
    assert await check("is_doing", {"entity_id": ["event.hall_action", "event.kitchen_action"]})

    assert await check("is_doing", label="sit", **{"for": {"minutes": 3}})
    assert not await check("is_doing", label="sit", **{"for": {"minutes": 4}})
    assert await check("is_doing", label="walk", minimum_confidence=0.7)
    assert not await check("is_doing", label="walk", minimum_confidence=0.75)

    await edge.end(sits)
    await edge.confirm("hall", "run")
    await until(lambda: state(hass, "sensor.hall_action").state == "run")
    assert not await check("is_doing", label="sit")


async def test_nobody_knows_while_the_edge_is_away(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, check: Check, until: Until
) -> None:
    await edge.confirm("kitchen", "sit", started_at=dt_util.utcnow())
    await until(lambda: state(hass, "sensor.kitchen_action").state == "sit")
    assert await check("is_doing")
    await edge.stop()
    await until(lambda: state(hass, "sensor.kitchen_action").state == STATE_UNAVAILABLE)
    assert not await check("is_doing")
    # What was seen was seen.
    assert await check("did_recently")
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert not await check("did_recently")


async def test_did_recently(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    check: Check,
    until: Until,
    freezer: FrozenDateTimeFactory,
) -> None:
    now = dt_util.utcnow()
    walk = await edge.confirm("kitchen", "walk", started_at=now - timedelta(seconds=10))
    await until(lambda: state(hass, "sensor.kitchen_action").state == "walk")
    assert await check("did_recently", label="walk", within={"minutes": 1})
    assert not await check("did_recently", label="sit", within={"minutes": 1})
    freezer.tick(timedelta(minutes=2))
    # It goes on.
    assert await check("did_recently", label="walk", within={"minutes": 1})
    await edge.end(walk)
    await until(lambda: state(hass, "sensor.kitchen_action").state == "none")
    assert not await check("did_recently", label="walk", within={"minutes": 1})
    assert await check("did_recently", label="walk")
    assert not await check("did_recently", {"entity_id": "event.hall_action"})

    await edge.correct(walk, "dance")
    await until(lambda: "dance" in state(hass, "sensor.kitchen_action").attributes["options"])
    assert await check("did_recently", label="dance")
    assert not await check("did_recently", label="walk")


async def test_did_recently_before_the_start(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry, check: Check
) -> None:
    now = dt_util.utcnow()
    await edge.end(await edge.confirm("kitchen", "fall", started_at=now - timedelta(hours=25)))
    await edge.end(await edge.confirm("kitchen", "sit", started_at=now - timedelta(hours=23)))
    # Nothing that is frequent drives out what is rare.
    for _ in range(20):
        await edge.end(await edge.confirm("kitchen", "walk", started_at=now))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await edge.subscriptions.get()
    async with asyncio.timeout(10):
        while not await check("did_recently", label="sit", within={"days": 1}):  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert await check("did_recently", label="walk", within={"days": 1})
    assert not await check("did_recently", label="fall", within={"days": 1})


async def test_did_recently_where_the_journal_is_damaged(
    hass: HomeAssistant,
    edge: EdgeDouble,
    entry: MockConfigEntry,
    check: Check,
    until: Until,
) -> None:
    edge.actions[7] = {"id": 7, "camera": "kitchen", "label": "sit", "started_at": "2026-11-23"}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await edge.subscriptions.get()
    walk = await edge.confirm("kitchen", "walk", started_at=dt_util.utcnow())
    await until(lambda: state(hass, "sensor.kitchen_action").state == "walk")
    await edge.end(walk)
    await until(lambda: state(hass, "sensor.kitchen_action").state == "none")
    assert await check("did_recently", label="walk")
    assert not await check("did_recently", label="sit", within={"days": 1})


@pytest.mark.parametrize(
    ("kind", "target", "options", "error"),
    [
        ("is_doing", {"entity_id": "sensor.kitchen_action"}, {}, "Not the event entity"),
        ("did_recently", KITCHEN, {"within": {"days": 2}}, "more than a day ago"),
    ],
)
async def test_refused(
    loaded: MockConfigEntry, check: Check, kind: str, target: Any, options: Any, error: str
) -> None:
    with pytest.raises(probatio.Invalid, match=error):
        await check(kind, target, **options)


async def test_descriptions(hass: HomeAssistant, loaded: MockConfigEntry, check: Check) -> None:
    descriptions = await async_get_all_descriptions(hass)
    for key in ("tinyact.is_doing", "tinyact.did_recently"):
        description = descriptions[key]
        assert description is not None
        assert description["target"] == {
            "entity": [{"domain": ["event"], "integration": "tinyact"}]
        }
