"""What the card asks for, docs/card.md."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components import websocket_api
from homeassistant.components.websocket_api import ActiveConnection
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from . import zones
from .access import async_may
from .api import CannotConnectError, EdgeError, RefusedError
from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .errors import nothing_learnt, translated
from .subscription import Message, Subscriber, described

type Command = Callable[[HomeAssistant, ActiveConnection, Message], Awaitable[None]]
type EdgeCommand = Callable[
    [HomeAssistant, ActiveConnection, TinyActConfigEntry, Message], Awaitable[Any]
]

ERR_EDGE: Final = "edge_unavailable"
ERR_REFUSED: Final = "refused"

_MAX_LABEL: Final = 40
# The edge remembers so much of what it did not recognize.
_MOST_TEACHABLE: Final = timedelta(minutes=2)

_TEXTS = probatio.All([probatio.All(str, probatio.Length(min=1, max=100))], probatio.Length(max=64))
_ACTION_ID = probatio.All(int, probatio.Range(min=1, max=2**53))
_ID = probatio.All(str, probatio.Length(min=1, max=100))
_LABEL = probatio.All(str, str.strip, probatio.Length(min=1, max=_MAX_LABEL))
_VERDICT = probatio.Any(
    {probatio.Required("label"): _LABEL},
    {probatio.Required("not"): True},
    {probatio.Required("never_here"): True},
)


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Answer the card."""
    for command in (
        ws_subscribe,
        ws_actions,
        ws_totals,
        ws_zones,
        ws_set_zones,
        ws_correct,
        ws_uncorrect,
        ws_delete_action,
        ws_teach,
        ws_unteach,
        ws_fit,
        ws_job,
        ws_heads,
        ws_activate,
    ):
        websocket_api.async_register_command(hass, command)


def _of_an_edge(command: EdgeCommand) -> Command:
    """Answer what a command returns for an edge, or why there is nothing to return."""

    @wraps(command)
    async def answer(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
        entry: TinyActConfigEntry | None = hass.config_entries.async_get_entry(msg["entry_id"])
        if entry is None or entry.domain != DOMAIN:
            connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "There is no such edge")
            return
        if entry not in hass.config_entries.async_loaded_entries(DOMAIN):
            _send_error(connection, msg, ERR_EDGE, translated(entry, CannotConnectError()))
            return
        try:
            result = await command(hass, connection, entry, msg)
        except RefusedError as err:
            missing = err.status == HTTPStatus.NOT_FOUND
            code = websocket_api.ERR_NOT_FOUND if missing else ERR_REFUSED
            _send_error(connection, msg, code, translated(entry, err))
        except EdgeError as err:
            _send_error(connection, msg, ERR_EDGE, translated(entry, err))
        else:
            connection.send_result(msg["id"], result)

    return answer


@callback
def _send_error(
    connection: ActiveConnection, msg: Message, code: str, err: HomeAssistantError
) -> None:
    """Say what went wrong, in English, and by what the card looks up its translation."""
    connection.send_error(
        msg["id"],
        code,
        str(err),
        err.translation_key,
        err.translation_domain,
        err.translation_placeholders,
    )


@websocket_api.websocket_command({probatio.Required("type"): "tinyact/subscribe"})
@callback
def ws_subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: Message) -> None:
    """Tell what edges and cameras there are, now and as it changes, and what happens."""
    connection.send_result(msg["id"])
    connection.subscriptions[msg["id"]] = Subscriber(hass, connection, msg["id"]).start()


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/actions",
        probatio.Required("entry_id"): str,
        # Of these only; of all where there is none.
        probatio.Optional("camera", default=list): _TEXTS,
        probatio.Optional("label", default=list): _TEXTS,
        probatio.Optional("after"): cv.datetime,
        probatio.Optional("before"): cv.datetime,
        probatio.Optional("limit", default=100): probatio.All(int, probatio.Range(min=1, max=500)),
        probatio.Optional("page"): probatio.All(str, probatio.Length(max=200)),
    }
)
@websocket_api.async_response
@_of_an_edge
async def ws_actions(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Return a page of what was done, the newest first."""
    cameras = _readable(hass, connection.user, entry, msg["camera"])
    if cameras is None:
        return {"actions": [], "next": None}
    page = await entry.runtime_data.client.async_actions(
        camera=cameras,
        label=msg["label"],
        after=_aware(msg.get("after")),
        before=_aware(msg.get("before")),
        limit=msg["limit"],
        page=msg.get("page"),
    )
    return {
        "actions": [described(hass, connection, entry, action) for action in page.actions],
        "next": page.next,
    }


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/totals",
        probatio.Required("entry_id"): str,
        probatio.Optional("camera", default=list): _TEXTS,
        probatio.Optional("after"): cv.datetime,
        probatio.Optional("before"): cv.datetime,
    }
)
@websocket_api.async_response
@_of_an_edge
async def ws_totals(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Return how often each action was seen in front of each camera, and for how long."""
    cameras = _readable(hass, connection.user, entry, msg["camera"])
    if cameras is None:
        return {"totals": []}
    totals = await entry.runtime_data.client.async_totals(
        camera=cameras, after=_aware(msg.get("after")), before=_aware(msg.get("before"))
    )
    return {"totals": [asdict(total) for total in totals]}


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/zones",
        probatio.Required("entry_id"): str,
        probatio.Required("camera"): _ID,
    }
)
@websocket_api.require_admin
@websocket_api.async_response
@_of_an_edge
async def ws_zones(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Return where in a camera's picture nobody is watched, and what it sees now, if anything."""
    coordinator = entry.runtime_data
    camera = coordinator.data.cameras.get(msg["camera"])
    try:
        picture = await coordinator.client.async_camera_snapshot(msg["camera"])
    except RefusedError:
        if camera is None:
            raise
        picture = None
    return {
        "zones": zones.as_json(camera.settings.ignore if camera else ()),
        "picture": picture and f"data:image/jpeg;base64,{b64encode(picture).decode()}",
    }


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/set_zones",
        probatio.Required("entry_id"): str,
        probatio.Required("camera"): _ID,
        probatio.Required("zones"): probatio.All([[[probatio.Coerce(float)]]], zones.checked),
    }
)
@websocket_api.require_admin
@websocket_api.async_response
@_of_an_edge
async def ws_set_zones(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> None:
    """Watch nobody in these parts of a camera's picture, as the camera's form has it, too."""
    coordinator = entry.runtime_data
    coordinator.async_take_camera(
        await coordinator.client.async_change_camera(
            msg["camera"], ignore=zones.as_json(msg["zones"])
        )
    )


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/correct",
        probatio.Required("entry_id"): str,
        probatio.Required("action_id"): _ACTION_ID,
        probatio.Required("correction"): _VERDICT,
    }
)
@websocket_api.async_response
@_of_an_edge
async def ws_correct(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Say what an action was; return the action."""
    await _check_control(hass, connection.user, entry, msg["action_id"])
    action = await entry.runtime_data.client.async_correct(msg["action_id"], msg["correction"])
    return described(hass, connection, entry, action)


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/uncorrect",
        probatio.Required("entry_id"): str,
        probatio.Required("action_id"): _ACTION_ID,
    }
)
@websocket_api.async_response
@_of_an_edge
async def ws_uncorrect(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Take back what was said of an action; return the action."""
    await _check_control(hass, connection.user, entry, msg["action_id"])
    client = entry.runtime_data.client
    await client.async_uncorrect(msg["action_id"])
    return described(hass, connection, entry, await client.async_action(msg["action_id"]))


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/delete_action",
        probatio.Required("entry_id"): str,
        probatio.Required("action_id"): _ACTION_ID,
    }
)
@websocket_api.require_admin
@websocket_api.async_response
@_of_an_edge
async def ws_delete_action(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> None:
    """Erase an action with its pictures, for good."""
    await entry.runtime_data.client.async_delete_action(msg["action_id"])


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/teach",
        probatio.Required("entry_id"): str,
        probatio.Required("camera"): _ID,
        probatio.Required("label"): _LABEL,
        probatio.Required("seconds"): probatio.All(
            int, probatio.Range(min=2, max=_MOST_TEACHABLE.seconds)
        ),
    }
)
@websocket_api.async_response
@_of_an_edge
async def ws_teach(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Say what was done in front of a camera until now; return the edge's lesson."""
    _check_camera_control(hass, connection.user, entry, msg["camera"])
    now = dt_util.utcnow()
    start = now - timedelta(seconds=msg["seconds"])
    client = entry.runtime_data.client
    return await client.async_teach(msg["camera"], msg["label"], start, now)


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/unteach",
        probatio.Required("entry_id"): str,
        probatio.Required("camera"): _ID,
        probatio.Required("lesson_id"): _ID,
    }
)
@websocket_api.async_response
@_of_an_edge
async def ws_unteach(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> None:
    """Take a lesson back."""
    _check_camera_control(hass, connection.user, entry, msg["camera"])
    await entry.runtime_data.client.async_unteach(msg["lesson_id"])


@websocket_api.websocket_command(
    {probatio.Required("type"): "tinyact/fit", probatio.Required("entry_id"): str}
)
@websocket_api.require_admin
@websocket_api.async_response
@_of_an_edge
async def ws_fit(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Learn from what was corrected; return the classifier's job."""
    return await entry.runtime_data.client.async_fit()


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/job",
        probatio.Required("entry_id"): str,
        probatio.Required("job_id"): _ID,
    }
)
@websocket_api.require_admin
@websocket_api.async_response
@_of_an_edge
async def ws_job(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Return how far learning has come, and in the end what it changed."""
    job = await entry.runtime_data.client.async_job(msg["job_id"])
    if job["state"] == "failed":
        # The card names the labels, in the language of whoever reads it.
        raise nothing_learnt(job, str)
    return job


@websocket_api.websocket_command(
    {probatio.Required("type"): "tinyact/heads", probatio.Required("entry_id"): str}
)
@websocket_api.require_admin
@websocket_api.async_response
@_of_an_edge
async def ws_heads(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> Message:
    """Return the versions of what was learnt, the newest first."""
    return {"heads": await entry.runtime_data.client.async_heads()}


@websocket_api.websocket_command(
    {
        probatio.Required("type"): "tinyact/activate",
        probatio.Required("entry_id"): str,
        probatio.Required("version"): probatio.All(int, probatio.Range(min=0, max=2**31)),
    }
)
@websocket_api.require_admin
@websocket_api.async_response
@_of_an_edge
async def ws_activate(
    hass: HomeAssistant, connection: ActiveConnection, entry: TinyActConfigEntry, msg: Message
) -> None:
    """Go back to a version."""
    await entry.runtime_data.client.async_activate(msg["version"])


@callback
def _readable(
    hass: HomeAssistant, user: User, entry: TinyActConfigEntry, cameras: list[str]
) -> list[str] | None:
    """Return those of the cameras, of all if there are none, that a user may see.

    None where those are none; no cameras where it is all of all.
    """
    if user.permissions.access_all_entities(POLICY_READ):
        return cameras
    readable = [
        camera
        for camera in cameras or entry.runtime_data.data.cameras
        if async_may(hass, user, entry, camera, POLICY_READ)
    ]
    return readable or None


async def _check_control(
    hass: HomeAssistant, user: User, entry: TinyActConfigEntry, action_id: int
) -> None:
    """Refuse a user who may look at a camera, or not even that, but not act on it."""
    if user.permissions.access_all_entities(POLICY_CONTROL):
        return
    action = await entry.runtime_data.client.async_action(action_id)
    _check_camera_control(hass, user, entry, action.camera)


@callback
def _check_camera_control(
    hass: HomeAssistant, user: User, entry: TinyActConfigEntry, camera_id: str
) -> None:
    """Refuse a user who may not act on a camera."""
    if not async_may(hass, user, entry, camera_id, POLICY_CONTROL):
        raise Unauthorized


def _aware(time: datetime | None) -> datetime | None:
    """Return a time in UTC; one without a zone is in Home Assistant's."""
    return time and dt_util.as_utc(time)
