"""The results page's sections on teaching: few examples, and "wrong here" marks."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
import statistics
from typing import Any

from tinyact_cloud.learning.teach import USUAL_THRESHOLD

from .fewshot import ALONE, COUNTERED, FIGURES, FOLDER, NEVER, TOGETHER
from .fewshot_views import FOLDER as VIEWS
from .marks import FOLDER as MARKS
from .report_parts import missing, number, paragraph, short_code, spread, stored, table

# What is asked of five examples: recall, precision, points that no base label should lose, seconds.
_GOAL_COUNT, _GOAL = "5", 0.8
_GOAL_LOSS, _GOAL_SECONDS = 0.02, 5.0
_WAYS = {
    ALONE: "alone",
    COUNTERED: "with what it is not",
    TOGETHER: "all actions together",
}
_HEADINGS = (
    *("recall", "precision", "told", "precision then"),
    *("recall elsewhere", "precision there"),
)


def fewshot(work: Path) -> Iterator[str]:
    """Yield the sections, from `fewshot/*.json` and `marks/*.json` in `work`."""
    yield "## Teaching"
    yield ""
    results = [
        result
        for path in sorted((work / FOLDER).glob("*.json"))
        if (result := stored(path)) is not None
    ]
    if not results:
        yield from missing("Nothing was taught yet", "fewshot RUN")
    else:
        yield from _intro()
    for result in results:
        yield from _run(result)
    yield from _views(work)
    yield from _marks(work)


def _intro() -> Iterator[str]:
    yield from paragraph(
        "Recordings of one action are taught on top of a run's base latents, as a household would, "
        "with the variants of each window that an edge sends along, and the other recordings of "
        "the set are judged, in the same place and in others: a recording's verdict is the "
        f"likeliest label of its windows' mean probabilities, if that reaches {USUAL_THRESHOLD}, "
        "or more for a new label that took too much of `none`. *Told*: the "
        "share of which the edge would tell the action, which asks two of three windows of one "
        "person, and the precision then: nothing of who is seen in a single window, as most people "
        "of ARID are. Recordings in which nobody was found are left out. "
        "Precision is given as if all actions of the set were equally frequent. Mean ± standard "
        "deviation over random draws of what is taught; the head is logistic."
    )
    yield from paragraph(
        "*Alone*: nothing else is taught. *With what it is not*: five other recordings for each "
        "that is taught, of the same place where it has so many, are said not to be it; an edge "
        "sends ordinary windows of the camera for that. *All actions together*: each action of the "
        "set is taught by so many recordings. The threshold, that what is taught of a label which "
        "the run knows is a class of its own, and that variants are learnt, were chosen on these "
        "very sets, which flatters."
    )


def _run(result: Mapping[str, Any]) -> Iterator[str]:
    for name, of_set in result["sets"].items():
        yield f"### `{name}`, taught to `{result['run']}`"
        yield ""
        knowledge = [
            f"{known}: {', '.join(a for a, what in of_set['actions'].items() if what == known)}"
            for known in sorted(set(of_set["actions"].values()))
        ]
        yield from paragraph(
            f"The encoder was trained with `{result['protocol']}` held out. Of the actions it has "
            f"{'; '.join(knowledge)}. {of_set['recordings']} recordings, {result['draws']} draws, "
            f"seed {result['seed']}, data `{result['data'][:12]}` (code "
            f"`{short_code(result['code'])}`)."
        )
        yield from table(
            ("taught", "recordings", *_HEADINGS),
            (
                (_WAYS[way], count, *(_over_draws(found["draws"], key) for key in FIGURES))
                for way, counts in of_set["ways"].items()
                for count, found in counts.items()
            ),
        )
        yield from _by_action(of_set)
        yield from _verdict(of_set)
        yield from _cost(of_set["refit"])


def _verdict(of_set: Mapping[str, Any]) -> Iterator[str]:
    """Yield whether the goal is met on what the encoder never saw."""
    found = of_set["ways"].get(COUNTERED, {}).get(_GOAL_COUNT)
    if found is None or set(of_set["actions"].values()) != {NEVER}:
        return
    # No verdict on the action at all is a precision of none.
    recall, precision = (
        statistics.fmean(draw[key] or 0.0 for draw in found["draws"]) for key in FIGURES[:2]
    )
    verdict = "met" if min(recall, precision) >= _GOAL else "missed"
    yield from paragraph(
        f"The goal for five recordings of what was never seen, recall and precision of {_GOAL} in "
        f"the same place, is {verdict}: {recall:.2f} and {precision:.2f}, with what it is not."
    )


def _over_draws(draws: Sequence[Mapping[str, Any]], key: str) -> str:
    return spread([draw[key] for draw in draws if draw[key] is not None], 2)


def _by_action(of_set: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of single actions, taught by five with what they are not, and the verdict."""
    for way in (COUNTERED, TOGETHER):
        found = of_set["ways"].get(way, {}).get(_GOAL_COUNT)
        if found is None:
            continue
        yield f"By action, taught by {_GOAL_COUNT}, {_WAYS[way]}:"
        yield ""
        yield from table(
            ("action", "known", *_HEADINGS),
            (
                (action, of_set["actions"][action], *(number(row[key], 2) for key in FIGURES))
                for action, row in found["actions"].items()
            ),
        )
        return


def _cost(refit: Mapping[str, Any] | None) -> Iterator[str]:
    if refit is None:
        return
    losers = "; ".join(
        f"{action}: {', '.join(f'{label} {100 * lost:.1f}' for label, lost in lost_by.items())}"
        for action, lost_by in refit["worse"].items()
    )
    yield from paragraph(
        f"A whole refit with its cross-validation takes {refit['seconds']:.1f} s on one core "
        f"(median of {refit['fits']}; the goal is {_GOAL_SECONDS:.0f} s). Points that base labels "
        f"lose by it, where more than {100 * _GOAL_LOSS:.0f}: {losers or 'none does'}. Of windows "
        "of other recordings of the set, neither seen nor taught, the label is one that they allow "
        f"in {refit['kept'][0]:.3f} before and {refit['kept'][1]:.3f} after."
    )


def _views(work: Path) -> Iterator[str]:
    """Yield what pixels beside the body add."""
    yield "### Pixels beside the body"
    yield ""
    paths = sorted((work / VIEWS).glob("*.json"))
    results = [result for path in paths if (result := stored(path)) is not None]
    if not results:
        yield from missing("Not measured yet", "fewshot-views RUN PIXELS_RUN")
        return
    yield from paragraph(
        f"The same {_GOAL_COUNT} recordings, taught by the body's latents alone, or with those of "
        "an encoder that sees the pixels of what moves beside them; or with what I3D makes of the "
        "pixels around the person, a far larger network that has learnt 400 actions from pixels. "
        "Only windows that all of them see are taught and judged, and the base is "
        "such windows, too, of the videos that neither run was kept from: less of both than above."
    )
    for result in results:
        for name, views in result["sets"].items():
            yield from paragraph(
                f"`{name}`, taught to `{result['run']}` and `{result['pixels_run']}` "
                f"(`{result['protocol']}` held out), {result['draws']} draws, seed "
                f"{result['seed']}, data `{result['data'][:12]}` (code "
                f"`{short_code(result['code'])}`):"
            )
            yield from table(
                ("taught", "by", *_HEADINGS),
                (
                    (_WAYS[way], view, *(_over_draws(ways[way]["draws"], key) for key in FIGURES))
                    for way in next(iter(views.values()))
                    for view, ways in views.items()
                ),
            )


def _marks(work: Path) -> Iterator[str]:
    yield '### "Wrong here" marks'
    yield ""
    paths = sorted((work / MARKS).glob("*.json"))
    results = [result for path in paths if (result := stored(path)) is not None]
    if not results:
        yield from missing("Marks are not measured yet", "marks RUN")
        return
    yield from paragraph(
        "In each recording that does not show the label, the window that looks most like it is "
        "taken for a false alarm. It is marked by that window alone, or, as the edge does, by all "
        "windows that are kept of an action: half a second apart, from the one before to two "
        f"seconds after. A mark hides the label in windows of its camera of a cosine of "
        f"{results[0]['similar']:.2f} or more to it, or to what is halfway to the next mark of the "
        "same action. A repeat is the same movement seen a quarter of a second later, at the worst "
        "moment; if all of it looks like the label, it is told again where two of three "
        "neighbouring windows are not hidden."
    )
    for result in results:
        yield from _marked(result)
    yield from paragraph("In another camera a mark hides nothing.")


def _marked(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield what marks hide in one set."""
    label, by = result["label"], result["by"]
    yield from paragraph(
        f"`{result['set']}`, unseen by `{result['run']}`, head {result['head']}, label {label}: "
        f"{result['alarms']} recordings are marked, {result['recordings']} show it, of which "
        f"{result['told']} are told without marks (code `{short_code(result['code'])}`)."
    )
    rows = (
        ("windows of repeats hidden", "repeat", 3),
        ("repeats told again", "told_again", 3),
        ("false alarms hidden by marks of other recordings", "other_recordings", 3),
        (f"windows of a real {label} hidden by one alarm's marks", "real_by_one", 4),
        (f"windows of a real {label} hidden by all marks", "real_by_all", 3),
    )
    yield from table(
        ("marked by", *by),
        [
            *(
                (what, *(number(some[key], digits) for some in by.values()))
                for what, key, digits in rows
            ),
            (
                f"recordings of a real {label} told beside all marks",
                *(str(some["told_by_all"]) for some in by.values()),
            ),
        ],
    )
