"""What was seen lately, for what cannot wait for the edge to answer."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from .api import EdgeClient, EdgeError
from .const import LOGGER
from .models import Action

# How far a condition may look back.
LOOK_BACK: Final = timedelta(days=1)
# Of each label in front of each camera, so that nothing frequent drives out
# what is rare. More than one, for the last one may be corrected or erased.
KEPT: Final = 8
# What is read of the edge's journal at the start.
PAGES: Final = 4
PAGE_SIZE: Final = 500


class RecentActions:
    """The last few actions of each label in front of each camera."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[str, str], dict[int, Action]] = {}

    def add(self, action: Action) -> None:
        """Take in an action, in place of what was known of it."""
        self.remove(action.id)
        kept = self._kept.setdefault((action.camera, action.label), {})
        kept[action.id] = action
        if len(kept) > KEPT:
            del kept[min(kept)]

    def remove(self, action_id: int) -> None:
        """Forget an action."""
        for kept in self._kept.values():
            kept.pop(action_id, None)

    def seen(self, camera_id: str, labels: Collection[str], since: datetime) -> bool:
        """Return whether one of the labels, or any if there are none, was seen since then."""
        return any(
            (action.ended_at or action.confirmed_at) >= since
            for (camera, label), kept in self._kept.items()
            if camera == camera_id and (not labels or label in labels)
            for action in kept.values()
        )

    def last(self, camera_id: str) -> Action | None:
        """Return the latest action in front of a camera, if any is known."""
        last = {
            (number := max(kept)): kept[number]
            for (camera, _), kept in self._kept.items()
            if camera == camera_id and kept
        }
        return last[max(last)] if last else None

    async def async_recall(self, client: EdgeClient, cameras: Iterable[str]) -> None:
        """Read what was seen before Home Assistant started, and the last of each camera."""
        try:
            await self._async_recall_day(client)
            for camera in cameras:
                if self.last(camera) is None:
                    for action in (await client.async_actions(camera=camera, limit=1)).actions:
                        self.add(action)
        except EdgeError as err:
            # What is seen from now on is known.
            LOGGER.debug("What was seen lately is not known: %s", err)

    async def _async_recall_day(self, client: EdgeClient) -> None:
        """Read what was seen within LOOK_BACK; raises the EdgeErrors."""
        known = {id_ for kept in self._kept.values() for id_ in kept}
        after = dt_util.utcnow() - LOOK_BACK
        page: str | None = None
        for _ in range(PAGES):
            answer = await client.async_actions(after=after, limit=PAGE_SIZE, page=page)
            for action in answer.actions:
                if action.id not in known:
                    self.add(action)
            if (page := answer.next) is None:
                return
