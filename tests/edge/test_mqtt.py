"""What an MQTT broker is told, by a real edge and a real mosquitto."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
import contextlib
from datetime import UTC, datetime
import json
import logging
from pathlib import Path
import signal
import threading
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
import pytest
import trustme

from tests.mosquitto import Mosquitto, mosquitto
from tinyact_demo.processes import free_port
from tinyact_edge.bundle import Bundle
from tinyact_edge.edge import VERSION, Edge
from tinyact_edge.encoder import Encoder
from tinyact_edge.journal import Journal
from tinyact_edge.mqtt import Publisher
from tinyact_edge.options import CameraOptions, MqttOptions, OptionsError, read_options
from tinyact_edge.recognizer import Action
from tinyact_edge.source import parse_source

from .process import running
from .support import WAIT, stub_view, write_bundle


class Listener:
    """Somebody who hears all that a broker is told, since it is there."""

    def __init__(self, broker: Mosquitto, user: str | None = None, password: str = "") -> None:
        self._broker = broker
        self._changed = threading.Condition()
        self._messages: list[tuple[str, bytes, bool]] = []
        self._client = client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        if user:
            client.username_pw_set(user, password)
        client.on_connect = lambda *_: client.subscribe("tinyact/#", qos=1)
        client.on_message = self._hear

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._broker.port)
        self._client.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait(self, enough: Callable[[Self], bool]) -> None:
        with self._changed:
            heard = self._changed.wait_for(lambda: enough(self), WAIT)
        assert heard, self._messages

    async def until(self, enough: Callable[[Self], bool]) -> None:
        await asyncio.to_thread(self.wait, enough)

    def last(self, end: str) -> bytes | None:
        """Return the last message on a topic that ends like this."""
        return next((body for topic, body, _ in self._messages[::-1] if topic.endswith(end)), None)

    def retained(self, end: str) -> bool:
        return any(kept for topic, _, kept in self._messages if topic.endswith(end))

    @property
    def actions(self) -> list[dict[str, Any]]:
        return [json.loads(body) for topic, body, _ in self._messages if topic.endswith("/action")]

    @property
    def ids(self) -> list[int]:
        return [action["id"] for action in self.actions]

    def _hear(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        with self._changed:
            self._messages.append((message.topic, bytes(message.payload), message.retain))
            self._changed.notify_all()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path / "broker") as started:
        yield started


@pytest.fixture
async def edge(bundle: Bundle, tmp_path: Path) -> AsyncIterator[Edge]:
    """A running edge without cameras."""
    journal = Journal(tmp_path / "data")
    edge = Edge(bundle, journal, stub_view(bundle.clip), Encoder(bundle), None)
    await edge.start([])
    yield edge
    await edge.stop()
    journal.close()


@contextlib.asynccontextmanager
async def telling(edge: Edge, broker: Mosquitto, **options: Any) -> AsyncIterator[Publisher]:
    defaults = {"host": "127.0.0.1", "port": broker.port, "user": None, "password": None}
    found = MqttOptions(**(defaults | {"tls": None} | options))

    async def find() -> MqttOptions:
        return found

    publisher = Publisher(edge, find, lambda: ("192.0.2.7", 8466))
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        publisher.stop()
        await asyncio.wait_for(task, WAIT)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT):
        while not true():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.05)


async def act(edge: Edge, *numbers: int) -> None:
    """Let actions happen: each is confirmed and ends, which are two messages."""
    at = datetime(2026, 11, 23, 18, tzinfo=UTC).timestamp()
    for number in numbers:
        for message in (
            edge.journal.confirm(Action(number, "kitchen", 1, "fall", 0.9, at, at + 2)),
            edge.journal.end(number, at + 5, "ended"),
        ):
            assert message
            edge._tell(message)
    await asyncio.sleep(0)


async def test_what_happens_is_told(edge: Edge, broker: Mosquitto) -> None:
    with Listener(broker) as listener:
        async with telling(edge, broker):
            await listener.until(lambda heard: heard.last("/availability") == b"online")
            await act(edge, 1)
            await listener.until(lambda heard: heard.ids == [1, 2])
            confirmed, ended = listener.actions
            assert (confirmed["event"], confirmed["replay"]) == ("confirmed", False)
            assert confirmed["action"]["label"] == "fall"
            assert ended["action"]["ended_at"] == "2026-11-23T18:00:05+00:00"
            root = f"tinyact/{edge.journal.instance}"
            assert {topic for topic, _, _ in listener._messages} == {
                f"{root}/edge",
                f"{root}/availability",
                f"{root}/kitchen/action",
            }
        await listener.until(lambda heard: heard.last("/availability") == b"offline")


async def test_a_name_that_no_host_can_have_is_said(
    edge: Edge, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with telling(edge, broker, host="broker..home"):
        await until(lambda: "no host can have this name; trying again" in caplog.text)


async def test_where_the_edge_is_stays_with_the_broker(edge: Edge, broker: Mosquitto) -> None:
    async with telling(edge, broker):
        with Listener(broker) as listener:
            await listener.until(lambda heard: heard.last("/edge") is not None)
    with Listener(broker) as later:
        await later.until(lambda heard: heard.retained("/edge"))
        about = json.loads(later.last("/edge") or b"")
    assert about == {
        "instance": edge.journal.instance,
        "version": VERSION,
        "host": "192.0.2.7",
        "port": 8466,
    }


async def test_a_cameras_state_is_kept_by_the_broker_until_it_is_removed(
    edge: Edge, broker: Mosquitto
) -> None:
    source = parse_source(f"rtsp://127.0.0.1:{free_port()}/x")
    async with telling(edge, broker):
        with Listener(broker) as listener:
            await edge.cameras.add(CameraOptions("hall", "Hall", source))
            await listener.until(lambda heard: b'"unreachable"' in (heard.last("/state") or b""))
        with Listener(broker) as later:
            await later.until(lambda heard: heard.retained("/hall/state"))
            assert json.loads(later.last("/state") or b"")["open_actions"] == []
            await edge.cameras.remove("hall")
            await later.until(lambda heard: heard.last("/state") == b"")
        with Listener(broker) as latest:
            await latest.until(lambda heard: heard.retained("/availability"))
            assert latest.last("/state") is None


async def test_a_new_broker_is_not_told_of_the_past(edge: Edge, broker: Mosquitto) -> None:
    await act(edge, 1, 2)
    with Listener(broker) as listener:
        async with telling(edge, broker):
            await listener.until(lambda heard: heard.last("/availability") == b"online")
            await act(edge, 3)
            await listener.until(lambda heard: len(heard.ids) == 2)
    assert listener.ids == [5, 6]


async def test_nothing_is_lost_when_the_broker_is_killed(
    edge: Edge, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    heard: list[int] = []
    async with telling(edge, broker):
        with Listener(broker) as listener:
            await listener.until(lambda heard: heard.last("/availability") == b"online")
            await act(edge, *range(1, 11))
            broker.kill()
            await act(edge, *range(11, 31))
            await until(lambda: "trying again" in caplog.text)
            heard += listener.ids
        broker.start()
        with Listener(broker) as listener:
            await listener.until(lambda heard: 60 in heard.ids)
            # The new listener may have come after the first of them.
            again = listener.ids
    assert edge.journal.received("mqtt") == 60
    assert again == list(range(again[0], 61))
    assert all(action["replay"] for action in listener.actions)
    # What the former broker confirmed, it may have taken with it; the rest comes once more.
    assert again[0] <= 21
    assert heard == sorted(heard)


async def test_what_the_brokers_rules_refuse_is_kept(
    edge: Edge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    users = {"edge": "secret", "reader": "secret"}
    rules = "user reader\ntopic read #\nuser edge\ntopic write tinyact/+/availability\n"
    rules += "topic write tinyact/+/edge\n"
    with mosquitto(tmp_path / "broker", users=users, acl=rules) as broker:
        async with telling(edge, broker, user="edge", password="secret"):  # noqa: S106
            await until(lambda: edge.journal.received("mqtt") == 0)
            await act(edge, 1)
            await until(lambda: "allow it in the broker's access rules" in caplog.text)
            broker.stop()
            (broker.folder / "acl").write_text(rules + "topic write tinyact/#\n")
            broker.start()
            await until(lambda: edge.journal.received("mqtt") == 2)


async def test_a_wrong_password_is_told_in_one_line(
    edge: Edge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mosquitto(tmp_path / "broker", users={"edge": "secret"}) as broker:
        async with telling(edge, broker, user="edge", password="guessed"):  # noqa: S106
            await until(lambda: "check mqtt_user and its password" in caplog.text)
            await act(edge, 1)
    assert edge.journal.last_message_id == 2
    assert "guessed" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_tls_trusts_the_named_authority_only(
    edge: Edge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ca, other = trustme.CA(), trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    server = ca.issue_cert("127.0.0.1")
    server.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    server.private_key_pem.write_to_path(tmp_path / "key.pem")
    ca.issue_cert("edge.example").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "edge.pem"
    )
    lines = (
        f"cafile {tmp_path / 'ca.pem'}",
        f"certfile {tmp_path / 'cert.pem'}",
        f"keyfile {tmp_path / 'key.pem'}",
        "require_certificate true",
    )
    caplog.set_level(logging.INFO)
    with mosquitto(tmp_path / "broker", *lines) as broker:
        url = {"mqtt": f"mqtts://127.0.0.1:{broker.port}", "mqtt_cert": str(tmp_path / "edge.pem")}
        for name, says in (("other", "certificate verify failed"), ("ca", "is told what happens")):
            options = read_options(None, url | {"mqtt_ca": str(tmp_path / f"{name}.pem")}).mqtt
            assert options
            async with telling(edge, broker, tls=options.tls):
                await until(lambda says=says: says in caplog.text)  # type: ignore[misc]


def test_a_killed_edge_is_offline_and_loses_nothing(
    tmp_path: Path, video: Path, broker: Mosquitto
) -> None:
    bundle = write_bundle(tmp_path / "rgb", view="rgb")
    told = ("--mqtt", f"mqtt://127.0.0.1:{broker.port}")
    camera = ("--camera", f"Kitchen=loop:{video}")
    with Listener(broker) as listener:
        with running(tmp_path, bundle, *told) as edge:
            listener.wait(lambda heard: heard.last("/availability") == b"online")
            assert edge.end(signal.SIGKILL) == -signal.SIGKILL
        listener.wait(lambda heard: heard.last("/availability") == b"offline")
    broker.kill()
    with running(tmp_path, bundle, *told, *camera) as edge:
        edge.wait_for("kitchen: fall confirmed")
        assert edge.end(signal.SIGKILL) == -signal.SIGKILL
    broker.start()
    with Listener(broker) as listener, running(tmp_path, bundle, *told) as edge:
        listener.wait(lambda heard: len(heard.ids) >= 2)
        assert edge.end(signal.SIGTERM) == 0
        listener.wait(lambda heard: heard.last("/availability") == b"offline")
    confirmed, ended = listener.actions
    assert (confirmed["id"], confirmed["event"]) == (1, "confirmed")
    assert (ended["id"], ended["action"]["end_reason"]) == (2, "interrupted")


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"mqtt": "http://broker"}, "Option mqtt must be mqtt://HOST"),
        ({"mqtt": "mqtt://me:secret@broker"}, "Option mqtt must be mqtt://HOST"),
        ({"mqtt": "mqtt://broker", "mqtt_ca": "ca.pem"}, "need mqtt to be mqtts://"),
        ({"mqtt": "mqtts://broker", "mqtt_ca": "/nowhere/ca.pem"}, "a file cannot be used"),
        ({"mqtt": "mqtts://broker", "mqtt_key": "key.pem"}, "mqtt_key needs mqtt_cert"),
        (
            {"mqtt": "mqtt://broker", "mqtt_password_file": "/nowhere/secret"},
            "mqtt_password_file: /nowhere/secret cannot be read",
        ),
    ],
)
def test_options_that_cannot_be_used(chosen: dict[str, str], says: str) -> None:
    with pytest.raises(OptionsError, match=says) as refused:
        read_options(None, chosen)
    assert "me:secret" not in str(refused.value)


def test_options_of_a_broker(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("käse & brot\n", encoding="utf-8")
    chosen = {
        "mqtt": "mqtts://broker",
        "mqtt_user": "edge",
        "mqtt_password_file": str(tmp_path / "password"),
    }
    options = read_options(None, chosen).mqtt
    assert options
    assert (options.host, options.port, options.user) == ("broker", 8883, "edge")
    assert options.password == "käse & brot"  # noqa: S105
    assert "käse" not in repr(options)
    assert read_options(None, {}).mqtt is None
