"""Take a label away where a camera's people said that it was not that.

A mark is a window's latent that a camera's people called a false alarm of a label. A window of
that camera that looks like a mark loses the label, also where another one is likelier: the
recognizer confirms a fall that reaches its threshold as second, too. Any other window keeps it. The
classifier service has the same rule (learning/marks.py) for those who ask it without an edge.

A marked action is marked by its windows, half a second apart. When it happens again its windows
lie somewhere between those, so what is halfway between two windows of one person that follow each
other is marked as well; between windows of two actions, or of two persons, nothing lies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .bundle import NONE
from .recognizer import Prediction

MAX_MARKS = 200  # per camera; of more the newest count
_SIMILAR = 0.9
# Seconds: two steps of half a second, and what the camera's clock may be off. What lies halfway
# between windows further apart hardly resembles what happened then.
_FOLLOWS = 1.25


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one camera, and what is between: `directions` float32 [K, L], and K labels.

    Directions are rows of length 1.
    """

    directions: NDArray[np.float32]
    labels: tuple[str, ...]

    @classmethod
    def of(
        cls,
        latents: NDArray[np.float32],
        labels: Sequence[str],
        persons: Sequence[int],
        times: Sequence[float],
    ) -> "Marks":
        """Mark `latents`, float32 [K, L], the oldest first, as not `labels`.

        They are windows of `persons` at `times`, in seconds.
        """
        marks, names = _unit(latents[-MAX_MARKS:]), tuple(labels[-MAX_MARKS:])
        seen = list(zip(names, persons[-MAX_MARKS:], times[-MAX_MARKS:], strict=True))
        first = [
            i
            for i, ((label, person, at), following) in enumerate(pairwise(seen))
            if following[:2] == (label, person) and abs(following[2] - at) <= _FOLLOWS
        ]
        between = _unit(marks[:-1] + marks[1:])[first]
        return cls(np.concatenate([marks, between]), (*names, *(names[i] for i in first)))

    def apply(self, latent: NDArray[np.float32], prediction: Prediction) -> Prediction:
        """Return `prediction`, what `latent`, float32 [L], shows, without what is marked."""
        close = self.directions @ _unit(latent[None])[0] >= _SIMILAR
        wrong = {self.labels[i] for i in np.flatnonzero(close)} & prediction.probabilities.keys()
        if not wrong:
            return prediction
        left = {
            label: 0.0 if label in wrong else share
            for label, share in prediction.probabilities.items()
        }
        total = sum(left.values())
        if total <= 0:
            left, total = left | {NONE: 1.0}, 1.0
        shares = {label: share / total for label, share in left.items()}
        best = max(shares, key=shares.__getitem__)
        return Prediction(best, shares[best], shares)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))
