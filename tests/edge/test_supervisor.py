"""What an edge that is a Home Assistant app tells and asks, by a real edge and a real mosquitto.

A Supervisor cannot be had without its operating system, so a double stands in.
"""

from collections.abc import Iterator
import json
from pathlib import Path
import signal
import socket

import pytest

from tests.mosquitto import mosquitto
from tests.supervisor import TOKEN, SupervisorDouble
from tinyact_demo.processes import free_port
from tinyact_edge.journal import Journal
from tinyact_edge.supervisor import TOKEN_FILE, home_assistant_token
from tinyact_edge.tokens import Tokens, is_known

from .process import Process, running
from .support import write_bundle
from .test_mqtt import Listener


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Iterator[SupervisorDouble]:
    double, port = SupervisorDouble(), free_port()
    monkeypatch.setenv("SUPERVISOR_TOKEN", TOKEN)
    monkeypatch.setenv("SUPERVISOR_API", f"http://127.0.0.1:{port}")
    with double.serving(port):
        yield double


def _use(edge: Process, token: str) -> int:
    edge.token = token
    return edge.ask("GET", "/api/info")[0]


def test_home_assistant_gets_one_token_that_outlives_restarts(
    tmp_path: Path, supervisor: SupervisorDouble
) -> None:
    bundle = write_bundle(tmp_path / "rgb", view="rgb")
    supervisor.refuses = 1
    with running(tmp_path, bundle, "--host", "0.0.0.0") as edge:  # noqa: S104
        supervisor.wait(1)
        [config] = supervisor.pushed
        assert config["host"] == socket.gethostname()
        assert config["port"] == int(edge.url.rsplit(":", 1)[1])
        assert config["instance"] == edge.get("/health")["instance"]
        assert _use(edge, config["token"]) == 200
        assert edge.end(signal.SIGTERM) == 0
        log = "".join(edge.log)
    assert "Home Assistant cannot be told of this edge: the Supervisor refuses (500: Busy)" in log
    assert config["token"] not in log
    assert TOKEN not in log
    assert (tmp_path / TOKEN_FILE).stat().st_mode & 0o077 == 0
    port = str(config["port"])
    with running(tmp_path, bundle, "--port", port, "--host", "0.0.0.0") as edge:  # noqa: S104
        supervisor.wait(2)
        edge.url = f"http://127.0.0.1:{port}"
        assert _use(edge, config["token"]) == 200
    assert supervisor.pushed == [config]


def test_a_lost_token_is_replaced_and_the_former_stays_good(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    first = home_assistant_token(journal, tmp_path)
    assert home_assistant_token(journal, tmp_path) == first
    assert len(Tokens(journal).hashes()) == 1
    (tmp_path / TOKEN_FILE).write_text("half of a tok")
    second = home_assistant_token(journal, tmp_path)
    assert second != first
    assert all(is_known(token, Tokens(journal).hashes()) for token in (first, second))
    assert first not in Path(tmp_path / "journal.db").read_bytes().decode("latin-1")
    journal.close()


def test_the_supervisors_broker_is_told(tmp_path: Path, supervisor: SupervisorDouble) -> None:
    bundle = write_bundle(tmp_path / "rgb", view="rgb")
    with mosquitto(tmp_path / "broker", users={"addons": "secret", "me": "mine"}) as broker:
        supervisor.broker = {
            "host": "127.0.0.1",
            "port": broker.port,
            "ssl": False,
            "username": "addons",
            "password": "secret",
            "protocol": "3.1.1",
            "addon": "core_mosquitto",
        }
        with Listener(broker, "me", "mine") as listener:
            with running(tmp_path, bundle) as edge:
                listener.wait(lambda heard: heard.last("/availability") == b"online")
                about = json.loads(listener.last("/edge") or b"")
                assert about["host"] == socket.gethostname()
                assert edge.end(signal.SIGTERM) == 0
            listener.wait(lambda heard: heard.last("/availability") == b"offline")
    assert "secret" not in "".join(edge.log)


def test_without_a_broker_nothing_is_said_of_it(
    tmp_path: Path, supervisor: SupervisorDouble
) -> None:
    bundle = write_bundle(tmp_path / "rgb", view="rgb")
    with running(tmp_path, bundle) as edge:
        supervisor.wait(1)
        edge.wait_for("Home Assistant knows of this edge")
        assert edge.end(signal.SIGTERM) == 0
    assert "MQTT" not in "".join(edge.log)
    assert "WARNING" not in "".join(edge.log)


def test_a_broker_can_be_left_alone(tmp_path: Path, supervisor: SupervisorDouble) -> None:
    bundle = write_bundle(tmp_path / "rgb", view="rgb")
    options = tmp_path / "options.json"
    options.write_text(json.dumps({"supervisor_mqtt": False, "log_level": "debug"}))
    supervisor.broker = {"host": "127.0.0.1", "port": free_port()}
    with running(tmp_path, bundle, "--options", str(options)) as edge:
        edge.wait_for("Home Assistant knows of this edge")
        assert edge.end(signal.SIGTERM) == 0
    assert "MQTT broker" not in "".join(edge.log)
