"""What an assistant may ask TinyAct: what happened in front of the cameras."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.homeassistant import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.llm import (
    LLM_API_ASSIST,
    LLMContext,
    Tool,
    ToolAnnotations,
    ToolInput,
    ToolResult,
)
from homeassistant.util import dt as dt_util
import probatio

from .api import EdgeError
from .const import DOMAIN
from .coordinator import TinyActConfigEntry
from .models import Action
from .targets import TargetedCamera, async_targeted_cameras
from .told import local_time

# What is counted, and how much of it is told one by one: an answer has to fit
# into what a small model can keep in mind.
COUNTED: Final = 500
LISTED: Final = 40


class GetActionsTool(Tool):
    """Tells what people did in front of the cameras that are exposed."""

    name = f"{DOMAIN}__get_actions"
    title = "Get what people did"
    description = (
        "Tells what people did in front of the cameras at home (fell, sat down, stood up, walked "
        "and so on), from the start of today unless another time is asked for. Use it to answer "
        "questions like 'What happened in the kitchen today?', 'Did anybody fall?' or 'When was "
        "somebody last in the hall?'. Returns how often each action was seen, and the newest "
        "actions one by one, with local times. A camera can miss actions, and be mistaken."
    )
    annotations = ToolAnnotations(
        read_only=True, destructive=False, idempotent=True, open_world=False
    )
    integration = DOMAIN

    def __init__(self, places: dict[str, list[TargetedCamera]], labels: list[str]) -> None:
        """Initialize the tool for the places that may be asked about."""
        self._places = places
        self.parameters = probatio.Schema(
            {
                probatio.Optional(
                    "place",
                    description="The camera or area to ask about; all of them if left out",
                ): probatio.In(sorted(places)),
                probatio.Optional(
                    "action", description="The action to ask about; all of them if left out"
                ): probatio.In(labels),
                probatio.Optional(
                    "start_time",
                    description="ISO 8601, local time if without an offset; the start of today "
                    "if left out",
                ): str,
                probatio.Optional(
                    "end_time",
                    description="ISO 8601, local time if without an offset; now if left out",
                ): str,
            }
        )

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: ToolInput, llm_context: LLMContext
    ) -> ToolResult:
        """Ask the edges what happened."""
        args = self.parameters(tool_input.tool_args)
        try:
            start = _parse_time(args.get("start_time"), dt_util.start_of_local_day())
            end = _parse_time(args.get("end_time"), dt_util.now())
        except ValueError:
            return _error("A time is not ISO 8601: 2026-11-29T14:00:00 is, for example")
        if start >= end:
            return _error("start_time must be before end_time")
        if "place" in args:
            cameras = self._places[args["place"]]
        else:
            cameras = [camera for each in self._places.values() for camera in each]
        try:
            found, more = await _async_find(cameras, args.get("action"), start, end)
        except EdgeError:
            return _error("The cameras' edge does not answer, so nobody knows")
        return ToolResult(data=_answer(found, start, end, more=more))


@callback
def async_get_tools(hass: HomeAssistant, llm_context: LLMContext, api_id: str) -> LLMTools | None:
    """Return the tool, if a camera is exposed to the assistant that asks."""
    if api_id != LLM_API_ASSIST:
        return None
    cameras = [
        camera
        for camera in async_targeted_cameras(hass, None)
        if _is_exposed(hass, llm_context.assistant, camera)
    ]
    if not cameras:
        return None
    labels = {label for camera in cameras for label in camera.entry.runtime_data.data.labels}
    return LLMTools(tools=[GetActionsTool(_places(hass, cameras), sorted(labels))])


def _is_exposed(hass: HomeAssistant, assistant: str, camera: TargetedCamera) -> bool:
    """Return whether the assistant may know what a camera sees: its event, or its sensor.

    Not its switch, say: switches are exposed unless somebody objects.
    """
    return any(
        async_should_expose(hass, assistant, entity.entity_id)
        for entity in er.async_entries_for_device(er.async_get(hass), camera.device_id)
        if entity.translation_key == "action"
    )


def _places(hass: HomeAssistant, cameras: list[TargetedCamera]) -> dict[str, list[TargetedCamera]]:
    """Return the cameras by their names, and by the areas that they stand in."""
    devices = dr.async_get(hass)
    areas = ar.async_get(hass)
    places: defaultdict[str, list[TargetedCamera]] = defaultdict(list)
    for camera in cameras:
        names = {camera.name}
        device = devices.async_get(camera.device_id)
        if device and device.area_id and (area := areas.async_get_area(device.area_id)):
            names |= {area.name, *area.aliases}
        for name in names:
            places[name].append(camera)
    return dict(places)


async def _async_find(
    cameras: list[TargetedCamera], label: str | None, start: datetime, end: datetime
) -> tuple[list[tuple[str, Action]], bool]:
    """Return the newest actions with their cameras' names, and whether there are more."""
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    entries: dict[str, TinyActConfigEntry] = {}
    for camera in cameras:
        entries[camera.entry.entry_id] = camera.entry
        names[camera.entry.entry_id][camera.camera_id] = camera.name
    found: list[tuple[str, Action]] = []
    more = False
    for entry_id, entry in entries.items():
        page = await entry.runtime_data.client.async_actions(
            camera=names[entry_id], label=label, after=start, before=end, limit=COUNTED
        )
        found.extend((names[entry_id][action.camera], action) for action in page.actions)
        more |= page.next is not None
    found.sort(key=lambda each: each[1].started_at, reverse=True)
    return found, more


def _answer(
    found: list[tuple[str, Action]], start: datetime, end: datetime, *, more: bool
) -> dict[str, Any]:
    """Return what an assistant is told."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for camera, action in found:
        counts[camera][action.label] += 1
    return {
        "from": local_time(start),
        "to": local_time(end),
        "counts": {camera: dict(counted) for camera, counted in counts.items()},
        "counts_are_complete": not more,
        "newest_actions": [
            {
                "camera": camera,
                "action": action.label,
                "started_at": local_time(action.started_at),
                "seconds": None if action.duration is None else round(action.duration),
                "confidence": round(action.confidence, 2),
            }
            for camera, action in found[:LISTED]
        ],
        "newest_actions_are_all": not more and len(found) <= LISTED,
    }


def _parse_time(text: str | None, default: datetime) -> datetime:
    """Return a time that an assistant wrote; raises ValueError."""
    if text is None:
        return default
    return dt_util.as_utc(dt_util.parse_datetime(text, raise_on_error=True))


def _error(message: str) -> ToolResult:
    return ToolResult(data={"error": message}, error=True)
