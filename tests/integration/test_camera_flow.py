"""Adding cameras in the UI, setting and removing them."""

from base64 import b64decode
from http import HTTPStatus
import logging
import re
from typing import Any

from conftest import Until, state
from edge_double import JPEG, EdgeDouble
from homeassistant.components.camera import Camera
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockEntityPlatform,
)

from custom_components.tinyact.const import DOMAIN

URL = "rtsp://user:secret@192.168.1.20/stream"
NO_ZONE: dict[str, Any] = {"polygons": ""}
SETTINGS = {
    "name": "Bedroom",
    "labels": [],
    "sensitivity": 50,
    "snapshots": False,
    "clips": False,
    "zone": NO_ZONE,
}
BED = [[0.1, 0.2], [0.45, 0.2], [0.45, 0.8], [0.1, 0.8]]
# A picture of 1280 by 720.
FRAME = b"\xff\xd8\xff\xc0\x00\x11\x08\x02\xd0\x05\x00\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"


class HomeCamera(Camera):
    """A camera that Home Assistant has."""

    def __init__(self, source: str | None) -> None:
        super().__init__()
        self._attr_unique_id = "bedroom"
        self._attr_name = "Bedroom"
        self._source = source

    async def stream_source(self) -> str | None:
        return self._source


async def add_home_camera(hass: HomeAssistant, source: str | None) -> str:
    """Let Home Assistant have a camera."""
    assert await async_setup_component(hass, "camera", {})
    camera = HomeCamera(source)
    await hass.data["camera"].async_add_entities([camera])
    return camera.entity_id


async def begin(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the form that asks which camera to add."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "camera"), context={"source": SOURCE_USER}
    )


async def submit(hass: HomeAssistant, flow: Any, entered: dict[str, Any]) -> Any:
    """Send a form."""
    result = await hass.config_entries.subentries.async_configure(flow["flow_id"], entered)
    await hass.async_block_till_done()
    return result


def of(entry: MockConfigEntry, camera_id: str) -> ConfigSubentry:
    """Return the subentry of a camera."""
    (found,) = (each for each in entry.subentries.values() if each.unique_id == camera_id)
    return found


def cameras(entry: MockConfigEntry) -> dict[str, str]:
    """Return the titles of the subentries, by their cameras."""
    return {str(each.unique_id): each.title for each in entry.subentries.values()}


def drawing(result: Any) -> str:
    """Return the drawing that a form shows."""
    match = re.fullmatch(
        r"!\[\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)",
        result["description_placeholders"]["picture"],
    )
    assert match
    return b64decode(match[1]).decode()


async def test_add_by_address(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    edge.test = FRAME
    flow = await begin(hass, loaded)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "user"
    result = await submit(hass, flow, {"url": f" {URL}"})
    assert result["step_id"] == "settings"
    # Seen before anything is saved.
    assert '<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720">' in drawing(result)
    assert "bedroom" not in edge.cameras
    zone = {"left": 10, "top": 20, "right": 45, "bottom": 80, "polygons": "0,0 10,0 5,12.5\n"}
    result = await submit(
        hass,
        flow,
        {**SETTINGS, "labels": ["fall"], "sensitivity": 70, "snapshots": True, "zone": zone},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Bedroom"
    assert edge.requests == [
        ("POST /api/cameras/test", {"url": URL}),
        (
            "POST /api/cameras",
            {
                "name": "Bedroom",
                "url": URL,
                "labels": ["fall"],
                "sensitivity": 70,
                "snapshots": True,
                "clips": False,
                "ignore": [BED, [[0, 0], [0.1, 0], [0.05, 0.125]]],
            },
        ),
    ]
    assert cameras(loaded) == {"kitchen": "Kitchen", "hall": "Hall", "bedroom": "Bedroom"}
    assert "secret" not in str(loaded.as_dict())
    assert "secret" not in caplog.text
    # There at once, without a restart.
    assert state(hass, "sensor.bedroom_action").state == "none"
    assert hass.states.get("binary_sensor.bedroom_fall")
    assert hass.states.get("binary_sensor.bedroom_fight") is None


async def test_add_a_camera_that_home_assistant_has(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    entity_id = await add_home_camera(hass, URL)
    flow = await begin(hass, loaded)
    result = await submit(hass, flow, {"camera_entity": entity_id})
    assert result["step_id"] == "settings"
    (name,) = (key for key in result["data_schema"].schema if key == "name")
    assert name.description == {"suggested_value": "Bedroom"}
    result = await submit(hass, flow, SETTINGS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert edge.requests[0] == ("POST /api/cameras/test", {"url": URL})
    assert dict(of(loaded, "bedroom").data) == {
        "camera_entity": entity_id,
        "camera_name": "Bedroom",
    }


@pytest.mark.parametrize("of_the_device", [False, True])
async def test_area_is_that_of_the_camera(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    area_registry: ar.AreaRegistry,
    *,
    of_the_device: bool,
) -> None:
    assert await async_setup_component(hass, "camera", {})
    platform = MockEntityPlatform(hass, domain="camera", platform_name="test")
    camera = HomeCamera(URL)
    await platform.async_add_entities([camera])
    area = area_registry.async_create("Upstairs")
    if of_the_device:
        other = MockConfigEntry(domain="test")
        other.add_to_hass(hass)
        owner = device_registry.async_get_or_create(
            config_entry_id=other.entry_id, identifiers={("test", "camera")}
        )
        device_registry.async_update_device(owner.id, area_id=area.id)
        entity_registry.async_update_entity(camera.entity_id, device_id=owner.id)
    else:
        entity_registry.async_update_entity(camera.entity_id, area_id=area.id)
    flow = await begin(hass, loaded)
    await submit(hass, flow, {"camera_entity": camera.entity_id})
    await submit(hass, flow, SETTINGS)
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, f"{loaded.unique_id}_bedroom"), loaded.entry_id
    )
    assert device is not None
    assert device.area_id == area.id


async def test_cameras_that_cannot_be_used(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    flow = await begin(hass, loaded)
    for entered, error in (
        ({}, "entity_or_url"),
        ({"url": " "}, "entity_or_url"),
        ({"url": URL, "camera_entity": "camera.gone"}, "entity_or_url"),
        ({"camera_entity": "camera.gone"}, "entity_unavailable"),
    ):
        result = await submit(hass, flow, entered)
        assert result["errors"] == {"base": error}
    without_stream = await add_home_camera(hass, None)
    for entity_id, error in (
        (without_stream, "no_stream"),
        ("camera.gone", "entity_unavailable"),
    ):
        result = await submit(hass, flow, {"camera_entity": entity_id})
        assert result["errors"] == {"base": error}
    for reason in ("unreachable", "unauthorized", "not_video", "frozen", "ended"):
        edge.test = reason
        result = await submit(hass, flow, {"url": URL})
        assert result["errors"] == {"base": f"camera_{reason}"}
    edge.test = JPEG
    for refusal, code, error in (
        ((HTTPStatus.UNPROCESSABLE_ENTITY, "url: must be rtsp or http"), "", "refused"),
        ((HTTPStatus.UNPROCESSABLE_ENTITY, "url: is no address"), "invalid_url", "invalid_url"),
        ((HTTPStatus.TOO_MANY_REQUESTS, "other cameras are being tested"), "", "busy"),
    ):
        edge.refusal, edge.refusal_code = refusal, code
        result = await submit(hass, flow, {"url": URL})
        assert result["errors"] == {"base": error}
        assert result["description_placeholders"]["detail"] == refusal[1]
    edge.refusal = None
    await edge.stop()
    result = await submit(hass, flow, {"url": URL})
    assert result["errors"] == {"base": "cannot_connect"}
    await edge.start()
    result = await submit(hass, flow, {"url": URL})
    assert result["step_id"] == "settings"
    assert (await submit(hass, flow, SETTINGS))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("zone", "error"),
    [
        ({"left": 10, "top": 20, "right": 45}, "edge_missing"),
        ({"left": 45, "top": 20, "right": 45, "bottom": 80}, "edges_crossed"),
        ({"left": 10, "top": 80, "right": 45, "bottom": 20}, "edges_crossed"),
        ({"polygons": "10,20 45,20"}, "polygon_corners"),
        ({"polygons": "0,0 " * 17}, "polygon_corners"),
        ({"polygons": "10,20 45,20 45"}, "polygon_unreadable"),
        ({"polygons": "10,20 45,20 45,101"}, "polygon_unreadable"),
        ({"polygons": "10,20 45,20 nan,3"}, "polygon_unreadable"),
        ({"polygons": "the bed"}, "polygon_unreadable"),
        ({"polygons": "0,0 9,0 9,9\n" * 9}, "too_many_zones"),
    ],
)
async def test_zones_that_make_no_sense(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    zone: dict[str, Any],
    error: str,
) -> None:
    flow = await begin(hass, loaded)
    await submit(hass, flow, {"url": URL})
    result = await submit(hass, flow, {**SETTINGS, "zone": zone})
    assert result["errors"] == {"base": error}
    assert "bedroom" not in edge.cameras
    assert (await submit(hass, flow, SETTINGS))["type"] is FlowResultType.CREATE_ENTRY


async def test_refused_by_the_edge(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    flow = await begin(hass, loaded)
    await submit(hass, flow, {"url": URL})
    edge.refusal = (HTTPStatus.CONFLICT, "this edge keeps no pictures")
    for code, error in (("", "refused"), ("pictures_off", "pictures_off")):
        edge.refusal_code = code
        result = await submit(hass, flow, {**SETTINGS, "snapshots": True})
        assert result["errors"] == {"base": error}
        assert result["description_placeholders"]["detail"] == "this edge keeps no pictures"
    edge.refusal = None
    assert (await submit(hass, flow, SETTINGS))["type"] is FlowResultType.CREATE_ENTRY


async def test_two_of_a_name(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    for camera_id in ("hall_2", "hall_3"):
        flow = await begin(hass, loaded)
        await submit(hass, flow, {"url": URL})
        await submit(hass, flow, {**SETTINGS, "name": "Hall"})
        assert of(loaded, camera_id).title == "Hall"


async def test_edge_away(hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    for result in (
        await begin(hass, loaded),
        await loaded.start_subentry_reconfigure_flow(hass, of(loaded, "hall").subentry_id),
    ):
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "not_loaded"


async def test_set_a_camera(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    triangle = [[0, 0], [0.1, 0], [0.05, 0.125]]
    settings = {**edge.cameras["kitchen"]["settings"], "ignore": [triangle, BED, BED]}
    await edge.set_camera("kitchen", settings={**settings, "labels": ["fall", "wave"]})
    await until(lambda: hass.states.get("binary_sensor.kitchen_wave"))
    flow = await loaded.start_subentry_reconfigure_flow(hass, of(loaded, "kitchen").subentry_id)
    assert flow["type"] is FlowResultType.FORM
    # The edge's options hold its name and address.
    fields = {str(key): key.description for key in flow["data_schema"].schema}
    assert fields.keys() == {"labels", "sensitivity", "snapshots", "clips", "zone"}
    assert fields["labels"] == {"suggested_value": ["fall", "wave"]}
    assert drawing(flow).count("<polygon") == 3
    (zone,) = (
        value.schema.schema for key, value in flow["data_schema"].schema.items() if key == "zone"
    )
    assert {str(key): key.description and key.description["suggested_value"] for key in zone} == {
        "left": 10,
        "top": 20,
        "right": 45,
        "bottom": 80,
        "polygons": "0,0 10,0 5,12.5\n10,20 45,20 45,80 10,80",
    }
    entered = {key: value for key, value in SETTINGS.items() if key != "name"}
    edge.refusal = (HTTPStatus.CONFLICT, "this edge keeps no pictures")
    result = await submit(hass, flow, {**entered, "clips": True})
    assert result["errors"] == {"base": "refused"}
    edge.refusal = None
    result = await submit(hass, flow, {**entered, "zone": {"left": 1}})
    assert result["errors"] == {"base": "edge_missing"}
    result = await submit(hass, flow, {**entered, "sensitivity": 35})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert edge.cameras["kitchen"]["settings"] == {
        "enabled": True,
        "labels": None,
        "sensitivity": 35,
        "ignore": [],
        "snapshots": False,
        "clips": False,
    }
    assert state(hass, "number.kitchen_sensitivity").state == "35"


async def test_set_a_camera_that_was_added_here(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    flow = await begin(hass, loaded)
    await submit(hass, flow, {"url": URL})
    await submit(hass, flow, SETTINGS)
    edge.cameras["bedroom"]["state"] = "unavailable"
    subentry = of(loaded, "bedroom")
    flow = await loaded.start_subentry_reconfigure_flow(hass, subentry.subentry_id)
    assert flow["description_placeholders"]["picture"] == ""
    edge.test = "unauthorized"
    result = await submit(hass, flow, {**SETTINGS, "url": "rtsp://other"})
    assert result["errors"] == {"base": "camera_unauthorized"}
    edge.test = JPEG
    edge.requests.clear()
    result = await submit(hass, flow, {**SETTINGS, "url": "rtsp://other", "name": "Attic"})
    assert result["reason"] == "reconfigure_successful"
    assert edge.requests[0] == ("POST /api/cameras/test", {"url": "rtsp://other"})
    what, body = edge.requests[1]
    assert what == "PATCH /api/cameras/bedroom"
    assert (body["name"], body["url"]) == ("Attic", "rtsp://other")
    assert of(loaded, "bedroom").title == "Attic"


async def test_set_a_camera_that_goes(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    flow = await loaded.start_subentry_reconfigure_flow(hass, of(loaded, "hall").subentry_id)
    await edge.remove_camera("hall")
    await until(lambda: "hall" not in cameras(loaded))
    entered = {key: value for key, value in SETTINGS.items() if key != "name"}
    result = await submit(hass, flow, entered)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "camera_gone"


async def test_remove_a_camera(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    flow = await begin(hass, loaded)
    await submit(hass, flow, {"url": URL})
    await submit(hass, flow, SETTINGS)
    hass.config_entries.async_remove_subentry(loaded, of(loaded, "bedroom").subentry_id)
    await hass.async_block_till_done()
    assert "bedroom" not in edge.cameras
    assert cameras(loaded) == {"kitchen": "Kitchen", "hall": "Hall"}
    assert hass.states.get("sensor.bedroom_action") is None
    identifier = (DOMAIN, f"{loaded.unique_id}_bedroom")
    assert device_registry.async_get_device_by_identifier(identifier, loaded.entry_id) is None

    # And once more, under the same id.
    flow = await begin(hass, loaded)
    await submit(hass, flow, {"url": URL})
    await submit(hass, flow, SETTINGS)
    assert state(hass, "sensor.bedroom_action").state == "none"


async def test_camera_of_the_options_stays(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = of(loaded, "kitchen").subentry_id
    hass.config_entries.async_remove_subentry(loaded, before)
    await until(lambda: "kitchen" in cameras(loaded))
    await hass.async_block_till_done()
    assert of(loaded, "kitchen").subentry_id != before
    assert state(hass, "sensor.kitchen_action").state == "none"
    assert "this camera is set in the edge's options" in caplog.text
    await edge.confirm("kitchen", "sit")
    await until(lambda: state(hass, "sensor.kitchen_action").state == "sit")


async def test_remove_a_camera_while_the_edge_is_away(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    flow = await begin(hass, loaded)
    await submit(hass, flow, {"url": URL})
    await submit(hass, flow, SETTINGS)
    await edge.stop()
    await until(lambda: state(hass, "sensor.bedroom_action").state == "unavailable")
    hass.config_entries.async_remove_subentry(loaded, of(loaded, "bedroom").subentry_id)
    await hass.async_block_till_done()
    await edge.start()
    await until(lambda: state(hass, "sensor.hall_action").state == "none")
    await hass.async_block_till_done()
    assert "bedroom" not in edge.cameras
    assert "bedroom" not in cameras(loaded)
    assert hass.states.get("sensor.bedroom_action") is None


async def test_remove_a_camera_that_the_edge_cannot_remove_now(
    hass: HomeAssistant,
    edge: EdgeDouble,
    loaded: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    edge.refusal = (HTTPStatus.SERVICE_UNAVAILABLE, "the disk is full")
    hass.config_entries.async_remove_subentry(loaded, of(loaded, "hall").subentry_id)
    await hass.async_block_till_done()
    assert cameras(loaded) == {"kitchen": "Kitchen", "hall": "Hall"}
    assert [record.levelname for record in caplog.records if "disk is full" in record.message] == [
        "WARNING"
    ]
    # Somebody else was quicker.
    edge.refusal = (HTTPStatus.NOT_FOUND, "there is no camera with this id")
    hass.config_entries.async_remove_subentry(loaded, of(loaded, "hall").subentry_id)
    await edge.remove_camera("hall")
    await until(lambda: hass.states.get("sensor.hall_action") is None)
    await hass.async_block_till_done()
    assert cameras(loaded) == {"kitchen": "Kitchen"}


async def test_cameras_of_elsewhere(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until
) -> None:
    assert cameras(loaded) == {"kitchen": "Kitchen", "hall": "Hall"}
    await edge.set_camera("garden", origin="api")
    await until(lambda: cameras(loaded).get("garden") == "Garden")
    await edge.set_camera("garden", name="Yard")
    await until(lambda: cameras(loaded).get("garden") == "Yard")
    # What people call it here stands until it gets another name there.
    hass.config_entries.async_update_subentry(loaded, of(loaded, "garden"), title="Backyard")
    await edge.set_camera("garden", state="unavailable", reason="frozen")
    await until(lambda: state(hass, "binary_sensor.garden_connectivity").state == "off")
    assert cameras(loaded)["garden"] == "Backyard"
    await edge.remove_camera("garden")
    await until(lambda: "garden" not in cameras(loaded))
    assert loaded.state is ConfigEntryState.LOADED


async def test_devices_of_before_there_were_subentries(
    hass: HomeAssistant,
    edge: EdgeDouble,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    identifier = (DOMAIN, f"{entry.unique_id}_kitchen")
    device = device_registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={identifier}, name="Kitchen"
    )
    before = entity_registry.async_get_or_create(
        "sensor",
        DOMAIN,
        f"{identifier[1]}_action",
        config_entry=entry,
        device_id=device.id,
        suggested_object_id="renamed_by_people",
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    await edge.subscriptions.get()
    assert state(hass, before.entity_id).state == "none"
    now = entity_registry.async_get(before.entity_id)
    assert now is not None
    assert now.config_subentry_id == of(entry, "kitchen").subentry_id
    kept = device_registry.async_get_device_by_identifier(identifier, entry.entry_id)
    assert kept is not None
    assert kept.id == device.id
