"""Kinetics' lists, the videos they name, and clips of them."""

from pathlib import Path

import numpy as np
import pytest

from tinyact_cloud.training.kinetics import parse_classes, read_clip, read_kinetics
from tinyact_cloud.training.options import UserError
from tinyact_edge.source import SourceError

from .kinetics_folder import MOVES, write_kinetics, write_video


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_kinetics(tmp_path_factory.mktemp("kinetics"))


def test_every_layout_is_found_and_what_is_missing_counted(folder: Path) -> None:
    found = read_kinetics(folder)
    assert found.labels == tuple(sorted(MOVES))
    assert found.missing == {"train": 3, "val": 3}
    assert (len(found.of("train")), len(found.of("val"))) == (12, 6)
    for video in found.videos:
        assert video.path.stem == video.id
        assert list(MOVES).index(video.label) == int(video.id[3])
    assert not {video.id for video in found.of("train")} & {video.id for video in found.of("val")}


def test_classes_are_chosen_by_name_or_drawn(folder: Path) -> None:
    one = read_kinetics(folder, ["moving right"])
    assert {video.label for video in one.videos} == {"moving right"}
    assert one.missing == {"train": 1, "val": 1}
    drawn = [read_kinetics(folder, 2, seed).labels for seed in range(10)]
    assert drawn[3] == read_kinetics(folder, 2, 3).labels
    assert len(set(drawn)) > 1
    assert {len(labels) for labels in drawn} == {2}
    assert parse_classes("2") == 2
    assert parse_classes("moving right, moving_down") == ("moving right", "moving_down")


def test_equal_data_has_an_equal_fingerprint(folder: Path) -> None:
    assert read_kinetics(folder).fingerprint == read_kinetics(folder).fingerprint
    assert read_kinetics(folder).fingerprint != read_kinetics(folder, 2).fingerprint


def test_what_the_user_can_mend_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no class 'moving left'"):
        read_kinetics(folder, ["moving left"])
    with pytest.raises(UserError, match="3 classes"):
        read_kinetics(folder, 4)
    with pytest.raises(UserError, match="no Kinetics list"):
        read_kinetics(tmp_path)
    header = "label,youtube_id,time_start,time_end,split\n"
    (tmp_path / "annotations").mkdir()
    part = tmp_path / "annotations" / "train.csv"
    part.write_text(header + "jumping,abc,1,11,train\n")
    with pytest.raises(UserError, match="no video"):
        read_kinetics(tmp_path)
    part.write_text(header + "jumping,abc,soon,later,train\n")
    with pytest.raises(UserError, match=r"train\.csv, line 2"):
        read_kinetics(tmp_path)


def test_other_csv_files_and_unlabelled_rows_do_not_matter(tmp_path: Path) -> None:
    write_video(tmp_path / "train" / "abc_000001_000011.mkv", (0, 0), 0)
    header = "label,youtube_id,time_start,time_end,split\n"
    (tmp_path / "test.csv").write_text(header + ",xyz,1,11,test\n")
    (tmp_path / "train.csv").write_text(header + "jumping,abc,1,11,train\n")
    (tmp_path / "names.csv").write_text("id,name\n0,jumping\n")
    found = read_kinetics(tmp_path)
    assert [video.id for video in found.videos] == ["abc_000001_000011"]
    assert not found.missing


def _corner(clip: np.ndarray) -> np.ndarray:
    """Return the left edge of the bright square in each frame, in pixels."""
    bright = clip.mean(3) > 150
    return bright.any(1).argmax(1)


def test_uniform_frames_span_the_video(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    write_video(path, (0, 1), 0, frames=48)
    clip = read_clip(path, frames=16, size=72)
    assert clip.shape == (16, 72, 72, 3)
    assert clip.dtype == np.uint8
    # Two pixels a frame, every third frame, while the square is inside the crop.
    steps = np.diff(_corner(clip))[2:10]
    assert (np.abs(steps - 6) <= 1).all()


def test_centre_frames_are_two_seconds_of_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    write_video(path, (0, 1), 0, frames=36)
    clip = read_clip(path, frames=16, size=36, sampling="centre")
    # 12 frames a second, seen 8 times: 3 pixels a step at full size, half of it here.
    moved = np.diff(_corner(clip))[:8].sum()
    assert abs(moved - 12) <= 2


def test_short_and_truncated_videos_fill_a_clip(tmp_path: Path) -> None:
    short = tmp_path / "short.mp4"
    write_video(short, (0, 0), 0, frames=3)
    assert read_clip(short, frames=16, size=32).shape == (16, 32, 32, 3)
    whole = tmp_path / "whole.mkv"
    write_video(whole, (0, 1), 0, frames=40)
    content = whole.read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(content[: len(content) // 2])
    clip = read_clip(cut, frames=16, size=32)
    # Spread over what is left, not the last frame over and over.
    assert (np.diff(_corner(clip))[8:14] > 0).any()


def test_no_video_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"<html>Video unavailable</html>")
    with pytest.raises(SourceError):
        read_clip(path, frames=16, size=32)
