"""Compare the actions that were told with the events that people annotated: matching and metrics.

An action matches an event of the same label in the same video if the time from its start to its
confirmation overlaps the event's, made longer by a tolerance at both ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinyact_edge.recognizer import Action

from .reliability import auroc


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens in a video, from `start` to `end` in its seconds."""

    label: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Judged:
    """A video, what happens in it and what was told about it.

    `scores` is the highest probability that any window gave each label; one that is missing is 0.
    """

    seconds: float
    events: tuple[Event, ...]
    actions: tuple[Action, ...]
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Matches:
    """The events and actions of one label in one video, each in exactly one place."""

    found: tuple[tuple[Event, Action], ...]
    missed: tuple[Event, ...]
    duplicates: tuple[Action, ...]
    false_alarms: tuple[Action, ...]

    @property
    def events(self) -> int:
        """Return how many events there are."""
        return len(self.found) + len(self.missed)


def match(video: Judged, label: str, tolerance: float) -> Matches:
    """Return which action of `label` tells of which event; `tolerance` is in seconds.

    In order of time, each action takes the first event that it overlaps and that none has taken.
    One that overlaps only events taken before is a duplicate: annoying, but no false alarm.
    """
    events = [event for event in video.events if event.label == label]
    actions = [action for action in video.actions if action.label == label]
    missed = sorted(events, key=lambda event: (event.start, event.end))
    found: list[tuple[Event, Action]] = []
    duplicates, false_alarms = [], []
    for action in sorted(actions, key=lambda action: (action.confirmed_at, action.started_at)):
        event = next((event for event in missed if _overlap(event, action, tolerance)), None)
        if event:
            missed.remove(event)
            found.append((event, action))
        elif any(_overlap(event, action, tolerance) for event in events):
            duplicates.append(action)
        else:
            false_alarms.append(action)
    return Matches(tuple(found), tuple(missed), tuple(duplicates), tuple(false_alarms))


def measure_label(label: str, videos: Sequence[Judged], tolerance: float) -> dict[str, Any]:
    """Return all that can be said of `label` over `videos`; what cannot be said is None.

    Recall is over events. Precision is over actions, duplicates left out. Delays are seconds
    to the confirmation, from the annotated start and from the annotated end of found events.
    "Ordinary" are the videos in which the label is not annotated. `clips` judges each video as a
    whole: is it annotated, is it told, and how well does its highest window probability tell.
    """
    matches = [match(video, label, tolerance) for video in videos]
    seconds = sum(video.seconds for video in videos)
    ordinary = [
        (video.seconds, matched)
        for video, matched in zip(videos, matches, strict=True)
        if not matched.events
    ]
    found = [pair for matched in matches for pair in matched.found]
    false_alarms = sum(len(matched.false_alarms) for matched in matches)
    events = sum(matched.events for matched in matches)
    return {
        "events": events,
        "found": len(found),
        "recall": _ratio(len(found), events),
        "precision": _ratio(len(found), len(found) + false_alarms),
        "false_alarms": false_alarms,
        "duplicates": sum(len(matched.duplicates) for matched in matches),
        "false_alarms_per_hour": _ratio(false_alarms * 3600, seconds),
        "false_alarms_per_hour_ordinary": _ratio(
            sum(len(matched.false_alarms) for _, matched in ordinary) * 3600,
            sum(seconds for seconds, _ in ordinary),
        ),
        "recordings_with": len(videos) - len(ordinary),
        "recordings_without": len(ordinary),
        "recordings_without_alarm": sum(not matched.false_alarms for _, matched in ordinary),
        "delay_seconds": _spread(action.confirmed_at - event.start for event, action in found),
        "delay_after_end_seconds": _spread(
            action.confirmed_at - event.end for event, action in found
        ),
        "clips": _clips(label, videos),
    }


def summarize(labels: Mapping[str, Mapping[str, Any]], videos: Sequence[Judged]) -> dict[str, Any]:
    """Return the counts of `measure_label` over all labels, and what follows from them."""
    total = {
        key: sum(result[key] for result in labels.values())
        for key in ("events", "found", "false_alarms", "duplicates")
    }
    hours = sum(video.seconds for video in videos) / 3600
    return {
        "videos": len(videos),
        "hours": hours,
        **total,
        "recall": _ratio(total["found"], total["events"]),
        "precision": _ratio(total["found"], total["found"] + total["false_alarms"]),
        "false_alarms_per_hour": _ratio(total["false_alarms"], hours),
    }


def _overlap(event: Event, action: Action, tolerance: float) -> bool:
    return (
        action.started_at <= event.end + tolerance
        and action.confirmed_at >= event.start - tolerance
    )


def _clips(label: str, videos: Sequence[Judged]) -> dict[str, Any]:
    truth = np.array([any(e.label == label for e in video.events) for video in videos], np.bool_)
    told = np.array([any(a.label == label for a in video.actions) for video in videos], np.bool_)
    scores = np.array([video.scores.get(label, 0.0) for video in videos])
    return {
        "true_positives": int((truth & told).sum()),
        "false_positives": int((~truth & told).sum()),
        "false_negatives": int((truth & ~told).sum()),
        "true_negatives": int((~truth & ~told).sum()),
        "auc": auroc(scores[truth], scores[~truth]) if 0 < truth.sum() < len(truth) else None,
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _spread(values: Iterable[float]) -> dict[str, Any]:
    """Return the median and the 90th percentile of seconds, and all of them, sorted."""
    ordered = sorted(round(value, 3) for value in values)
    return {
        "median": round(float(np.median(ordered)), 3) if ordered else None,
        "p90": round(float(np.percentile(ordered, 90)), 3) if ordered else None,
        "all": ordered,
    }
