"""Pixels of windows, what a teacher says of them, and how a student finds it again."""

import argparse
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import pytest

from tests.edge.support import write_video
from tinyact_cloud.training import cache_teacher
from tinyact_cloud.training.cache_teacher import cache, jobs
from tinyact_cloud.training.options import UserError, add_common
from tinyact_cloud.training.pixels import crop, filmed
from tinyact_cloud.training.prepare import Sighting
from tinyact_cloud.training.stored import TeacherCache, WindowIndex, load
from tinyact_cloud.training.windows import Windows

FPS = 8
JOINTS = np.array([(x, y, 1) for x in (30, 50) for y in (20, 30, 40, 60, 80, 90)] + [(40, 15, 1)])


class Meter:
    """A teacher that measures brightness."""

    name, frames, size, features, logits = "meter", 16, 8, 16, 1

    def look(self, clips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        brightness = clips.mean((2, 3, 4), dtype=np.float32)
        return brightness, brightness.mean(1, keepdims=True)


def meter(_data: Path) -> Meter:
    return Meter()


def _brighter(second: float) -> NDArray[np.uint8]:
    """A grey that tells the frame, 10 + 5 a frame of 8 a second."""
    return np.full((96, 128, 3), 10 + 5 * int(second * FPS), np.uint8)


def _windows(clips: list[str], starts: list[int]) -> Windows:
    count = len(clips)
    joints = np.broadcast_to(JOINTS.astype(np.float32), (count, 16, 13, 3))
    start = np.array(starts, np.float32) / FPS
    none = np.zeros(count, np.bool_)
    names = np.array(clips, np.str_)
    return Windows(joints, ~none, none[:, None], start, names, names, names, names)


def _prepared(data: Path, work: Path, name: str, frames: int, seconds: float) -> Path:
    """Write a video, and landmarks that see the same person in each of `frames` frames."""
    video = data / "intel" / "walk" / f"{name}.mp4"
    video.parent.mkdir(parents=True, exist_ok=True)
    write_video(video, seconds, _brighter, fps=FPS)
    landmarks = np.zeros((frames, 33, 4), np.float32)
    landmarks[:, :, :2] = np.linspace((30, 15), (50, 90), 33)
    landmarks[:, :, 3] = 1
    count = np.arange(frames, dtype=np.int32)
    sighting = Sighting(frames, (128, 96), count, np.ones(frames, np.int32), landmarks)
    sighting.save(work / "landmarks" / "intel" / "walk" / f"{name}.npz")
    return video


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a work folder beside `data`: one video is long, one short, one broken."""
    data, work = tmp_path / "data", tmp_path / "runs"
    _prepared(data, work, "long", 32, 4)
    _prepared(data, work, "short", 12, 1.5)
    _prepared(data, work, "broken", 32, 4).write_bytes(b"this is no video")
    return work


def _jobs(work: Path) -> list[cache_teacher.Job]:
    folders = (work / "landmarks", work / "teacher" / "meter", work / "pixels")
    return jobs(work.parent / "data", *folders, stride=4)


@pytest.fixture
def with_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cache_teacher._TEACHERS, "i3d", meter)


def _run(work: Path, *arguments: str) -> None:
    """Do what `tinyact-train cache-teacher` does."""
    parser = argparse.ArgumentParser()
    add_common(parser, defaults=True)
    cache_teacher.configure(parser)
    common = ["--data", str(work.parent / "data"), "--work", str(work)]
    cache_teacher.run(parser.parse_args([*common, *arguments]))


def test_windows_have_their_own_frames_and_short_videos_begin_at_rest(tmp_path: Path) -> None:
    video = write_video(tmp_path / "x.mp4", 3, _brighter, fps=FPS)
    shown = dict(filmed(video, _windows(["x"] * 3, [8, -4, 0])))
    assert set(shown) == {0, 1, 2}
    for number, frames in ((0, range(8, 24)), (2, range(16)), (1, [0] * 4 + [*range(12)])):
        grey = [int(frame.mean().round()) for frame in shown[number]]
        np.testing.assert_allclose(grey, [10 + 5 * frame for frame in frames], atol=2)


def test_a_video_shorter_than_its_windows_is_a_fault(tmp_path: Path) -> None:
    video = write_video(tmp_path / "x.mp4", 2, _brighter, fps=FPS)
    with pytest.raises(ValueError, match="shorter"):
        list(filmed(video, _windows(["x"], [1])))


@pytest.mark.parametrize("size", [16, 224])
def test_the_person_is_in_the_middle_and_the_edge_goes_on(size: int) -> None:
    joints = np.broadcast_to(JOINTS.astype(np.float32), (2, 13, 3))
    frame = np.zeros((96, 128, 3), np.uint8)
    frame[:, :2] = 200  # the picture's left edge
    frame[15:90, 30:50, 1] = 255  # the person
    clip = crop([frame, frame], joints, size)
    assert clip.shape == (2, size, size, 3)
    np.testing.assert_array_equal(clip[0], clip[1])
    body = np.argwhere(clip[0, ..., 1] > 230)
    np.testing.assert_allclose(body.mean(0), (size - 1) / 2, atol=0.04 * size)
    # 75 of 75 x 1.15 x 1.3 pixels.
    assert np.ptp(body[:, 0]) + 1 == pytest.approx(size / 1.15 / 1.3, abs=0.06 * size)
    assert (clip[0, :, 0] == 200).all()
    assert (clip[0, :, -1] == 0).all()


@pytest.mark.usefixtures("with_meter")
def test_each_window_is_looked_at_once_and_broken_videos_are_told(
    work: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    _run(work)
    assert "6 windows seen now, 1 videos unreadable" in capsys.readouterr().out
    assert "broken.mp4 cannot be read" in caplog.text

    with np.load(work / "teacher/i3d/intel/walk/long.npz", allow_pickle=False) as file:
        assert file["clip"].tolist() == ["intel/long/1"] * 5
        np.testing.assert_array_equal(file["start"], [0, 0.5, 1, 1.5, 2])
        assert file["features"].dtype == file["logits"].dtype == np.float16
        expected = [[10 + 5 * (at + start) for at in range(16)] for start in (0, 4, 8, 12, 16)]
        np.testing.assert_allclose(file["features"], expected, atol=2)
    pixels = load(work / "pixels", "clips")
    assert pixels["clips"].shape == (6, 16, 112, 112, 3)
    assert pixels["clips"].dtype == np.uint8
    assert pixels["start"].tolist() == [0, 0.5, 1, 1.5, 2, -0.5]

    (work / "teacher/i3d/intel/walk/short.npz").unlink()
    _run(work)
    assert "1 windows seen now" in capsys.readouterr().out
    _run(work, "--stride", "8")
    assert "0 windows seen now" in capsys.readouterr().out
    _run(work, "--stride", "2")
    assert "9 windows seen now" in capsys.readouterr().out
    assert not list(work.rglob("*.part*"))


def test_an_interrupted_run_goes_on(work: Path) -> None:
    found = [job for job in _jobs(work) if job.video.stem != "broken"]
    looks: list[int] = []

    class Stopping(Meter):
        def look(self, clips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            looks.append(len(clips))
            if sum(looks) > len(found[0].windows):
                raise KeyboardInterrupt
            return super().look(clips)

    teacher = Stopping()
    with pytest.raises(KeyboardInterrupt):
        cache(found, work, lambda _: teacher, workers=1)
    assert [job.done() for job in found] == [True, False]
    assert cache(found, work, meter, workers=1) == (len(found[1].windows), [])
    assert all(job.done() for job in found)


def test_workers_share_the_videos(work: Path) -> None:
    count, bad = cache(_jobs(work), work, meter, workers=2)
    assert (count, [video.stem for video in bad]) == (6, ["broken"])
    assert len(TeacherCache.load(work / "teacher" / "meter").features) == 6


def test_a_teacher_for_fewer_frames_sees_every_second(work: Path) -> None:
    class Half(Meter):
        frames = 8

    cache(_jobs(work), work, lambda _: Half(), workers=1)
    assert TeacherCache.load(work / "teacher").features.shape == (6, 8)


def test_students_find_the_nearest_window_of_the_same_clip() -> None:
    features = np.arange(5, dtype=np.float16)[:, None]
    stored = _windows(["s/b/1", "s/b/1", "s/a/1", "s/c/1", "s/b/1"], [4, 0, 0, 12, -15])
    found = TeacherCache(stored.clip, stored.start, features, features)
    wanted = _windows(
        ["s/b/1", "s/b/1", "s/b/1", "s/b/1", "s/a/1", "s/b/2", "s/z/1", "s/c/1", "s/b/1"],
        [1, 2, 3, 7, 2, 0, 12, 9, -14],
    )
    has, row = found.match(wanted)
    assert has.tolist() == [True, True, True, False, True, False, False, False, True]
    assert row.tolist() == [1, 1, 0, -1, 2, -1, -1, -1, 4]
    assert found.features[row[has]].dtype == np.float32
    exact, _ = WindowIndex(stored.clip, stored.start).match(wanted, near=0)
    assert not exact.any()


def test_every_stored_window_finds_itself() -> None:
    rng = np.random.default_rng(0)
    names = [f"set/{clip}/1" for clip in range(50) for _ in range(20)]
    windows = _windows(names, [4 * at for _ in range(50) for at in range(20)])
    mixed = windows[rng.permutation(len(windows))]
    has, row = WindowIndex(mixed.clip, mixed.start).match(mixed, near=0)
    assert has.all()
    assert row.tolist() == list(range(len(mixed)))


@pytest.mark.usefixtures("with_meter")
def test_faults_are_one_clear_line(work: Path) -> None:
    with pytest.raises(UserError, match="cache-teacher first"):
        TeacherCache.load(work / "teacher")
    with pytest.raises(UserError, match="1 or more"):
        _run(work, "--stride", "0")


def test_a_dead_worker_is_told(work: Path) -> None:
    with pytest.raises(UserError, match="worker died"):
        cache(_jobs(work)[:1], work, dying, workers=2)


def dying(_data: Path) -> Meter:
    os._exit(1)
