"""What a bundle's encoder is shown of a camera: bodies (`body`), or the part that moves (`rgb`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from av.video.frame import VideoFrame
import cv2
import numpy as np
from numpy.typing import NDArray

from .bundle import ClipSpec
from .clip import Clip, ClipBuilder
from .person import Person, PersonTracker, PoseNetworks
from .pipeline import ClipMaker, Foresee, foresee_nothing
from .pixel_clip import PixelClipBuilder
from .source import gray, rgb


class Tracker(Protocol):
    """What follows people from picture to picture (person.PersonTracker)."""

    def update(self, image: NDArray[np.uint8], at: float) -> list[Person]:
        """Return who is in `image`, uint8 [H, W, 3] RGB, at `at` seconds."""

    def reset(self) -> None:
        """Forget everybody."""

    @property
    def squares(self) -> Sequence[tuple[float, float, float, float]]:
        """Return where `update` will look for those who are followed."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to see.

    `picture` takes out of a frame what a sample holds of it; `clip_maker` returns what makes a new
    camera's clips of that. Those of one view may share networks: they are for one thread.
    `foresee` takes the makers that are to look at pictures next: together some of it is quicker.
    """

    picture: Callable[[VideoFrame], NDArray[np.uint8]]
    clip_maker: Callable[[], ClipMaker]
    foresee: Foresee = foresee_nothing


def view_of(spec: ClipSpec) -> View:
    """Return the view that `spec` names.

    Only `body` needs the pose networks: it loads them here, once for all cameras, and raises
    PoseFilesError where they are missing.
    """
    # Pictures are small: to share one out among threads costs more than it saves.
    cv2.setNumThreads(1)
    if spec.view == "rgb":
        return View(gray, lambda: PixelClipBuilder(spec))
    networks = PoseNetworks()

    def foresee(looks: Sequence[tuple[ClipMaker, NDArray[np.uint8]]]) -> None:
        networks.foresee(
            [
                (image, square)
                for maker, image in looks
                if isinstance(maker, BodyClips)
                for square in maker.squares
            ]
        )

    return View(rgb, lambda: BodyClips(PersonTracker(networks), spec), foresee)


class BodyClips:
    """Follows one camera's people and draws their clips."""

    def __init__(self, tracker: Tracker, spec: ClipSpec) -> None:
        """Draw clips as `spec` says of the people that `tracker` finds."""
        self._tracker = tracker
        self._builder = ClipBuilder(spec)

    @property
    def squares(self) -> Sequence[tuple[float, float, float, float]]:
        """Return where in the next picture those who are followed are looked for."""
        return self._tracker.squares

    def add(self, image: NDArray[np.uint8], at: float) -> list[Clip]:
        """Take a picture, uint8 [H, W, 3] RGB; return the clips that it completes, one a person."""
        return self._builder.add(self._tracker.update(image, at), at)

    def miss(self, at: float) -> None:
        """Note that the picture at `at` seconds is not looked at."""
        self._builder.miss(at)

    def look_closer(self, person: int) -> None:
        """Make one more clip of `person` before the next is due."""
        self._builder.look_closer(person)

    def rest(self) -> list[Clip]:
        """Return the clips of the last pictures, though they are not due yet: no more follow."""
        return self._builder.rest()

    def reset(self) -> None:
        """Forget everybody."""
        self._tracker.reset()
        self._builder.reset()
