"""The results page's section on whole videos: what a household would have been told."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .report_parts import missing, number, paragraph, per_hour, short_code, stored, table

_COUNTS = ("shown", "found", "absent", "made_up")


def falls(work: Path) -> Iterator[str]:
    """Yield the section, from what `thresholds` stored in `work`."""
    yield "## Falls in rooms that training has not seen"
    yield ""
    result = stored(work / "thresholds.json")
    if result is None:
        yield from missing("No thresholds are chosen yet", "thresholds RUN ...")
        return
    yield from _settings(result)
    yield from _by_label(result)
    yield from _by_threshold(result)
    yield from _by_set(result)


def _settings(result: Mapping[str, Any]) -> Iterator[str]:
    runs = ", ".join(f"`{name}`" for name in result["runs"])
    thresholds = ", ".join(f"{label} {value:.2f}" for label, value in result["thresholds"].items())
    allowed = ", ".join(f"{label} {100 * x:g} %" for label, x in result["allowed"].items())
    yield from paragraph(
        f"{result['videos']} whole videos, {result['hours']:.2f} hours, that {runs} had not seen, "
        f"through every stage of `tinyact-edge recognize`, at temperature "
        f"{result['temperature']:.3f} (code `{short_code(result['code'])}`)."
    )
    yield from paragraph(
        f"Thresholds: {thresholds}. Of all thresholds they are those that find most while the "
        f"label is made up in at most this share of the videos that cannot show it: {allowed}. "
        "They are chosen on all these videos; *at other videos' thresholds* counts each half of "
        "the recordings at thresholds that the other half chose, as a new home would have it. How "
        "likely a fall must be for one window to confirm it, and for the next to come sooner, and "
        "how bodies are drawn, were chosen by looking at these videos, which flatters all three."
    )


def _by_label(result: Mapping[str, Any]) -> Iterator[str]:
    totals: dict[str, dict[str, int]] = {}
    for _, _, label, counts in _rows(result):
        total = totals.setdefault(label, dict.fromkeys(_COUNTS, 0))
        for key in _COUNTS:
            total[key] += counts[key]
    yield from paragraph(
        "All sets together. False alarms an hour count videos: those in which the label was made "
        "up, by the hours of all videos. A video counts once, however often it was made up in it."
    )
    yield from table(
        (
            *("label", "threshold", "found / shown", "made up / absent", "false alarms an hour"),
            *("at other videos' thresholds: found", "made up", "an hour"),
        ),
        (
            (
                label,
                number(result["thresholds"].get(label), 2),
                *_shares(total),
                per_hour(total["made_up"], result["hours"]),
                *_shares(result["crossed"][label]),
                per_hour(result["crossed"][label]["made_up"], result["hours"]),
            )
            for label, total in totals.items()
        ),
    )


def _by_threshold(result: Mapping[str, Any]) -> Iterator[str]:
    yield "Falls, by threshold:"
    yield ""
    yield from table(
        ("threshold", "found / shown", "made up / absent", "false alarms an hour"),
        (
            (
                number(row["threshold"], 2),
                *_shares(row),
                per_hour(row["made_up"], result["hours"]),
            )
            for row in result["falls_by_threshold"]
        ),
    )


def _by_set(result: Mapping[str, Any]) -> Iterator[str]:
    yield "At the chosen thresholds, by run and set:"
    yield ""
    yield from table(
        ("run", "set", "label", "found / shown", "made up / absent"),
        (
            (run, name, label, *_shares(counts))
            for run, name, label, counts in _rows(result)
            if counts["shown"] or counts["made_up"]
        ),
    )


def _rows(result: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Mapping[str, int]]]:
    """Yield run, set, label and counts of videos."""
    for run, sets in result["tally"].items():
        for name, labels in sets.items():
            for label, counts in labels.items():
                yield run, name, label, counts


def _shares(counts: Mapping[str, int]) -> tuple[str, str]:
    return (
        f"{counts['found']} / {counts['shown']}",
        f"{counts['made_up']} / {counts['absent']}",
    )
