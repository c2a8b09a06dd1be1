"""Latents as edges send them, and as numbers for a head."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import LATENT_SIZE


@dataclass(slots=True)  # frozen, it would take three times as long to make
class Codes:
    """N latents as they came: 1024 int8 bytes and a scale each; codes x scale are the numbers.

    They stay as they are until a whole batch is turned into numbers at once.
    """

    codes: list[bytes]
    scales: list[float]

    def __len__(self) -> int:
        """Return the count of latents."""
        return len(self.codes)


# Numbers are float32 [N, 1024].
Latents = Codes | NDArray[np.float32]


def numbers(parts: Sequence[Latents]) -> NDArray[np.float32]:
    """Return the latents of all parts, float32 [N, 1024], in order."""
    sent = [part for part in parts if isinstance(part, Codes)]
    if len(sent) < len(parts):
        return np.concatenate(
            [numbers([part]) if isinstance(part, Codes) else part for part in parts]
        )
    codes = b"".join([code for part in sent for code in part.codes])
    scales = np.array([scale for part in sent for scale in part.scales], np.float32)
    rows = np.frombuffer(codes, np.int8).reshape(-1, LATENT_SIZE).astype(np.float32)
    rows *= scales[:, None]
    return rows
