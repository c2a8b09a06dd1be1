"""Decide what a run may not see: splits by recording, person or whole set, never by clip."""

from collections.abc import Callable
import re

import numpy as np
from numpy.typing import NDArray

from .sets import VIDEO_SETS
from .windows import Windows

ALL = "all"
GROUPS = "groups"
_WITHOUT = "without-"


def _number(group: str) -> int:
    """Return the last number in a group's name."""
    return int(re.findall(r"\d+", group)[-1])


# Which groups of each set are for testing; sets that are not named are for training only.
_TEST_GROUPS: dict[str, Callable[[str], bool]] = {
    "urfall": lambda group: _number(group) % 5 == 0,
    "arid": lambda group: "/validate/" in group,
    "ut_interaction": lambda group: _number(group) <= 3,  # noqa: PLR2004 - sequences 1 to 3
    "fight": lambda group: _number(group) % 5 == 0,
    "utd_mhad": lambda group: _number(group) % 2 == 0,
    "utkinect": lambda group: _number(group) > 8,  # noqa: PLR2004 - subjects 9 and 10
    "lafan1_g1": lambda group: group.endswith("subject5"),
    "precog": lambda group: _number(group) > 10,  # noqa: PLR2004 - subjects 11 and 12
}


def names() -> list[str]:
    """Return the names of all protocols."""
    return [ALL, GROUPS, *(f"{_WITHOUT}{name}" for name in VIDEO_SETS)]


def held_out(protocol: str, sets: NDArray[np.str_], groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return which of the M rows with these sets and groups are for testing, bool [M].

    `all` holds out nothing; `groups` a part of the groups of every set; `without-SET` all of SET,
    and whatever shows the same recordings. Raises ValueError for other names.
    """
    if protocol == ALL:
        return np.zeros(len(sets), np.bool_)
    if protocol == GROUPS:
        verdicts = {
            (name, group): _TEST_GROUPS[name](group)
            for name, group in set(zip(sets.tolist(), groups.tolist(), strict=True))
            if name in _TEST_GROUPS
        }
        return np.array(
            [verdicts.get(key, False) for key in zip(sets.tolist(), groups.tolist(), strict=True)],
            np.bool_,
        )
    if protocol in names():
        return np.asarray(sets == protocol.removeprefix(_WITHOUT))
    raise ValueError(f"no protocol {protocol!r}; there are {', '.join(names())}")


def split(protocol: str, windows: Windows) -> tuple[Windows, Windows]:
    """Return the windows for training and those for testing."""
    test = held_out(protocol, windows.set, windows.group)
    return windows[np.flatnonzero(~test)], windows[np.flatnonzero(test)]


def sure(windows: Windows) -> NDArray[np.bool_]:
    """Return which windows can only be one label, bool [M]."""
    return np.asarray(windows.allowed.sum(1) == 1)
