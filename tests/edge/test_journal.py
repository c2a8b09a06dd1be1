"""What is kept, and what happens to a journal in trouble."""

from dataclasses import asdict
import json
from pathlib import Path
import sqlite3
import subprocess
import sys
import time
from typing import Any

import pytest

from tinyact_edge.database import FILE, JournalError
from tinyact_edge.journal import ActionFilter, Journal
from tinyact_edge.recognizer import Action
from tinyact_edge.schema import STEPS
from tinyact_edge.stored_cameras import StoredCamera, StoredCameras
from tinyact_edge.tokens import Tokens, token_hash

NOW = time.time()


def action(number: int, camera: str = "kitchen", label: str = "fall", ago: float = 60) -> Action:
    """Return an open action that began some seconds ago."""
    return Action(number, camera, 1, label, 0.9, NOW - ago, NOW - ago + 2)


def test_an_action_is_there_after_reopening(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    confirmed = journal.confirm(action(1))
    ended = journal.end(1, NOW, "ended")
    assert ended
    assert (confirmed.id, confirmed.event, ended.id, ended.event) == (1, "confirmed", 2, "ended")
    instance = journal.instance
    journal.close()

    again = Journal(tmp_path)
    (found,) = again.actions(ActionFilter(), 10)
    assert (found.id, found.ended_at, found.end_reason) == (1, NOW, "ended")
    # A message stays what it was when it was sent.
    assert [message.action.ended_at for message in again.messages(0, 10)] == [None, NOW]
    assert again.instance == instance
    assert len(instance) == 32
    assert again.last_action_id == 1
    again.close()


def test_ending_twice_is_announced_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.confirm(action(1))
    assert journal.end(1, NOW, "ended")
    assert journal.end(1, NOW, "ended") is None
    assert journal.end(7, NOW, "ended") is None


def test_what_was_open_when_the_edge_was_killed_is_interrupted(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from tinyact_edge.journal import *;"
        "from tinyact_edge.recognizer import Action;"
        "Journal(Path(sys.argv[1])).confirm(Action(1, 'kitchen', 1, 'fall', 0.9, 1e9, 1e9 + 2));"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)  # noqa: S603
    assert killed.returncode == -9
    journal = Journal(tmp_path)
    open_actions, last_id = journal.now()
    assert [found.id for found in open_actions] == [1]
    assert last_id == 1
    journal.interrupt_open()
    assert journal.now() == ([], 2)
    (message,) = journal.messages(1, 10)
    assert (message.event, message.action.end_reason) == ("ended", "interrupted")
    assert message.action.ended_at == message.action.confirmed_at


def test_messages_come_in_order_and_in_pages(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(1, 6):
        journal.confirm(action(number))
    assert [message.id for message in journal.messages(1, 2)] == [2, 3]
    assert [message.id for message in journal.messages(3, 10)] == [4, 5]
    assert journal.messages(5, 10) == []


def test_actions_are_filtered_and_paged(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number, (camera, label) in enumerate(
        [("kitchen", "fall"), ("hall", "fall"), ("kitchen", "sit"), ("kitchen", "fall")], 1
    ):
        journal.confirm(action(number, camera, label, ago=100 - 10 * number))

    def found(below: int | None = None, limit: int = 10, **wanted: Any) -> list[int]:
        chosen = ActionFilter(**wanted)
        return [entry.id for entry in journal.actions(chosen, limit, below)]

    assert found() == [4, 3, 2, 1]
    assert found(cameras=["kitchen"], labels=["fall"]) == [4, 1]
    assert found(cameras=["kitchen", "hall"], labels=["fall"]) == [4, 2, 1]
    assert found(cameras=["attic"]) == []
    assert found(after=NOW - 80) == [4, 3, 2]
    assert found(before=NOW - 80) == [1]
    assert found(limit=2) == [4, 3]
    assert found(limit=2, below=3) == [2, 1]


def test_totals_count_and_time_each_action_of_each_camera(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number, (camera, label) in enumerate(
        [("kitchen", "fall"), ("hall", "fall"), ("kitchen", "sit"), ("kitchen", "fall")], 1
    ):
        journal.confirm(action(number, camera, label, ago=1000 * number))
        if number != 3:
            journal.end(number, NOW - 1000 * number + 5, "ended")

    def totals(**wanted: Any) -> dict[tuple[str, str], tuple[int, float]]:
        found = journal.totals(ActionFilter(**wanted))
        return {(total.camera, total.label): (total.count, total.seconds) for total in found}

    sat_down = NOW - 3000
    earlier = time.time()
    everything = totals()
    # Somebody still sits.
    assert earlier - sat_down <= everything.pop(("kitchen", "sit"))[1] <= time.time() - sat_down
    assert everything == {
        ("kitchen", "fall"): (2, pytest.approx(10)),
        ("hall", "fall"): (1, pytest.approx(5)),
    }
    assert totals(cameras=["kitchen"], labels=["fall"], after=NOW - 1500) == {
        ("kitchen", "fall"): (1, pytest.approx(5))
    }
    assert totals(before=NOW - 5000) == {}


def test_old_actions_are_forgotten_but_their_ids_are_not_used_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in range(1, 6):
        journal.confirm(action(number, ago=100 * 86400 if number < 3 else 60))
        journal.end(number, NOW, "ended")
    journal.close()
    journal = Journal(tmp_path)
    assert [entry.id for entry in journal.actions(ActionFilter(), 10)] == [5, 4, 3]
    journal.close()
    journal = Journal(tmp_path, keep_actions=1)
    assert [entry.id for entry in journal.actions(ActionFilter(), 10)] == [5]
    assert len(journal.messages(0, 100)) == 2
    journal.close()
    journal = Journal(tmp_path, keep_actions=0)
    assert (journal.last_action_id, journal.last_message_id) == (5, 10)
    assert journal.confirm(action(6)).id == 11


def test_cameras_and_tokens_are_kept_and_the_file_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    journal = Journal(folder)
    camera = StoredCamera("hall", "Hall", "rtsp://me:hidden@hall/x")
    StoredCameras(journal).add(camera)
    token = Tokens(journal).add()
    other = Journal(folder)
    assert StoredCameras(other).all() == [camera]
    assert Tokens(other).hashes() == [token_hash(token)]
    StoredCameras(other).remove("hall")
    assert StoredCameras(journal).all() == []
    assert "hidden" not in repr(camera)
    assert folder.stat().st_mode & 0o777 == 0o700
    for file in folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_an_action_is_removed_with_all_that_announced_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number in (1, 11):
        journal.confirm(action(number))
    journal.announce_media([1, 11])
    with journal.commit():
        journal.remove_action(1)
    assert journal.action_ids() == {11}
    assert [(m.id, m.event, m.action.id) for m in journal.messages(0, 9)] == [
        (2, "confirmed", 11),
        (4, "media", 11),
    ]
    with pytest.raises(KeyError):
        journal.find(1)
    # Nobody needs to be told, or can be, of what is gone; no id is used again.
    assert journal.announce_media([1]) == []
    assert (journal.last_action_id, journal.last_message_id) == (11, 4)
    journal.close()


def test_a_journal_of_the_first_version_goes_on(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as db:
        db.executescript(STEPS[0])
        db.execute("INSERT INTO edge VALUES (?)", ("a" * 32,))
        db.execute(
            "INSERT INTO actions VALUES (7, 'hall', 1, 'fall', 0.9, ?, ?, ?, 'ended')", (NOW,) * 3
        )
        told = asdict(action(7))
        del told["correction"]
        db.execute("INSERT INTO messages VALUES (9, 'confirmed', ?, ?)", (json.dumps(told), NOW))
        db.execute("PRAGMA user_version = 1")
    db.close()
    for _ in range(2):
        journal = Journal(tmp_path)
        assert journal.instance == "a" * 32
        assert [(a.id, a.label) for a in journal.actions(ActionFilter(), 9)] == [(7, "fall")]
        assert [(m.id, m.action) for m in journal.messages(0, 9)] == [(9, action(7))]
        journal.close()


def test_a_journal_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalError, match="update TinyAct"):
        Journal(tmp_path)


FILL_DISK = """
import resource, signal, sys
from pathlib import Path
from tinyact_edge.database import JournalError
from tinyact_edge.journal import ActionFilter, Journal
from tinyact_edge.recognizer import Action

def confirm(number):
    return journal.confirm(Action(number, "kitchen", 1, "fall", 0.9, 2e9, 2e9)).id

journal = Journal(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    for number in range(1, 1000):
        confirm(number)
except JournalError as error:
    print(error)
kept = [action.id for action in journal.actions(ActionFilter(), 1000)]
assert kept == list(range(number - 1, 0, -1)), kept
assert journal.now()[1] == number - 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert confirm(number) == number
"""


def test_a_full_disk_is_told_and_leaves_the_journal_whole(tmp_path: Path) -> None:
    # The system's own limit on a file stands for the disk's.
    command = [sys.executable, "-c", FILL_DISK, str(tmp_path)]
    filled = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    assert filled.stderr == ""
    assert "disk is not full" in filled.stdout


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="--data"):
        Journal(tmp_path / "file" / "data")
