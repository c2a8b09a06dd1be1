"""Measure "wrong here" marks: what they hide of a false alarm's repeats, and of the real thing.

In each recording that a run has not seen and that does not show a label, the window that looks
most like it is taken for a false alarm, as if somebody had been told of one, and marked as an edge
marks it: by the windows that are kept of an action. All recordings of a camera count as one home.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.bundle import load_bundle
from tinyact_cloud.learning.marks import SIMILAR, Marks, marked
from tinyact_edge.recognizer import Rules

from .evaluate import encode, fingerprint, probabilities
from .options import UserError, data_folder, landmarks_folder, run_folder, run_settings
from .protocols import held_out, sure
from .provenance import code_version
from .recipe import recipe_of
from .sets import LABELS, load_sets
from .whole_file import write_json
from .windows import Windows, cut

FOLDER = "marks"
_STRIDE = 2  # frames between windows: half of the edge's, so that a repeat lies between its marks
_STEP = 0.25  # seconds, the same
# Steps from the window that was told to those that an edge keeps: what made the action, what came
# after it; and to those that it sees of a repeat, at the worst moment.
KEPT = {"one window": (0,), "all windows": (-2, 0, 2, 4, 6, 8)}
_REPEAT = (-3, -1, 1, 3, 5, 7)
# What is so much like the label might have been told.
_ALARM = 0.3
_RULES = Rules()


@dataclass(frozen=True, slots=True)
class _Set:
    """A set of which several recordings are of one camera, and the label that is marked."""

    label: str
    camera: Callable[[str], str]


_SETS = {
    "urfall": _Set("fall", lambda recording: recording.rsplit("-", 1)[1]),
    "ut_interaction": _Set("fight", lambda _: "parking lot"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    parser.add_argument("run", help="a fitted run that has not seen one of these sets")
    parser.add_argument("--set", choices=_SETS, help="the set (default: the first not seen)")
    parser.add_argument("--head", default="logistic", help="the head whose verdicts are marked")


def run(options: argparse.Namespace) -> None:
    """Measure, and store the results in `<work>/marks/SET.json`. Raises UserError."""
    folder = run_folder(options)
    settings = run_settings(folder)
    wanted = [options.set] if options.set else list(_SETS)
    bodies = load_sets(data_folder(options), landmarks_folder(options))
    windows = cut((body for body in bodies if body.set in wanted), _STRIDE)
    windows = windows[np.flatnonzero(held_out(settings["protocol"], windows.set, windows.group))]
    unseen = [name for name in wanted if (windows.set == name).any()]
    if not unseen:
        raise UserError(f"{folder} has seen all of {' and '.join(wanted)}.")
    name = unseen[0]
    windows = windows[np.flatnonzero(windows.set == name)]
    latents = encode(folder, windows, recipe_of(settings), options.seed)
    said = probabilities(folder, options.head, latents)
    results = measured(windows, latents, said, name) | {
        "run": options.run,
        "set": name,
        "head": options.head,
        "seed": options.seed,
        "data": fingerprint(windows),
        "code": code_version(),
    }
    write_json(options.work / FOLDER / f"{name}.json", results)
    print(json.dumps(results))  # noqa: T201


def measured(
    windows: Windows, latents: NDArray[np.float32], said: NDArray[np.float64], name: str
) -> dict[str, Any]:
    """Return what marks hide, for `latents` [M, 1024] of windows of which `said` [M, L] is said."""
    label = LABELS.index(_SETS[name].label)
    scene = _Scene.of(windows, latents, said[:, label], label, _SETS[name].camera)
    return {
        "label": LABELS[label],
        "similar": SIMILAR,
        "alarms": len(scene.alarms),
        "recordings": len(set(scene.recording[scene.real].tolist())),
        "told": len(scene.told(np.zeros(len(latents), np.bool_))),
        "by": {how: _hidden(scene, steps) for how, steps in KEPT.items()},
    }


@dataclass(frozen=True, slots=True)
class _Scene:
    """M windows and what is known of each.

    `likely` [M] is the label's probability, `real` bool [M] whether the window shows it for sure;
    `alarms` are the windows that are taken for false alarms.
    """

    windows: Windows
    latents: NDArray[np.float32]
    likely: NDArray[np.float64]
    label: int
    recording: NDArray[np.str_]
    camera: NDArray[np.str_]
    real: NDArray[np.bool_]
    alarms: list[int]

    @classmethod
    def of(
        cls,
        windows: Windows,
        latents: NDArray[np.float32],
        likely: NDArray[np.float64],
        label: int,
        camera_of: Callable[[str], str],
    ) -> "_Scene":
        recording = np.array([clip.split("/")[1] for clip in windows.clip.tolist()])
        possible = windows.allowed[:, label]
        quiet = sorted(set(recording.tolist()) - set(recording[possible].tolist()))
        rows = [np.flatnonzero(recording == name) for name in quiet]
        return cls(
            windows,
            latents,
            likely,
            label,
            recording,
            np.array([camera_of(name) for name in recording.tolist()]),
            possible & sure(windows),
            [int(some[likely[some].argmax()]) for some in rows],
        )

    def around(self, alarm: int, steps: Sequence[int]) -> NDArray[np.int64]:
        """Return the windows of the same person so many steps away, in their order."""
        apart = np.rint((self.windows.start - self.windows.start[alarm]) / _STEP)
        rows = np.flatnonzero(
            (self.windows.clip == self.windows.clip[alarm]) & np.isin(apart, steps)
        )
        return np.asarray(rows[apart[rows].argsort()])

    def hidden_by(self, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which windows, taken for the label, lose it where `rows` are marks, bool [M]."""
        seen = np.zeros((len(self.latents), len(LABELS)), np.float32)
        seen[:, self.label] = 1
        wrong = Marks.of(
            self.latents[rows],
            labels=np.full(len(rows), self.label),
            persons=np.unique(self.windows.clip[rows], return_inverse=True)[1],
            times=self.windows.start[rows].astype(np.float64),
        )
        left = marked(self.latents, seen, [""] * len(seen), {"": wrong})
        return np.asarray(left[:, self.label] == 0)

    def told(self, hidden: NDArray[np.bool_]) -> set[str]:
        """Return the recordings of the real thing of which somebody is told."""
        threshold = load_bundle().thresholds.get(LABELS[self.label], 0.5)
        likely = np.where(hidden, 0, self.likely)
        found = set()
        for clip in np.unique(self.windows.clip[self.real]):
            rows = np.flatnonzero(self.windows.clip == clip)
            rows = rows[self.windows.start[rows].argsort()]
            for phase in (rows[::2], rows[1::2]):
                if _confirmed(likely[phase] >= threshold) or (likely[phase] >= _RULES.sure).any():
                    found.add(str(self.recording[rows[0]]))
        return found


def _hidden(scene: _Scene, steps: Sequence[int]) -> dict[str, Any]:
    """Return what is hidden where an alarm is marked by the windows at `steps` from it."""
    marks = {alarm: scene.around(alarm, steps) for alarm in scene.alarms}
    between, again, pairs = [], [], []
    for alarm, rows in marks.items():
        hidden = scene.hidden_by(rows)
        repeat = scene.around(alarm, _REPEAT)
        between += hidden[repeat].tolist()
        again.append(_confirmed(~hidden[repeat]))
        pairs += hidden[scene.real & (scene.camera == scene.camera[alarm])].tolist()
    elsewhere = []
    for alarm in scene.alarms:
        others = [m for m in marks if m != alarm and scene.camera[m] == scene.camera[alarm]]
        if scene.likely[alarm] >= _ALARM and others:
            rows = np.concatenate([marks[m] for m in others])
            elsewhere.append(scene.hidden_by(rows)[alarm])
    lost = np.zeros(len(scene.latents), np.bool_)
    for name in np.unique(scene.camera):
        here = [rows for alarm, rows in marks.items() if scene.camera[alarm] == name]
        if here:
            lost |= (scene.camera == name) & scene.hidden_by(np.concatenate(here))
    return {
        "repeat": _share(between),
        "told_again": _share(again),
        "other_recordings": _share(elsewhere),
        "false_alarms": len(elsewhere),
        "real_by_one": _share(pairs),
        "real_by_all": _share(lost[scene.real].tolist()),
        "told_by_all": len(scene.told(lost)),
    }


def _confirmed(votes: NDArray[np.bool_]) -> bool:
    """Say whether so many of neighbouring windows vote that an edge would tell."""
    return any(votes[i : i + _RULES.of].sum() >= _RULES.agree for i in range(len(votes)))


def _share(hidden: Sequence[bool]) -> float | None:
    return float(np.mean(hidden)) if len(hidden) else None
