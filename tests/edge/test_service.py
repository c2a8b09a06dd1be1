"""The service as a process: start, trouble at the start, stop, sudden death."""

from pathlib import Path
import signal
import socket
import subprocess

import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.database import FILE
from tinyact_edge.journal import ActionFilter, Journal

from .command import Command
from .process import EDGE, Process, running
from .support import write_bundle


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly(tmp_path: Path, bundle_folder: Path, number: signal.Signals) -> None:
    camera = f"Hall=rtsp://me:hidden@127.0.0.1:{free_port()}/x"
    with running(tmp_path, bundle_folder, "--camera", camera) as edge:
        edge.wait_for("Camera hall is unavailable")
        (hall,) = edge.get("/api/cameras")["cameras"]
        assert (hall["name"], hall["state"], hall["reason"]) == (
            "Hall",
            "unavailable",
            "unreachable",
        )
        assert edge.end(number) == 0
    log = "".join(edge.log)
    assert "Traceback" not in log
    assert "hidden" not in log


def test_a_person_is_recognised_and_a_killed_edge_leaves_nothing_open(
    tmp_path: Path, bundle_folder: Path, recording: Path
) -> None:
    with running(tmp_path, bundle_folder, "--camera", f"Kitchen=loop:{recording}") as edge:
        edge.wait_for("kitchen: fall confirmed")
        (action,) = edge.get("/api/info")["open_actions"]
        assert edge.end(signal.SIGKILL) == -signal.SIGKILL
    with running(tmp_path, bundle_folder) as edge:
        info = edge.get("/api/info")
        assert info["open_actions"] == []
        (found,) = edge.get("/api/actions")["actions"]
        assert found == action | {
            "ended_at": action["confirmed_at"],
            "end_reason": "interrupted",
        }
        assert info["last_id"] == 2
        assert edge.end(signal.SIGTERM) == 0


def test_pictures_of_a_person_outlive_a_killed_edge(
    tmp_path: Path, bundle_folder: Path, recording: Path
) -> None:
    with running(tmp_path, bundle_folder) as edge:
        kitchen = {"name": "Kitchen", "url": f"loop:{recording}", "snapshots": True, "clips": True}
        assert edge.ask("POST", "/api/cameras", kitchen)[0] == 201
        edge.wait_for("kitchen: fall confirmed")
        assert edge.ask("PATCH", "/api/cameras/kitchen", {"enabled": False})[0] == 200
        edge.wait_for("kitchen: fall media")
        (action,) = edge.get("/api/actions")["actions"]
        assert (action["snapshot"], action["clip"]) == (True, True)
        path = f"/api/actions/{action['id']}"
        pictures = [edge.fetch(f"{path}/{kind}") for kind in ("snapshot", "clip")]
        assert [kind for kind, _ in pictures] == ["image/jpeg", "video/mp4"]
        edge.end(signal.SIGKILL)
    with running(tmp_path, bundle_folder) as edge:
        assert edge.get(path) == action
        assert [edge.fetch(f"{path}/{kind}") for kind in ("snapshot", "clip")] == pictures
        assert edge.end(signal.SIGTERM) == 0


def test_stopping_interrupts_open_actions_and_a_second_edge_none(
    command: Command, tmp_path: Path, bundle_folder: Path, recording: Path
) -> None:
    with running(tmp_path, bundle_folder, "--camera", f"Kitchen=loop:{recording}") as edge:
        edge.wait_for("kitchen: fall confirmed")
        second = command("run", "--data", tmp_path, "--bundle", bundle_folder)
        assert second.returncode == 1
        assert f"Another edge runs with the folder {tmp_path}" in second.stderr
        (action,) = edge.get("/api/actions")["actions"][-1:]
        assert action["end_reason"] != "interrupted"
        assert edge.end(signal.SIGTERM) == 0
    journal = Journal(tmp_path)
    assert [action.end_reason for action in journal.actions(ActionFilter(), 10)] == ["interrupted"]
    journal.close()


def test_a_model_of_pixels_needs_no_pose_networks(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYACT_POSE_DIR", str(tmp_path / "none"))
    bundle = write_bundle(tmp_path / "rgb", view="rgb")
    with running(tmp_path, bundle) as edge:
        kitchen = {"name": "Kitchen", "url": f"loop:{video}", "snapshots": True}
        assert edge.ask("POST", "/api/cameras", kitchen)[0] == 201
        edge.wait_for("kitchen: fall confirmed")
        (action,) = edge.get("/api/info")["open_actions"]
        assert (action["camera"], action["person"], action["label"]) == ("kitchen", 1, "fall")
        kind, picture = edge.fetch(f"/api/actions/{action['id']}/snapshot")
        assert (kind, picture[:3]) == ("image/jpeg", b"\xff\xd8\xff")
        assert edge.end(signal.SIGTERM) == 0


def test_without_a_token_it_says_how_to_make_one(tmp_path: Path, bundle_folder: Path) -> None:
    flags = ["--port", str(free_port()), "--data", str(tmp_path), "--bundle", str(bundle_folder)]
    with subprocess.Popen([*EDGE, "run", *flags], stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            Process(process, 0, "").wait_for("tinyact-edge token --data")
        finally:
            process.kill()


def test_a_port_that_is_taken(command: Command, tmp_path: Path, bundle_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command("run", "--port", str(port), "--data", tmp_path, "--bundle", bundle_folder)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(
        f"tinyact-edge: Cannot listen on 127.0.0.1 port {port}"
    )
    assert "Traceback" not in done.stderr


def test_a_damaged_journal_is_left_to_the_edge(command: Command, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database " * 1000)
    done = command("token", "--data", tmp_path)
    assert done.returncode == 1
    assert "restart the edge: it then sets a damaged file aside" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (tmp_path / FILE).read_bytes() == b"no database " * 1000


def test_a_damaged_model(command: Command, tmp_path: Path, bundle_folder: Path) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    for file in bundle_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "head_rf.onnx").write_bytes(b"something else")
    done = command("run", "--data", tmp_path / "data", "--bundle", folder)
    assert done.returncode == 1
    assert "head_rf.onnx" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--camera", "Hall=ftp://me:hidden@h/x"], "Option cameras[0].url is no usable address"),
        (["--port", "99999"], "Option port must be a number from 0 to 65535"),
        (["--classifier", "http://h:1"], "Option classifier needs a token"),
        (["--options", "/nowhere.json"], "The options file /nowhere.json cannot be read"),
    ],
)
def test_unusable_options(command: Command, tmp_path: Path, flags: list[str], words: str) -> None:
    done = command("run", "--data", tmp_path, *flags)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "hidden" not in done.stderr


def test_each_token_is_new_and_only_its_hash_is_kept(command: Command, tmp_path: Path) -> None:
    tokens = [command("token", "--data", tmp_path).stdout.strip() for _ in range(2)]
    assert len(set(tokens)) == 2
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not any(token.encode() in content for token in tokens)
