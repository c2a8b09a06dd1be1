"""Judge the shipped model, or another bundle, on your own recordings.

Every video goes through all stages of `tinyact-edge recognize`; what it tells is compared with a
CSV of `file,label,start,end`. Nothing in it is random: equal data and code give equal results.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
import json
from pathlib import Path
import sys
from typing import Any

from tinyact_edge.bundle import DEFAULT_BUNDLE, NONE, Bundle
from tinyact_edge.recognize import Recording
from tinyact_edge.recognizer import Window

from .annotations import read_annotations
from .events import Event, Judged, match, measure_label, summarize
from .options import UserError, data_folder
from .provenance import bundle_identity, code_version, data_fingerprint
from .watch import Unreadable, open_bundle, watch

_TOLERANCE = 2.0
_INTERRUPTED = 130


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's own options."""
    parser.add_argument(
        "--annotations",
        type=Path,
        required=True,
        metavar="CSV",
        help="file,label,start,end: paths below --data, seconds; videos without a row are ordinary",
    )
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, metavar="FOLDER")
    parser.add_argument(
        "--label",
        nargs="+",
        action="extend",
        metavar="LABEL",
        help="score these (default: those in the CSV)",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        default=_TOLERANCE,
        metavar="SECONDS",
        help="how far an action may be from its event (default: 2)",
    )
    parser.add_argument("--workers", type=int, default=1, help="processes to share the videos")
    parser.add_argument("--json", action="store_true", help="print all results as JSON")
    parser.add_argument("--output", type=Path, metavar="FILE", help="store all results as JSON")


def run(options: argparse.Namespace) -> None:
    """Judge the bundle, print the results and store them. Raises UserError."""
    data = data_folder(options)
    if not 0 <= options.tolerance < float("inf"):
        raise UserError("--tolerance must be seconds, 0 or more")
    if options.workers < 1:
        raise UserError("--workers must be 1 or more")
    if options.output and not options.output.parent.is_dir():
        raise UserError(f"There is no folder {options.output.parent} for --output: make it first")
    bundle = open_bundle(options.bundle)
    events = read_annotations(options.annotations, data, bundle.labels)
    labels = _scored(options.label, events, bundle)
    try:
        results = evaluate_events(bundle, events, data, labels, options.tolerance, options.workers)
    except KeyboardInterrupt:
        # Not main's to say, who promises that a stopped step goes on where it was.
        sys.stderr.write("Stopped. Nothing is stored: the next run begins anew.\n")
        raise SystemExit(_INTERRUPTED) from None
    results["data"] = data_fingerprint(events, data, [options.annotations])
    if options.output:
        part = options.output.with_name(f"{options.output.name}.part")
        part.write_text(json.dumps(results, indent=1) + "\n")
        part.replace(options.output)
    sys.stdout.write(json.dumps(results) if options.json else "\n".join(_lines(results)))
    sys.stdout.write("\n")


def evaluate_events(
    bundle: Bundle,
    events: Mapping[Path, tuple[Event, ...]],
    data: Path,
    labels: Sequence[str],
    tolerance: float,
    workers: int = 1,
) -> dict[str, Any]:
    """Return what `bundle` finds of `labels` in the videos below `data` that `events` names.

    `tolerance` is in seconds. Videos that cannot be read are listed and do not count otherwise.
    Raises UserError when none can be read.
    """
    judged: dict[str, Judged] = {}
    unreadable, incomplete = [], []
    with closing(watch(bundle, list(events), workers)) as watched:
        for path, found in watched:
            name = path.relative_to(data).as_posix()
            if isinstance(found, Unreadable):
                unreadable.append({"file": name, "reason": found.reason})
                continue
            if found.incomplete:
                incomplete.append({"file": name, "reason": found.incomplete})
            judged[name] = _judged(found, events[path])
    if not judged:
        first = unreadable[0]
        raise UserError(
            f"None of {len(unreadable)} videos can be read; {first['file']}: {first['reason']}"
        )
    videos = list(judged.values())
    by_label = {label: measure_label(label, videos, tolerance) for label in labels}
    annotated = {event.label for of_video in events.values() for event in of_video}
    return {
        "summary": summarize(by_label, videos) | {"unreadable": len(unreadable)},
        "labels": by_label,
        "unknown_labels": sorted(annotated - set(bundle.labels)),
        "unreadable": unreadable,
        "incomplete": incomplete,
        "after_the_end": _after_the_end(judged),
        "videos": [_video(name, video, labels, tolerance) for name, video in judged.items()],
        "bundle": bundle_identity(bundle),
        "settings": {
            "labels": list(labels),
            "tolerance": tolerance,
            "thresholds": dict(bundle.thresholds),
            "temperature": bundle.temperature,
        },
        "code": code_version(),
    }


def _scored(
    chosen: Sequence[str] | None, events: Mapping[Path, tuple[Event, ...]], bundle: Bundle
) -> list[str]:
    """Return the labels to score, in the bundle's order.

    Without a choice it is what the CSV annotates: whoever annotates falls only has not said that
    nobody walks. Raises UserError.
    """
    actions = [label for label in bundle.labels if label != NONE]
    for label in chosen or ():
        if label not in actions:
            raise UserError(f"The model knows no {label!r}; it knows {', '.join(actions)}.")
    annotated = {event.label for of_video in events.values() for event in of_video}
    wanted = set(chosen) if chosen else annotated & set(actions)
    return [label for label in actions if label in wanted or not wanted]


def _judged(found: Recording, events: tuple[Event, ...]) -> Judged:
    return Judged(found.seconds, events, tuple(found.actions), _highest(found.windows))


def _highest(windows: Sequence[Window]) -> dict[str, float]:
    """Return each label's highest probability in any window."""
    highest: dict[str, float] = {}
    for window in windows:
        for label, p in window.prediction.probabilities.items():
            highest[label] = max(p, highest.get(label, 0.0))
    return highest


def _after_the_end(judged: Mapping[str, Judged]) -> list[dict[str, Any]]:
    """Return the events that begin when their video is over: their times are hardly seconds."""
    return [
        {"file": name, **asdict(event), "seconds": round(video.seconds, 3)}
        for name, video in judged.items()
        for event in video.events
        if event.start > video.seconds
    ]


def _video(name: str, video: Judged, labels: Sequence[str], tolerance: float) -> dict[str, Any]:
    """Return one video's part of the results; the verdict is None on what is not scored."""
    verdicts: dict[int, str] = {}
    missed: set[Event] = set()
    for label in labels:
        matched = match(video, label, tolerance)
        missed.update(matched.missed)
        verdicts |= {action.id: "found" for _, action in matched.found}
        verdicts |= {action.id: "duplicate" for action in matched.duplicates}
        verdicts |= {action.id: "false_alarm" for action in matched.false_alarms}
    return {
        "file": name,
        "seconds": round(video.seconds, 3),
        "events": [
            asdict(event) | {"found": event not in missed if event.label in labels else None}
            for event in video.events
        ],
        "actions": [
            {
                "label": action.label,
                "confidence": round(action.confidence, 4),
                "started_at": round(action.started_at, 3),
                "confirmed_at": round(action.confirmed_at, 3),
                "verdict": verdicts.get(action.id),
            }
            for action in video.actions
        ],
        "scores": {label: round(video.scores.get(label, 0.0), 4) for label in labels},
    }


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield the results as people read them."""
    summary, bundle = results["summary"], results["bundle"]
    yield (
        f"{bundle['name']} {bundle['version']} on {summary['videos']} videos,"
        f" {summary['hours']:.2f} hours"
    )
    yield from _table(results["labels"])
    for video in results["videos"]:
        for event in video["events"]:
            if event["found"] is False:
                times = f"{event['start']:.1f} to {event['end']:.1f} s"
                yield f"missed: {video['file']}, {event['label']} from {times}"
        for action in video["actions"]:
            if action["verdict"] == "false_alarm":
                told = f"{action['label']} at {action['confirmed_at']:.1f} s"
                yield f"false alarm: {video['file']}, {told} ({action['confidence']:.2f})"
    for state in ("unreadable", "incomplete"):
        for video in results[state]:
            yield f"{state}: {video['file']}: {video['reason']}"
    for event in results["after_the_end"]:
        times = f"{event['label']} at {event['start']:.1f} s of {event['seconds']:.1f}"
        yield f"annotated after the end, are these seconds? {event['file']}, {times}"
    if results["unknown_labels"]:
        yield f"not scored, unknown to the model: {', '.join(results['unknown_labels'])}"


def _table(labels: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    heads = ("events", "found", "recall", "precision", "alarms", "per hour", "delay", "p90", "AUC")
    yield f"{'label':<12}" + "".join(f"{head:>10}" for head in heads)
    for label, result in labels.items():
        delay = result["delay_seconds"]
        counts = (result["events"], result["found"])
        shares = (result["recall"], result["precision"])
        alarms = (result["false_alarms"], _number(result["false_alarms_per_hour"], 2))
        delays = (_number(delay["median"], 1), _number(delay["p90"], 1))
        cells = (
            *counts,
            *(_number(share, 3) for share in shares),
            *alarms,
            *delays,
            _number(result["clips"]["auc"], 3),
        )
        yield f"{label:<12}" + "".join(f"{cell:>10}" for cell in cells)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
