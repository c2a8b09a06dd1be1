"""What a teacher says of the windows that a student is shown."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lessons:
    """A teacher's answers for M windows.

    `row` int64 [M] is the window's row in `features` float32 [K, F] and `logits` float32 [K, C], or
    -1: the teacher did not see it.
    """

    row: NDArray[np.int64]
    features: NDArray[np.float32]
    logits: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        row: NDArray[np.int64],
        features: NDArray[np.floating],
        logits: NDArray[np.floating],
    ) -> Self:
        """Return lessons whose features are standardised over the windows that learn from them.

        A student then learns how windows differ, not what all of them have in common.
        """
        known = features[np.unique(row[row >= 0])].astype(np.float32)
        mean, deviation = known.mean(0), known.std(0) + 1e-3
        standard = (features.astype(np.float32) - mean) / deviation
        return cls(row, standard, logits.astype(np.float32))
