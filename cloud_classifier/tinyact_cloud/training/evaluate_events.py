"""Judge the shipped model, or another bundle, on your own recordings.

Every video goes through all stages of `tinyact-edge recognize`; what it tells is compared with a
CSV of `file,label,start,end`. Nothing in it is random: equal data and code give equal results. What
was told of each video is kept, so that the same command goes on where it was stopped.
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

from .annotations import read_annotations
from .events import Event, Judged, match, measure_label, summarize
from .kept import Kept, Told
from .options import UserError, data_folder
from .provenance import bundle_identity, code_version, data_fingerprint
from .watch import Unreadable, open_bundle, watch
from .whole_file import write_json

_TOLERANCE = 2.0


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
    told, unreadable = watch_videos(
        bundle, list(events), Kept(options.work / "told", bundle), options.workers
    )
    results = evaluate_events(bundle, events, data, labels, options.tolerance, told, unreadable)
    results["data"] = data_fingerprint(events, data, [options.annotations])
    if options.output:
        write_json(options.output, results)
    sys.stdout.write(json.dumps(results) if options.json else "\n".join(_lines(results)))
    sys.stdout.write("\n")


def watch_videos(
    bundle: Bundle, videos: Sequence[Path], kept: Kept, workers: int = 1
) -> tuple[dict[Path, Told], dict[Path, str]]:
    """Return what `bundle` tells of `videos`, and why it tells nothing of the others.

    What is `kept` is not found out again, and what is found out is kept at once.
    """
    told = {video: known for video in videos if (known := kept.get(video))}
    unreadable: dict[Path, str] = {}
    todo = [video for video in videos if video not in told]
    with closing(watch(bundle, todo, workers)) as watched:
        for video, found in watched:
            if isinstance(found, Unreadable):
                unreadable[video] = found.reason
            else:
                told[video] = Told.of(found)
                kept.put(video, told[video])
    return told, unreadable


def evaluate_events(
    bundle: Bundle,
    events: Mapping[Path, tuple[Event, ...]],
    data: Path,
    labels: Sequence[str],
    tolerance: float,
    told: Mapping[Path, Told],
    unreadable: Mapping[Path, str],
) -> dict[str, Any]:
    """Return how well what `bundle` told of the videos below `data` is `events`, for `labels`.

    `tolerance` is in seconds. Videos that are `unreadable`, and why, are listed and do not count
    otherwise. Raises UserError when nothing was told of any.
    """
    judged: dict[str, Judged] = {}
    unread, incomplete = [], []
    for path, of_video in events.items():
        name = path.relative_to(data).as_posix()
        if path in unreadable:
            unread.append({"file": name, "reason": unreadable[path]})
            continue
        video = told[path]
        if video.incomplete:
            incomplete.append({"file": name, "reason": video.incomplete})
        judged[name] = Judged(video.seconds, of_video, video.actions, video.scores)
    if not judged:
        first = unread[0]
        raise UserError(
            f"None of {len(unread)} videos can be read; {first['file']}: {first['reason']}"
        )
    videos = list(judged.values())
    by_label = {label: measure_label(label, videos, tolerance) for label in labels}
    annotated = {event.label for of_video in events.values() for event in of_video}
    return {
        "summary": summarize(by_label, videos) | {"unreadable": len(unread)},
        "labels": by_label,
        "unknown_labels": sorted(annotated - set(bundle.labels)),
        "unreadable": unread,
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
