"""What people are asked to mend, and when they are left in peace again."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from conftest import Until, state
from edge_double import JPEG, EdgeDouble
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from test_camera_flow import SETTINGS as ADDED
from test_camera_flow import URL, HomeCamera, add_home_camera, begin, submit

from custom_components.tinyact.const import DOMAIN
from custom_components.tinyact.health import PATIENCE

SENSOR = "sensor.kitchen_action"

type Fix = Callable[..., Any]


@pytest.fixture
def issues(hass: HomeAssistant, issue_registry: ir.IssueRegistry) -> Callable[[], list[str]]:
    """Return a function that returns what people are told."""
    return lambda: sorted(
        str(issue.translation_key)
        for issue in issue_registry.issues.values()
        if issue.domain == DOMAIN and issue.active
    )


@pytest.fixture
async def fix(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, issue_registry: ir.IssueRegistry
) -> Fix:
    """Return a function that opens the flow of the one issue, or sends its form."""
    for component in ("camera", "repairs"):  # Before the web server starts.
        assert await async_setup_component(hass, component, {})
    client = await hass_client()

    async def post(flow: dict[str, Any] | None = None, **entered: str) -> dict[str, Any]:
        if flow is None:
            (issue,) = (each for each in issue_registry.issues.values() if each.domain == DOMAIN)
            path, body = "", {"handler": DOMAIN, "issue_id": issue.issue_id}
        else:
            path, body = f"/{flow['flow_id']}", entered
        response = await client.post(f"/api/repairs/issues/fix{path}", json=body)
        assert response.status == HTTPStatus.OK, await response.text()
        await hass.async_block_till_done()
        answer: dict[str, Any] = await response.json()
        return answer

    return post


async def let_time_pass(hass: HomeAssistant, time: timedelta) -> None:
    """Let time pass."""
    async_fire_time_changed(hass, dt_util.utcnow() + time)
    await hass.async_block_till_done()


async def tell(edge: EdgeDouble, until: Until, hass: HomeAssistant, said: str) -> None:
    """Let the edge say how the classifier is, and wait until it was heard."""
    edge.classifier = {"state": said, "detail": "it says so"}
    await edge.send({"type": "classifier", "classifier": edge.classifier})
    sensor = "binary_sensor.tinyact_edge_classifier"
    known = {"ok": "on", "local": "unavailable"}.get(said, "off")
    await until(lambda: state(hass, sensor).state == known)


async def test_camera_that_comes_back_in_time(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
) -> None:
    await edge.set_camera("kitchen", state="unavailable", reason="unreachable")
    await until(lambda: state(hass, SENSOR).state == "unavailable")
    assert issues() == []
    await edge.set_camera("kitchen", state="online", reason=None)
    await until(lambda: state(hass, SENSOR).state == "none")
    await let_time_pass(hass, PATIENCE)
    assert issues() == []
    # One that people paused is not missed.
    await edge.set_camera("kitchen", state="paused")
    await until(lambda: state(hass, SENSOR).state == "unavailable")
    await let_time_pass(hass, PATIENCE)
    assert issues() == []


async def test_camera_that_stays_away(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
    fix: Fix,
) -> None:
    await edge.set_camera("kitchen", state="unavailable", reason="unreachable")
    await until(lambda: state(hass, SENSOR).state == "unavailable")
    await let_time_pass(hass, PATIENCE)
    assert issues() == ["camera_unavailable"]
    # Its address is in the edge's options; the flow can but look.
    flow = await fix()
    assert flow["step_id"] == "confirm"
    assert flow["data_schema"] == []
    assert flow["description_placeholders"] == {"name": "Kitchen"}
    assert (await fix(flow))["errors"] == {"base": "not_yet"}
    await edge.set_camera("kitchen", state="unavailable", reason="unauthorized")
    await until(lambda: issues() == ["camera_unauthorized"])
    edge.cameras["kitchen"]["state"] = "online"
    assert (await fix(flow))["type"] == "create_entry"
    assert issues() == []


async def test_camera_clears_itself(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
) -> None:
    for change in ("back", "removed", "unloaded"):
        await edge.set_camera("garden", state="unavailable", reason="frozen")
        await until(
            lambda: (s := hass.states.get("binary_sensor.garden_connectivity")) and s.state == "off"
        )
        await let_time_pass(hass, PATIENCE)
        assert issues() == ["camera_unavailable"]
        match change:
            case "back":
                await edge.set_camera("garden", state="online", reason=None)
            case "removed":
                await edge.remove_camera("garden")
            case "unloaded":
                assert await hass.config_entries.async_unload(loaded.entry_id)
        await until(lambda: issues() == [])


async def test_journal_that_cannot_be_written(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
    fix: Fix,
) -> None:
    async def say(said: str, detail: str | None) -> None:
        edge.disk = {"state": said, "detail": detail, "set_aside": []}
        await edge.send({"type": "journal", "journal": edge.disk})
        # No entity shows it; what is told after it was heard after it.
        for hall in ("paused", "online"):
            await edge.set_camera("hall", state=hall)
            shown = "unavailable" if hall == "paused" else "none"
            await until(lambda shown=shown: state(hass, "sensor.hall_action").state == shown)

    # At once: what is recognised meanwhile is lost if the edge stops.
    await say("unwritable", "disk I/O error")
    assert issues() == ["journal_unwritable"]
    flow = await fix()
    assert flow["description_placeholders"] == {"name": loaded.title, "detail": "disk I/O error"}
    assert (await fix(flow))["errors"] == {"base": "not_yet"}
    await say("ok", None)
    assert issues() == []
    # What may be cleared by itself is told when it lasts.
    await say("low", "all but full")
    assert issues() == []
    await let_time_pass(hass, PATIENCE)
    assert issues() == ["journal_low"]
    flow = await fix()
    edge.disk = {"state": "ok", "detail": None, "set_aside": []}
    assert (await fix(flow))["type"] == "create_entry"
    await say("ok", None)
    assert issues() == []


@pytest.mark.parametrize("entity", ["camera entity", None])
async def test_camera_at_another_address(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
    fix: Fix,
    entity: str | None,
) -> None:
    source = {"camera_entity": await add_home_camera(hass, URL)} if entity else {"url": URL}
    flow = await begin(hass, loaded)
    await submit(hass, flow, source)
    await submit(hass, flow, ADDED)
    await edge.set_camera("bedroom", state="unavailable", reason="unreachable")
    await until(lambda: state(hass, "sensor.bedroom_action").state == "unavailable")
    await let_time_pass(hass, PATIENCE)
    flow = await fix()
    # Why it is not seen is known before anybody does something about it.
    assert flow["errors"] == {"base": "camera_unreachable"}
    assert [field["name"] for field in flow["data_schema"]] == ["url"]
    edge.test = "unreachable"
    moved = "rtsp://192.168.1.21/stream"
    result = await fix(flow, url=moved)
    assert result["errors"] == {"base": "camera_unreachable"}
    edge.test = JPEG
    edge.refusal = (HTTPStatus.UNPROCESSABLE_ENTITY, "url: must be rtsp or http")
    result = await fix(flow, url=moved)
    assert result["errors"] == {"base": "refused"}
    assert result["description_placeholders"]["refusal"] == "url: must be rtsp or http"
    edge.refusal = None
    if entity:
        # Its own integration knows where it is now.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HomeCamera, "stream_source", _gone)
            assert (await fix(flow))["errors"] == {"base": "no_stream"}
            patch.setattr(HomeCamera, "stream_source", _moved)
            result = await fix(flow)
    else:
        assert (await fix(flow))["errors"] == {"base": "not_yet"}
        result = await fix(flow, url=moved)
    assert result["type"] == "create_entry"
    assert edge.requests[-1] == ("PATCH /api/cameras/bedroom", {"url": moved})
    assert issues() == []


async def _moved(_camera: HomeCamera) -> str:
    return "rtsp://192.168.1.21/stream"


async def _gone(_camera: HomeCamera) -> None:
    return None


@pytest.mark.parametrize("said", ["unauthorized", "other_encoder"])
async def test_classifier_that_needs_people(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
    fix: Fix,
    said: str,
) -> None:
    await tell(edge, until, hass, said)
    assert issues() == [f"classifier_{said}"]
    flow = await fix()
    assert flow["description_placeholders"] == {"detail": "it says so", "name": "TinyAct edge"}
    assert (await fix(flow))["errors"] == {"base": "not_yet"}
    edge.status = HTTPStatus.SERVICE_UNAVAILABLE
    assert (await fix(flow))["errors"] == {"base": "cannot_connect"}
    edge.status = None
    edge.classifier = {"state": "ok", "detail": None}
    assert (await fix(flow))["type"] == "create_entry"
    assert issues() == []


async def test_classifier_that_does_not_answer(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
) -> None:
    for well in ("ok", "local"):
        await tell(edge, until, hass, "unreachable")
        assert issues() == []
        await let_time_pass(hass, PATIENCE)
        assert issues() == ["classifier_unreachable"]
        await tell(edge, until, hass, well)
        assert issues() == []


async def test_edge_that_does_not_answer(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
    fix: Fix,
) -> None:
    await tell(edge, until, hass, "unauthorized")
    await edge.stop()
    await until(lambda: state(hass, SENSOR).state == "unavailable")
    assert issues() == ["classifier_unauthorized"]
    edge.classifier = {"state": "ok", "detail": None}
    await let_time_pass(hass, PATIENCE)
    assert issues() == ["classifier_unauthorized", "edge_unreachable"]
    await edge.start()
    await until(lambda: issues() == [])

    await edge.stop()
    await until(lambda: state(hass, SENSOR).state == "unavailable")
    with pytest.MonkeyPatch.context() as patch:
        # It is not asked for again until people say so.
        patch.setattr("custom_components.tinyact.coordinator.RECONNECT_MINIMUM", timedelta(hours=1))
        await let_time_pass(hass, PATIENCE)
        flow = await fix()
        assert (await fix(flow))["errors"] == {"base": "cannot_connect"}
        await edge.start()
        assert (await fix(flow))["type"] == "create_entry"
    await until(lambda: state(hass, SENSOR).state == "none")
    assert issues() == []


async def test_token_is_asked_for_once(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
) -> None:
    edge.token = "another"  # noqa: S105
    await edge.drop()
    await until(hass.config_entries.flow.async_progress)
    await let_time_pass(hass, PATIENCE)
    # By the flow that asks for a new one.
    assert issues() == []


async def test_entry_that_is_unloaded_meanwhile(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until, fix: Fix
) -> None:
    await tell(edge, until, hass, "unauthorized")
    flow = await fix()
    assert await hass.config_entries.async_unload(loaded.entry_id)
    result = await fix(flow)
    assert (result["type"], result["reason"]) == ("abort", "not_loaded")


async def test_camera_that_cannot_be_removed_here(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    issues: Callable[[], list[str]],
) -> None:
    (subentry,) = (each for each in loaded.subentries.values() if each.unique_id == "hall")
    hass.config_entries.async_remove_subentry(loaded, subentry.subentry_id)
    await until(lambda: issues() == ["camera_in_options"])
    await edge.remove_camera("hall")
    await until(lambda: issues() == [])
