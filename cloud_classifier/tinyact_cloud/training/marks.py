"""Measure "wrong here" marks: what they hide of a false alarm's repeats, and of real falls.

In each everyday recording that a run has not seen, the window that looks most like a fall is
marked, as if somebody had been told of one. All recordings of a camera count as one home.
"""

import argparse
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.learning.marks import SIMILAR, Marks, marked

from .evaluate import encode, fingerprint, probabilities
from .options import UserError, data_folder, landmarks_folder, run_folder, run_settings
from .protocols import held_out, sure
from .provenance import code_version
from .recipe import recipe_of
from .sets import LABELS, load_sets
from .windows import Windows, cut

RESULTS = "marks.json"
_SET = "urfall"
_FALL = LABELS.index("fall")
_STRIDE = 2  # frames between windows: half of the edge's, for there are few recordings
# Windows this close in seconds show the same moment, and those within the next ones what follows.
_SAME, _AFTER = 0.25, (0.5, 0.75)
# What is so much a fall might have been told.
_ALARM = 0.3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    parser.add_argument("run", help=f"a fitted run that has not seen {_SET}")
    parser.add_argument("--head", default="logistic", help="the head whose falls are marked")


def run(options: argparse.Namespace) -> None:
    """Measure, and store the results in `<work>/marks.json`. Raises UserError."""
    folder = run_folder(options)
    settings = run_settings(folder)
    bodies = load_sets(data_folder(options), landmarks_folder(options))
    windows = cut((body for body in bodies if body.set == _SET), _STRIDE)
    windows = windows[np.flatnonzero(held_out(settings["protocol"], windows.set, windows.group))]
    if not len(windows):
        raise UserError(f"{folder} has seen all of {_SET}.")
    latents = encode(folder, windows, recipe_of(settings), options.seed)
    falls = probabilities(folder, options.head, latents)[:, _FALL]
    results = measured(windows, latents, falls) | {
        "run": options.run,
        "head": options.head,
        "seed": options.seed,
        "data": fingerprint(windows),
        "code": code_version(),
    }
    path = options.work / RESULTS
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(results, indent=1))
    part.replace(path)
    print(json.dumps(results))  # noqa: T201


def measured(
    windows: Windows, latents: NDArray[np.float32], falls: NDArray[np.float64]
) -> dict[str, Any]:
    """Return what marks hide, for `latents` [M, 1024] of windows with fall probability [M]."""
    recording = np.array([clip.split("/")[1] for clip in windows.clip.tolist()])
    camera = np.array([name.rsplit("-", 1)[1] for name in recording.tolist()])
    everyday = ~windows.allowed[:, _FALL]
    quiet = np.array([name.startswith("adl") for name in recording.tolist()])
    real = windows.allowed[:, _FALL] & sure(windows)
    marks = [
        int(rows[falls[rows].argmax()])
        for name in np.unique(recording[quiet])
        for rows in [np.flatnonzero(recording == name)]
    ]
    same, after, pairs = [], [], []
    for mark in marks:
        hidden = hides(latents, latents[[mark]])
        rows = windows.clip == windows.clip[mark]
        apart = np.abs(windows.start - windows.start[mark])
        same += hidden[rows & (apart > 0) & (apart <= _SAME)].tolist()
        after += hidden[rows & (apart >= _AFTER[0]) & (apart <= _AFTER[1])].tolist()
        pairs += hidden[real & (camera == camera[mark])].tolist()
    elsewhere = []
    for row in np.flatnonzero(quiet & everyday & (falls >= _ALARM)):
        others = [m for m in marks if recording[m] != recording[row] and camera[m] == camera[row]]
        elsewhere.append(bool(hides(latents[[row]], latents[others])[0]))
    lost = np.zeros(len(windows), np.bool_)
    for name in np.unique(camera):
        here = [mark for mark in marks if camera[mark] == name]
        lost |= (camera == name) & hides(latents, latents[here])
    found = [lost[real & (recording == name)] for name in np.unique(recording[real])]
    return {
        "similar": SIMILAR,
        "marks": len(marks),
        "same_moment": _share(same),
        "moment_after": _share(after),
        "other_recordings": _share(elsewhere),
        "false_alarms": len(elsewhere),
        "real_by_one": _share(pairs),
        "real_windows_by_all": _share(lost[real].tolist()),
        "falls_hidden": sum(bool(part.all()) for part in found),
        "falls": len(found),
    }


def hides(latents: NDArray[np.float32], marks: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which of windows [n, 1024] that are taken for a fall lose it to marks, bool [n]."""
    seen = np.zeros((len(latents), len(LABELS)), np.float32)
    seen[:, _FALL] = 1
    wrong = {"": Marks(marks, np.full(len(marks), _FALL))}
    return np.asarray(marked(latents, seen, [""] * len(latents), wrong)[:, _FALL] == 0)


def _share(hidden: list[bool]) -> float | None:
    return float(np.mean(hidden)) if hidden else None
