"""Write stored results as a page. No number is typed by hand."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_INTRO = """# Results

Written by `tinyact-train report` from the results that `tinyact-train evaluate` stored; no number
here was typed by hand.

- A *clip* is all windows of one person in one recording with the same allowed labels; the mean of
  their probabilities is the verdict. `within allowed` counts verdicts that the recording allows (an
  unlabelled daily scene allows none, walk, sit and stand, but no fall); accuracy, macro recall and
  the confusion matrix are over clips with exactly one true label.
- *Whole videos* go through all stages of `tinyact-edge recognize`, motion gate, landmarks and
  confirmation included. `found / shown`: videos with at least one action of the label among those
  that show it. `made up / absent`: videos with one among those that cannot show it.
- No recording, sequence or (where it is known) person is on both sides of a split. None of these
  sets has verified subjects throughout, so this is sequence-disjoint, not subject-disjoint.
- Everything is measured with the int8 encoder and the ONNX heads that ship.
"""


def write_report(results: Mapping[str, Mapping[str, Any]], output: Path) -> None:
    """Write a section per run to `output`, as Markdown."""
    sections = [_INTRO, *(_section(name, result) for name, result in results.items())]
    output.write_text("\n".join(sections))


def _section(name: str, result: Mapping[str, Any]) -> str:
    recipe = result["recipe"]
    lines = [
        f"## Run `{name}`: protocol `{result['protocol']}`",
        "",
        (
            f"{result['windows']} training windows, {recipe['epochs']} epochs of "
            f"{recipe['clips_per_epoch']} clips, seed {recipe['seed']}, data "
            f"`{result['data'][:12]}`."
        ),
        "",
        *_heads(result["heads"]),
        *_confusions(result["heads"][result["head"]]["sets"], result["head"]),
        *_videos(result),
    ]
    return "\n".join(lines) + "\n"


def _heads(heads: Mapping[str, Any]) -> Iterator[str]:
    yield "### Clips, by head"
    yield ""
    yield "| set | clips | " + " | ".join(f"{kind} within allowed" for kind in heads) + " | "
    yield "|---|---|" + "---|" * len(heads)
    first = next(iter(heads.values()))
    for name, result in first["sets"].items():
        shares = [heads[kind]["sets"][name]["within_allowed"] for kind in heads]
        yield f"| {name} | {result['clips']} | " + " | ".join(f"{x:.3f}" for x in shares) + " |"
    yield ""
    yield (
        "| set | clips of one label | "
        + " | ".join(f"{kind} accuracy / macro recall" for kind in heads)
        + " |"
    )
    yield "|---|---|" + "---|" * len(heads)
    for name, result in first["sets"].items():
        if "single_label" not in result:
            continue
        singles = [heads[kind]["sets"][name]["single_label"] for kind in heads]
        yield (
            f"| {name} | {singles[0]['clips']} | "
            + " | ".join(
                f"{single['accuracy']:.3f} / {single['macro_recall']:.3f}" for single in singles
            )
            + " |"
        )
    yield ""


def _confusions(sets: Mapping[str, Any], head: str) -> Iterator[str]:
    yield f"### Confusion, head `{head}` (rows: truth; clips)"
    yield ""
    for name, result in sets.items():
        if "single_label" not in result:
            continue
        single = result["single_label"]
        yield f"| {name} | " + " | ".join(single["labels"]) + " |"
        yield "|---|" + "---|" * len(single["labels"])
        for label, row in zip(single["labels"], single["confusion"], strict=True):
            if any(row):
                yield f"| **{label}** | " + " | ".join(str(count) for count in row) + " |"
        yield ""


def _videos(result: Mapping[str, Any]) -> Iterator[str]:
    videos = result["videos"]
    yield f"### Whole videos, head `{result['head']}`"
    yield ""
    origin = (
        "chosen on these very videos, so a little flattering"
        if result["own_thresholds"]
        else "chosen on another run"
    )
    yield f"{videos['videos']} videos, {videos['hours']:.2f} hours; thresholds {origin}:"
    yield ", ".join(f"{label} {value:.2f}" for label, value in result["thresholds"].items()) + "."
    yield ""
    yield "| set | label | found / shown | made up / absent |"
    yield "|---|---|---|---|"
    for name, labels in videos["sets"].items():
        for label, count in labels.items():
            if count["shown"] or count["made_up"]:
                yield (
                    f"| {name} | {label} | {count['found']} / {count['shown']} "
                    f"| {count['made_up']} / {count['absent']} |"
                )
    yield ""
