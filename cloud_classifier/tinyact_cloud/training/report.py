"""Write docs/results.md and its plots from stored results.

Nothing is computed from data here, and no number is typed by hand: a section whose results are not
stored stays as it is on the page, or says which step makes them. Equal results give equal files.
"""

import argparse
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any

from .machine import machine
from .options import UserError, run_results
from .provenance import code_version
from .report_ablation import ABLATION, ablation
from .report_cost import cost
from .report_events import events
from .report_falls import falls
from .report_fewshot import fewshot
from .report_parts import keep_sections, missing, paragraph, short_code
from .report_runs import measured_run, overview
from .report_unknown import unknown
from .whole_file import whole_file

_INTRO = """# Results

Written by `tinyact-train report` from what the other steps stored; no number here was typed by
hand.

- A *clip* is all windows of one person in one recording with the same allowed labels; the mean of
  their probabilities is the verdict. *Within allowed* counts verdicts that the recording allows (an
  unlabelled daily scene allows none, walk, sit and stand, but no fall); accuracy, macro recall and
  confusion are over clips with exactly one true label.
- *Whole videos* go through all stages of `tinyact-edge recognize`, motion gate, landmarks and
  confirmation included. *Found / shown*: videos with at least one action of the label among those
  that show it. *Made up / absent*: videos with one among those that cannot show it.
- No recording, sequence or (where it is known) person is on both sides of a split. None of these
  sets has verified subjects throughout, so this is sequence-disjoint, not subject-disjoint. The
  protocol `groups` holds out a part of every set, `without-SET` all of the sets it names, `own-SET`
  what a set's own protocol tests, fold by fold.
- Runs and whole videos are measured with the int8 encoder and the ONNX heads that ship; the
  comparison of recipes with what training leaves, before it is exported.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this step's options."""
    add = parser.add_argument
    add("runs", nargs="*", metavar="RUN", help="measured runs (default: all that are)")
    add("--output", type=Path, default=Path("docs/results.md"), help="plots/ lies beside it")


def run(options: argparse.Namespace) -> None:
    """Write the page and its plots. Raises UserError."""
    work: Path = options.work
    if not work.is_dir():
        raise UserError(f"There is no folder {work}: say with --work where results are kept.")
    names = list(dict.fromkeys(options.runs)) or measured_runs(work)
    results = {name: run_results(work / name) for name in names}
    plots: dict[str, str] = {}
    lines = list(_page(work, results, plots))
    folder: Path = options.output.parent / "plots"
    folder.mkdir(parents=True, exist_ok=True)
    for name, plot in plots.items():
        _write(folder / name, plot)
    page = "\n".join(lines).rstrip("\n") + "\n"
    before = options.output.read_text("utf-8") if options.output.exists() else ""
    _write(options.output, keep_sections(page, before))


def measured_runs(work: Path) -> list[str]:
    """Return the names of the runs in `work` that `evaluate` has measured, sorted."""
    return sorted(
        path.parent.name for path in work.glob("*/results.json") if path.parent.name != ABLATION
    )


def _page(
    work: Path, results: Mapping[str, Mapping[str, Any]], plots: MutableMapping[str, str]
) -> Iterator[str]:
    """Yield the page's lines; put its plots into `plots`, by file name."""
    yield _INTRO
    yield from paragraph(
        f"Page written by code `{short_code(code_version())}` on {machine()}. What each run was "
        "made of and by:"
    )
    if results:
        yield from _known(work / "*" / "results.json", overview(results))
    else:
        yield from missing("No run is measured yet", "evaluate RUN")
    yield from _known(work / "thresholds.json", falls(work))
    yield from _known(work / "events" / "*.json", events(work))
    yield from _known(work / ABLATION / "*" / "results.json", ablation(work))
    yield from _known(work / "cost.json", cost(work, plots))
    for name, result in results.items():
        yield from _known(work / name / "results.json", measured_run(name, result, plots))
    yield from _known(work / "unknown.json", unknown(work))
    yield from _known(work / "fewshot" / "*.json", fewshot(work))


def _known(where: Path, lines: Iterator[str]) -> Iterator[str]:
    """Yield a section's lines. Raises UserError when what is stored at `where` is another form."""
    try:
        yield from lines
    except KeyError as error:
        raise UserError(
            f"{where} lacks {error}: another version wrote it. Do that step again."
        ) from error


def _write(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    with whole_file(path) as part:
        part.write_text(text, "utf-8")
