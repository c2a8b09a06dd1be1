"""Decide what a run may not see: splits by recording, person or whole set, never by clip."""

from collections.abc import Callable
import re

import numpy as np
from numpy.typing import NDArray

from .sets import LABELS, VIDEO_SETS
from .windows import Labelled, W

ALL = "all"
GROUPS = "groups"
_WITHOUT = "without-"
VIDEO = "video"


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


def protocol(name: str) -> str:
    """Check the name of a protocol. Raises ValueError for another one."""
    sets = name.removeprefix(_WITHOUT).split("+")
    if name in {ALL, GROUPS} or (name.startswith(_WITHOUT) and set(sets) <= {*VIDEO_SETS, VIDEO}):
        return name
    raise ValueError(
        f"no protocol {name!r}; there are {ALL}, {GROUPS}, and {_WITHOUT}SET with any of "
        f"{', '.join(VIDEO_SETS)}, joined by +, or {VIDEO} for all of them"
    )


def held_out(name: str, sets: NDArray[np.str_], groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return which of the M rows with these sets and groups are for testing, bool [M].

    `all` holds out nothing; `groups` a part of the groups of every set; `without-SET` all of SET,
    and whatever shows the same recordings. Raises ValueError for other names.
    """
    if protocol(name) == ALL:
        return np.zeros(len(sets), np.bool_)
    if name == GROUPS:
        keys = list(zip(sets.tolist(), groups.tolist(), strict=True))
        verdicts = {
            (of_set, group): _TEST_GROUPS[of_set](group)
            for of_set, group in set(keys)
            if of_set in _TEST_GROUPS
        }
        return np.array([verdicts.get(key, False) for key in keys], np.bool_)
    without = name.removeprefix(_WITHOUT).split("+")
    return np.isin(sets, list(VIDEO_SETS) if without == [VIDEO] else without)


def split(name: str, windows: W) -> tuple[W, W]:
    """Return the windows for training and those for testing."""
    test = held_out(name, windows.set, windows.group)
    return windows[np.flatnonzero(~test)], windows[np.flatnonzero(test)]


def sure(windows: Labelled) -> NDArray[np.bool_]:
    """Return which windows can only be one label, bool [M]."""
    return np.asarray(windows.allowed.sum(1) == 1)


def without_label(windows: W, label: str) -> W:
    """Return the windows that cannot show `label`; all of them if it is empty.

    Raises ValueError for what is no label.
    """
    if not label:
        return windows
    if label not in LABELS:
        raise ValueError(f"{label!r} cannot be left out: the labels are {', '.join(LABELS)}")
    return windows[np.flatnonzero(~windows.allowed[:, LABELS.index(label)])]
