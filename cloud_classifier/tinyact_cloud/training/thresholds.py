"""Choose each label's threshold on videos that the judging run had not seen.

The videos of several runs are pooled, of each set those of the run that had it held out, so a
threshold is one that a home needs which nobody trained for. Of all thresholds at which a label is
made up in no more videos than allowed it is the one that finds most.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
import json
from pathlib import Path
from typing import Any

import numpy as np

from tinyact_edge.recognizer import Prediction, Recognizer, Window

from .options import UserError, run_results
from .protocols import halve
from .provenance import code_version
from .recipe import recipe_of
from .sets import LABELS
from .whole_file import write_json

# Under this a verdict among eight labels says little, whatever these few videos suggest.
_THRESHOLDS = np.arange(0.3, 0.96, 0.05)
_NO_VIDEOS = {"shown": 0, "found": 0, "absent": 0, "made_up": 0}
_URGENT = "fall"
# In how many of the videos that cannot show a label it may be made up: what alarms people hardly
# ever. Of the others a recording's name is no proof: who jumps in it walks there, too.
_ALARMS, _OTHER_ALARMS = {"fall": 0.0075, "fight": 0.01}, 0.1
# By view: what a body student needs is no use for one that sees pixels. docs/results.md is about
# the first.
_FILES = {"body": "thresholds.json", "rgb": "thresholds-rgb.json"}

# Per set and label, counts of videos as in _NO_VIDEOS.
Tally = dict[str, dict[str, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class Judged:
    """A video's truth, and every window that the edge's stages saw in it.

    Some window shows each label in `shown`, none shows one that is not in `possible`. A row of
    `windows` is person, start, end (seconds) and a probability for each of LABELS. Recordings of
    one `group` show the same thing, like two cameras of one room.
    """

    set: str
    name: str
    seconds: float
    shown: list[str]
    possible: list[str]
    windows: list[tuple[float, ...]]
    group: str


def save_judged(judged: Iterable[Judged], path: Path) -> None:
    """Write what a run saw, whole or not at all."""
    write_json(path, [asdict(video) for video in judged])


def load_judged(run: Path) -> list[Judged]:
    """Return what a run saw. Raises UserError when it is not measured."""
    run_results(run)
    return [Judged(**video) for video in json.loads((run / "videos.json").read_text())]


def chosen_thresholds(work: Path, view: str) -> dict[str, float]:
    """Return the thresholds that were chosen last for a view. Raises UserError when none were."""
    try:
        stored: dict[str, float] = json.loads((work / _FILES[view]).read_text())["thresholds"]
    except FileNotFoundError as error:
        raise UserError(
            f"There are no thresholds for the view {view}: tinyact-train thresholds first."
        ) from error
    return stored


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="measured runs")


def run(options: argparse.Namespace) -> None:
    """Choose thresholds and write them with what they find to a file of the runs' view."""
    by_run = {name: load_judged(options.work / name) for name in options.runs}
    measured = {name: run_results(options.work / name) for name in options.runs}
    temperatures = {name: results["temperature"] for name, results in measured.items()}
    if len(set(temperatures.values())) > 1:
        raise UserError(f"These runs were measured at different temperatures: {temperatures}")
    views = {name: recipe_of(results).view for name, results in measured.items()}
    if len(set(views.values())) > 1:
        raise UserError(f"These runs see different things: {views}")
    pooled = [video for videos in by_run.values() for video in videos]
    chosen = choose_thresholds(pooled)
    hours = sum(video.seconds for video in pooled) / 3600
    results: dict[str, Any] = {
        "runs": options.runs,
        "temperature": next(iter(temperatures.values())),
        "thresholds": chosen,
        "allowed": {label: allowed_share(label) for label in LABELS[1:]},
        "hours": hours,
        "videos": len(pooled),
        "tally": {name: tally(videos, chosen) for name, videos in by_run.items()},
        "crossed": crossed(pooled),
        "falls_by_threshold": [
            {"threshold": round(float(threshold), 2), **totals(pooled, _URGENT, float(threshold))}
            for threshold in _THRESHOLDS
        ],
        "code": code_version(),
    }
    write_json(options.work / _FILES[next(iter(views.values()))], results)
    for row in results["falls_by_threshold"]:
        print("fall", row)  # noqa: T201
    print(chosen)  # noqa: T201


def tally(judged: Iterable[Judged], thresholds: Mapping[str, float]) -> Tally:
    """Return per set and label in how many videos an action was found, missed or made up."""
    counts: Tally = {}
    for video in judged:
        found = _confirmed(video.windows, thresholds)
        of_set = counts.setdefault(video.set, {label: dict(_NO_VIDEOS) for label in LABELS[1:]})
        for label, videos in of_set.items():
            if label in video.shown:
                videos["shown"] += 1
                videos["found"] += label in found
            elif label not in video.possible:
                videos["absent"] += 1
                videos["made_up"] += label in found
    return counts


def crossed(judged: Sequence[Judged]) -> dict[str, dict[str, int]]:
    """Return per label the counts, as in _NO_VIDEOS, at thresholds that other videos chose.

    The thresholds of each half of the groups are chosen on the other half, so what is found and
    made up is not flattered by the choice.
    """
    half = halve(np.array([video.group for video in judged]))
    counts = {label: dict(_NO_VIDEOS) for label in LABELS[1:]}
    for side in (half, ~half):
        judges = [video for video, chosen in zip(judged, ~side, strict=True) if chosen]
        thresholds = choose_thresholds(judges)
        videos = (video for video, chosen in zip(judged, side, strict=True) if chosen)
        for of_set in tally(videos, thresholds).values():
            for label, found in of_set.items():
                for key, number in found.items():
                    counts[label][key] += number
    return counts


def totals(judged: Iterable[Judged], label: str, threshold: float) -> dict[str, int]:
    """Return the counts of one label over all sets when every label has the same threshold."""
    counts = tally(judged, dict.fromkeys(LABELS, threshold))
    return {key: sum(of_set[label][key] for of_set in counts.values()) for key in _NO_VIDEOS}


def allowed_share(label: str) -> float:
    """Return the share of videos that cannot show `label` in which it may be made up."""
    return _ALARMS.get(label, _OTHER_ALARMS)


def choose_thresholds(judged: Sequence[Judged]) -> dict[str, float]:
    """Return per label the threshold that finds most while it makes up little enough.

    Of equally good ones the middle is taken; a label that is never quiet enough gets the highest of
    all.
    """
    chosen = {}
    for label in LABELS[1:]:
        found = {}
        for threshold in _THRESHOLDS.tolist():
            counts = totals(judged, label, threshold)
            if counts["made_up"] <= allowed_share(label) * counts["absent"]:
                found[threshold] = counts["found"]
        best = [threshold for threshold, count in found.items() if count == max(found.values())]
        chosen[label] = round(best[(len(best) - 1) // 2] if best else _THRESHOLDS[-1].item(), 2)
    return chosen


def _confirmed(windows: Iterable[Sequence[float]], thresholds: Mapping[str, float]) -> set[str]:
    recognizer = Recognizer("", thresholds, count(1))
    return {
        action.label
        for person, start, end, *probabilities in windows
        for action in recognizer.add(_window(int(person), start, end, probabilities))
    }


def _window(person: int, start: float, end: float, probabilities: Sequence[float]) -> Window:
    by_label = dict(zip(LABELS, probabilities, strict=True))
    likeliest = max(by_label, key=lambda label: by_label[label])
    return Window(person, start, end, Prediction(likeliest, by_label[likeliest], by_label))
