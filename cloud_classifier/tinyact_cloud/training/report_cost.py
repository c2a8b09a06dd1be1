"""The results page's section on accuracy against cost."""

from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from .plots import scatter_plot
from .report_ablation import cross_set, in_order, stored_runs
from .report_parts import READOUT, missing, number, paragraph, picture, short_code, stored, table

_PLOT = "cost.svg"


def cost(work: Path, plots: MutableMapping[str, str]) -> Iterator[str]:
    """Yield the section, from what `cost` and `ablate` stored in `work`.

    The plot is put into `plots`, by file name.
    """
    yield "## Accuracy against cost"
    yield ""
    result = stored(work / "cost.json")
    if result is None:
        yield from missing("No costs are measured yet", "cost")
        return
    protocols, recalls = cross_set(stored_runs(work))
    tests = ", ".join(f"`{name}`" for name in protocols) or "no protocol yet"
    yield from paragraph(
        "Milliseconds of one core for a second of one camera in which one person moves, measured "
        f"on {result['machine']} (code `{short_code(result['code'])}`). Decoding and the motion "
        "gate are the same for all and left out; so is the crop around a person that the teacher "
        "needs."
    )
    yield from paragraph(
        f"Macro recall is the readout {READOUT}'s, on sets that training has not seen: the mean "
        f"over {tests}. A recipe that was not tested on all of these has none."
    )
    by_name = {row["name"]: row for row in result["rows"]}
    rows = [by_name[name] for name in in_order(by_name)]
    yield from _table(rows, recalls)
    points = [
        (row["name"], row["ms_per_camera_second"], recalls[row["name"]])
        for row in rows
        if row["name"] in recalls
    ]
    if points:
        # Many cost the same. Names that lack room move down: from the top on they keep their order.
        points.sort(key=lambda point: -point[2])
        plots[_PLOT] = scatter_plot(points, "ms per camera-second", "cross-set macro recall")
        yield from picture(_PLOT, "Cross-set macro recall against ms per camera-second")
    if recordings := result.get("recordings"):
        yield from _recordings(recordings)


def _recordings(measured: Mapping[str, Any]) -> Iterator[str]:
    """Yield what whole bundles cost on real recordings."""
    yield from paragraph(
        f"Whole bundles on {measured['videos']} recordings, {measured['seconds']:.0f} seconds in "
        "all, through every stage of `tinyact-edge recognize`, decoding included: milliseconds of "
        "one core for a second, the least of "
        f"{measured['rounds']} rounds."
    )
    bundles = measured["bundles"]
    parts = list(dict.fromkeys(part for bundle in bundles for part in bundle["parts"]))
    yield from table(
        ("bundle", "view", "ms per camera-second", *parts),
        (
            (
                f"`{bundle['name']}`",
                bundle["view"],
                number(bundle["ms_per_camera_second"], 1),
                *(number(bundle["parts"].get(part), 1) for part in parts),
            )
            for bundle in bundles
        ),
    )


def _table(rows: list[Mapping[str, Any]], recalls: Mapping[str, float]) -> Iterator[str]:
    parts = list(dict.fromkeys(part for row in rows for part in row["parts"]))
    yield from table(
        ("recipe", "macro recall", "ms per camera-second", *parts),
        (
            (
                f"`{row['name']}`",
                number(recalls.get(row["name"]), 3),
                number(row["ms_per_camera_second"], 1),
                *(number(row["parts"].get(part), 1) for part in parts),
            )
            for row in rows
        ),
    )
