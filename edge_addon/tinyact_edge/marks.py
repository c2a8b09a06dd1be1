"""Take a label away where a camera's people said that it was not that.

A mark is a window's latent that a camera's people called a false alarm of a label. A window of
that camera that looks like a mark loses the label, also where another one is likelier: the
recognizer confirms a fall that reaches its threshold as second, too. Any other window keeps it. The
classifier service has the same rule (learning/marks.py) for those who ask it without an edge.

A marked action is marked by its windows, half a second apart. When it happens again its windows
lie somewhere between those, so what is halfway between two marks that follow each other is marked
as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bundle import NONE
from .recognizer import Prediction

MAX_MARKS = 200  # per camera; of more the newest count
_SIMILAR = 0.9


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one camera, and what is between: `directions` float32 [K, L], and K labels.

    Directions are rows of length 1.
    """

    directions: NDArray[np.float32]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, latents: NDArray[np.float32], labels: Sequence[str]) -> "Marks":
        """Mark `latents`, float32 [K, L], the oldest first, as not `labels`."""
        marks, names = _unit(latents[-MAX_MARKS:]), tuple(labels[-MAX_MARKS:])
        first = [i for i in range(len(names) - 1) if names[i] == names[i + 1]]
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
