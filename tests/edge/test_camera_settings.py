"""What settings mean to those who obey them."""

from itertools import pairwise
import json

import numpy as np
import pytest
import voluptuous as vol

from tinyact_edge.bundle import Bundle
from tinyact_edge.camera_settings import (
    SETTINGS,
    CameraSettings,
    is_inside,
    settings_of,
    threshold_at,
)
from tinyact_edge.pipeline import Watch
from tinyact_edge.sampler import Sample
from tinyact_edge.view import View

from .support import moving_square, stub_view
from .test_recognizer import Scene


@pytest.mark.parametrize("threshold", [0.0, 0.05, 0.4, 0.5, 0.9, 1.0])
def test_more_sensitivity_means_a_lower_threshold_that_stays_one(threshold: float) -> None:
    assert threshold_at(threshold, 50) == threshold
    found = [threshold_at(threshold, value) for value in range(101) if value != 50]
    assert all(0 < value < 1 for value in found)
    assert all(one > other for one, other in pairwise(found))


def test_one_half_becomes_what_the_documentation_says() -> None:
    assert threshold_at(0.5, 0) == pytest.approx(0.9)
    assert threshold_at(0.5, 100) == pytest.approx(0.1)


UNSURE = {"sit": 0.3, "none": 0.7}
SURE = {"sit": 0.6, "none": 0.4}


@pytest.mark.parametrize(
    ("shown", "sensitivity", "found"),
    [
        # At 50 what is likeliest counts, and the model's threshold, here 0.5.
        (SURE, 50, True),
        (UNSURE, 50, False),
        # 0.3 against 0.7, and against a threshold of 0.25, at three times the odds.
        (UNSURE, 75, True),
        (UNSURE, 60, False),
        (SURE, 25, False),
        ({"sit": 0.95, "none": 0.05}, 0, True),
    ],
)
def test_more_sensitivity_finds_more(
    shown: dict[str, float], sensitivity: int, *, found: bool
) -> None:
    scene = Scene({"sit": 0.5})
    scene.recognizer.settings = CameraSettings(sensitivity=sensitivity)
    assert scene.show(shown, shown).story == (["sit confirmed"] if found else [])


def test_whatever_is_found_at_one_sensitivity_is_found_at_a_higher_one() -> None:
    for share in np.linspace(0, 1, 21):
        shown = {"sit": float(share), "none": 1 - float(share)}
        found = []
        for sensitivity in range(0, 101, 5):
            scene = Scene()
            scene.recognizer.settings = CameraSettings(sensitivity=sensitivity)
            found.append(bool(scene.show(shown, shown).story))
        assert found == sorted(found)


def test_sensitivity_counts_for_taught_labels_which_have_no_threshold() -> None:
    for sensitivity, story in ((50, []), (70, ["tumble confirmed"])):
        scene = Scene()
        scene.recognizer.settings = CameraSettings(sensitivity=sensitivity)
        scene.show(*[{"tumble": 0.42, "sit": 0.2, "none": 0.38}] * 2)
        assert scene.story == story


def test_what_is_not_wanted_is_not_confirmed_and_hides_nothing() -> None:
    scene = Scene()
    scene.recognizer.settings = CameraSettings(labels=("sit",))
    scene.show("fall", "sit", "fall", "sit")
    assert scene.story == ["sit confirmed"]
    # What goes on when its label is taken off the list ends.
    scene.recognizer.settings = CameraSettings(labels=("walk",))
    scene.show(*["sit"] * 5)
    assert scene.story == ["sit confirmed", "sit ended"]


def test_inside_and_outside_of_a_polygon() -> None:
    corner = ((0.0, 0.0), (0.6, 0.0), (0.6, 0.2), (0.2, 0.2), (0.2, 0.6), (0.0, 0.6))
    for point in ((0.1, 0.1), (0.5, 0.1), (0.1, 0.5)):
        assert is_inside(point, corner)
    for point in ((0.4, 0.4), (0.7, 0.1), (0.1, 0.7), (0.9, 0.9)):
        assert not is_inside(point, corner)


def clips_of(view: View, watch: Watch) -> int:
    """Return how many clips three seconds of the moving square give."""
    found = 0
    for index in range(24):
        image = moving_square(index / 8)
        if view.picture.__name__ == "gray":
            image = image[..., 0]
        found += len(watch.clips(Sample(index / 8, image)))
    return found


def test_whoever_is_in_a_zone_to_ignore_gives_no_clips(bundle: Bundle) -> None:
    """The stub's person stands in the middle of the picture."""
    view = stub_view(bundle.clip)
    middle = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
    elsewhere = ((0.0, 0.0), (0.3, 0.0), (0.3, 1.0))
    watch = Watch(view.clip_maker())
    everything = clips_of(view, watch)
    assert everything
    watch = Watch(view.clip_maker())
    watch.ignore = (elsewhere,)
    assert clips_of(view, watch) == everything
    watch = Watch(view.clip_maker())
    watch.ignore = (elsewhere, middle)
    assert clips_of(view, watch) == 0


def test_settings_are_read_as_they_were_written_and_strangers_left_out() -> None:
    settings = CameraSettings(
        enabled=False,
        labels=("fall", "sit"),
        sensitivity=70,
        ignore=(((0.0, 0.0), (1.0, 0.0), (0.5, 0.5)),),
        snapshots=True,
        clips=True,
    )
    read = json.loads(json.dumps(settings.as_json()))
    assert settings_of(read | {"of a later version": 1}) == settings


def test_labels_are_spelt_as_those_that_are_taught() -> None:
    read = vol.Schema(SETTINGS)({"labels": ["sich bu\u0308cken ", "fall", "fall"]})
    assert read["labels"] == ("sich b\u00fccken", "fall")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"enabled": 1}, "true or false"),
        ({"labels": []}, "null for all"),
        ({"labels": "fall"}, "null for all"),
        ({"labels": ["x" * 41]}, "1 to 40"),
        ({"sensitivity": 101}, "0 to 100"),
        ({"sensitivity": True}, "0 to 100"),
        ({"sensitivity": float("nan")}, "0 to 100"),
        ({"ignore": [[[0, 0], [1, 1]]]}, "3 to 16 points"),
        ({"ignore": [[[0, 0], [1, 1], [2, 0]]]}, "from 0 to 1"),
        ({"ignore": [[[0, 0], [1, 1], [float("nan"), 0]]]}, "from 0 to 1"),
        ({"ignore": [[[0, 0], [1, 1], "ab"]]}, "points [x, y]"),
        ({"ignore": [[[0, 0], [1, 1], [0, 1]]] * 9}, "at most 8"),
    ],
)
def test_unusable_settings_are_refused_in_words(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(vol.Invalid, match=words.replace("[", r"\[")):
        vol.Schema(SETTINGS)(wrong)
