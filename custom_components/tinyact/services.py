"""Services of TinyAct: look back, teach, take back, learn."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from statistics import fmean
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import (
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry, async_register_admin_service
from homeassistant.helpers.target import TargetSelection
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
import probatio

from .access import async_may
from .const import ATTR_ACTION_ID, ATTR_DURATION, ATTR_LABEL, DOMAIN
from .coordinator import TinyActConfigEntry
from .errors import nothing_learnt, translated_errors
from .models import Action
from .targets import LABELS, TargetedCamera, async_targeted_cameras
from .told import label_name, told

ATTR_END: Final = "end"
ATTR_ERASE: Final = "erase"
ATTR_LIMIT: Final = "limit"
ATTR_NEVER_HERE: Final = "never_here"
ATTR_START: Final = "start"

# The edge does not remember longer what a camera saw.
MOST_TEACHABLE: Final = timedelta(minutes=2)
# A household's fit takes seconds; on a small box, with many examples, minutes.
FIT_TIMEOUT: Final = 300
FIT_POLL: Final = 1

_ACTION: Final = {
    probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
    probatio.Optional(ATTR_ACTION_ID): cv.positive_int,
}

GET_ACTIONS_SCHEMA: Final = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Optional(ATTR_LABEL): LABELS,
        probatio.Optional(ATTR_START): cv.datetime,
        probatio.Optional(ATTR_END): cv.datetime,
        probatio.Required(ATTR_LIMIT, default=50): probatio.All(
            probatio.Coerce(int), probatio.Range(1, 500)
        ),
    }
)
TEACH_SCHEMA: Final = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        **_ACTION,
        probatio.Required(ATTR_LABEL): cv.string,
        probatio.Required(ATTR_DURATION, default=timedelta(seconds=10)): probatio.All(
            cv.positive_time_period, probatio.Range(min=timedelta(seconds=2), max=MOST_TEACHABLE)
        ),
    }
)
MARK_WRONG_SCHEMA: Final = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        **_ACTION,
        probatio.Required(ATTR_NEVER_HERE, default=False): cv.boolean,
    }
)
FORGET_SCHEMA: Final = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Required(ATTR_ACTION_ID): cv.positive_int,
        probatio.Required(ATTR_ERASE, default=False): cv.boolean,
    }
)
REFIT_SCHEMA: Final = probatio.Schema({probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string})


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the services."""
    for name, handler, schema, response in (
        ("get_actions", _async_get_actions, GET_ACTIONS_SCHEMA, SupportsResponse.ONLY),
        ("teach", _async_teach, TEACH_SCHEMA, SupportsResponse.OPTIONAL),
        ("mark_wrong", _async_mark_wrong, MARK_WRONG_SCHEMA, SupportsResponse.OPTIONAL),
        ("forget", _async_forget, FORGET_SCHEMA, SupportsResponse.NONE),
    ):
        hass.services.async_register(
            DOMAIN, name, handler, schema=schema, supports_response=response
        )
    # What it changes, it changes for everybody.
    async_register_admin_service(
        hass, DOMAIN, "refit", _async_refit, REFIT_SCHEMA, SupportsResponse.OPTIONAL
    )


async def _async_get_actions(call: ServiceCall) -> ServiceResponse:
    """Return what was done in front of the targeted cameras, or of all, the newest first."""
    limit: int = call.data[ATTR_LIMIT]
    of_entry: defaultdict[TinyActConfigEntry, dict[str, TargetedCamera]] = defaultdict(dict)
    for camera in await _async_cameras(call, POLICY_READ, all_without_target=True):
        of_entry[camera.entry][camera.camera_id] = camera
    found: list[tuple[TargetedCamera, Action]] = []
    more = False
    for entry, cameras in of_entry.items():
        with translated_errors(entry):
            page = await entry.runtime_data.client.async_actions(
                camera=cameras,
                label=call.data.get(ATTR_LABEL),
                after=_utc(call.data.get(ATTR_START)),
                before=_utc(call.data.get(ATTR_END)),
                limit=limit,
            )
        more |= page.next is not None
        found.extend((cameras[action.camera], action) for action in page.actions)
    found.sort(key=lambda each: each[1].started_at, reverse=True)
    return {
        "actions": [told(call.hass, camera, action) for camera, action in found[:limit]],
        "more": more or len(found) > limit,
    }


async def _async_teach(call: ServiceCall) -> ServiceResponse:
    """Say what an action was, or what is being done in front of cameras just now."""
    label: str = call.data[ATTR_LABEL]
    if (action_id := _action_id(call)) is not None:
        return {"actions": [await _async_correct(call, action_id, {"label": label})]}
    end = dt_util.utcnow()
    start = end - call.data[ATTR_DURATION]
    lessons: list[JsonValueType] = []
    for camera in await _async_cameras(call, POLICY_CONTROL):
        with translated_errors(camera.entry):
            lessons.append(
                await camera.entry.runtime_data.client.async_teach(
                    camera.camera_id, label, start, end
                )
            )
    return {"lessons": lessons}


async def _async_mark_wrong(call: ServiceCall) -> ServiceResponse:
    """Say that an action, or the last one in front of cameras, was not what it was taken for."""
    correction = {"never_here": True} if call.data[ATTR_NEVER_HERE] else {"not": True}
    if (action_id := _action_id(call)) is not None:
        return {"actions": [await _async_correct(call, action_id, correction)]}
    last = [
        (camera.entry, await _async_last_action(camera))
        for camera in await _async_cameras(call, POLICY_CONTROL)
    ]
    return {"actions": [await _async_say(entry, action.id, correction) for entry, action in last]}


async def _async_forget(call: ServiceCall) -> None:
    """Take back what was said of an action, or erase it."""
    entry = _entry(call)
    action_id: int = call.data[ATTR_ACTION_ID]
    client = entry.runtime_data.client
    if call.data[ATTR_ERASE]:
        user = await _async_user(call)
        if user is not None and not user.is_admin:
            raise Unauthorized(context=call.context)
        with translated_errors(entry):
            await client.async_delete_action(action_id)
    else:
        await _async_check_action(call, entry, action_id)
        with translated_errors(entry):
            await client.async_uncorrect(action_id)


async def _async_refit(call: ServiceCall) -> ServiceResponse:
    """Learn from what was taught; return what got better and worse, if it is soon done."""
    entry = _entry(call)
    client = entry.runtime_data.client
    with translated_errors(entry):
        job = await client.async_fit()
        try:
            async with asyncio.timeout(FIT_TIMEOUT):
                while job["state"] in ("queued", "running"):
                    await asyncio.sleep(FIT_POLL)
                    job = await client.async_job(job["id"])
        except TimeoutError:
            return {"job_id": job["id"], "state": job["state"]}
    if job["state"] != "done":
        raise nothing_learnt(job, partial(label_name, call.hass))
    return _fitted(job)


def _fitted(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a fit changed; accuracy is the mean recall of the labels known before it."""
    report = job["report"]
    labels = report["report"]
    known = [
        label
        for label in labels
        if label["recall_before"] is not None and label["recall_after"] is not None
    ]
    accuracy = {
        f"accuracy_{when}": fmean(label[f"recall_{when}"] for label in known) if known else None
        for when in ("before", "after")
    }
    return {
        "job_id": job["id"],
        "state": job["state"],
        "version": job["version"],
        **accuracy,
        "labels": labels,
        "worse": report["worse"],
        "warnings": report["warnings"],
        "doubts": report.get("doubts", []),
    }


async def _async_correct(
    call: ServiceCall, action_id: int, correction: Mapping[str, Any]
) -> dict[str, Any]:
    """Say what an action was, if whoever calls may."""
    entry = _entry(call)
    await _async_check_action(call, entry, action_id)
    return await _async_say(entry, action_id, correction)


async def _async_say(
    entry: TinyActConfigEntry, action_id: int, correction: Mapping[str, Any]
) -> dict[str, Any]:
    """Tell the edge what an action was, return what it is now."""
    with translated_errors(entry):
        action = await entry.runtime_data.client.async_correct(action_id, correction)
    return {ATTR_ACTION_ID: action.id, ATTR_LABEL: action.label}


async def _async_last_action(camera: TargetedCamera) -> Action:
    """Return the last action in front of a camera."""
    with translated_errors(camera.entry):
        page = await camera.entry.runtime_data.client.async_actions(
            camera=camera.camera_id, limit=1
        )
    if not page.actions:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_action",
            translation_placeholders={"camera": camera.name},
        )
    return page.actions[0]


def _action_id(call: ServiceCall) -> int | None:
    """Return the action that is named instead of cameras, if one is."""
    action_id: int | None = call.data.get(ATTR_ACTION_ID)
    if action_id is not None and TargetSelection(call.data).has_any_target:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="action_and_cameras"
        )
    return action_id


def _entry(call: ServiceCall) -> TinyActConfigEntry:
    """Return the edge that is named, or the only one."""
    entry: TinyActConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    return entry


async def _async_cameras(
    call: ServiceCall, policy: str, *, all_without_target: bool = False
) -> list[TargetedCamera]:
    """Return the targeted cameras to which whoever calls has a right.

    Raises ServiceValidationError if none is targeted, Unauthorized if none may be.
    """
    target = None
    if TargetSelection(call.data).has_any_target or not all_without_target:
        target = call.data
    cameras = async_targeted_cameras(call.hass, target)
    if not cameras:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_camera")
    if (user := await _async_user(call)) is not None:
        cameras = [
            camera
            for camera in cameras
            if async_may(call.hass, user, camera.entry, camera.camera_id, policy)
        ]
    if not cameras:
        raise Unauthorized(context=call.context, permission=policy)
    return cameras


async def _async_check_action(call: ServiceCall, entry: TinyActConfigEntry, action_id: int) -> None:
    """Raise Unauthorized unless whoever calls has control of the camera of an action."""
    user = await _async_user(call)
    if user is None or user.permissions.access_all_entities(POLICY_CONTROL):
        return
    with translated_errors(entry):
        action = await entry.runtime_data.client.async_action(action_id)
    if not async_may(call.hass, user, entry, action.camera, POLICY_CONTROL):
        raise Unauthorized(context=call.context, permission=POLICY_CONTROL)


async def _async_user(call: ServiceCall) -> User | None:
    """Return who calls, None for an automation."""
    if call.context.user_id is None:
        return None
    if (user := await call.hass.auth.async_get_user(call.context.user_id)) is None:
        raise UnknownUser(context=call.context)
    return user


def _utc(time: datetime | None) -> datetime | None:
    """Return a time that may be local, as people write it."""
    return None if time is None else dt_util.as_utc(time)
