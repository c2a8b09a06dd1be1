"""Teachers: large networks that look at the pixels of a window and say what a student may learn."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Teacher(Protocol):
    """A frozen network for clips of `frames` square pictures, `size` pixels a side.

    It gives `features` numbers that describe a clip, and `logits` class scores before softmax.
    """

    @property
    def name(self) -> str:
        """The name of its folder in the cache."""
        ...

    @property
    def frames(self) -> int:
        """Frames of a clip."""
        ...

    @property
    def size(self) -> int:
        """Height and width of a frame in pixels."""
        ...

    @property
    def features(self) -> int:
        """Length of a clip's feature vector."""
        ...

    @property
    def logits(self) -> int:
        """Count of the classes that it tells apart."""
        ...

    def look(self, clips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return features float32 [N, features] and logits float32 [N, logits].

        `clips` is uint8 [N, frames, size, size, 3], RGB.
        """
        ...
