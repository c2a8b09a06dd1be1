"""Adding an edge, and mending the entry of one."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any
from unittest.mock import patch

from aiohttp import web
from conftest import state
from edge_double import EdgeDouble
from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PORT, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.tinyact.const import DOMAIN
from tinyact_demo.processes import free_port


@asynccontextmanager
async def web_server(answer: Callable[[], web.Response]) -> AsyncGenerator[int]:
    """Run a web server that is no edge."""

    async def handle(_request: web.BaseRequest) -> web.Response:
        return answer()

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@asynccontextmanager
async def other_server(greeting: bytes) -> AsyncGenerator[int]:
    """Run a server that does not speak HTTP."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def begin(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the form."""
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {}
    return result


def user_input(edge: EdgeDouble, **changes: Any) -> dict[str, Any]:
    """Return what a user would enter."""
    return {CONF_HOST: edge.host, CONF_PORT: edge.port, CONF_TOKEN: edge.token, **changes}


async def submit(
    hass: HomeAssistant, flow: ConfigFlowResult, entered: dict[str, Any]
) -> ConfigFlowResult:
    """Send the form."""
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], entered)
    await hass.async_block_till_done()
    return result


async def expect_entry(
    hass: HomeAssistant, edge: EdgeDouble, flow: ConfigFlowResult
) -> ConfigFlowResult:
    """Send the form as it should be, which creates the entry."""
    result = await submit(hass, flow, user_input(edge))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "TinyAct 127.0.0.1"
    assert result["data"] == user_input(edge)
    assert result["result"].unique_id == edge.instance
    return result


async def test_user(hass: HomeAssistant, edge: EdgeDouble) -> None:
    flow = await begin(hass)
    result = await expect_entry(hass, edge, flow)
    assert result["description"] is None
    assert state(hass, "sensor.kitchen_action").state == "none"


async def test_what_comes_next(hass: HomeAssistant, edge: EdgeDouble) -> None:
    """People are told to add a camera, where there is none."""
    edge.cameras.clear()
    result = await expect_entry(hass, edge, await begin(hass))
    assert result["description"] == "no_camera"


async def test_two_edges_on_one_machine_are_told_apart(
    hass: HomeAssistant, edge: EdgeDouble
) -> None:
    await expect_entry(hass, edge, await begin(hass))
    another = EdgeDouble()
    another.instance = "f" * 32
    await another.start()
    result = await submit(hass, await begin(hass), user_input(another))
    assert result["title"] == f"TinyAct 127.0.0.1:{another.port}"
    assert await hass.config_entries.async_unload(result["result"].entry_id)
    await another.stop()


async def test_blanks_from_copying_are_removed(hass: HomeAssistant, edge: EdgeDouble) -> None:
    entered = user_input(edge, token=f" {edge.token}\n", host=f"{edge.host} ")
    result = await submit(hass, await begin(hass), entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == user_input(edge)


async def test_cannot_connect(hass: HomeAssistant, edge: EdgeDouble) -> None:
    flow = await begin(hass)
    await edge.stop()
    result = await submit(hass, flow, user_input(edge))
    assert result["errors"] == {"base": "cannot_connect"}
    await edge.start()
    await expect_entry(hass, edge, flow)


async def test_edge_in_trouble(hass: HomeAssistant, edge: EdgeDouble) -> None:
    flow = await begin(hass)
    edge.status = HTTPStatus.SERVICE_UNAVAILABLE
    result = await submit(hass, flow, user_input(edge))
    assert result["errors"] == {"base": "cannot_connect"}
    edge.status = None
    await expect_entry(hass, edge, flow)


async def test_no_answer_in_time(hass: HomeAssistant, edge: EdgeDouble) -> None:
    flow = await begin(hass)
    async with other_server(b"") as port:
        with patch("custom_components.tinyact.api.ANSWER_TIMEOUT", 0.01):
            result = await submit(hass, flow, user_input(edge, port=port))
        assert result["errors"] == {"base": "cannot_connect"}
    await expect_entry(hass, edge, flow)


async def test_invalid_auth(hass: HomeAssistant, edge: EdgeDouble) -> None:
    flow = await begin(hass)
    result = await submit(hass, flow, user_input(edge, token="wrong"))  # noqa: S106
    assert result["errors"] == {"base": "invalid_auth"}
    await expect_entry(hass, edge, flow)


@pytest.mark.parametrize("host", ["http://127.0.0.1", "127.0.0.1:8466", "127.0.0.1/api", "a b"])
async def test_invalid_host(hass: HomeAssistant, edge: EdgeDouble, host: str) -> None:
    flow = await begin(hass)
    result = await submit(hass, flow, user_input(edge, host=host))
    assert result["errors"] == {"base": "invalid_host"}
    await expect_entry(hass, edge, flow)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=404),
        # A router's login: no token of the edge would help.
        lambda: web.Response(status=401, text="<html>", content_type="text/html"),
        lambda: web.Response(status=302, headers={"Location": "/login"}),
        lambda: web.Response(text="<html>", content_type="text/html"),
        lambda: web.json_response({"message": "Something else"}),
        lambda: web.json_response([]),
        lambda: web.Response(body=b"[" * 3_000_000),
    ],
    ids=["404", "login", "redirect", "html", "other-json", "list", "endless"],
)
async def test_other_web_server(
    hass: HomeAssistant, edge: EdgeDouble, answer: Callable[[], web.Response]
) -> None:
    flow = await begin(hass)
    async with web_server(answer) as port:
        result = await submit(hass, flow, user_input(edge, port=port))
        assert result["errors"] == {"base": "not_tinyact"}
    await expect_entry(hass, edge, flow)


async def test_no_web_server(hass: HomeAssistant, edge: EdgeDouble) -> None:
    flow = await begin(hass)
    async with other_server(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n") as port:
        result = await submit(hass, flow, user_input(edge, port=port))
        assert result["errors"] == {"base": "not_tinyact"}
    await expect_entry(hass, edge, flow)


async def test_already_configured(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    await edge.stop()
    edge.port = free_port()
    edge.token = "a-newer-token"  # noqa: S105
    await edge.start()
    result = await submit(hass, await begin(hass), user_input(edge))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert loaded.data == user_input(edge)
    await edge.subscriptions.get()
    assert state(hass, "sensor.kitchen_action").state == "none"


async def test_reauth(hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry) -> None:
    edge.token = "a-newer-token"  # noqa: S105
    flow = await loaded.start_reauth_flow(hass)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "reauth_confirm"
    result = await submit(hass, flow, {CONF_TOKEN: "wrong"})
    assert result["errors"] == {"base": "invalid_auth"}

    result = await submit(hass, flow, {CONF_TOKEN: edge.token})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert loaded.data == user_input(edge)
    await edge.subscriptions.get()


async def test_reauth_with_another_edge(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    before = dict(loaded.data)
    edge.instance = "f" * 32
    flow = await loaded.start_reauth_flow(hass)
    result = await submit(hass, flow, {CONF_TOKEN: edge.token})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "another_edge"
    assert loaded.data == before


@pytest.mark.parametrize("left_empty", [{}, {CONF_TOKEN: ""}])
async def test_reconfigure(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry, left_empty: dict[str, str]
) -> None:
    old_port = edge.port
    await edge.stop()
    edge.port = free_port()
    await edge.start()
    flow = await loaded.start_reconfigure_flow(hass)
    assert flow["type"] is FlowResultType.FORM
    assert flow["step_id"] == "reconfigure"
    result = await submit(hass, flow, {CONF_HOST: edge.host, CONF_PORT: old_port})
    assert result["errors"] == {"base": "cannot_connect"}

    result = await submit(hass, flow, {CONF_HOST: edge.host, CONF_PORT: edge.port, **left_empty})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert loaded.data == user_input(edge)
    await edge.subscriptions.get()


async def test_reconfigure_with_another_edge(
    hass: HomeAssistant, edge: EdgeDouble, loaded: MockConfigEntry
) -> None:
    before = dict(loaded.data)
    edge.instance = "f" * 32
    flow = await loaded.start_reconfigure_flow(hass)
    result = await submit(hass, flow, user_input(edge))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "another_edge"
    assert loaded.data == before
