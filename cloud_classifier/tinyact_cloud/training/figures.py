"""Figures of a body (tinyact_edge.figures) as something to learn, and as part of the latent.

The encoder learns to tell them of the body as it moved, before a detector's errors are added, and
so learns to see through those. Yet drawn in 64 x 64 pixels a body does not show them all; of the
latent's 1024 numbers the last 60 therefore are the figures themselves, of the joints as detected.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .examples import Drawn, Examples, sampling_chances
from .pixel_windows import PixelWindows
from .whole_file import write_arrays
from .windows import Windows

MOST = 4.0  # standard deviations
# So many windows tell how figures are distributed.
_SAMPLE = 1000
_FILE = "figures.npz"


@dataclass(frozen=True, slots=True)
class FigureScale:
    """Mean and deviation of the figures, float32 [60] each, and their weight in a latent.

    Weighed, a standardised figure is as large as the other numbers of the latent are.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    weight: float = 1.0

    @classmethod
    def of(cls, figures: NDArray[np.float32]) -> Self:
        """Measure figures float32 [N, 60], of which some may be NaN."""
        return cls(np.nanmean(figures, 0), np.nanstd(figures, 0) + np.float32(1e-3))

    def standard(self, figures: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return figures float32 [N, 60] standardised; what is NaN stays so."""
        standard = (figures - self.mean) / self.deviation
        return np.asarray(np.clip(standard, -MOST, MOST), np.float32)

    def latents(
        self, learned: NDArray[np.float32], figures: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return latents float32 [N, 1024]: the first numbers are the encoder's, then figures."""
        own = self.weight * self.standard(figures)
        return np.concatenate([learned[:, : -own.shape[1]], own], 1, dtype=np.float32)

    def save(self, run: Path) -> None:
        """Keep them with a training run, whole or not at all."""
        weight = np.array(self.weight)
        write_arrays(run / _FILE, mean=self.mean, deviation=self.deviation, weight=weight)


def load_scale(run: Path) -> FigureScale | None:
    """Return what a run's latents hold of figures, if they do."""
    if not (run / _FILE).exists():
        return None
    with np.load(run / _FILE, allow_pickle=False) as file:
        return FigureScale(file["mean"], file["deviation"], float(file["weight"]))


def figures_of(examples: Examples, indices: Iterable[int]) -> NDArray[np.float32]:
    """Return the figures of some examples, float32 [N, 60], or [N, 0] of pixels."""
    return np.stack([examples.figures(index) for index in indices])


def true_figures_of(examples: Drawn, indices: Iterable[int]) -> NDArray[np.float32]:
    """Return the figures, float32 [N, 60], before a detector's errors; NaN if not all known."""
    return np.stack([examples.true_figures(index) for index in indices])


def sample(windows: Windows | PixelWindows, seed: int) -> NDArray[np.int64]:
    """Return the numbers of the windows that figures are measured on, int64 [1000]."""
    chances = sampling_chances(windows)
    return np.random.default_rng(seed).choice(len(windows), _SAMPLE, p=chances)
