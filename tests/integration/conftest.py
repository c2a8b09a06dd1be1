"""A Home Assistant with the integration, and an edge for it to talk to."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any

from aiohttp import ClientWebSocketResponse
from edge_double import EdgeDouble
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN, MATCH_ALL
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Home Assistant finds custom integrations through this package. Imported before
# the harness starts one, lest it takes the package of the harness itself.
import custom_components  # noqa: F401
from custom_components.tinyact.const import DOMAIN

type Until = Callable[[Callable[[], Any]], Any]


def state(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state of an entity that must be there."""
    found = hass.states.get(entity_id)
    assert found is not None, entity_id
    return found


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots that know Home Assistant's objects."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
async def farewell() -> AsyncGenerator[None]:
    """Stop the timer that aiohttp sets anew when the other side answers a farewell.

    It finds the connection closed and does nothing, but would be taken for one of ours.
    """
    yield
    for timer in get_scheduled_timer_handles(asyncio.get_running_loop()):
        if ClientWebSocketResponse.__name__ in repr(timer):
            timer.cancel()


@pytest.fixture(autouse=True)
def prepared(
    farewell: None,  # First, so that it comes after Home Assistant's own end.
    enable_custom_integrations: None,
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Allow the integration and sockets, and come back to an edge at once."""
    module = "custom_components.tinyact.coordinator"
    monkeypatch.setattr(f"{module}.RECONNECT_MINIMUM", timedelta(milliseconds=1))
    monkeypatch.setattr(f"{module}.RECONNECT_MAXIMUM", timedelta(milliseconds=10))
    # Where time stands still, a rest after a turn would never end.
    monkeypatch.setattr(f"{module}.LONGEST_TURN", 0)


@pytest.fixture
async def edge(prepared: None) -> AsyncGenerator[EdgeDouble]:
    """Run an edge."""
    double = EdgeDouble()
    await double.start()
    yield double
    await double.stop()


@pytest.fixture
def entry(hass: HomeAssistant, edge: EdgeDouble) -> MockConfigEntry:
    """Return an entry for the edge that is not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        entry_id="01JTINYACT0000000000000000",
        title="TinyAct edge",
        unique_id=edge.instance,
        data={CONF_HOST: edge.host, CONF_PORT: edge.port, CONF_TOKEN: edge.token},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def loaded(hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry) -> MockConfigEntry:
    """Return an entry that is set up and subscribed."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await edge.subscriptions.get()
    return entry


@pytest.fixture
def until(hass: HomeAssistant) -> Until:
    """Return a function that waits until something holds, looking at each event."""

    async def wait(condition: Callable[[], Any]) -> None:
        met = asyncio.Event()

        @callback
        def look(_event: Event | None) -> None:
            if condition():
                met.set()

        remove = hass.bus.async_listen(MATCH_ALL, look)
        try:
            look(None)
            async with asyncio.timeout(10):  # Against a test that would hang.
                await met.wait()
        finally:
            remove()

    return wait
