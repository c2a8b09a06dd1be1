"""A journal that is damaged: it is set aside, and the edge goes on with what was set up."""

from contextlib import closing
from pathlib import Path
import signal
import sqlite3

import pytest

from tinyact_edge.camera_settings import CameraSettings
from tinyact_edge.damage import damaged_journals, set_aside
from tinyact_edge.database import FILE, JournalDamagedError
from tinyact_edge.journal import ActionFilter, Journal
from tinyact_edge.recognizer import Action
from tinyact_edge.stored_cameras import StoredCamera, StoredCameras
from tinyact_edge.tokens import Tokens

from .process import running

CAMERA = StoredCamera("hall", "Hall", "rtsp://me:hidden@192.0.2.1/x")
_PAGE = 4096


def filled(folder: Path) -> tuple[str, str]:
    """Make a journal with a camera and 200 actions; return a token for it and its instance."""
    with closing(Journal(folder)) as journal:
        token = Tokens(journal).add("kitchen tablet")
        StoredCameras(journal).add(CAMERA, CameraSettings(sensitivity=70))
        for number in range(1, 201):
            journal.confirm(Action(number, "hall", 1, "fall", 0.9, 2e9, 2e9 + 1))
        return token, journal.instance


def spoil(folder: Path, table: str) -> None:
    """Write rubbish over the last page of a table."""
    with closing(sqlite3.connect(folder / FILE)) as database:
        (page,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
    with (folder / FILE).open("r+b") as file:
        file.seek((page - 1) * _PAGE)
        file.write(bytes(range(256)) * (_PAGE // 256))


def cut(folder: Path) -> None:
    """Cut a file off in the middle, as a dying card does."""
    with (folder / FILE).open("r+b") as file:
        file.truncate((folder / FILE).stat().st_size // 3)


def overwrite(folder: Path) -> None:
    """Put something else in its place."""
    (folder / FILE).write_bytes(b"this is no database " * 500)


def empty(folder: Path) -> None:
    """Leave nothing of it."""
    (folder / FILE).write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, overwrite, empty])
def test_a_damaged_journal_is_refused_and_set_aside(tmp_path: Path, damage: object) -> None:
    _, instance = filled(tmp_path)
    assert callable(damage)
    damage(tmp_path)
    with pytest.raises(
        JournalDamagedError, match="restart the edge: it then sets a damaged file aside"
    ):
        Journal(tmp_path)
    content = (tmp_path / FILE).read_bytes()
    aside = set_aside(tmp_path)
    assert aside.read_bytes() == content
    assert damaged_journals(tmp_path) == [aside.name]
    with closing(Journal(tmp_path)) as journal:
        # Home Assistant knows it again by this.
        assert journal.instance == instance
        assert journal.actions(ActionFilter(), 10) == []
    assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.iterdir())


def test_what_was_set_up_and_can_be_read_is_taken_over(tmp_path: Path) -> None:
    filled(tmp_path)
    with closing(Journal(tmp_path)) as journal:
        before = Tokens(journal).all()
    spoil(tmp_path, "messages")
    set_aside(tmp_path)
    with closing(Journal(tmp_path)) as journal:
        assert Tokens(journal).all() == before
        assert StoredCameras(journal).all() == [CAMERA]
        assert StoredCameras(journal).settings()["hall"].sensitivity == 70
        # No number is used twice: pictures and Home Assistant's cursor go by them.
        assert (journal.last_action_id, journal.last_message_id) == (200, 200)
    # What is not whole is not taken.
    spoil(tmp_path, "cameras")
    with pytest.raises(JournalDamagedError):
        Journal(tmp_path)
    set_aside(tmp_path)
    with closing(Journal(tmp_path)) as journal:
        assert StoredCameras(journal).all() == []
        assert Tokens(journal).all() == before


def test_no_more_than_three_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)
    for number in range(5):
        monkeypatch.setattr("tinyact_edge.damage.time.strftime", lambda *_, n=number: f"day-{n}")
        overwrite(tmp_path)
        set_aside(tmp_path)
    assert damaged_journals(tmp_path) == [f"{FILE}.damaged-day-{n}" for n in (2, 3, 4)]
    Journal(tmp_path).close()
    assert len(list(tmp_path.glob("*damaged*"))) == 3


def test_an_edge_with_a_damaged_journal_starts_and_says_so(
    tmp_path: Path, bundle_folder: Path
) -> None:
    token, instance = filled(tmp_path)
    spoil(tmp_path, "messages")
    with running(tmp_path, bundle_folder, token=token) as edge:
        told = edge.get("/api/info")
        assert told["instance"] == instance
        assert [camera["id"] for camera in told["cameras"]] == ["hall"]
        (name,) = told["journal"]["set_aside"]
        assert (tmp_path / name).exists()
        assert told["journal"]["state"] == "ok"
        assert edge.get("/api/diagnostics")["journal"]["set_aside"] == [name]
        assert edge.get("/api/actions")["actions"] == []
        assert edge.end(signal.SIGTERM) == 0
    log = "".join(edge.log)
    assert f"The journal was damaged. It is kept as {tmp_path / name}" in log
    assert "hidden" not in log
    assert "Traceback" not in log
