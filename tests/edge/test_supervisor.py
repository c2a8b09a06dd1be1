"""What an edge that is a Home Assistant app tells and asks, by a real edge and a real mosquitto.

A Supervisor cannot be had without its operating system, so a small one stands in: it keeps a
discovery message as the real one does, one a service, and tells Home Assistant of a change alone.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
import json
from pathlib import Path
import signal
import socket
import threading
from typing import Any

from aiohttp import web
import pytest

from tests.mosquitto import mosquitto
from tinyact_edge.journal import Journal
from tinyact_edge.supervisor import TOKEN_FILE, home_assistant_token
from tinyact_edge.tokens import is_known

from .process import Process, running
from .support import WAIT, free_port, write_bundle
from .test_mqtt import Listener

TOKEN = "the-apps-own-token"  # noqa: S105


class SupervisorDouble:
    """A Supervisor with at most one broker."""

    def __init__(self) -> None:
        self.broker: dict[str, Any] | None = None
        self.refuses = 0  # so many announcements fail first
        self.kept: dict[str, dict[str, Any]] = {}
        self.pushed: list[dict[str, Any]] = []  # what Home Assistant heard
        self._changed = threading.Condition()

    def wait(self, announcements: int) -> None:
        """Return once so many announcements came, new or not."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._came >= announcements, WAIT)

    _came = 0

    async def services(self, _request: web.Request) -> web.Response:
        if self.broker is None:
            return web.json_response(
                {"result": "error", "message": "Service not enabled"}, status=400
            )
        return web.json_response({"result": "ok", "data": self.broker})

    async def discovery(self, request: web.Request) -> web.Response:
        message = await request.json()
        if self.refuses:
            self.refuses -= 1
            return web.json_response({"result": "error", "message": "Busy"}, status=500)
        with self._changed:
            if self.kept.get(message["service"]) != message["config"]:
                self.kept[message["service"]] = message["config"]
                self.pushed.append(message["config"])
            self._came += 1
            self._changed.notify_all()
        return web.json_response({"result": "ok", "data": {"uuid": "c0ffee"}})

    @web.middleware
    async def check(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"result": "error", "message": "No"}, status=401)
        return await handler(request)  # type: ignore[no-any-return]

    @contextmanager
    def serving(self, port: int) -> Iterator[None]:
        """Serve from a thread of its own."""
        loop = asyncio.new_event_loop()
        app = web.Application(middlewares=[self.check])
        app.add_routes(
            [
                web.get("/services/mqtt", self.services),
                web.post("/discovery", self.discovery),
            ]
        )
        runner = web.AppRunner(app)
        loop.run_until_complete(runner.setup())
        loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", port).start())
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.run_until_complete(runner.cleanup())
            loop.close()


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
    assert len(journal.token_hashes()) == 1
    (tmp_path / TOKEN_FILE).write_text("half of a tok")
    second = home_assistant_token(journal, tmp_path)
    assert second != first
    assert all(is_known(token, journal.token_hashes()) for token in (first, second))
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
