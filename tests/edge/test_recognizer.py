"""What a person's windows add up to."""

from dataclasses import replace
from itertools import count

import pytest

from tinyact_edge.recognizer import Action, Prediction, Recognizer, Rules, Window

HOP = 0.5


class Scene:
    """Windows of people, one every hop, fed to a recogniser.

    It is sure of a fall from 0.6 on: most tests are about what several windows say together.
    """

    def __init__(self, thresholds: dict[str, float] | None = None) -> None:
        self.recognizer = Recognizer("kitchen", thresholds or {}, count(1), Rules(sure=0.6))
        self.changes: list[Action] = []
        self.at = 2.0

    def show(self, *shown: str | dict[str, float], person: int = 1) -> "Scene":
        """Feed one window after another; a label is short for a certainty of 0.55."""
        for window in shown:
            odds = {window: 0.55, "none": 0.45} if isinstance(window, str) else window
            label = max(odds, key=lambda name: odds[name])
            prediction = Prediction(label, odds[label], odds)
            self.changes += self.recognizer.add(Window(person, self.at - 2, self.at, prediction))
            self.at += HOP
        return self

    def wait(self, seconds: float) -> "Scene":
        """Let time go on without windows."""
        self.at += seconds
        self.changes += self.recognizer.advance(self.at)
        return self

    @property
    def story(self) -> list[str]:
        """Return the changes as short texts."""
        return [f"{change.label} {change.end_reason or 'confirmed'}" for change in self.changes]


def test_two_of_three_windows_confirm() -> None:
    scene = Scene().show("none", "sit", "none", "sit")
    assert scene.changes == [Action(1, "kitchen", 1, "sit", 0.55, started_at=0.5, confirmed_at=3.5)]


def test_one_window_confirms_a_fall_that_it_is_sure_of_and_nothing_else() -> None:
    assert Scene().show("none", {"fall": 0.61, "none": 0.39}).story == ["fall confirmed"]
    assert Scene().show("none", {"fall": 0.59, "none": 0.41}).changes == []
    assert Scene().show("none", {"sit": 0.99, "none": 0.01}).changes == []


@pytest.mark.parametrize(("share", "confirmed"), [(0.49, 0), (0.5, 1)])
def test_as_it_ships_one_window_confirms_a_fall_as_likely_as_not(
    share: float, confirmed: int
) -> None:
    recognizer = Recognizer("kitchen", {"fall": 0.45}, count(1))
    odds = {"none": 1 - share, "fall": share}
    window = Window(1, 0.0, 2.0, Prediction("none", odds["none"], odds))
    assert len(recognizer.add(window)) == confirmed


@pytest.mark.parametrize(
    ("odds", "suspects"),
    [
        ({"none": 0.84, "fall": 0.16}, True),
        ({"none": 0.86, "fall": 0.14}, False),
        ({"none": 0.2, "sit": 0.8}, False),
    ],
)
def test_who_may_have_fallen_is_suspected(odds: dict[str, float], suspects: bool) -> None:  # noqa: FBT001
    recognizer = Scene().recognizer
    window = Window(1, 0.0, 2.0, Prediction("none", odds["none"], odds))
    assert recognizer.suspects(window) is suspects
    recognizer.settings = replace(recognizer.settings, labels=("sit",))
    assert not recognizer.suspects(window)


def test_two_of_four_windows_do_not() -> None:
    assert Scene().show("sit", "none", "none", "sit").changes == []


def test_none_is_never_an_action() -> None:
    assert Scene().show(*["none"] * 10).changes == []


def test_a_label_counts_from_its_threshold_on() -> None:
    weak, strong = {"sit": 0.6, "none": 0.4}, {"sit": 0.7, "none": 0.3}
    assert Scene({"sit": 0.7}).show(*[weak] * 5).changes == []
    assert Scene({"sit": 0.7}).show(*[strong] * 5).story == ["sit confirmed"]
    assert Scene().show(*[{"sit": 0.4, "none": 0.3}] * 5).changes == []


def test_four_windows_without_the_label_end_it() -> None:
    scene = Scene().show("walk", "walk", "none", "none", "none")
    assert scene.story == ["walk confirmed"]
    scene.show("none")
    assert scene.story == ["walk confirmed", "walk ended"]
    assert scene.changes[1].ended_at == 2.5
    assert scene.changes[1].id == scene.changes[0].id


def test_an_action_goes_on_over_a_short_pause() -> None:
    scene = Scene().show("walk", "walk", "none", "none", "none", "walk", "none", "none", "none")
    assert scene.story == ["walk confirmed"]


def test_the_next_action_ends_the_one_before() -> None:
    scene = Scene().show("walk", "walk", "walk", "fall", "fall", "none", "none", "none", "none")
    assert scene.story == ["walk confirmed", "fall confirmed", "walk ended", "fall ended"]


def test_a_person_who_is_gone_ends_the_action() -> None:
    scene = Scene().show("walk", "walk").wait(0.5)
    assert scene.story == ["walk confirmed"]
    assert scene.wait(1.5).story == ["walk confirmed", "walk ended"]


def test_a_fall_counts_even_where_another_label_is_likelier() -> None:
    hidden = {"walk": 0.6, "fall": 0.35, "none": 0.05}
    scene = Scene({"fall": 0.3}).show("walk", "walk", hidden, hidden)
    assert scene.story == ["walk confirmed", "fall confirmed", "walk ended"]
    assert scene.changes[1].confidence == pytest.approx(0.35)


def test_nothing_else_is_confirmed_while_a_fall_may_be_going_on() -> None:
    scene = Scene().show("sit", "fall", "sit", "fall")
    assert scene.story == ["fall confirmed"]
    assert Scene().show("fall", "sit", "sit").changes == []
    assert Scene().show("fall", "sit", "sit", "sit").story == ["sit confirmed"]


def test_one_fall_is_one_action() -> None:
    scene = Scene().show("fall", "fall", *["none"] * 4, "fall", "fall", *["none"] * 4, "fall")
    assert scene.story == ["fall confirmed", "fall ended"]


def test_a_fall_after_the_cool_down_is_a_new_one() -> None:
    scene = Scene().show("fall", "fall", *["none"] * 10, "fall", "fall")
    assert scene.story == ["fall confirmed", "fall ended", "fall confirmed"]
    assert scene.changes[-1].id == 2


def test_walking_on_is_a_new_action_at_once() -> None:
    scene = Scene().show("walk", "walk", *["none"] * 4, "walk", "walk")
    assert scene.story == ["walk confirmed", "walk ended", "walk confirmed"]


def test_people_do_not_influence_each_other() -> None:
    scene = Scene()
    for _ in range(3):
        scene.show("fall", person=1)
        scene.at -= HOP
        scene.show("fall", person=2)
    assert scene.story == ["fall confirmed", "fall confirmed"]
    assert [action.person for action in scene.changes] == [1, 2]


def test_votes_of_different_people_do_not_add_up() -> None:
    scene = Scene()
    scene.show("fall", person=1).show("fall", person=2)
    assert scene.changes == []


def test_a_person_found_again_under_a_new_number_does_not_fall_again() -> None:
    scene = Scene().show("walk", "fall", "fall", person=1).wait(1.0)
    scene.show("fall", "fall", "fall", person=2)
    assert scene.story == ["fall confirmed", "fall ended"]


def test_a_second_person_falls_while_the_first_is_still_seen() -> None:
    scene = Scene().show("fall", "fall", person=1)
    for _ in range(3):
        scene.show("none", person=1)
        scene.at -= HOP
        scene.show("fall", person=2)
    assert scene.story == ["fall confirmed", "fall confirmed"]


def test_a_lost_person_found_after_the_cool_down_falls_anew() -> None:
    scene = Scene().show("fall", "fall", person=1).wait(6.0).show("fall", "fall", person=2)
    assert scene.story == ["fall confirmed", "fall ended", "fall confirmed"]


def test_an_interruption_ends_every_action_and_forgets_votes() -> None:
    scene = Scene().show("walk", "walk", "sit")
    scene.changes += scene.recognizer.end_all("interrupted")
    assert scene.story == ["walk confirmed", "walk interrupted"]
    assert scene.changes[-1].ended_at == 2.5
    scene.show("sit")
    assert len(scene.changes) == 2


def test_an_action_ends_once() -> None:
    scene = Scene().show("walk", "walk").wait(5.0).wait(5.0)
    scene.changes += scene.recognizer.end_all("ended")
    assert scene.story == ["walk confirmed", "walk ended"]
