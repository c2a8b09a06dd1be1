"""The results page's section on events: when something happened, and when it was told."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .report_parts import missing, number, paragraph, short_code, stored, table


def events(work: Path) -> Iterator[str]:
    """Yield the section, from what `evaluate-events --output` stored in `work`/events."""
    yield "## Judged on events"
    yield ""
    files = sorted((work / "events").glob("*.json"))
    results = {path.stem: result for path in files if (result := stored(path)) is not None}
    if not results:
        yield from missing(
            "No recordings were judged yet",
            "evaluate-events --annotations CSV --output WORK/events/NAME.json",
        )
        return
    yield from paragraph(
        "Continuous recordings with annotated times. An action finds an event of its label that it "
        "overlaps, a few seconds of tolerance granted; false alarms overlap none. The delay is the "
        "time from an event's annotated start to the confirmed action, in seconds. What a run was "
        "trained on is apart from these recordings; the thresholds, and how likely a fall must be "
        "for one window to confirm it, were chosen by looking at those of `groups` and "
        "`without-*`, which flatters them. Recordings of your own are a better judge."
    )
    yield from table(
        (
            *("recordings", "label", "found / events", "recall", "false alarms", "an hour"),
            *("median delay", "hours", "data"),
        ),
        (row for name, result in results.items() for row in _rows(name, result)),
    )
    yield from table(
        ("recordings", "bundle", "videos", "unreadable", "incomplete", "tolerance", "code"),
        (_settings(name, result) for name, result in results.items()),
    )


def _rows(name: str, result: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for label, measured in result["labels"].items():
        yield (
            name,
            label,
            f"{measured['found']} / {measured['events']}",
            number(measured["recall"], 3),
            measured["false_alarms"],
            number(measured["false_alarms_per_hour"], 2),
            number(measured["delay_seconds"]["median"], 1),
            number(result["summary"]["hours"], 2),
            f"`{result['data'][:12]}`",
        )


def _settings(name: str, result: Mapping[str, Any]) -> tuple[object, ...]:
    bundle = result["bundle"]
    return (
        name,
        f"{bundle['name']} {bundle['version']}",
        result["summary"]["videos"],
        len(result["unreadable"]),
        len(result["incomplete"]),
        f"{result['settings']['tolerance']:g} s",
        f"`{short_code(result['code'])}`",
    )
