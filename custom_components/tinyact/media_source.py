"""What was seen, to look back at: camera, day, action."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple, Self, override

from homeassistant.components.media_player import (
    BrowseError,
    MediaClass,
    SearchMedia,
    SearchMediaQuery,
)
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .errors import translated_errors
from .models import Action, ActionPage
from .targets import TargetedCamera, async_targeted_cameras
from .told import label_name
from .views import CLIP, SNAPSHOT, media_path

# How many days are listed, and how many actions at once.
DAYS: Final = 31
PAGE_SIZE: Final = 100


async def async_get_media_source(hass: HomeAssistant) -> MediaSource:
    """Set up the media source."""
    return TinyActMediaSource(hass)


class Identifier(NamedTuple):
    """What is looked at: all cameras, one, a day of it, a page of the day, or an action."""

    entry_id: str | None = None
    camera_id: str | None = None
    day: str | None = None
    page: str | None = None
    action_id: int | None = None

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """Read an identifier; raises BrowseError."""
        match (text or "").split("/"):
            case [""]:
                return cls()
            case [entry_id, camera_id]:
                return cls(entry_id, camera_id)
            case [entry_id, camera_id, day] if _is_day(day):
                return cls(entry_id, camera_id, day)
            case [entry_id, camera_id, day, "page", page] if _is_day(day):
                return cls(entry_id, camera_id, day, page)
            case [entry_id, camera_id, day, action_id] if action_id.isdecimal():
                return cls(entry_id, camera_id, day, None, int(action_id))
        raise BrowseError(
            translation_domain=DOMAIN,
            translation_key="unknown_media",
            translation_placeholders={"identifier": str(text)},
        )


class TinyActMediaSource(MediaSource):
    """Shows the actions of each camera and day, with their pictures or clips."""

    name = "TinyAct"

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize the media source."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return what is looked at, with what is in it."""
        identifier = Identifier.parse(item.identifier)
        if identifier.camera_id is None:
            return _folder(None, self.name, await self._async_cameras())
        camera = self._camera(identifier)
        if identifier.day is None:
            title = camera.name
            children = [
                _folder(_path(camera, day), day, thumbnail=_thumbnail(camera, action))
                for day, action in (await _async_days(camera)).items()
            ]
        else:
            title = f"{camera.name} {identifier.day}"
            children = await self._async_day(camera, identifier.day, identifier.page)
        return _folder(item.identifier, title, children)

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where the clip of an action is served, or else its picture."""
        try:
            identifier = Identifier.parse(item.identifier)
            camera = self._camera(identifier)
            with _browse_errors(camera):
                action = await camera.entry.runtime_data.client.async_action(
                    identifier.action_id or 0
                )
        except BrowseError as err:
            raise Unresolvable(**_translation(err)) from err
        for kind, mime_type in ((CLIP, "video/mp4"), (SNAPSHOT, "image/jpeg")):
            if (path := media_path(camera.entry.entry_id, action, kind)) is not None:
                return PlayMedia(path, mime_type)
        raise Unresolvable(translation_domain=DOMAIN, translation_key="no_picture")

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Return the newest actions of which each word names the label or the camera."""
        identifier = Identifier.parse(item.identifier)
        words = query.search_query.casefold().split()
        found: list[tuple[Action, TargetedCamera]] = []
        for camera in async_targeted_cameras(self.hass, None):
            if identifier.camera_id is not None and identifier[:2] != (
                camera.entry.entry_id,
                camera.camera_id,
            ):
                continue
            described = {
                label: f"{camera.name} {label} {label_name(self.hass, label)}".casefold()
                for label in camera.entry.runtime_data.data.labels
            }
            labels = [
                label for label, text in described.items() if all(word in text for word in words)
            ]
            if labels:
                page = await _async_page(camera, label=labels)
                found.extend((action, camera) for action in page.actions)
        found.sort(key=lambda each: each[0].started_at, reverse=True)
        return SearchMedia(
            result=[
                _action(
                    camera,
                    action,
                    f"{label_name(self.hass, action.label)}, {camera.name}, "
                    f"{_day(action)} {_time(action)}",
                )
                for action, camera in found[:PAGE_SIZE]
            ]
        )

    async def _async_day(
        self, camera: TargetedCamera, day: str, page: str | None
    ) -> list[BrowseMediaSource]:
        """Return the actions of a day, the newest first, and how to get to more."""
        start = dt_util.start_of_local_day(date.fromisoformat(day))
        end = dt_util.start_of_local_day(date.fromisoformat(day) + timedelta(days=1))
        answer = await _async_page(camera, after=start, before=end, page=page)
        children = [
            _action(camera, action, f"{_time(action)} {label_name(self.hass, action.label)}")
            for action in answer.actions
        ]
        if answer.next is not None:
            children.append(_folder(_path(camera, day, "page", answer.next), "…"))
        return children

    async def _async_cameras(self) -> list[BrowseMediaSource]:
        """Return the cameras, with their edge where there are several."""
        cameras = async_targeted_cameras(self.hass, None)
        several = len({camera.entry.entry_id for camera in cameras}) > 1
        thumbnails = await asyncio.gather(*map(_async_thumbnail, cameras))
        return [
            _folder(
                _path(camera),
                f"{camera.name} ({camera.entry.title})" if several else camera.name,
                thumbnail=thumbnail,
            )
            for camera, thumbnail in zip(cameras, thumbnails, strict=True)
        ]

    def _camera(self, identifier: Identifier) -> TargetedCamera:
        """Return the camera that is looked at; raises BrowseError."""
        for camera in async_targeted_cameras(self.hass, None):
            if identifier[:2] == (camera.entry.entry_id, camera.camera_id):
                return camera
        raise BrowseError(translation_domain=DOMAIN, translation_key="no_camera")


async def _async_thumbnail(camera: TargetedCamera) -> str | None:
    """Return the picture of a camera's latest action, where there is one to be had."""
    if not camera.entry.runtime_data.last_update_success:
        return None
    try:
        page = await _async_page(camera, limit=1)
    except BrowseError:
        return None
    return _thumbnail(camera, page.actions[0]) if page.actions else None


async def _async_days(camera: TargetedCamera) -> dict[str, Action]:
    """Return the last action of each day that there are actions of, the newest first."""
    days: dict[str, Action] = {}
    before: datetime | None = None
    while len(days) < DAYS:
        page = await _async_page(camera, before=before, limit=1)
        if not page.actions:
            break
        day = dt_util.as_local(page.actions[0].started_at).date()
        days[day.isoformat()] = page.actions[0]
        before = dt_util.start_of_local_day(day)
    return days


async def _async_page(
    camera: TargetedCamera, *, limit: int = PAGE_SIZE, **filters: Any
) -> ActionPage:
    """Return some of the actions of a camera; raises BrowseError."""
    with _browse_errors(camera):
        return await camera.entry.runtime_data.client.async_actions(
            camera=camera.camera_id, limit=limit, **filters
        )


@contextmanager
def _browse_errors(camera: TargetedCamera) -> Iterator[None]:
    """Turn the EdgeErrors into what the media browser shows."""
    try:
        with translated_errors(camera.entry):
            yield
    except HomeAssistantError as err:
        raise BrowseError(**_translation(err)) from err


def _translation(err: HomeAssistantError) -> dict[str, Any]:
    """Return what an error is made of."""
    return {
        "translation_domain": err.translation_domain,
        "translation_key": err.translation_key,
        "translation_placeholders": err.translation_placeholders,
    }


def _path(camera: TargetedCamera, *parts: object) -> str:
    """Return the identifier of a camera, or of what is in it."""
    return "/".join(map(str, (camera.entry.entry_id, camera.camera_id, *parts)))


def _thumbnail(camera: TargetedCamera, action: Action) -> str | None:
    """Return the address of an action's picture; the frontend signs it."""
    return media_path(camera.entry.entry_id, action, SNAPSHOT)


def _folder(
    identifier: str | None,
    title: str,
    children: list[BrowseMediaSource] | None = None,
    thumbnail: str | None = None,
) -> BrowseMediaSource:
    """Return something to open."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaClass.VIDEO,
        title=title,
        can_play=False,
        can_expand=True,
        can_search=True,
        search_media_classes=[MediaClass.IMAGE, MediaClass.VIDEO],
        children=children,
        thumbnail=thumbnail,
    )


def _action(camera: TargetedCamera, action: Action, title: str) -> BrowseMediaSource:
    """Return an action, to play if a clip or picture of it was kept."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=_path(camera, _day(action), action.id),
        media_class=MediaClass.VIDEO if action.clip else MediaClass.IMAGE,
        media_content_type="video/mp4" if action.clip else "image/jpeg",
        title=title,
        can_play=action.clip or action.snapshot,
        can_expand=False,
        thumbnail=_thumbnail(camera, action),
    )


def _time(action: Action) -> str:
    return dt_util.as_local(action.started_at).strftime("%H:%M:%S")


def _day(action: Action) -> str:
    return dt_util.as_local(action.started_at).date().isoformat()


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
