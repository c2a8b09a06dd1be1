"""The command that finds actions in a file, as a person runs it."""

from itertools import pairwise
import json
from pathlib import Path
import subprocess
import sys

import numpy as np
from numpy.typing import NDArray
import pytest

from tinyact_edge.bundle import Bundle, load_bundle
from tinyact_edge.classifier import LocalHead
from tinyact_edge.recognize import Recording, VideoRecognizer
from tinyact_edge.recognizer import Prediction

from .command import Command
from .support import still_room, stub_view, truncate, write_bundle, write_video


def last_line(text: str) -> str:
    """Return what stands below the progress bar."""
    return text.strip().splitlines()[-1].split("\r")[-1]


def test_the_exit_status_is_the_process_own(tmp_path: Path) -> None:
    arguments = ["recognize", "--bundle", str(tmp_path), "x"]
    command = [sys.executable, "-m", "tinyact_edge", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_a_video_without_people(command: Command, bundle_folder: Path, video: Path) -> None:
    done = command("recognize", video, "--bundle", bundle_folder, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found == {
        "video": str(video),
        "seconds": 4.0,
        "frames": 64,
        "people": 0,
        "actions": [],
        "model": found["model"],
    }
    assert found["model"]["name"] == "tiny"
    assert "4/4 s" in done.stderr


def test_a_person_is_found(command: Command, bundle_folder: Path, recording: Path) -> None:
    done = command("recognize", recording, "--bundle", bundle_folder, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["people"] == 1
    # By the tiny model every body falls.
    assert [action["label"] for action in found["actions"]] == ["fall"]
    lines = command("recognize", recording, "--bundle", bundle_folder).stdout.splitlines()
    (action,) = found["actions"]
    assert [line.split() for line in lines] == [
        [
            f"{action['start']:.2f}",
            f"{action['end']:.2f}",
            "fall",
            f"{action['confidence']:.2f}",
        ]
    ]


@pytest.mark.parametrize("content", [b"no video at all " * 100, b""])
def test_a_file_that_is_no_video(
    command: Command, tmp_path: Path, bundle_folder: Path, content: bytes
) -> None:
    path = tmp_path / "notes.mp4"
    path.write_bytes(content)
    done = command("recognize", path, "--bundle", bundle_folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "notes.mp4 cannot be read: " in last_line(done.stderr)
    assert "Traceback" not in done.stderr


def test_a_missing_file(command: Command, tmp_path: Path, bundle_folder: Path) -> None:
    done = command("recognize", tmp_path / "none.mp4", "--bundle", bundle_folder)
    assert done.returncode == 2
    assert "there is no such file" in last_line(done.stderr)


def test_a_truncated_video_gives_what_it_holds(
    command: Command, tmp_path: Path, bundle_folder: Path
) -> None:
    path = write_video(tmp_path / "cut.mp4", 8.0, options={"movflags": "faststart"})
    done = command("recognize", truncate(path, 0.6), "--bundle", bundle_folder, "--json")
    assert done.returncode == 3
    assert 1 < json.loads(done.stdout)["seconds"] < 7
    assert "was read only in part" in last_line(done.stderr)


def test_a_damaged_bundle(command: Command, tmp_path: Path, video: Path) -> None:
    done = command("recognize", video, "--bundle", tmp_path)
    assert done.returncode == 1
    assert "tinyact-model.json cannot be read" in last_line(done.stderr)
    assert "Traceback" not in done.stderr


def test_without_the_pose_networks(
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    video: Path,
    bundle_folder: Path,
) -> None:
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path / "none"))
    done = command("recognize", video, "--bundle", bundle_folder)
    assert done.returncode == 1
    assert "script/setup" in last_line(done.stderr)


def test_a_wheel_that_does_not_hold_the_pose_networks(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"no wheel")
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path / "pose"))
    done = command("pose-files", "--wheel", wheel)
    assert done.returncode != 0
    assert "does not hold the pose networks" in last_line(done.stderr)


def recognize(bundle: Bundle, video: Path) -> Recording:
    """Recognise with somebody always in view."""
    return VideoRecognizer(bundle, view=stub_view(bundle.clip)).recognize(video)


def test_times_are_seconds_in_the_video(bundle: Bundle, tmp_path: Path) -> None:
    found = recognize(bundle, write_video(tmp_path / "square.mp4", 6.0))
    (action,) = found.actions
    assert (action.label, action.started_at, action.end_reason) == ("fall", 0.0, "ended")
    assert action.ended_at == pytest.approx(6.0, abs=0.5)
    assert found.people == {1}


class Sayer(LocalHead):
    """Says of every window how likely a fall is."""

    def __init__(self, bundle: Bundle, fall: float) -> None:
        super().__init__(bundle)
        self._fall = fall

    def classify(self, latents: NDArray[np.float32]) -> list[Prediction]:
        odds = {"none": 1 - self._fall, "fall": self._fall}
        return [Prediction("none", odds["none"], odds)] * len(latents)


@pytest.mark.parametrize(("fall", "hop"), [(0.1, 0.5), (0.2, 0.25)])
def test_windows_follow_each_other_by_the_hop_or_by_half_of_it_while_a_fall_is_possible(
    fall: float, hop: float, bundle: Bundle, tmp_path: Path
) -> None:
    video = write_video(tmp_path / "square.mp4", 6.0)
    head = Sayer(bundle, fall)
    found = VideoRecognizer(bundle, view=stub_view(bundle.clip), head=head).recognize(video)
    ends = [window.at for window in found.windows]
    hops = [after - before for before, after in pairwise(ends)]
    assert ends[0] == 7 / 8
    assert hops == pytest.approx([hop] * round(5 / hop))


def test_the_end_of_a_video_is_seen_though_no_window_is_due(bundle: Bundle, tmp_path: Path) -> None:
    found = recognize(bundle, write_video(tmp_path / "square.mp4", 1.25))
    assert [window.at for window in found.windows] == [7 / 8, 9 / 8]
    # Two windows confirm the action that a single one would not have.
    assert [action.label for action in found.actions] == ["fall"]


@pytest.fixture
def without_pose_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path / "none"))


@pytest.mark.usefixtures("without_pose_files")
def test_what_moves_is_recognised_without_landmarks(command: Command, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "rgb", view="rgb")
    done = command("recognize", write_video(tmp_path / "x.mp4", 6.0), "--bundle", bundle, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["people"] == 1
    (action,) = found["actions"]
    assert (action["label"], action["start"], action["person"]) == ("fall", 0.0, 1)
    assert action["end"] == pytest.approx(6.0, abs=0.5)


@pytest.mark.usefixtures("without_pose_files")
def test_where_nothing_moves_nobody_is_found_by_pixels(tmp_path: Path) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "rgb", view="rgb"))
    still = write_video(tmp_path / "still.mp4", 6.0, still_room)
    found = VideoRecognizer(bundle).recognize(still)
    assert (found.frames, found.windows, found.actions) == (96, [], [])


@pytest.mark.usefixtures("without_pose_files")
def test_the_recogniser_gets_a_window_of_pixels_every_hop(tmp_path: Path) -> None:
    bundle = load_bundle(write_bundle(tmp_path / "rgb", view="rgb"))
    found = VideoRecognizer(bundle).recognize(write_video(tmp_path / "x.mp4", 4.0))
    assert [(w.person, w.started_at, w.at) for w in found.windows] == [
        (1, 0.0, 11 / 8),
        *((1, at / 8, (at + 15) / 8) for at in (0, 4, 8, 12, 16)),
    ]
    cut_off = VideoRecognizer(bundle).recognize(write_video(tmp_path / "cut.mp4", 1.75))
    assert [(w.started_at, w.at) for w in cut_off.windows] == [(0.0, 11 / 8), (0.0, 13 / 8)]
