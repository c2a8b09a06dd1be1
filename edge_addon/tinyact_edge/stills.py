"""Remember one camera's last windows with their frames, to show an action where it is best seen.

The window that confirms an action may be the first without the person: who falls behind a table, or
walks out, would leave a picture of an empty room.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from av.video.frame import VideoFrame

from .clip import Box
from .pipeline import Watched
from .recognizer import Action, Window

# As many as may vote for an action, so frames: 3 MB each of a full HD stream, while somebody is
# there. Older ones belong to something else.
_MOST = 3
_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Still:
    """A frame, and the box around the person in it: pixels of `width` to the frame's own width."""

    frame: VideoFrame
    width: int
    box: Box


@dataclass(frozen=True, slots=True)
class _Seen:
    """One person's window."""

    window: Window
    box: Box
    in_view: bool


class Stills:
    """The last windows of everybody in front of one camera."""

    def __init__(self) -> None:
        """Begin without any."""
        self._kept: deque[tuple[Watched, list[_Seen]]] = deque(maxlen=_MOST)

    def add(self, watched: Watched, shown: Sequence[Window]) -> None:
        """Remember what clips of `watched` show, and its frame; forget what is too old."""
        if watched.sample.frame is not None and watched.sample.image is not None and shown:
            seen = [
                _Seen(window, clip.box, clip.in_view)
                for window, clip in zip(shown, watched.clips, strict=True)
            ]
            self._kept.append((watched, seen))
        while self._kept and watched.sample.at - self._kept[0][0].sample.at > _SECONDS:
            self._kept.popleft()

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def best(self, action: Action) -> Still | None:
        """Return the frame that shows an action best: with the person in it, if any has.

        Among those, at the end of the window that is the surest of the label.
        """
        found = [
            (seen, watched.sample)
            for watched, everybody in self._kept
            for seen in everybody
            if seen.window.person == action.person
        ]
        if not found:
            return None
        seen, sample = max(
            found,
            key=lambda each: (
                each[0].in_view,
                each[0].window.prediction.probabilities.get(action.label, 0.0),
            ),
        )
        if sample.frame is None or sample.image is None:
            return None
        return Still(sample.frame, sample.image.shape[1], seen.box)
