"""What automations, services, blueprints and the media browser make of what a real edge sees."""

import asyncio
from typing import Any

from aiohttp import web
import pytest

from tests.e2e.conftest import READING
from tinyact_demo.processes import eventually
from tinyact_demo.stack import ROOT, Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")

BLUEPRINTS = ROOT / "blueprints" / "automation" / "tinyact"
HALL = {"entity_id": "event.hall_action"}


async def _actions(stack: Stack, **data: Any) -> list[dict[str, Any]]:
    answer = await stack.home_assistant.post("services/tinyact/get_actions?return_response", data)
    actions: list[dict[str, Any]] = answer["service_response"]["actions"]
    return actions


async def test_trigger_tells_of_the_action_that_stands_in_the_journal(stack: Stack) -> None:
    """Both triggers run an automation, and tell what the service and the edge tell."""
    home = stack.home_assistant
    for kind in ("action_detected", "action_ended"):
        await home.post(
            f"config/automation/config/{kind}",
            {
                "alias": kind,
                "mode": "queued",
                "triggers": [{"trigger": f"tinyact.{kind}", "target": HALL}],
                "conditions": [
                    {
                        "condition": "tinyact.did_recently",
                        "target": HALL,
                        "options": {"label": [], "within": {"minutes": 5}},
                    }
                ],
                "actions": [
                    {
                        "action": "persistent_notification.create",
                        "data": {
                            "title": kind,
                            "message": "{{ trigger.action_id }} {{ trigger.label }}",
                        },
                    }
                ],
            },
        )

    async def told() -> dict[str, str] | None:
        async with home.listen() as socket:
            notifications = await socket.command("persistent_notification/get")
        found = {each["title"]: each["message"] for each in notifications}
        return found if {"action_detected", "action_ended"} <= found.keys() else None

    told_of = await eventually(told, 120)
    for kind in ("action_detected", "action_ended"):
        await home.delete(f"config/automation/config/{kind}")
        number, label = told_of[kind].split()
        journal = await stack.edge.get(f"/api/actions/{number}")
        (action,) = [each for each in await _actions(stack) if each["action_id"] == int(number)]
        assert label == action["label"] == journal["label"]
        assert action["camera"] == "Hall"
    assert journal["ended_at"] is not None


async def test_media_browser_goes_from_camera_to_action(stack: Stack) -> None:
    """What the service returns stands in the media browser, under its camera and day."""

    async def first() -> dict[str, Any] | None:
        return next(iter(await _actions(stack, limit=1)), None)

    newest = await eventually(first, 120)
    async with stack.home_assistant.listen() as socket:
        place = "media-source://tinyact"
        for title in ("Hall", newest["started_at"][:10]):
            within = await socket.command("media_source/browse_media", media_content_id=place)
            (place,) = [
                child["media_content_id"] for child in within["children"] if child["title"] == title
            ]
        of_day = await socket.command("media_source/browse_media", media_content_id=place)
        ids = [child["media_content_id"].rpartition("/")[2] for child in of_day["children"]]
        assert str(newest["action_id"]) in ids
        found = await socket.command(
            "media_source/search_media",
            media_content_id="media-source://tinyact",
            search_query=f"hall {newest['label']}",
        )
        assert found["result"]


async def test_blueprints_are_taken(stack: Stack) -> None:
    """Home Assistant accepts each blueprint, and an automation made of it."""
    home = stack.home_assistant
    inputs: dict[str, dict[str, Any]] = {
        "notify": {"cameras": HALL, "phones": []},
        "fall": {"cameras": HALL, "phones": []},
        "light": {"cameras": HALL, "lights": {"entity_id": "light.hall"}},
    }
    assert {path.stem for path in BLUEPRINTS.iterdir()} == inputs.keys()
    async with home.listen() as socket:
        for name, given in inputs.items():
            path = f"tinyact/{name}.yaml"
            await socket.command(
                "blueprint/save",
                domain="automation",
                path=path,
                yaml=(BLUEPRINTS / f"{name}.yaml").read_text(),
            )
            await home.post(
                f"config/automation/config/{name}",
                {"alias": name, "use_blueprint": {"path": path, "input": given}},
            )
            entity = await eventually(lambda name=name: _automation(stack, name), 30)
            assert entity["state"] == "on"
            await home.delete(f"config/automation/config/{name}")


async def test_phone_is_told_with_the_very_picture(stack: Stack) -> None:
    """The blueprint for falls, with the integration of the phone's app.

    Only the push service that it calls is imitated.
    """
    home = stack.home_assistant
    pushed: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def push(request: web.Request) -> web.Response:
        pushed.put_nowait(await request.json())
        limits = {"successful": 1, "errors": 0, "maximum": 150, "remaining": 149}
        return web.json_response({"rateLimits": {**limits, "resetsAt": "2100-01-01T00:00:00Z"}})

    app = web.Application()
    app.router.add_post("/push", push)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        phone = await _register_phone(stack, f"http://127.0.0.1:{runner.addresses[0][1]}/push")
        await _keep_pictures(stack)
        async with home.listen() as socket:
            await socket.command(
                "blueprint/save",
                domain="automation",
                path="tinyact/alarm.yaml",
                yaml=(BLUEPRINTS / "fall.yaml").read_text(),
            )
        inputs = {"cameras": HALL, "labels": [], "phones": [phone]}
        await home.post(
            "config/automation/config/alarm",
            {"alias": "alarm", "use_blueprint": {"path": "tinyact/alarm.yaml", "input": inputs}},
        )
        async with asyncio.timeout(120):
            alarm = await pushed.get()
        await home.delete("config/automation/config/alarm")
        number = alarm["data"]["image"].split("/")[-2]
        action = await stack.edge.get(f"/api/actions/{number}")
        assert alarm["title"] == f"Hall: {READING[action['label']]}"
        headers = {"Authorization": f"Bearer {home.token}"}
        async with home.session.get(home.url + alarm["data"]["image"], headers=headers) as picture:
            assert picture.content_type == "image/jpeg"
            assert (await picture.read()).startswith(b"\xff\xd8\xff")
    finally:
        await runner.cleanup()


async def _register_phone(stack: Stack, push_url: str) -> str:
    """Register a phone as the app does; return its device."""
    home = stack.home_assistant
    await home.post(
        "mobile_app/registrations",
        {
            "device_id": "anna",
            "app_id": "app",
            "app_name": "App",
            "app_version": "1",
            "device_name": "Anna's phone",
            "manufacturer": "Maker",
            "model": "Phone",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
            "app_data": {"push_token": "token", "push_url": push_url},
        },
    )
    async with home.listen() as socket:
        devices = await socket.command("config/device_registry/list")
    return next(device["id"] for device in devices if device["name"] == "Anna's phone")


async def _keep_pictures(stack: Stack) -> None:
    headers = {"Authorization": f"Bearer {stack.edge.token}"}
    async with stack.edge.session.patch(
        f"{stack.edge.url}/api/cameras/hall", json={"snapshots": True}, headers=headers
    ) as response:
        response.raise_for_status()


async def _automation(stack: Stack, name: str) -> dict[str, Any] | None:
    """Return the state of an automation, None before it is there."""
    states = await stack.home_assistant.get("states")
    return next(
        (state for state in states if state["attributes"].get("friendly_name") == name), None
    )
