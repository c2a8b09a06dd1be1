"""Teaching: what a few examples do to a head, and what is refused."""

from dataclasses import replace
import json

import numpy as np
from numpy.typing import NDArray
import onnxruntime as ort
import pytest

from tinyact_cloud.bundle import HEAD_KINDS, HeadKind
from tinyact_cloud.learning.composed import Own
from tinyact_cloud.learning.examples import MAX_EXAMPLES, admitted
from tinyact_cloud.learning.heads import fit_head
from tinyact_cloud.learning.teach import (
    USUAL_THRESHOLD,
    Base,
    Examples,
    Taught,
    TeachingError,
    bearable,
    refit,
)
from tinyact_cloud.learning.trials import Composed, CrossFitted, Material, choose, fit
from tinyact_edge.classifier import quantise

from .synthetic import draw_latents

NAMES = ("none", "fall", "sit", "walk")
NONE, FALL, SIT, WALK, WAVE, NOD = range(6)
# A home of its own: whatever happens there is moved the same way.
HOME = 2 * np.random.default_rng(5).normal(size=1024).astype(np.float32)
QUICK: tuple[HeadKind, ...] = ("logistic",)


def base(n: int = 160) -> Base:
    known = draw_latents(n, seed=1)
    own = Own(fit_head("logistic", known.latents, known.labels, len(NAMES), 0))
    return Base(known.latents, known.labels, np.arange(n) // 8, NAMES, own)


def shown(label: int, n: int, seed: int = 2) -> NDArray[np.float32]:
    """Return n windows of a label, or of what the base does not know."""
    drawn = draw_latents(6 * n, seed, 6)
    return drawn.latents[drawn.labels == label]


def examples(*parts: tuple[str, NDArray[np.float32]]) -> Examples:
    """Return what was taught; "!walk" is what was not walking. Every window is an occasion."""
    names = [name for name, latents in parts for _ in latents]
    return Examples(
        np.concatenate([latents for _, latents in parts]),
        tuple(name.removeprefix("!") for name in names),
        np.array([name.startswith("!") for name in names]),
        tuple(f"minute {i}" for i in range(len(names))),
    )


def said(taught: Taught, latents: NDArray[np.float32]) -> NDArray[np.float32]:
    session = ort.InferenceSession(taught.head, providers=["CPUExecutionProvider"])
    (probabilities,) = session.run(None, {"latent": latents})
    return np.asarray(probabilities)


def share(taught: Taught, latents: NDArray[np.float32], label: str) -> float:
    """Return the share of windows that are taken for a label."""
    return float((said(taught, latents).argmax(1) == taught.labels.index(label)).mean())


def varied(taught: Examples, *parts: NDArray[np.float32]) -> Examples:
    """Return what was taught; each example has a row of each of `parts` as a variant."""
    return replace(
        taught, variants=tuple(quantise(np.stack(rows)) for rows in zip(*parts, strict=True))
    )


def test_variants_are_learnt_but_only_what_was_seen_is_counted_and_judged() -> None:
    turned = np.roll(shown(WAVE, 5), 7, axis=1)
    plain = examples(("wave", shown(WAVE, 5)))
    before, after = refit(base(), plain, QUICK), refit(base(), varied(plain, turned, turned), QUICK)
    unseen = np.roll(shown(WAVE, 40, seed=3), 7, axis=1)
    assert share(after, unseen, "wave") >= 0.9 > share(before, unseen, "wave")
    assert share(after, shown(WAVE, 40, seed=3), "wave") >= 0.9
    assert [row.examples for row in after.report] == [row.examples for row in before.report]


def test_an_example_counts_once_however_many_variants_it_has() -> None:
    """Two that look like waving and two that look like nodding are called the same."""
    waves = shown(WAVE, 2)
    plain = examples(("sit", waves), ("sit", shown(NOD, 2)))
    copies = [quantise(np.repeat(wave[None], 3, 0)) for wave in waves]
    of_waves_alone = replace(plain, variants=(*copies, (b"", 1.0), (b"", 1.0)))

    def nods(taught: Examples) -> float:
        """Return how much of other nodding is taken for what it was called."""
        material = Material.of(base(), taught, 0)
        head = fit(material, np.arange(len(material.labels)), "logistic", 0)
        return float(head.probabilities(shown(NOD, 40, seed=3))[:, SIT].mean())

    # Were the others four times as many, it would be a tenth less.
    assert nods(of_waves_alone) == pytest.approx(nods(plain), abs=0.01)


def test_five_examples_make_a_label_and_the_others_stay() -> None:
    taught = refit(base(), examples(("wave", shown(WAVE, 5))), QUICK)
    assert taught.labels == (*NAMES, "wave")
    assert share(taught, shown(WAVE, 40, seed=3), "wave") >= 0.9
    for label, name in enumerate(NAMES):
        assert share(taught, shown(label, 40, seed=3), name) >= 0.9
    assert taught.worse == {}
    assert taught.thresholds.keys() == {"wave"}
    assert USUAL_THRESHOLD <= taught.thresholds["wave"] <= 0.9
    report = {row.label: row for row in taught.report}
    assert report["wave"].examples == 5
    assert report["wave"].recall_before is None
    assert report["wave"].recall_after == 1.0
    assert report["walk"].recall_before == report["walk"].recall_after == 1.0
    assert json.loads(json.dumps(taught.report_as_dict()))["labels"] == [*NAMES, "wave"]


def test_without_counter_examples_a_home_is_taken_for_the_label_with_them_it_is_not() -> None:
    here = {label: shown(label, 30) + HOME for label in (NONE, WAVE)}
    fresh = {label: shown(label, 40, seed=3) + HOME for label in (NONE, WAVE)}
    wave = ("wave", here[WAVE][:5])
    alone = refit(base(), examples(wave), QUICK)
    assert share(alone, fresh[NONE], "wave") > 0.5
    (doubt,) = alone.remarks
    assert "not wave" in doubt.text
    assert doubt.as_dict() == {"code": "nothing_else", "params": {"label": "wave"}}
    countered = refit(base(), examples(wave, ("!wave", here[NONE])), QUICK)
    assert share(countered, fresh[NONE], "wave") == 0
    assert share(countered, fresh[WAVE], "wave") >= 0.8
    assert countered.remarks == ()


def test_what_a_label_is_not_stays_what_it_was_taken_for() -> None:
    walks = shown(WALK, 30) + HOME
    taught = refit(base(), examples(("wave", shown(WAVE, 5) + HOME), ("!wave", walks)), QUICK)
    assert share(taught, walks, "walk") == 1


def test_what_is_not_a_base_label_is_the_next_likely_one() -> None:
    between = 0.55 * shown(FALL, 12) + 0.45 * shown(SIT, 12)
    before = refit(base(), examples(("wave", shown(WAVE, 5))), QUICK)
    assert share(before, between, "fall") > 0.7
    taught = refit(base(), examples(("!fall", between[:6])), QUICK)
    assert taught.labels == NAMES
    assert share(taught, between[6:], "fall") < 0.2
    assert share(taught, between[6:], "sit") > 0.7
    assert share(taught, shown(FALL, 40, seed=3), "fall") >= 0.9


@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_that_something_is_not_what_nobody_takes_it_for_changes_nothing(kind: HeadKind) -> None:
    walks, known = shown(WALK, 4), base()
    taught = refit(known, examples(("!fall", walks)), (kind,))
    fresh = shown(WALK, 20, seed=3)
    np.testing.assert_allclose(said(taught, fresh), known.own.probabilities(fresh), atol=1e-5)


def test_one_false_alarm_and_its_variants_are_enough_to_correct_it() -> None:
    between = 0.55 * shown(FALL, 5) + 0.45 * shown(SIT, 5)
    plain = examples(("!fall", between[:1]))
    lesson = varied(plain, *(between[row : row + 1] for row in range(1, 5)))
    before, after = refit(base(), plain, QUICK), refit(base(), lesson, QUICK)
    assert said(before, between[1:])[:, FALL].min() > 0.5
    assert said(after, between)[:, FALL].max() < 0.1
    assert share(after, shown(FALL, 40, seed=3), "fall") >= 0.9


def test_examples_of_a_base_label_are_not_drowned() -> None:
    """A home's own way of sitting down, which looks like walking elsewhere."""
    odd = shown(WALK, 45) + HOME
    taught = refit(base(800), examples(("sit", odd[:5])), QUICK)
    assert share(taught, odd[5:], "sit") > 0.9
    assert share(taught, shown(WALK, 40, seed=3), "walk") >= 0.9


@pytest.mark.parametrize("gate", [0.0, 0.4])
@pytest.mark.parametrize("kind", HEAD_KINDS)
def test_the_head_says_what_was_fitted(kind: HeadKind, gate: float) -> None:
    lesson = examples(("wave", shown(WAVE, 6)), ("!wave", shown(NOD, 6)), ("sit", shown(SIT, 3)))
    material = Material.of(base(), lesson, 0)
    head = fit(material, np.arange(len(material.classes)), kind, 0, gate)
    fresh = np.concatenate([shown(label, 10, seed=3) for label in range(6)])
    session = ort.InferenceSession(head.export(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"latent": fresh})
    assert found.shape == (60, 5)
    np.testing.assert_allclose(found, head.probabilities(fresh), atol=1e-4)


def test_the_same_seed_gives_the_same_bytes() -> None:
    lesson = examples(("wave", shown(WAVE, 6)), ("!wave", shown(NOD, 6)))
    first, second = (refit(base(), lesson, ("rf",), seed=3) for _ in range(2))
    assert first.head == second.head != refit(base(), lesson, ("rf",), seed=4).head


def test_what_the_own_head_says_of_base_labels_is_kept() -> None:
    """It may know what its base latents do not show: here, that sitting is walking."""
    known, fresh = base(), np.concatenate([shown(label, 20, seed=3) for label in range(4)])
    other = np.where(known.labels == SIT, WALK, known.labels)
    odd = replace(known, own=Own(fit_head("logistic", known.latents, other, len(NAMES), 0), 0.5))
    lesson = examples(("wave", shown(WAVE, 5)), ("!wave", shown(NOD, 10)))
    taught = refit(odd, lesson, QUICK)
    assert taught.temperature == 1.0
    probabilities = said(taught, fresh)
    shares = probabilities[:, :4] / probabilities[:, :4].sum(1, keepdims=True)
    np.testing.assert_allclose(shares, odd.own.probabilities(fresh), atol=1e-4)
    assert share(taught, shown(WAVE, 40, seed=3), "wave") >= 0.9


def test_another_kind_is_chosen_where_it_is_clearly_better() -> None:
    """What differs by its size alone no straight line parts."""
    rng = np.random.default_rng(0)
    labels = np.arange(240) % 2
    rows = rng.normal(size=(240, 1024)).astype(np.float32)
    rows[:, 0] += 8 * labels
    own = Own(fit_head("logistic", rows, labels, 2, 0))
    known = Base(rows, labels, np.arange(240) // 4, ("none", "fall"), own)
    large = 2 * rng.normal(size=(60, 1024)).astype(np.float32)
    material = Material.of(known, examples(("wave", large)), 0)
    assert choose(material, ("logistic", "svm"), 0) == "svm"
    easy = Material.of(base(), examples(("wave", shown(WAVE, 5))), 0)
    assert choose(easy, ("logistic", "svm"), 0) == "logistic"
    assert choose(easy, ("svm", "logistic"), 0) == "svm"


def test_what_one_occasion_shows_cannot_be_tested() -> None:
    lesson = replace(examples(("wave", shown(WAVE, 6))), groups=("once",) * 6)
    taught = refit(base(), lesson, QUICK)
    (wave,) = (row for row in taught.report if row.label == "wave")
    assert (wave.recall_after, wave.precision_after) == (None, None)
    assert taught.thresholds == {"wave": USUAL_THRESHOLD}
    assert "one_occasion" in [doubt["code"] for doubt in taught.report_as_dict()["doubts"]]


def test_a_label_that_is_another_is_named_with_it_and_what_that_lost() -> None:
    lesson = examples(("stroll", shown(WALK, 60)), ("!stroll", shown(SIT, 5)))
    taught = refit(base(), lesson, QUICK)
    (doubt,) = taught.remarks
    assert "'stroll' can hardly be told from 'walk'" in doubt.text
    assert doubt.as_dict() == {
        "code": "hard_to_tell",
        "params": {"label": "stroll", "other": "walk"},
    }
    assert taught.worse.keys() == {"walk"}
    assert taught.worse["walk"] > 0.1


def test_one_label_for_everything_is_refused() -> None:
    everything = np.concatenate([shown(label, 12) for label in range(4)])
    with pytest.raises(TeachingError, match="'day' was taught for nearly everything") as caught:
        refit(base(), examples(("day", everything)), QUICK)
    assert caught.value.reason
    reason = json.loads(json.dumps(caught.value.reason.as_dict()))
    assert (reason["code"], reason["params"]["label"]) == ("everything", "day")
    assert len(reason["params"]["others"]) >= 2


def test_what_was_sent_twice_counts_once() -> None:
    wave = shown(WAVE, 5)
    twice = examples(("wave", wave), ("wave", wave))
    kept, notes = admitted(twice, NAMES)
    assert len(kept) == 5
    assert kept.groups == twice.groups[5:]
    assert notes == ()
    with pytest.raises(TeachingError, match=r"of 'wave'.* so far it has 1"):
        admitted(examples(("wave", np.repeat(wave[:1], 9, 0))), NAMES)


def test_what_it_is_says_more_than_what_it_is_not() -> None:
    wave = shown(WAVE, 5)
    kept, _ = admitted(examples(("wave", wave), ("!fall", wave[:2])), NAMES)
    assert kept.labels == ("wave",) * 5


def test_of_ten_thousand_examples_the_newest_of_each_label_are_kept() -> None:
    many = np.random.default_rng(0).normal(size=(10_000, 1024)).astype(np.float32)
    lesson = examples(("wave", many[:9700]), ("nod", many[9700:9900]), ("!wave", many[9900:]))
    kept, (note,) = admitted(lesson, NAMES)
    assert len(kept) == MAX_EXAMPLES
    assert (kept.count("nod"), int(kept.wrong.sum()), kept.count("wave")) == (200, 100, 700)
    np.testing.assert_array_equal(kept.latents[:700], many[9000:9700])
    assert note.text.startswith("10000 examples are more than a fit takes")
    assert "800 of 9800 for 'wave'" in note.text
    assert note.params == {"total": 10_000, "used": MAX_EXAMPLES}


GOOD = shown(WAVE, 4)
TWO_NAMES = "The same example was called 'wave' and 'nod'"
REFUSED: list[tuple[str, Examples]] = [
    ("nothing to learn", examples(("wave", GOOD[:0]))),
    ("at least 3 different examples of 'wave'", examples(("wave", GOOD[:2]))),
    ("occasions; so far it has 0", examples(("wave", GOOD), ("!nod", shown(NOD, 4)))),
    ("'none' is no label", examples(("none", GOOD))),
    ("'Unknown' is no label", examples(("Unknown", GOOD))),
    ("no name", examples(("", GOOD))),
    ("outer spaces", examples(("wave ", GOOD))),
    ("too long", examples(("w" * 41, GOOD))),
    ("cannot be shown", examples(("wa\nve", GOOD))),
    ("write it 'walk'", examples(("Walk", GOOD))),
    ("2 examples hold NaN", examples(("wave", np.concatenate([GOOD, GOOD[:2] * np.nan])))),
    (r"float32 \[4, 1024\]", examples(("wave", GOOD[:, :1023]))),
    ("float64", replace(examples(("wave", GOOD)), latents=GOOD.astype(np.float64))),
    ("one group", replace(examples(("wave", GOOD)), groups=("a",))),
    (TWO_NAMES, examples(("wave", GOOD), ("nod", GOOD))),
    ("called 'wave' and not 'wave'", examples(("wave", GOOD), ("!wave", GOOD[:1]))),
]


@pytest.mark.parametrize(("reason", "lesson"), REFUSED)
def test_bad_teaching_is_refused_with_what_to_do(reason: str, lesson: Examples) -> None:
    with pytest.raises(TeachingError, match=reason) as caught:
        refit(base(), lesson, QUICK)
    assert "\n" not in str(caught.value)


def test_figures_are_heard_among_what_else_a_latent_tells() -> None:
    """Here only the last 60 numbers part a new label from the rest, and little of them."""
    rng = np.random.default_rng(7)
    waves, others = rng.normal(size=(2, 120, 1024)).astype(np.float32)
    waves[:, -60:] += 0.4
    lesson = examples(("wave", waves[:20]), ("!wave", others[:20]))
    known = base()
    deaf, hearing = (
        fit(
            Material.of(replace(known, figures=count), lesson, 0),
            np.arange(len(known.labels) + 40),
            "logistic",
            0,
        )
        for count in (0, 60)
    )

    def parted(head: Composed) -> float:
        found = [head.probabilities(rows[20:])[:, -1] for rows in (waves, others)]
        return float((found[0][:, None] > found[1]).mean())

    assert parted(hearing) > parted(deaf) + 0.03


def test_what_is_corrected_must_be_surer_where_a_base_label_would_lose_by_it() -> None:
    """Here labels are hardly apart, nothing is sure of them, and all walking is called sitting."""
    known = draw_latents(400, seed=1, contrast=0.08)
    own = Own(fit_head("logistic", known.latents, known.labels, len(NAMES), 0), 10.0)
    unsure = Base(known.latents, known.labels, np.arange(400) // 8, NAMES, own)
    drawn = draw_latents(720, 2, 6, contrast=0.08)
    lesson = examples(("sit", drawn.latents[drawn.labels == WALK]))
    crossed = CrossFitted.of(Material.of(unsure, lesson, 0), "logistic", 0)
    walks = (crossed.material.labels == WALK) & crossed.material.is_base

    def lost(gate: float) -> float:
        return float((crossed.after(gate)[walks].argmax(1) != WALK).mean())

    gate = bearable(crossed)
    assert lost(gate) <= 0.02 < lost(gate - 0.1)
    assert refit(unsure, lesson, QUICK).worse == {}


def test_a_label_that_takes_what_is_nothing_has_a_higher_threshold() -> None:
    known = base()
    # What is taught lies among windows of `none`, and nothing was said that is not it.
    nothing = known.latents[known.labels == NONE]
    near = (nothing[:6] + shown(WAVE, 6)) / 2
    taught = refit(known, examples(("wave", near)), QUICK)
    assert taught.thresholds["wave"] > USUAL_THRESHOLD
    clear = refit(known, examples(("wave", shown(WAVE, 6))), QUICK)
    assert clear.thresholds == {"wave": USUAL_THRESHOLD}
    assert "none" not in taught.worse
