"""What is kept of what people teach: windows, lessons, marks, and the head that came of them."""

from collections.abc import Iterator
import hashlib
from pathlib import Path
import time
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_cloud.learning import marks as cloud_marks
from tinyact_edge.bundle import Bundle, BundleError
from tinyact_edge.classifier import LocalHead, quantise
from tinyact_edge.head import HeadStore, Model, model_of, open_head
from tinyact_edge.journal import ActionFilter, Journal
from tinyact_edge.lessons import Kept, Lessons, NothingKeptError, Refusal
from tinyact_edge.marks import MAX_MARKS, Marks
from tinyact_edge.recent import Recent
from tinyact_edge.recognizer import Action, Correction, Prediction

from .support import LATENT, write_bundle

ENCODER = "e" * 64
NOW = time.time()
LABELS = ("none", "fall", "sit")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Return a new journal."""
    journal = Journal(tmp_path)
    yield journal
    journal.close()


@pytest.fixture
def lessons(journal: Journal) -> Lessons:
    """Return the lessons of a model that knows falls."""
    return Lessons(journal, ENCODER)


def window(at: float = NOW, camera: str = "kitchen", seed: int | None = None) -> Kept:
    codes, scale = quantise(np.random.default_rng(seed).normal(size=LATENT).astype(np.float32))
    return Kept(uuid4().hex, camera, 1, at, codes, scale, bytes(16 * 13 * 3 * 2))


def happened(journal: Journal, lessons: Lessons, number: int, count: int = 3) -> list[Kept]:
    """Journal an action and its windows."""
    journal.confirm(Action(number, "kitchen", 1, "fall", 0.9, NOW - 3, NOW - 1))
    journal.end(number, NOW, "ended")
    windows = [window(NOW - 10 * number + i / 2) for i in range(count)]
    lessons.keep(number, windows)
    return windows


def send_all(lessons: Lessons) -> list[tuple[str, bool]]:
    """Take everything that waits as the classifier would; return labels and what is wrong."""
    sent = []
    while lesson := lessons.next_to_teach():
        sent += [(example.label, example.wrong) for example in lesson.examples]
        lessons.taught(lesson)
    return sent


def test_a_correction_waits_is_told_and_is_taken_back(journal: Journal, lessons: Lessons) -> None:
    windows = happened(journal, lessons, 1)
    message = lessons.correct(1, "label", "tumble")
    assert (message.id, message.event, message.action.label) == (3, "corrected", "tumble")
    lesson = lessons.next_to_teach()
    assert lesson
    assert [example.window.codes for example in lesson.examples] == [w.codes for w in windows]
    assert {(e.label, e.wrong, e.group) for e in lesson.examples} == {("tumble", False, lesson.id)}
    assert [example.window.joints for example in lesson.examples] == [w.joints for w in windows]

    (told,) = lessons.taught(lesson)
    assert told.action.correction
    assert (told.action.correction.state, told.action.correction.recognized) == ("taught", "fall")
    assert [a.id for a in journal.actions(ActionFilter(labels=["tumble"]), 9)] == [1]
    assert journal.actions(ActionFilter(labels=["fall"]), 9) == []
    assert lessons.next_to_teach() is None

    back = lessons.take_back(1)
    assert (back.action.label, back.action.correction) == ("fall", None)
    forgotten = []
    while example := lessons.next_to_forget():
        forgotten.append(example)
        lessons.forgotten(example)
    assert sorted(forgotten) == sorted(example.id for example in lesson.examples)
    with pytest.raises(KeyError):
        lessons.take_back(1)
    assert [message.event for message in journal.messages(2, 9)] == ["corrected"] * 3


def test_another_correction_replaces_the_first(journal: Journal, lessons: Lessons) -> None:
    happened(journal, lessons, 1)
    lessons.correct(1, "label", "tumble")
    first = lessons.next_to_teach()
    assert send_all(lessons) == [("tumble", False)] * 3
    message = lessons.correct(1, "not", None)
    assert (message.action.label, message.action.correction) != ("tumble", None)
    assert message.action.label == "fall"
    assert send_all(lessons) == [("fall", True)] * 3
    # Said again before it was forgotten, it is told again, under the same ids.
    lessons.correct(1, "label", "tumble")
    again = lessons.next_to_teach()
    assert first
    assert again
    assert [e.id for e in again.examples] == [e.id for e in first.examples]
    assert lessons.waiting() == 6  # to be told of, and the three falls to be forgotten


def test_what_is_taken_back_while_it_is_being_sent_is_forgotten(
    journal: Journal, lessons: Lessons
) -> None:
    happened(journal, lessons, 1)
    lessons.correct(1, "not", None)
    lesson = lessons.next_to_teach()
    assert lesson
    lessons.take_back(1)
    assert lessons.taught(lesson) == []
    assert lessons.next_to_forget() in {example.id for example in lesson.examples}


@pytest.mark.parametrize("label", ["tumble", "sit"])
def test_a_label_is_told_from_what_the_camera_sees_else(
    journal: Journal, lessons: Lessons, label: str
) -> None:
    happened(journal, lessons, 1)
    happened(journal, lessons, 2)
    for minute in range(1, 100):
        lessons.keep(None, [window(NOW - 60 * (100 - minute))])
    lessons.keep(None, [window(NOW - 3600, camera="hall")])
    lessons.correct(1, "label", label)
    lesson = lessons.next_to_teach()
    assert lesson
    ordinary = [example for example in lesson.examples if example.wrong]
    assert len(ordinary) == 24
    assert len(lesson.examples) == 27
    assert {example.window.camera for example in ordinary} == {"kitchen"}
    # Within five minutes it may have been going on.
    assert max(example.window.at for example in ordinary) < NOW - 300
    lessons.taught(lesson)

    # They are told once, and stay as long as anybody teaches the label here.
    lessons.correct(2, "label", label)
    assert send_all(lessons) == [(label, False)] * 3
    lessons.take_back(1)
    assert lessons.waiting() == 3
    lessons.take_back(2)
    assert lessons.waiting() == 3 + 3 + 24


def test_what_something_is_not_needs_no_ordinary_windows(
    journal: Journal, lessons: Lessons
) -> None:
    happened(journal, lessons, 1)
    lessons.keep(None, [window(NOW - 3600)])
    lessons.correct(1, "not", None)
    assert send_all(lessons) == [("fall", True)] * 3


def test_ordinary_windows_are_bounded(journal: Journal, lessons: Lessons) -> None:
    for number in range(80):
        lessons.keep(None, [window(NOW + number)])
    with journal.reading() as db:
        (count, oldest) = db.execute("SELECT COUNT(*), MIN(at) FROM windows").fetchone()
    assert (count, oldest) == (60, NOW + 20)


def test_a_refusal_is_shown(journal: Journal, lessons: Lessons) -> None:
    happened(journal, lessons, 1)
    lessons.correct(1, "not", None)
    lesson = lessons.next_to_teach()
    assert lesson
    (message,) = lessons.taught(lesson, Refusal("too many examples", "full"))
    assert message.action.correction == Correction(
        "not", "fall", "refused", "too many examples", "full"
    )
    assert journal.action(1).correction == message.action.correction
    assert lessons.waiting() == 0


def test_without_windows_there_is_nothing_to_learn(journal: Journal, lessons: Lessons) -> None:
    happened(journal, lessons, 1, count=0)
    with pytest.raises(NothingKeptError):
        lessons.correct(1, "not", None)
    with pytest.raises(KeyError):
        lessons.correct(7, "not", None)
    assert journal.actions(ActionFilter(), 9)[0].correction is None


def test_another_encoder_has_no_use_for_what_waits(journal: Journal, lessons: Lessons) -> None:
    happened(journal, lessons, 1)
    happened(journal, lessons, 2)
    lessons.correct(1, "not", None)
    lessons.correct(2, "never_here", None)
    replaced = Lessons(journal, "f" * 64)
    (message,) = replaced.refuse_others()
    assert message.action.correction
    assert message.action.correction.state == "refused"
    assert message.action.correction.code == "replaced"
    assert replaced.next_to_teach() is None
    assert replaced.marks() == {}
    with pytest.raises(NothingKeptError):
        replaced.correct(2, "not", None)


def test_windows_go_with_their_action_and_marks_stay(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    lessons = Lessons(journal, ENCODER)
    for number in (1, 2, 3):
        happened(journal, lessons, number)
    lessons.correct(1, "never_here", None)
    lessons.correct(2, "not", None)
    send_all(lessons)
    journal.close()
    journal = Journal(tmp_path, keep_actions=0)
    assert journal.actions(ActionFilter(), 9) == []
    with journal.reading() as db:
        assert db.execute("SELECT COUNT(*) FROM windows").fetchone() == (0,)
        assert db.execute("SELECT kind FROM lessons").fetchall() == [("never_here",)]
    assert Lessons(journal, ENCODER).marks()["kitchen"].labels == ("fall",) * (3 + 2)
    journal.close()


def test_windows_are_kept_for_so_many_days(tmp_path: Path) -> None:
    journal = Journal(tmp_path, keep_latents_days=2)
    lessons = Lessons(journal, ENCODER)
    happened(journal, lessons, 1, count=0)
    old, young = (time.time() - days * 86400 for days in (2.1, 1.9))
    lessons.keep(1, [window(old), window(young), window(old)])
    lessons.keep(None, [window(old)])
    journal.forget_old()
    with journal.reading() as db:
        assert db.execute("SELECT at FROM windows").fetchall() == [(young,)]
    journal.close()


def test_what_people_erase_teaches_nothing_any_more(journal: Journal, lessons: Lessons) -> None:
    for number, kind in ((1, "never_here"), (2, "not"), (3, "label")):
        happened(journal, lessons, number)
        lessons.correct(number, kind, "tumble" if kind == "label" else None)  # type: ignore[arg-type]
    send_all(lessons)
    assert lessons.marks().keys() == {"kitchen"}
    for number in (1, 2, 3):
        lessons.erase(number)
    # A mark that nobody could take back would silence a camera for ever.
    assert lessons.marks() == {}
    assert lessons.waiting() == 6
    while example := lessons.next_to_forget():
        lessons.forgotten(example)
    with journal.reading() as db:
        for table in ("actions", "windows", "lessons", "examples", "messages"):
            assert db.execute(f"SELECT * FROM {table}").fetchall() == []  # noqa: S608
    with pytest.raises(KeyError):
        lessons.erase(1)


def test_marks_are_bounded_and_the_newest_count(journal: Journal, lessons: Lessons) -> None:
    for number in range(1, MAX_MARKS // 3 + 10):
        last = happened(journal, lessons, number)
        lessons.correct(number, "never_here", None)
    (kitchen,) = lessons.marks().values()
    # Three windows make an action, and two things are between them; nothing is between actions.
    assert len(kitchen.labels) == MAX_MARKS + MAX_MARKS * 2 // 3
    newest = np.frombuffer(last[-1].codes, np.int8) * np.float32(last[-1].scale)
    alike = kitchen.directions[MAX_MARKS - 1] @ newest / np.linalg.norm(newest)
    assert float(alike) == pytest.approx(1)


def draw_predictions(
    rng: np.random.Generator, count: int
) -> tuple[NDArray[np.float32], list[Prediction]]:
    """Return probabilities float32 [N, 3], some of them certain, and what they say."""
    raw = rng.dirichlet(np.ones(len(LABELS)), count)
    raw[::5] = np.eye(len(LABELS))[rng.integers(0, len(LABELS), len(raw[::5]))]
    rows = raw.astype(np.float32)
    return rows, [
        Prediction(
            LABELS[row.argmax()], float(row.max()), dict(zip(LABELS, row.tolist(), strict=True))
        )
        for row in rows
    ]


def test_the_edge_and_the_classifier_apply_marks_alike() -> None:
    rng = np.random.default_rng(3)
    stored = rng.normal(size=(40, LATENT)).astype(np.float32)
    labels = rng.integers(1, len(LABELS), 40)
    # Some windows are close to a mark or between two, some on the border, some far.
    looks = np.concatenate([stored, stored[1:] + stored[:-1]])
    noise = rng.normal(size=(200, LATENT)) * rng.uniform(0, 0.8, (200, 1))
    latents = (looks[rng.integers(0, 79, 200)] + noise).astype(np.float32)
    rows, predictions = draw_predictions(rng, 200)
    persons, times = rng.integers(1, 3, 40), rng.choice([0.25, 0.5, 1.2, 1.3], 40).cumsum()
    theirs = cloud_marks.Marks.of(stored, labels, persons, times)
    expected = cloud_marks.marked(latents, rows, ["kitchen"] * 200, {"kitchen": theirs})
    marks = Marks.of(stored, [LABELS[label] for label in labels], persons.tolist(), times.tolist())
    assert 40 < len(marks.labels) < 80
    found = [marks.apply(*each) for each in zip(latents, predictions, strict=True)]
    assert 0 < sum(f is not p for f, p in zip(found, predictions, strict=True)) < 200
    for prediction, row in zip(found, expected, strict=True):
        assert [prediction.probabilities[label] for label in LABELS] == pytest.approx(row, abs=1e-6)
        assert prediction.confidence == pytest.approx(row.max(), abs=1e-6)
        assert prediction.label == LABELS[row.argmax()]


def test_a_mark_counts_where_a_fall_would_be_told_of_as_second_likeliest() -> None:
    latent = np.ones(LATENT, np.float32)
    shares = {"none": 0.1, "fall": 0.4, "sit": 0.5}
    marks = Marks.of(latent[None], ["fall"], [1], [NOW])
    found = marks.apply(latent, Prediction("sit", 0.5, shares))
    assert found.probabilities == pytest.approx({"none": 1 / 6, "fall": 0, "sit": 5 / 6})
    assert (found.label, found.confidence) == ("sit", pytest.approx(5 / 6))
    unknown = Prediction("none", 1.0, {"none": 1.0})
    assert marks.apply(latent, unknown) is unknown


def test_the_windows_of_an_action_are_found_again() -> None:
    recent = Recent()
    for step in range(400):
        at = step / 2
        for person in (1, 2):
            recent.add(person, at - 2, at, (bytes(LATENT), 1.0), b"")
    made = recent.that_made(1, 190.0, 193.0)
    assert [(seen.person, seen.started_at, seen.at) for seen in made] == [
        (1, 190.0, 192.0),
        (1, 190.5, 192.5),
        (1, 191.0, 193.0),
    ]
    went_on = recent.of_how_it_went_on(2, 193.0, 199.5)
    assert {seen.person for seen in went_on} == {2}
    assert [seen.at for seen in went_on] == [193.5, 195.0, 196.5, 198.0, 199.5]
    assert recent.between(0, 70, 32) == []
    assert len(recent.between(100, 110, 32)) == 32
    assert {seen.person for seen in recent.between(100, 110, 32)} == {1, 2}


def model(content: bytes, *labels: str) -> Model:
    return Model(hashlib.sha256(content).hexdigest(), 4, labels, {"wave": 0.7}, 1.0)


def test_a_taught_head_is_checked_and_kept(
    bundle: Bundle, journal: Journal, tmp_path: Path
) -> None:
    taught = write_bundle(tmp_path / "taught", ("none", "fall", "wave"))
    content = (taught / "head_rf.onnx").read_bytes()
    fitting = model(content, "none", "fall", "wave")
    HeadStore(journal, bundle.encoder_id).save(fitting, content)
    kept = HeadStore(journal, bundle.encoder_id).load()
    assert kept == (fitting, content)
    assert HeadStore(journal, "f" * 64).load() is None

    served, head = open_head(bundle, *kept)
    assert served.labels == ("none", "fall", "wave")
    assert served.thresholds == {"wave": 0.7}
    shown = head.classify(np.linspace(-9, 9, LATENT, dtype=np.float32)[None])[0]
    assert shown.label == "wave"
    with pytest.raises(BundleError, match="not the one"):
        open_head(bundle, fitting, content + b" ")
    with pytest.raises(BundleError, match="is no head for latents of 1024 numbers and 2 labels"):
        open_head(bundle, model(content, "none", "fall"), content)
    with pytest.raises(BundleError, match="is no head"):
        open_head(bundle, model(b"x", "none", "fall"), b"x")
    assert isinstance(head, LocalHead)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "short"},
        {"labels": ["fall", "sit"]},
        {"labels": ["none", "none"]},
        {"labels": ["none", 5]},
        {"thresholds": {"fall": 7}},
        {"temperature": 0},
        {"head_version": -1},
    ],
)
def test_a_model_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    sound = {"model": "a" * 64, "labels": ["none", "fall"], "temperature": 1, "more": "ignored"}
    assert model_of(sound).labels == ("none", "fall")
    with pytest.raises(ValueError, match=next(iter(change)) + r"|none|dictionary"):
        model_of(sound | change)
