"""People are found and followed: the real networks on the rendered scene."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
import zipfile

import av
import cv2
import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_demo.scene import film
from tinyact_edge import pose_files
from tinyact_edge.__main__ import main
from tinyact_edge.person import Light, Person, PersonTracker, PoseNetworks
from tinyact_edge.pose_files import PoseFilesError

NOSE, LEFT_ANKLE, RIGHT_ANKLE = 0, 27, 28


@pytest.fixture(scope="module")
def networks() -> PoseNetworks:
    """Return the networks, loaded once."""
    return PoseNetworks()


def frames(start: float, end: float) -> Iterator[tuple[NDArray[np.uint8], float]]:
    """Yield the scene's frames between two times, eight a second."""
    due = start
    with av.open(film()) as container:
        for frame in container.decode(video=0):
            assert frame.time is not None
            if due <= frame.time < end:
                due += 1 / 8
                yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), frame.time


def follow(networks: PoseNetworks, *views: NDArray[np.uint8]) -> list[list[Person]]:
    """Return who is found in `views`, an eighth of a second apart."""
    tracker = PersonTracker(networks)
    return [tracker.update(view, at / 8) for at, view in enumerate(views)]


def test_the_person_keeps_one_number_from_walking_in_to_sitting(networks: PoseNetworks) -> None:
    people = follow(networks, *(view for view, _ in frames(2, 8)))
    assert sum(bool(found) for found in people) > 0.95 * len(people)
    assert len({person.id for found in people for person in found}) == 1


def test_landmarks_are_in_pixels_of_the_frame(networks: PoseNetworks) -> None:
    (view, _), *_ = frames(3, 3.2)
    ((person,),) = follow(networks, view)
    assert person.landmarks.shape == (33, 4)
    assert person.landmarks[NOSE, 1] < person.landmarks[LEFT_ANKLE, 1]
    assert person.landmarks[NOSE, 1] < person.landmarks[RIGHT_ANKLE, 1]
    assert (person.landmarks[:, 0] > 0).all()
    assert (person.landmarks[:, 0] < view.shape[1]).all()
    assert ((person.landmarks[:, 3] >= 0) & (person.landmarks[:, 3] <= 1)).all()


def test_landmarks_follow_the_picture(networks: PoseNetworks) -> None:
    (view, _), *_ = frames(3, 3.2)
    moved = np.roll(view, 40, axis=1)
    ((here,),) = follow(networks, view)
    ((there,),) = follow(networks, moved)
    shift = there.landmarks[:, 0] - here.landmarks[:, 0]
    assert np.median(shift) == pytest.approx(40, abs=4)


def test_two_people_are_two(networks: PoseNetworks) -> None:
    views = [np.concatenate([view, view], 1) for view, _ in frames(2, 6)]
    people = follow(networks, *views)
    assert len(people[-1]) == 2
    left, right = sorted(person.landmarks[NOSE, 0] for person in people[-1])
    assert right - left == pytest.approx(640, abs=15)


def test_a_large_noisy_picture_is_as_good_as_a_small_one(networks: PoseNetworks) -> None:
    rng = np.random.default_rng(0)
    distances = []
    for view, _ in frames(3, 4):
        large = np.repeat(np.repeat(view, 4, 0), 4, 1).astype(np.int16)
        large += rng.integers(-90, 90, large.shape, dtype=np.int16)
        ((here,),) = follow(networks, view)
        ((there,),) = follow(networks, np.clip(large, 0, 255).astype(np.uint8))
        distances += np.hypot(*(there.landmarks[11:, :2] / 4 - here.landmarks[11:, :2]).T).tolist()
    assert np.median(distances) < 4


def test_somebody_in_the_dark_is_found(networks: PoseNetworks) -> None:
    views = [(view * 0.12).astype(np.uint8) for view, _ in frames(3, 5)]
    people = follow(networks, *views)
    assert sum(bool(found) for found in people) >= 0.8 * len(people)


def test_nobody_is_nobody(networks: PoseNetworks) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (360, 640, 3), dtype=np.uint8)
    assert not any(follow(networks, np.zeros_like(noise), noise, np.full_like(noise, 128)))


def test_somebody_who_comes_late_is_found_within_a_second(networks: PoseNetworks) -> None:
    rng = np.random.default_rng(0)
    nobody = [rng.integers(80, 90, (360, 640, 3), np.uint8) for _ in range(60)]
    people = follow(networks, *nobody, *(view for view, _ in frames(3, 5)))
    assert not any(people[:60])
    assert all(people[68:])


def test_small_people_are_found_where_something_moves(networks: PoseNetworks) -> None:
    room = np.full((1080, 1920, 3), 90, np.uint8)
    views = []
    for view, _ in frames(2, 6):
        small = cv2.resize(view, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        views.append(room.copy())
        views[-1][700:880, 1400:1720] = small
    people = follow(networks, *views)
    assert sum(bool(found) for found in people) > 0.8 * len(people)


def test_somebody_lost_for_a_moment_keeps_the_number(networks: PoseNetworks) -> None:
    views = [view for view, _ in frames(3, 5)]
    views[5] = np.zeros_like(views[5])
    people = follow(networks, *views)
    assert not people[5]
    assert {person.id for found in people for person in found} == {1}


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_without_the_pose_networks_the_error_says_what_to_do(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if damage == "changed":
        for name in pose_files.FILES:
            (tmp_path / name).write_bytes(b"not a network")
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path))
    with pytest.raises(PoseFilesError, match=r"script/setup.*mediapipe==0\.10\.14"):
        PoseNetworks()


def test_a_wheel_without_the_networks_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path / "pose"))
    empty = tmp_path / "other.whl"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("readme", "nothing here")
    assert main(["pose-files", "--wheel", str(empty)]) == 1
    changed = tmp_path / "changed.whl"
    with zipfile.ZipFile(changed, "w") as archive:
        for member, _ in pose_files.FILES.values():
            archive.writestr(member, "another network")
    assert main(["pose-files", "--wheel", str(changed)]) == 1
    assert main(["pose-files", "--wheel", str(tmp_path / "none.whl")]) == 1
    assert capsys.readouterr().err.count("mediapipe==0.10.14") == 3
    assert not (tmp_path / "pose").exists()


def test_what_rolls_is_seldom_looked_at_but_who_comes_elsewhere_is_at_once(
    networks: PoseNetworks, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    detect = PoseNetworks.detect

    def counted(self: PoseNetworks, image: NDArray[np.uint8], light: Light) -> list[Any]:
        looks.append(len(people))
        return detect(self, image, light)

    monkeypatch.setattr(PoseNetworks, "detect", counted)
    tracker = PersonTracker(networks)
    people: list[list[Person]] = []
    room = np.full((360, 640, 3), 90, np.uint8)
    for number in range(80):
        view = room.copy()
        cv2.circle(view, (60 + 10 * abs(number % 8 - 4), 320), 18, (190, 160, 120), cv2.FILLED)
        people.append(tracker.update(view, number / 8))
    assert not any(people)
    assert len([look for look in looks if look >= 40]) <= 5
    for view, at in frames(3, 4):
        people.append(tracker.update(view, 10 + at - 3))
    assert any(people[80:84])


def test_bodies_looked_at_together_are_as_if_one_by_one(networks: PoseNetworks) -> None:
    bodies = []
    for view, _ in frames(4, 5):
        light = Light(view)
        bodies += [(view, square) for square in networks.detect(view, light)]
    assert len(bodies) >= 7  # four, two and one
    alone = [networks.landmarks(view, square, Light(view)) for view, square in bodies]
    networks.foresee(bodies)  # makes ready for it
    assert networks._compiler
    networks._compiler.join()
    networks.foresee(bodies)
    assert networks._foreseen
    for (view, square), expected in zip(bodies, alone, strict=True):
        found = networks.landmarks(view, square, Light(view))
        assert found
        assert expected
        assert found[1] == pytest.approx(expected[1], rel=1e-3)
        assert np.abs(found[0] - expected[0])[:, :2].max() < 0.5
