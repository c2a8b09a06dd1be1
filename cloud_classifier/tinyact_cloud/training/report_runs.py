"""The results page's sections on single runs: clips by head, confusion, calibration."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plots import confusion_plot, reliability_plot
from .reliability import Reliability
from .report_parts import number, paragraph, picture, short_code, table


def overview(results: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what each run in `results`, by name, was made of and by."""
    yield from table(
        ("run", "protocol", "seed", "training windows", "data", "trained by", "measured by"),
        (
            (
                f"`{name}`",
                result["protocol"],
                result["seed"],
                result["windows"],
                f"`{result['data'][:12]}`",
                f"`{short_code(result['code'])}`",
                f"`{short_code(result['measured_by'])}`",
            )
            for name, result in results.items()
        ),
    )


def measured_run(
    name: str, result: Mapping[str, Any], plots: MutableMapping[str, str]
) -> Iterator[str]:
    """Yield the section of one run; put its plots into `plots`, by file name."""
    yield f"## Run `{name}`: protocol `{result['protocol']}`"
    yield ""
    yield from paragraph(_made_of(result))
    kind = result["head"]
    head, file = result["heads"][kind], name.replace("/", "-")
    yield from paragraph(_int8(result["int8"], kind))
    yield from _clips(result["heads"])
    yield f"### Calibration of `{name}`"
    yield ""
    yield from _calibration(result["heads"])
    plots[f"{file}-reliability.svg"] = reliability_plot(
        *(_curve(head["calibration"][when]) for when in ("before", "after"))
    )
    yield from picture(f"{file}-reliability.svg", f"Reliability of {name}, head {kind}")
    yield f"### Confusion of `{name}`, head `{kind}`: rows are the truth, counts are clips"
    yield ""
    yield from _confusions(head["sets"])
    pooled = _pooled(head["sets"])
    if pooled:
        plots[f"{file}-confusion.svg"] = confusion_plot(*pooled)
        yield "All sets together:"
        yield ""
        yield from picture(f"{file}-confusion.svg", f"Confusion of {name}, head {kind}")


def _made_of(result: Mapping[str, Any]) -> str:
    recipe, videos = result["recipe"], result["videos"]
    text = (
        f"{result['windows']} training windows, {recipe['epochs']} epochs of "
        f"{recipe['clips_per_epoch']} clips, seed {result['seed']}."
    )
    if result.get("begins_with"):
        text += f" It begins with the weights of `{result['begins_with']}`."
    if result.get("teacher_run"):
        text += f" Its teacher is `{result['teacher_run']}`."
    return (
        f"{text} Whole videos, head `{result['head']}` at temperature "
        f"{result['temperature']:.3f}: {videos['videos']} read, {len(videos['unreadable'])} "
        f"unreadable, {videos['hours']:.2f} hours."
    )


def _int8(cost: Mapping[str, Any], head: str) -> str:
    return (
        f"The int8 encoder against fp32 on the test windows: cosine of the latents "
        f"{cost['cosine_mean']:.4f} on average, {cost['cosine_least']:.4f} at least; of "
        f"{cost['clips']} clips, head `{head}` judges {cost['within_allowed_int8']:.3f} within "
        f"what the recording allows with int8, {cost['within_allowed_fp32']:.3f} with fp32."
    )


def _clips(heads: Mapping[str, Any]) -> Iterator[str]:
    first = next(iter(heads.values()))["sets"]
    yield "### Clips, by head"
    yield ""
    yield "Share of clips within what the recording allows:"
    yield ""
    yield from table(
        ("set", "clips", *heads),
        (
            (
                name,
                result["clips"],
                *(number(head["sets"][name]["within_allowed"], 3) for head in heads.values()),
            )
            for name, result in first.items()
        ),
    )
    single = [name for name, result in first.items() if "single_label" in result]
    if not single:
        return
    yield "Accuracy / macro recall of clips with one true label:"
    yield ""
    yield from table(
        ("set", "clips", *heads),
        (
            (
                name,
                first[name]["single_label"]["clips"],
                *(_judged(head["sets"][name]["single_label"]) for head in heads.values()),
            )
            for name in single
        ),
    )


def _judged(single: Mapping[str, Any]) -> str:
    return f"{number(single['accuracy'], 3)} / {number(single['macro_recall'], 3)}"


def _calibration(heads: Mapping[str, Any]) -> Iterator[str]:
    yield from paragraph(
        "Expected calibration error (ECE): how far, on average, confidence is from the share of "
        "windows that are right. After is at a temperature that the other half of the groups chose."
    )
    yield from table(
        ("head", "temperature", "ECE before", "ECE after"),
        (
            (
                kind,
                number(head["temperature"], 3),
                number(head["calibration"]["before"]["error"], 3),
                number(head["calibration"]["after"]["error"], 3),
            )
            for kind, head in heads.items()
        ),
    )


def _confusions(sets: Mapping[str, Any]) -> Iterator[str]:
    for name, result in sets.items():
        single = result.get("single_label")
        if single:
            rows = zip(single["labels"], single["confusion"], strict=True)
            yield from table(
                (name, *single["labels"]),
                ((f"**{label}**", *row) for label, row in rows if any(row)),
            )


def _pooled(sets: Mapping[str, Any]) -> tuple[list[str], list[list[int]]] | None:
    """Return the labels and the counts of all sets, or None where no clip has one label."""
    singles = [result["single_label"] for result in sets.values() if "single_label" in result]
    if not singles:
        return None
    counts: list[list[int]] = np.sum([single["confusion"] for single in singles], 0).tolist()
    return singles[0]["labels"], counts


def _curve(stored: Mapping[str, Any]) -> Reliability:
    def means(key: str) -> NDArray[np.float64]:
        # JSON has null where there was no verdict.
        return np.array([np.nan if v is None else v for v in stored[key]], np.float64)

    return Reliability(np.array(stored["count"], np.int64), means("confidence"), means("accuracy"))
