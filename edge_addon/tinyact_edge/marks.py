"""Take a label away where a camera's people said that it was not that.

A mark is a window's latent that a camera's people called a false alarm of a label. A window of
that camera that looks like a mark loses the label, also where another one is likelier: the
recognizer confirms a fall that reaches its threshold as second, too. Any other window keeps it. The
classifier service has the same rule (learning/marks.py) for those who ask it without an edge.
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
    """The marks of one camera: `directions` float32 [K, L], rows of length 1, and K labels."""

    directions: NDArray[np.float32]
    labels: tuple[str, ...]

    @classmethod
    def of(cls, latents: NDArray[np.float32], labels: Sequence[str]) -> "Marks":
        """Mark `latents`, float32 [K, L], the oldest first, as no `labels`."""
        return cls(_unit(latents[-MAX_MARKS:]), tuple(labels[-MAX_MARKS:]))

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
