"""Decide what a run may not see: splits by recording, person or whole set, never by clip."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import hashlib
import re

import numpy as np
from numpy.typing import NDArray

from .sets import LABELS, VIDEO_SETS
from .windows import Labelled, W

ALL = "all"
GROUPS = "groups"
_WITHOUT = "without-"
_OWN = "own-"
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


@dataclass(frozen=True, slots=True)
class _Folds:
    """A set's own protocol: how many folds, and which of them (from 1) tests a group; 0: none."""

    count: int
    tests: Callable[[str], int]


# As those who made a set report on it, so that each group that is ever tested is tested once. Sets
# that are not named have no protocol: they are of one person or unknown ones, or negatives only.
_OWN_FOLDS: dict[str, _Folds] = {
    # A number's fall and daily scene, and both cameras, stay together.
    "urfall": _Folds(5, lambda group: _number(group) % 5 + 1),
    "arid": _Folds(1, lambda group: int("/validate/" in group)),
    "ut_interaction": _Folds(10, _number),
    # Groups are ten neighbouring files; with three such neighbours a fold, few sources are parted.
    "fight": _Folds(5, lambda group: min(_number(group) // 3, 4) + 1),
    "utd_mhad": _Folds(1, lambda group: int(_number(group) % 2 == 0)),
    "utkinect": _Folds(10, _number),
    "lafan1_g1": _Folds(5, _number),
    "precog": _Folds(12, _number),
    "penn_action": _Folds(1, lambda group: int(group.endswith("/test"))),
}


def protocol(name: str) -> str:
    """Check the name of a protocol that one run can have. Raises ValueError for another one."""
    sets = name.removeprefix(_WITHOUT).split("+")
    if (
        name in {ALL, GROUPS}
        or (name.startswith(_WITHOUT) and set(sets) <= {*VIDEO_SETS, VIDEO})
        or own(name)
    ):
        return name
    raise ValueError(
        f"no protocol {name!r}; there are {ALL}, {GROUPS}, {_WITHOUT}SET with any of "
        f"{', '.join(VIDEO_SETS)}, joined by +, or {VIDEO} for all of them, and {_OWN}SET-FOLD "
        f"with one of {', '.join(_OWN_FOLDS)}"
    )


def protocols(name: str) -> list[str]:
    """Return the protocols that `name` means: the folds of `own-SET`, else the one of that name.

    Raises ValueError where there is none.
    """
    return folds(name) or [protocol(name)]


def folds(name: str) -> list[str]:
    """Return the names of the folds of `own-SET`; none for whatever is no set's own protocol."""
    of_set = _OWN_FOLDS.get(name.removeprefix(_OWN)) if name.startswith(_OWN) else None
    return [f"{name}-{fold}" for fold in range(1, of_set.count + 1)] if of_set else []


def own(name: str) -> str:
    """Return the `own-SET` that a fold of it, `own-SET-FOLD`, belongs to; "" for other names."""
    whole = name.rpartition("-")[0]
    return whole if name in folds(whole) else ""


def held_out(name: str, sets: NDArray[np.str_], groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return which of the M rows with these sets and groups are for testing, bool [M].

    `all` holds out nothing; `groups` a part of the groups of every set; `without-SET` all of SET,
    and whatever shows the same recordings; `own-SET-FOLD` what a fold of SET's own protocol tests:
    all the rest of SET, and the other sets, are for training. Raises ValueError for other names.
    """
    if protocol(name) == ALL:
        return np.zeros(len(sets), np.bool_)
    if name == GROUPS:
        return _chosen(_TEST_GROUPS, sets, groups)
    if own(name):
        of_set, _, fold = name.removeprefix(_OWN).rpartition("-")
        tests = _OWN_FOLDS[of_set].tests
        return _chosen({of_set: lambda group: tests(group) == int(fold)}, sets, groups)
    without = name.removeprefix(_WITHOUT).split("+")
    return np.isin(sets, list(VIDEO_SETS) if without == [VIDEO] else without)


def _chosen(
    by_set: Mapping[str, Callable[[str], bool]], sets: NDArray[np.str_], groups: NDArray[np.str_]
) -> NDArray[np.bool_]:
    """Return which of M rows are of a set and group that `by_set` chooses, bool [M]."""
    keys = list(zip(sets.tolist(), groups.tolist(), strict=True))
    verdicts = {
        (of_set, group): by_set[of_set](group) for of_set, group in set(keys) if of_set in by_set
    }
    return np.array([verdicts.get(key, False) for key in keys], np.bool_)


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


def halve(groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Return which of M rows are in the first half of the groups, bool [M]."""
    digest = {group: hashlib.sha256(group.encode()).digest()[0] for group in set(groups.tolist())}
    return np.array([digest[group] % 2 == 0 for group in groups.tolist()], np.bool_)
