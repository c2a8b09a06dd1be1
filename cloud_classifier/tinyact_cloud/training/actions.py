"""What captured sets call their own actions: finer names than our labels, which a latent keeps.

To us, a wave and a knock are both "none". A household that teaches one of them needs latents that
tell them apart, so each set's names are learnt beside our labels, against the others of that set.
Videos have no part in it: their names would teach the room.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .windows import Windows


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of M windows.

    `row` int64 [M] is each window's action, or -1: its set has no names of its own. `rivals` bool
    [A, A] tells which actions are of one set: whether a take of one set also shows what another set
    calls differently, nobody wrote down.
    """

    row: NDArray[np.int64]
    rivals: NDArray[np.bool_]

    @classmethod
    def of(cls, windows: Windows) -> Self:
        """Return the actions of `windows`."""
        names, row = np.unique(windows.action, return_inverse=True)
        sets = np.array([name.partition("/")[0] for name in names.tolist()])
        named = names != ""
        place = np.where(named, named.cumsum() - 1, -1)
        return cls(place[row], (sets[:, None] == sets)[np.ix_(named, named)])
