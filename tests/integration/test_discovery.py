"""Edges that are found: by the Supervisor, in the network, and by the broker."""

from ipaddress import ip_address
import json
from typing import Any

from conftest import Until, state
from edge_double import EdgeDouble
from homeassistant.config_entries import (
    SOURCE_HASSIO,
    SOURCE_MQTT,
    SOURCE_USER,
    SOURCE_ZEROCONF,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.hassio import HassioServiceInfo
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tinyact.const import DOMAIN
from tinyact_demo.processes import free_port


def announced(edge: EdgeDouble, **changes: Any) -> dict[str, Any]:
    """Return what an edge says of itself."""
    return {
        "instance": edge.instance,
        "version": "0.1.0",
        "host": edge.host,
        "port": edge.port,
        **changes,
    }


async def hassio(hass: HomeAssistant, config: dict[str, Any]) -> ConfigFlowResult:
    """Let the Supervisor tell of its app."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_HASSIO},
        data=HassioServiceInfo(
            config=config, name="TinyAct edge", slug="local_tinyact_edge", uuid="1234"
        ),
    )


async def mqtt(hass: HomeAssistant, payload: str) -> ConfigFlowResult:
    """Let the broker tell of an edge."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_MQTT},
        data=MqttServiceInfo(
            topic="tinyact/x/edge",
            payload=payload,
            qos=1,
            retain=True,
            subscribed_topic="tinyact/+/edge",
            timestamp=0,
        ),
    )


async def zeroconf(hass: HomeAssistant, said: dict[str, Any]) -> ConfigFlowResult:
    """Let an edge be found in the network."""
    address = ip_address(said["host"])
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_ZEROCONF},
        data=ZeroconfServiceInfo(
            ip_address=address,
            ip_addresses=[address],
            port=said["port"],
            hostname="edge.local.",
            type="_tinyact._tcp.local.",
            name="TinyAct 01234567._tinyact._tcp.local.",
            properties={"instance": said["instance"], "version": said["version"]},
        ),
    )


async def found(hass: HomeAssistant, source: str, said: dict[str, Any]) -> ConfigFlowResult:
    """Let an edge be found in one of the ways that bring no token."""
    if source == SOURCE_MQTT:
        return await mqtt(hass, json.dumps(said))
    return await zeroconf(hass, said)


async def submit(
    hass: HomeAssistant, flow: ConfigFlowResult, entered: dict[str, Any]
) -> ConfigFlowResult:
    """Send the form."""
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], entered)
    await hass.async_block_till_done()
    return result


async def test_supervisor(hass: HomeAssistant, edge: EdgeDouble) -> None:
    flow = await hassio(hass, announced(edge, token=edge.token))
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "hassio_confirm"
    assert flow["description_placeholders"] == {"name": "TinyAct edge"}
    (progress,) = hass.config_entries.flow.async_progress()
    assert progress["context"]["configuration_url"] == (
        "homeassistant://config/app/local_tinyact_edge/info"
    )
    await edge.stop()
    result = await submit(hass, flow, {})
    assert result["errors"] == {"base": "cannot_connect"}
    await edge.start()
    result = await submit(hass, flow, {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "TinyAct edge"
    assert result["data"] == {
        CONF_HOST: edge.host,
        CONF_PORT: edge.port,
        CONF_TOKEN: edge.token,
    }
    assert result["result"].unique_id == edge.instance
    assert state(hass, "sensor.kitchen_action").state == "none"


async def test_supervisor_brings_a_known_edge_up_to_date(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    await edge.stop()
    edge.port = free_port()
    edge.token = "a-newer-token"  # noqa: S105
    await edge.start()
    result = await hassio(hass, announced(edge, token=edge.token))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert await edge.subscriptions.get() == 0
    assert loaded.data == {
        CONF_HOST: edge.host,
        CONF_PORT: edge.port,
        CONF_TOKEN: edge.token,
    }


@pytest.mark.parametrize("source", [SOURCE_MQTT, SOURCE_ZEROCONF])
async def test_found(hass: HomeAssistant, edge: EdgeDouble, source: str) -> None:
    flow = await found(hass, source, announced(edge))
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "discovery_confirm"
    assert flow["description_placeholders"] == {"host": edge.host, "port": str(edge.port)}
    result = await submit(hass, flow, {CONF_TOKEN: "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}
    edge.instance, instance = "f" * 32, edge.instance
    result = await submit(hass, flow, {CONF_TOKEN: edge.token})
    assert result["errors"] == {"base": "another_edge"}
    edge.instance = instance
    result = await submit(hass, flow, {CONF_TOKEN: f" {edge.token}"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == f"TinyAct {edge.host}"
    assert result["data"] == {
        CONF_HOST: edge.host,
        CONF_PORT: edge.port,
        CONF_TOKEN: edge.token,
    }
    assert result["result"].unique_id == edge.instance


async def test_found_in_several_ways(hass: HomeAssistant, edge: EdgeDouble) -> None:
    in_progress = hass.config_entries.flow.async_progress
    assert (await zeroconf(hass, announced(edge)))["type"] is FlowResultType.FORM
    again = await mqtt(hass, json.dumps(announced(edge)))
    assert (again["type"], again["reason"]) == (FlowResultType.ABORT, "already_in_progress")
    # The Supervisor brings the token, so that nobody has to enter it.
    flow = await hassio(hass, announced(edge, token=edge.token))
    assert flow["step_id"] == "hassio_confirm"
    assert [each["flow_id"] for each in in_progress()] == [flow["flow_id"]]
    # Whoever enters it by hand does not have to know.
    by_hand = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    entered = {CONF_HOST: edge.host, CONF_PORT: edge.port, CONF_TOKEN: edge.token}
    result = await submit(hass, by_hand, entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert in_progress() == []


@pytest.mark.parametrize("source", [SOURCE_MQTT, SOURCE_ZEROCONF])
async def test_known_edge_is_found_where_it_moved(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, until: Until, source: str
) -> None:
    before = dict(loaded.data)
    # While it answers, somebody else who says to be it is not believed.
    result = await found(hass, source, announced(edge, port=1))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert loaded.data == before

    await edge.stop()
    await until(lambda: state(hass, "sensor.kitchen_action").state == STATE_UNAVAILABLE)
    edge.port = free_port()
    await edge.start()
    result = await found(hass, source, announced(edge))
    assert result["reason"] == "already_configured"
    assert await edge.subscriptions.get() == 0
    assert loaded.data == {**before, CONF_PORT: edge.port}


async def test_known_edge_is_found_that_was_gone_at_start(
    hass: HomeAssistant, edge: EdgeDouble, entry: MockConfigEntry
) -> None:
    await edge.stop()
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await edge.start()
    result = await zeroconf(hass, announced(edge))
    assert result["reason"] == "already_configured"
    await edge.subscriptions.get()
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    "changes",
    [
        {"instance": "../../etc"},
        {"instance": None},
        {"host": ""},
        {"host": 7},
        {"port": 99999},
        {"port": "http"},
    ],
)
async def test_nonsense_is_not_offered(
    hass: HomeAssistant, edge: EdgeDouble, changes: dict[str, Any]
) -> None:
    said = announced(edge, **changes)
    for result in (
        await mqtt(hass, json.dumps(said)),
        await hassio(hass, {**said, "token": edge.token}),
    ):
        assert result["type"] is FlowResultType.ABORT
        assert result["reason"] == "not_tinyact"


@pytest.mark.parametrize("payload", ["", "[]", "online", "{"])
async def test_no_announcement(hass: HomeAssistant, payload: str) -> None:
    result = await mqtt(hass, payload)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_tinyact"


async def test_app_without_token(hass: HomeAssistant, edge: EdgeDouble) -> None:
    result = await hassio(hass, announced(edge))
    assert result["reason"] == "not_tinyact"
