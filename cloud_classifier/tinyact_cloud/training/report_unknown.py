"""The results page's section on what is none of the labels."""

from collections.abc import Iterator
from pathlib import Path
import statistics

from .report_parts import missing, number, paragraph, short_code, stored, table


def unknown(work: Path) -> Iterator[str]:
    """Yield the section, from `unknown.json` in `work`."""
    yield "## Telling what is unknown"
    yield ""
    result = stored(work / "unknown.json")
    if result is None or not result["rows"]:
        yield from missing("No label was left out yet", "unknown")
        return
    rows = result["rows"]
    yield from paragraph(
        "A run that never saw a label should be less sure of windows that show it than of windows "
        "that show what it knows. AUROC is the chance that it is: 0.5 is guessing, 1 is perfect "
        f"(code `{short_code(result['code'])}`)."
    )
    yield from table(
        ("label left out", "AUROC", "unknown windows", "known windows", "run"),
        (
            (
                row["left_out"],
                number(row["auroc"], 3),
                row["unknown_windows"],
                row["known_windows"],
                row["run"],
            )
            for row in rows
        ),
    )
    mean = statistics.fmean(row["auroc"] for row in rows)
    yield f"Mean AUROC over the labels left out: {number(mean, 3)}."
    yield ""
