"""Take a label away where a camera's people said that it was not that.

A mark is a latent that a camera's people called a false alarm of a label. A window of that camera
that looks like a mark loses the label, also where another one is likelier: an edge tells of a fall
that reaches its threshold as second, too. Any other window keeps it.

A marked action is marked by its windows, half a second apart. When it happens again its windows
lie somewhere between those, so what is halfway between two windows of one person that follow each
other is marked as well; between windows of two actions, or of two persons, nothing lies.

How alike is the cosine of two latents, as they are: measured on UR Fall with `tinyact-train marks`
(docs/results.md), whitening them hid no more repeats at the same count of real falls hidden, and
an edge, which has no base latents, can do the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

MAX_MARKS = 200  # per camera; of more the newest count
# Of a real fall and a mark of another movement, one pair in a thousand is more alike than this.
SIMILAR = 0.9
# Seconds: two steps of half a second, and what the camera's clock may be off. What lies halfway
# between windows further apart hardly resembles what happened then.
FOLLOWS = 1.25


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one camera, and what is between.

    `directions` float32 [K, 1024], rows of length 1, `labels` int64 [K], indices into the head's
    labels.
    """

    directions: NDArray[np.float32]
    labels: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        latents: NDArray[np.float32],
        labels: NDArray[np.int64],
        persons: NDArray[np.int64],
        times: NDArray[np.float64],
    ) -> Self:
        """Mark `latents`, float32 [K, 1024], the oldest first, as not `labels`, int64 [K].

        They are windows of `persons`, int64 [K], at `times`, float64 [K], in seconds; one whose
        time is not known, NaN, follows none.
        """
        marks, labels = _unit(latents[-MAX_MARKS:]), labels[-MAX_MARKS:]
        persons, times = persons[-MAX_MARKS:], times[-MAX_MARKS:]
        first = np.flatnonzero(
            (labels[1:] == labels[:-1])
            & (persons[1:] == persons[:-1])
            & (np.abs(np.diff(times)) <= FOLLOWS)
        )
        between = _unit(marks[first] + marks[first + 1])
        return cls(np.concatenate([marks, between]), np.concatenate([labels, labels[first]]))


def marked(
    latents: NDArray[np.float32],
    probabilities: NDArray[np.floating],
    cameras: Sequence[str],
    marks: dict[str, Marks],
) -> NDArray[np.float32]:
    """Return `probabilities` [N, L] without what marks take away, float32, rows of sum 1.

    `latents` float32 [N, 1024] of windows seen by `cameras`, N names; `marks` by camera. Where a
    window's latent is close to a mark of its camera, the probability of the mark's label becomes 0.
    A row of which nothing is left becomes its first label, `none`.
    """
    result = np.array(probabilities, np.float32)
    for camera in set(cameras) & marks.keys():
        rows = np.array([name == camera for name in cameras])
        result[rows] = _without(latents[rows], result[rows], marks[camera])
    return result


def _without(
    latents: NDArray[np.float32], probabilities: NDArray[np.float32], marks: Marks
) -> NDArray[np.float32]:
    """Return the probabilities [N, L] of one camera's windows."""
    close = _unit(latents) @ marks.directions.T >= SIMILAR
    wrong = np.stack(
        [close[:, marks.labels == label].any(1) for label in range(probabilities.shape[1])]
    )
    result = np.where(wrong.T, 0, probabilities)
    result[~result.any(1), 0] = 1
    return np.asarray(result / result.sum(1, keepdims=True), np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))
