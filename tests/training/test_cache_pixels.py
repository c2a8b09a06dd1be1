"""What moves in videos, kept once, and found again with its truth and its body."""

import argparse
from collections.abc import Callable
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
import pytest

from tests.edge.support import write_video
from tinyact_cloud.training import cache_pixels
from tinyact_cloud.training.cache_pixels import cache
from tinyact_cloud.training.options import UserError, add_common
from tinyact_cloud.training.pixel_windows import PixelWindows
from tinyact_cloud.training.prepare import Sighting
from tinyact_cloud.training.sets import LABELS
from tinyact_cloud.training.windows import Windows

FPS = 8
HEIGHT, WIDTH = 96, 128
DATA = Path(os.environ.get("TINYACT_DATA", Path(__file__).parents[3] / "shared" / "data"))


def _draw(second: float, moves_from: float) -> NDArray[np.uint8]:
    """A bright body, 20 x 40, that walks to the right from a moment on."""
    picture = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    left = 10 + 4 * round(max(0.0, second - moves_from) * FPS) % 90
    picture[30:70, left : left + 20] = 200
    return picture


def _walking(second: float) -> NDArray[np.uint8]:
    return _draw(second, 0)


def _late(second: float) -> NDArray[np.uint8]:
    return _draw(second, 3)


def _video(
    data: Path, name: str, seconds: float, draw: Callable[[float], NDArray[np.uint8]] = _walking
) -> Path:
    video = data / "intel" / "walk" / f"{name}.mp4"
    video.parent.mkdir(parents=True, exist_ok=True)
    return write_video(video, seconds, draw, fps=FPS)


def _seen(work: Path, name: str, frames: int) -> None:
    """Write that `prepare` has read a video and seen nobody."""
    nobody = np.empty(0, np.int32)
    landmarks = np.empty((0, 33, 4), np.float32)
    sighting = Sighting(frames, (WIDTH, HEIGHT), nobody, nobody, landmarks)
    sighting.save(work / "landmarks" / "intel" / "walk" / f"{name}.npz")


def _stored(work: Path, name: str) -> dict[str, NDArray[np.generic]]:
    path = work / "moving" / "intel" / "walk" / f"{name}.npz"
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def _people(clips: list[str], starts: list[int], squares: list[tuple[int, int, int]]) -> Windows:
    """Windows of people whose joints fill squares (x, y, side) of 1 / 1.15 the size."""
    count = len(clips)
    joints = np.ones((count, 16, 13, 3), np.float32)
    for row, (x, y, side) in enumerate(squares):
        reach = side / 1.15 / 2
        joints[row, ..., :2] = (x, y)
        joints[row, :, 0, :2] -= reach
        joints[row, :, 1, :2] += reach
    allowed = np.ones((count, len(LABELS)), np.bool_)
    start, names = np.array(starts, np.float32) / FPS, np.array(clips, np.str_)
    return Windows(joints, np.ones(count, np.bool_), allowed, start, names, names, names, names)


def _load(work: Path, people: Windows) -> PixelWindows:
    return PixelWindows.load(work / "moving", work.parent / "data", work / "landmarks", people)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return a work folder beside `data`, which holds a video of three seconds."""
    _video(tmp_path / "data", "long", 3)
    return tmp_path / "runs"


@pytest.fixture
def cached(work: Path) -> Path:
    """Return the work folder with the moving windows, of which `prepare` knows the video."""
    cache(work.parent / "data", work / "moving", 1)
    _seen(work, "long", 24)
    return work


def test_windows_start_every_half_second_and_show_the_path(work: Path) -> None:
    count, bad = cache(work.parent / "data", work / "moving", 1)
    stored = _stored(work, "long")
    assert (count, bad) == (3, [])
    assert (stored["start"] * FPS).tolist() == [0, 4, 8]
    assert stored["luma"].shape == (3, 16, 80, 80)
    assert stored["luma"].dtype == np.uint8
    for (x, y, side), first in zip(stored["square"], (0, 4, 8), strict=True):
        left = 10 + 4 * first
        assert x - side / 2 <= left + 2
        assert x + side / 2 >= left + 4 * 15 + 20 - 2
        assert y - side / 2 <= 32
        assert y + side / 2 >= 68


def test_luma_shows_a_quarter_more_than_the_square(work: Path) -> None:
    cache(work.parent / "data", work / "moving", 1)
    stored = _stored(work, "long")
    side = stored["square"][0, 2]
    body = (stored["luma"][0, 4] > 130).sum() / 80**2
    assert body == pytest.approx(20 * 40 / (side * 80 / 64) ** 2, rel=0.1)


def test_squares_are_in_the_video_s_own_pixels_however_large_it_is(tmp_path: Path) -> None:
    def large(second: float) -> NDArray[np.uint8]:
        return np.asarray(np.kron(_walking(second), np.ones((8, 8, 1))), np.uint8)

    for name, draw in (("small", _walking), ("large", large)):
        _video(tmp_path / "data", name, 2, draw)
    cache(tmp_path / "data", tmp_path / "moving", 1)
    one, other = (_stored(tmp_path, name)["square"] for name in ("small", "large"))
    np.testing.assert_allclose(other, one * 8, rtol=0.06)


def test_a_short_video_begins_at_rest(tmp_path: Path) -> None:
    _video(tmp_path / "data", "short", 1.5)
    cache(tmp_path / "data", tmp_path / "moving", 1)
    stored = _stored(tmp_path, "short")
    assert (stored["start"] * FPS).tolist() == [-4]
    luma = stored["luma"][0].astype(int)
    still = np.abs(np.diff(luma, axis=0)).max((1, 2)) < 20
    assert still.tolist() == [True] * 4 + [False] * 11


def test_what_does_not_move_is_left_out(tmp_path: Path) -> None:
    _video(tmp_path / "data", "late", 5, _late)
    _video(tmp_path / "data", "never", 2.5, lambda _: _walking(0))
    count, bad = cache(tmp_path / "data", tmp_path / "moving", 1)
    starts = _stored(tmp_path, "late")["start"] * FPS
    assert starts.tolist() == [12, 16, 20, 24]
    assert _stored(tmp_path, "never")["luma"].shape == (0, 16, 80, 80)
    assert (count, bad) == (4, [])


def test_a_broken_video_is_named_and_does_not_stop_the_others(
    work: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = work.parent / "data"
    broken = data / "intel" / "walk" / "broken.mp4"
    broken.write_bytes(b"this is no video")
    assert cache(data, work / "moving", 2) == (3, [broken])
    assert "broken.mp4 cannot be read" in caplog.text
    assert not (work / "moving" / "intel" / "walk" / "broken.npz").exists()


def test_what_is_done_is_not_done_again(work: Path) -> None:
    data = work.parent / "data"
    cache(data, work / "moving", 1)
    file = work / "moving" / "intel" / "walk" / "long.npz"
    before = file.stat().st_mtime_ns
    _video(data, "other", 2)
    assert cache(data, work / "moving", 1) == (1, [])
    assert file.stat().st_mtime_ns == before
    assert not list(work.rglob("*.part.npz"))


def test_the_command_says_what_it_did_and_what_is_wrong(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_common(parser, defaults=True)
    cache_pixels.configure(parser)
    common = ["--data", str(work.parent / "data"), "--work", str(work)]
    cache_pixels.run(parser.parse_args(common))
    assert "3 moving windows" in capsys.readouterr().out
    with pytest.raises(UserError, match="--workers"):
        cache_pixels.run(parser.parse_args([*common, "--workers", "0"]))
    (work / "empty").mkdir()
    with pytest.raises(UserError, match="no video"):
        cache_pixels.run(parser.parse_args([*common, "--data", str(work / "empty")]))


def test_windows_come_with_what_the_video_shows(cached: Path) -> None:
    windows = _load(cached, _people(["intel/long/1"], [0], [(60, 50, 80)]))
    assert len(windows) == 3
    assert set(windows.set) == {"intel"}
    assert set(windows.clip) == set(windows.group) == {"intel/long"}
    shown = {LABELS[at] for at in np.flatnonzero(windows.allowed.all(0))}
    assert shown == {"none", "walk"}
    later = windows[windows.start > 0]
    assert (later.start * FPS).tolist() == [4, 8]
    np.testing.assert_array_equal(later.luma, windows.luma[1:])


def test_windows_of_which_the_truth_is_not_known_are_left_out(tmp_path: Path) -> None:
    """In a fight it is known what begins and what ends, and not what is between."""
    video = tmp_path / "data" / "ut_interaction" / "set1" / "punching" / "1_1_4.mp4"
    video.parent.mkdir(parents=True)
    write_video(video, 6, _walking, fps=FPS)
    cache(tmp_path / "data", tmp_path / "moving", 1)
    place = Path("ut_interaction", "set1", "punching", "1_1_4.npz")
    nobody = np.empty(0, np.int32)
    landmarks = np.empty((0, 33, 4), np.float32)
    sighting = Sighting(48, (WIDTH, HEIGHT), nobody, nobody, landmarks)
    sighting.save(tmp_path / "landmarks" / place)
    with np.load(tmp_path / "moving" / place) as file:
        assert len(file["start"]) == 9
    folders = (tmp_path / "moving", tmp_path / "data", tmp_path / "landmarks")
    windows = PixelWindows.load(*folders, _people(["x/y/1"], [0], [(0, 0, 1)]))
    # A punch at 3.6 s: windows that begin or end less than a second from it say nothing clear.
    fight = windows.allowed[:, LABELS.index("fight")] & (windows.allowed.sum(1) == 1)
    assert 0 < fight.sum() < len(windows) < 9


def test_the_body_is_the_one_whose_square_moves(cached: Path) -> None:
    (x, y, side) = _stored(cached, "long")["square"][0].tolist()
    there = (round(x), round(y), round(side))
    beside = (round(x + side * 0.6), round(y), round(side))
    far = (1000, 1000, round(side))
    people = _people(
        ["intel/long/1", "intel/long/2", "intel/long/3", "intel/other/1"],
        [0, 0, 0, 0],
        [beside, there, far, there],
    )
    windows = _load(cached, people)
    assert windows.body[0] == 1
    assert windows.body[2] == -1  # starts a second later
    without = _load(cached, people[np.array([2, 3])])
    assert (without.body == -1).all()


def test_of_each_body_it_is_the_nearest_window_within_two_frames(cached: Path) -> None:
    whole = (64, 48, 110)
    people = _people(["intel/long/1"] * 4, [3, 5, 6, 11], [whole] * 4)
    windows = _load(cached, people)
    assert (windows.start * FPS).tolist() == [0, 4, 8]
    assert windows.body[0] == -1
    assert windows.body[1] in {0, 1}
    assert windows.body[2] == 2


def test_captured_bodies_are_nobody_in_a_video(cached: Path) -> None:
    people = _people(["intel/long/1"], [0], [(60, 50, 90)])
    people.flat[:] = False
    assert (_load(cached, people).body == -1).all()


def test_without_a_cache_the_error_says_what_to_do(work: Path) -> None:
    with pytest.raises(UserError, match="cache-pixels"):
        _load(work, _people(["intel/long/1"], [0], [(0, 0, 1)]))


@pytest.mark.parametrize("number", range(1, 31, 5))
def test_people_who_fall_are_inside_the_square(number: int) -> None:
    """Judged by key points that somebody else's detector found."""
    video = DATA / "urfall" / "fall" / f"fall-{number:02}-cam0.mp4"
    folder = DATA / "skeletons" / "urfall_coco17"
    if not (video.exists() and folder.is_dir()):
        pytest.skip(f"needs {video} and {folder}")
    clips = json.loads((folder / "meta.json").read_text())["clips"]
    (name,) = (clip["id"] for clip in clips if Path(clip["file"]).stem == video.stem)
    with np.load(folder / "clips.npz", allow_pickle=False) as file:
        seen = file[name].astype(np.float32)  # 30 a second: x / 320, y / 240, score
    inside = []
    for _, first, (x, y, side) in cache_pixels._moving_windows(video):
        points = seen[max(0, round(first / FPS * 30)) : round((first + 16) / FPS * 30)]
        points = points[points[..., 2] > 0.5][:, :2] * (320, 240)
        inside += (np.abs(points - (x, y)) < side / 2).all(1).tolist()
    assert len(inside) > 50
    assert np.mean(inside) > 0.9
