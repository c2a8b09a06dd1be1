"""Pictures of actions on the disk: whole or not at all, and no more of them than wanted."""

import errno
import os
from pathlib import Path
import shutil
import time

import pytest

from tinyact_edge.pictures import Keeping, Kind, Pictures

SNAPSHOT, CLIP = Kind.SNAPSHOT, Kind.CLIP


def write(size: int) -> object:
    """Return what writes a picture of so many bytes."""
    return lambda path: path.write_bytes(b"x" * size)


def opened(folder: Path, *actions: int, **keeping: object) -> Pictures:
    """Return the pictures in a folder, of which the journal knows these actions."""
    pictures = Pictures(folder, Keeping(**keeping))  # type: ignore[arg-type]
    pictures.sweep(set(actions))
    return pictures


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    pictures = opened(tmp_path / "new")
    assert pictures.save(1, SNAPSHOT, write(10)) == []
    assert pictures.save(1, CLIP, write(20)) == []
    assert pictures.of(1) == {SNAPSHOT: True, CLIP: True}
    again = opened(tmp_path / "new", 1)
    assert again.of(1) == {SNAPSHOT: True, CLIP: True}
    assert again.size == 30
    path = again.path(1, CLIP)
    assert path
    assert path.stat().st_size == 20
    assert again.of(2) == {SNAPSHOT: False, CLIP: False}


def test_a_sweep_erases_what_belongs_to_nobody_and_what_is_unfinished(tmp_path: Path) -> None:
    pictures = opened(tmp_path)
    for action in (1, 2):
        pictures.save(action, SNAPSHOT, write(10))
    (tmp_path / "1.mp4.part").write_bytes(b"half")
    (tmp_path / "stranger.txt").write_bytes(b"?")
    assert opened(tmp_path, 2).of(2)[SNAPSHOT]
    assert names(tmp_path) == ["2.jpg"]


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    def fill_the_disk(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    pictures = opened(tmp_path)
    with pytest.raises(OSError, match="No space"):
        pictures.save(1, SNAPSHOT, fill_the_disk)
    assert pictures.of(1) == {SNAPSHOT: False, CLIP: False}
    assert names(tmp_path) == []


def test_the_last_of_the_disk_is_left_to_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = opened(tmp_path)
    monkeypatch.setattr(
        "tinyact_edge.pictures.LOW", shutil.disk_usage(tmp_path).free + 1_000_000_000
    )
    with pytest.raises(OSError, match="No space"):
        pictures.save(1, SNAPSHOT, write(10))
    assert names(tmp_path) == []


def test_the_oldest_make_room_whole(tmp_path: Path) -> None:
    pictures = opened(tmp_path, megabytes=0.001)
    for action in (1, 2, 3):
        assert pictures.save(action, SNAPSHOT, write(200)) == []
    assert pictures.save(3, CLIP, write(350)) == []
    assert pictures.size == 950
    # 300 more do not fit: the first two actions' 400 bytes go, the third's own never for itself.
    assert pictures.save(4, CLIP, write(300)) == [1, 2]
    assert pictures.size == 850
    assert names(tmp_path) == ["3.jpg", "3.mp4", "4.mp4"]


def test_what_is_larger_than_all_the_room_is_not_kept(tmp_path: Path) -> None:
    pictures = opened(tmp_path, megabytes=0.001)
    pictures.save(1, SNAPSHOT, write(200))
    assert pictures.save(2, CLIP, write(1001)) == []
    assert names(tmp_path) == ["1.jpg"]


def test_days_count_also_over_a_restart(tmp_path: Path) -> None:
    pictures = opened(tmp_path, days=2)
    for action in (1, 2):
        pictures.save(action, SNAPSHOT, write(10))
    three_days_ago = time.time() - 3 * 86400
    os.utime(tmp_path / "1.jpg", (three_days_ago, three_days_ago))
    again = opened(tmp_path, 1, 2, days=2)
    assert again.expire() == [1]
    assert names(tmp_path) == ["2.jpg"]
    assert again.expire() == []


def test_storing_nothing_erases_what_there_is(tmp_path: Path) -> None:
    opened(tmp_path).save(1, SNAPSHOT, write(10))
    assert not opened(tmp_path, 1, store=False).of(1)[SNAPSHOT]
    assert names(tmp_path) == []


def test_erasing_an_action_erases_all_of_it(tmp_path: Path) -> None:
    pictures = opened(tmp_path)
    pictures.save(1, SNAPSHOT, write(10))
    pictures.save(1, CLIP, write(10))
    assert pictures.erase(1)
    assert not pictures.erase(1)
    assert names(tmp_path) == []
