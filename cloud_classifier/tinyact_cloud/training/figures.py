"""Hand-made features as something to learn: the latent then tells them, too.

They are taken of the body as it moved, before a detector's errors are added, so that the encoder
learns to see through those.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .examples import Drawn

_MOST = 4.0  # standard deviations


@dataclass(frozen=True, slots=True)
class FigureScale:
    """Mean and standard deviation of the features, float32 [60] each."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, examples: Drawn, sample: Iterable[int]) -> Self:
        """Measure them on a `sample` of windows."""
        figures = _figures(examples, sample)
        return cls(np.nanmean(figures, 0), np.nanstd(figures, 0) + np.float32(1e-3))

    def figures(self, examples: Drawn, indices: Iterable[int]) -> NDArray[np.float32]:
        """Return standardised features, float32 [N, 60]; NaN where a joint is not known."""
        standard = (_figures(examples, indices) - self.mean) / self.deviation
        return np.asarray(np.clip(standard, -_MOST, _MOST), np.float32)


def _figures(examples: Drawn, indices: Iterable[int]) -> NDArray[np.float32]:
    return np.stack([examples.figures(index) for index in indices])
