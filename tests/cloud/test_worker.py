"""Workers that answer by MQTT, against a real mosquitto."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
import contextlib
from dataclasses import replace
import json
import logging
import os
from pathlib import Path
import re
import signal
import ssl
import sys
from typing import Any, Self

from aiohttp.test_utils import TestClient
import msgpack
import numpy as np
from numpy.typing import NDArray
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
import pytest
import trustme

from tests.mosquitto import Mosquitto, mosquitto
from tinyact_cloud.service.broker import Broker, BrokerError, Connection, LostError, read_password
from tinyact_cloud.service.database import Database
from tinyact_cloud.service.served import Served
from tinyact_cloud.service.worker import MAX_BODY, Worker, WorkerError

from .conftest import MakeBundle
from .synthetic import ENCODER, LABELS, Latents
from .teaching import codes, example, teaching

WAIT = 30.0  # seconds after which a test fails that waits for something
NOBODY = "No matching subscribers"
DOCS = (Path(__file__).parents[2] / "docs/classifier-api.md").read_text()
USERS = {"home": "open sesame", "neighbour": "knock", "tinyact-worker": "work"}


def documented(first_line: str) -> str:
    """Return the block of the documentation that begins with `first_line`."""
    (block,) = re.findall(rf"```\w*\n({re.escape(first_line)}.*?)```", DOCS, re.DOTALL)
    return str(block)


def request(latent: NDArray[np.float32] | None = None, **changes: Any) -> dict[str, Any]:
    shown = np.ones(1024, np.float32) if latent is None else latent
    item = {"camera": "kitchen", "latent": codes(shown), "scale": 0.05}
    return {"encoder": ENCODER, "items": [item], **changes}


class Asker:
    """Somebody who asks by MQTT; written against paho, not against the worker's own code."""

    def __init__(self, broker: Mosquitto, user: str = "home", site: str | None = None) -> None:
        self.user = user
        self.site = site or user
        self._broker = broker
        self._loop = asyncio.get_running_loop()
        self._answers: asyncio.Queue[MQTTMessage] = asyncio.Queue()
        self._numbers: dict[int, asyncio.Future[str]] = {}
        self.subscribed = asyncio.Event()
        self._client = client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        client.username_pw_set(user, USERS[user])
        client.on_connect = lambda *_: client.subscribe(f"tinyact/answer/{self.site}/+", qos=1)
        client.on_subscribe = lambda *_: self._call(self.subscribed.set)
        client.on_message = lambda _client, _data, message: self._call(
            self._answers.put_nowait, message
        )
        client.on_publish = lambda _client, _data, number, reason, _more: self._call(
            self._on_publish, number, str(reason)
        )

    async def __aenter__(self) -> Self:
        self._client.connect("127.0.0.1", self._broker.port)
        self._client.loop_start()
        await asyncio.wait_for(self.subscribed.wait(), WAIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    async def send(
        self,
        body: Any,
        number: int = 0,
        *,
        answer_to: str | None = "",
        site: str | None = None,
        content_type: str | None = None,
        expiry: int | None = None,
    ) -> str:
        """Send a request, again until there is a worker; return what the broker said to it."""
        properties = Properties(PacketTypes.PUBLISH)
        properties.CorrelationData = str(number).encode()
        if answer_to is not None:
            properties.ResponseTopic = answer_to or f"tinyact/answer/{self.site}/kitchen"
        if content_type:
            properties.ContentType = content_type
        if expiry is not None:
            properties.MessageExpiryInterval = expiry
        content = body if isinstance(body, bytes) else msgpack.packb(body)
        topic = f"tinyact/classify/{site or self.site}/kitchen"
        async with asyncio.timeout(WAIT):
            while (said := await self._publish(topic, content, properties)) == NOBODY:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return said

    async def somebody(self) -> bool:
        """Say whether there is anybody who answers, or whom the broker keeps requests for."""
        properties = Properties(PacketTypes.PUBLISH)
        return (
            await self._publish(f"tinyact/classify/{self.site}/kitchen", b"", properties) != NOBODY
        )

    async def _publish(self, topic: str, content: bytes, properties: Properties) -> str:
        sent = self._client.publish(topic, content, qos=1, properties=properties)
        said = await self._numbers.setdefault(sent.mid, self._loop.create_future())
        del self._numbers[sent.mid]
        return said

    async def next(self) -> tuple[int, str, Any]:
        """Return the next answer: the request's number, the content type and what it says."""
        message = await asyncio.wait_for(self._answers.get(), WAIT)
        assert message.properties
        kind = message.properties.ContentType
        loads = msgpack.unpackb if kind == "application/msgpack" else json.loads
        return int(message.properties.CorrelationData), kind, loads(message.payload)

    def _on_publish(self, number: int, reason: str) -> None:
        self._numbers.setdefault(number, self._loop.create_future()).set_result(reason)

    def _call(self, function: Any, *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(function, *arguments)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker with the documentation's rules and settings."""
    settings = documented("# mosquitto.conf").replace("allow_anonymous false\n", "").splitlines()
    with mosquitto(
        tmp_path / "broker",
        *settings,
        f"persistence_location {tmp_path / 'broker'}/",
        users=USERS,
        acl=documented("# acl_file"),
    ) as running:
        yield running


@contextlib.asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Run a worker in this process."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, WAIT)


def worker_of(database: Database, served: Served, broker: Mosquitto) -> Worker:
    user = "tinyact-worker"
    address = Broker.of(f"mqtt://{user}@127.0.0.1:{broker.port}", password=USERS[user])
    return Worker(database, served, address, "one")


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is `true`."""
    async with asyncio.timeout(WAIT):
        while not true():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def process(
    bundle: Path, home: Path, broker: Mosquitto, name: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker as a process of its own, and wait until it answers."""
    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tinyact_cloud", "worker", "--bundle", str(bundle)),
        *("--mqtt", f"mqtt://tinyact-worker@127.0.0.1:{broker.port}", "--name", name),
        stderr=asyncio.subprocess.PIPE,
        env={
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "TINYACT_MQTT_PASSWORD": USERS["tinyact-worker"],
        },
    )
    try:
        await line_with(started, f"worker {name} answers")
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.communicate()


async def line_with(running: asyncio.subprocess.Process, text: str) -> str:
    """Return the next line of the log that has `text`."""
    assert running.stderr
    async with asyncio.timeout(WAIT):
        while text not in (line := (await running.stderr.readline()).decode()):
            assert line, f"it ended before it said {text!r}"
    return line


async def test_answers_are_those_of_http(
    client: TestClient[Any, Any],
    served: Served,
    database: Database,
    broker: Mosquitto,
    fresh: Latents,
) -> None:
    async with running(worker_of(database, served, broker)), Asker(broker) as asker:
        for number, latent in enumerate(fresh.latents[:5]):
            body = msgpack.packb(request(latent))
            assert await asker.send(body, number) == "Success"
            came = await asker.next()
            response = await client.post(
                "/v1/classify", data=body, headers={"Content-Type": "application/msgpack"}
            )
            assert came == (number, response.content_type, msgpack.unpackb(await response.read()))
        listed = [0.5] * 1024
        body = json.dumps({"encoder": ENCODER, "items": [{"latent": listed}]}).encode()
        await asker.send(body, 9, content_type="application/json")
        number, kind, answer = await asker.next()
    assert (number, kind) == (9, "application/json")
    assert answer["results"][0]["label"] in LABELS


async def test_a_site_is_served_what_it_taught_by_http(
    client: TestClient[Any, Any],
    served: Served,
    database: Database,
    broker: Mosquitto,
    fresh: Latents,
) -> None:
    fall = fresh.latents[LABELS.index("fall")]
    wrong = example(fall, label="fall")
    assert (await client.post("/v1/marks", json=teaching(wrong))).status == 200
    async with (
        running(worker_of(database, served, broker)),
        Asker(broker) as home,
        Asker(broker, "neighbour") as neighbour,
    ):
        labels = []
        for asker in (home, neighbour):
            await asker.send(request(fall))
            labels.append((await asker.next())[2]["results"][0]["label"])
    assert labels[0] != "fall"
    assert labels[1] == "fall"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "says"),
    [
        (request(encoder="other"), None, 409, "Update TinyAct"),
        (b"\xc1", None, 400, "The body is not application/msgpack"),
        (request(items=[]), None, 422, "1 to 256 items"),
        (request(), "text/plain", 415, "application/msgpack"),
        (bytes(MAX_BODY + 1), None, 413, "fewer items"),
    ],
)
async def test_what_is_wrong_is_answered_with_a_problem(
    database: Database,
    served: Served,
    broker: Mosquitto,
    body: Any,
    content_type: str | None,
    status: int,
    says: str,
) -> None:
    async with running(worker_of(database, served, broker)), Asker(broker) as asker:
        await asker.send(body, 3, content_type=content_type)
        number, kind, problem = await asker.next()
    assert (number, kind) == (3, "application/problem+json")
    assert problem["status"] == status
    assert says in problem["detail"]


async def test_a_failure_is_a_problem_and_the_next_request_is_answered(
    database: Database, served: Served, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        running(worker_of(database, replace(served, labels=()), broker)),
        Asker(broker) as asker,
    ):
        for number in range(2):
            await asker.send(request(), number)
            assert (await asker.next())[2]["status"] == 500
    assert "a request failed" in caplog.text


async def test_rules_keep_sites_apart(
    database: Database, served: Served, broker: Mosquitto
) -> None:
    async with (
        running(worker_of(database, served, broker)),
        Asker(broker) as home,
        Asker(broker, "neighbour", site="home") as curious,
    ):
        assert await curious.send(request(), 1) == "Not authorized"
        assert await home.send(request(), 2) == "Success"
        assert (await home.next())[0] == 2
        # Had the rules let it read, it would have been given the same answer by now.
        assert curious._answers.empty()


async def test_nobody_chooses_anothers_topic_for_an_answer(
    database: Database, served: Served, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        running(worker_of(database, served, broker)),
        Asker(broker) as home,
        Asker(broker, "neighbour") as neighbour,
    ):
        await neighbour.send(request(), 1, answer_to="tinyact/answer/home/kitchen")
        await neighbour.send(request(), 2, answer_to=None)
        await home.send(request(), 3)
        await neighbour.send(request(), 4)
        assert (await home.next())[0] == 3
        assert (await neighbour.next())[0] == 4
    assert caplog.text.count("must begin with tinyact/answer/neighbour/") == 2


async def test_a_stale_request_is_not_answered(
    database: Database, served: Served, broker: Mosquitto
) -> None:
    """The head hangs here, by a double of the batcher: nothing else is slow on demand."""

    class Hanging:
        async def predict(self, latents: Any, site: str) -> NDArray[np.float64]:
            if await asyncio.sleep(0, len(latents)) == 2:
                await asyncio.Event().wait()
            return await served.batcher.predict(latents, site)

    slow = replace(served, batcher=Hanging())  # type: ignore[arg-type]
    two = request()
    two["items"] *= 2
    async with running(worker_of(database, slow, broker)), Asker(broker) as asker:
        for number in range(100):  # more than the broker hands over unacknowledged
            await asker.send(two, number, expiry=1)
        await asker.send(request(), 100, expiry=30)
        assert (await asker.next())[0] == 100
        assert asker._answers.empty()


async def test_what_expires_at_the_broker_is_not_answered(
    make_bundle: MakeBundle, tmp_path: Path, broker: Mosquitto
) -> None:
    bundle = make_bundle()
    async with Asker(broker) as asker:
        async with process(bundle, tmp_path, broker, "one") as killed:
            killed.kill()
            await killed.wait()
        await asker.send(request(), 1, expiry=1)
        await asker.send(request(), 2, expiry=60)
        await asyncio.sleep(2.5)  # mosquitto counts whole seconds
        async with process(bundle, tmp_path, broker, "one"):
            assert (await asker.next())[0] == 2


async def test_a_killed_worker_loses_nothing(
    make_bundle: MakeBundle, tmp_path: Path, broker: Mosquitto
) -> None:
    bundle, n = make_bundle(), 400
    answers: dict[int, list[Any]] = {}

    async def collect(asker: Asker, enough: int) -> None:
        while len(answers) < enough:
            number, _, answer = await asker.next()
            answers.setdefault(number, []).append(answer)

    async with (
        Asker(broker) as asker,
        process(bundle, tmp_path, broker, "one") as one,
        process(bundle, tmp_path, broker, "two") as two,
    ):
        sending = asyncio.gather(*(asker.send(request(), number) for number in range(n)))
        await collect(asker, n // 10)
        one.kill()
        assert await one.wait() == -signal.SIGKILL
        await sending
        await collect(asker, n)
        assert "worker one is gone" in await line_with(two, "gone")
    # One session less: asked again, everything goes to the other and is answered.
    assert answers.keys() == set(range(n))
    assert all(answer == same[0] for same in answers.values() for answer in same)
    print(f"{sum(map(len, answers.values())) - n} of {n} answered twice")  # noqa: T201


async def test_workers_that_were_all_killed_go_on_under_their_names(
    make_bundle: MakeBundle, tmp_path: Path, broker: Mosquitto
) -> None:
    bundle, n = make_bundle(), 50
    async with Asker(broker) as asker:
        async with process(bundle, tmp_path, broker, "one") as killed:
            killed.kill()
            await killed.wait()
        for number in range(n):
            await asker.send(request(), number)
        asker.subscribed.clear()
        broker.stop()
        broker.start()
        # Nothing is kept for an asker that is not there yet.
        await asyncio.wait_for(asker.subscribed.wait(), WAIT)
        async with process(bundle, tmp_path, broker, "one"):
            assert {(await asker.next())[0] for _ in range(n)} == set(range(n))


async def test_what_was_begun_is_answered_before_a_worker_stops(
    make_bundle: MakeBundle, tmp_path: Path, broker: Mosquitto
) -> None:
    n = 200
    async with (
        Asker(broker) as asker,
        process(make_bundle(), tmp_path, broker, "one") as worker,
    ):
        await asyncio.gather(*(asker.send(request(), number) for number in range(n)))
        worker.terminate()
        assert {(await asker.next())[0] for _ in range(n)} == set(range(n))
        assert await worker.wait() == 0
        # Nothing is kept for somebody who does not come back.
        assert not await asker.somebody()


async def test_it_comes_back_when_the_broker_does(
    database: Database, served: Served, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(worker_of(database, served, broker)):
        async with Asker(broker) as asker:
            await asker.send(request(), 1)
            await asker.next()
        broker.kill()
        await until(lambda: "trying again" in caplog.text)
        broker.start()
        await until(lambda: caplog.text.count("worker one answers") == 2)
        async with Asker(broker) as asker:
            await asker.send(request(), 2)
            assert (await asker.next())[0] == 2


async def test_a_wrong_password_is_told_in_one_line(
    database: Database, served: Served, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    address = Broker.of(f"mqtt://tinyact-worker@127.0.0.1:{broker.port}", password="wrong")  # noqa: S106
    async with running(Worker(database, served, address, "one")):
        await until(lambda: "it refuses" in caplog.text)
    assert "it refuses: Not authorized; trying again" in caplog.text
    assert "wrong" not in caplog.text


async def test_certificates_prove_both(
    database: Database, served: Served, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    ca, other = trustme.CA(), trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    server = ca.issue_cert("127.0.0.1")
    for pem, name in ((server.cert_chain_pems[0], "cert"), (server.private_key_pem, "key")):
        pem.write_to_path(tmp_path / f"server-{name}.pem")
    ca.issue_cert(
        "worker.example", common_name="tinyact-worker"
    ).private_key_and_cert_chain_pem.write_to_path(tmp_path / "worker.pem")
    with mosquitto(
        tmp_path / "broker",
        f"cafile {tmp_path / 'ca.pem'}",
        f"certfile {tmp_path / 'server-cert.pem'}",
        f"keyfile {tmp_path / 'server-key.pem'}",
        "require_certificate true",
        "use_identity_as_username true",
    ) as broker:
        url = f"mqtts://127.0.0.1:{broker.port}"
        untrusted = Broker.of(url, ca=tmp_path / "other.pem")
        trusted = Broker.of(url, ca=tmp_path / "ca.pem", certificate=tmp_path / "worker.pem")
        async with running(Worker(database, served, untrusted, "one")):
            await until(lambda: "certificate verify failed" in caplog.text)
        async with running(Worker(database, served, trusted, "one")):
            await until(lambda: "worker one answers" in caplog.text)
        assert "u'tinyact-worker'" in (broker.folder / "log").read_text()


async def test_the_documented_program_asks(
    database: Database, served: Served, broker: Mosquitto, tmp_path: Path
) -> None:
    program = tmp_path / "ask.py"
    program.write_text(documented('"""ask.py'))
    async with running(worker_of(database, served, broker)), Asker(broker) as asker:
        await asker.send(request())  # now there is a worker
        asking = await asyncio.create_subprocess_exec(
            *(sys.executable, program, "127.0.0.1", str(broker.port)),
            *("home", USERS["home"], ENCODER),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asking.communicate()
    assert asking.returncode == 0
    assert out.decode().startswith("b'1' {'model': ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"url": "http://broker"}, "must be mqtt://"),
        ({"url": "mqtt://broker:x"}, "must be mqtt://"),
        ({"url": "mqtt://me:secret@broker"}, "Leave the password out"),
        ({"url": "mqtt://broker", "ca": Path("ca.pem")}, "need TLS"),
        ({"url": "mqtts://broker", "ca": Path("/nowhere/ca.pem")}, "No such file"),
        ({"url": "mqtts://broker", "key": Path("key.pem")}, "give --cert"),
    ],
)
def test_settings_that_cannot_be_used(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(BrokerError, match=says):
        Broker.of(**arguments)


def test_settings_of_a_broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker.of("mqtts://me%40home@broker", password="secret")  # noqa: S106
    assert (broker.host, broker.port, broker.user) == ("broker", 8883, "me@home")
    assert broker.tls
    assert broker.tls.verify_mode is ssl.CERT_REQUIRED
    assert "secret" not in repr(broker)
    (tmp_path / "password").write_text("from a file\n")
    monkeypatch.setenv("TINYACT_MQTT_PASSWORD", "from the environment")
    assert read_password(tmp_path / "password") == "from a file"
    assert read_password(None) == "from the environment"
    with pytest.raises(BrokerError, match="cannot be read"):
        read_password(tmp_path / "none")


async def test_a_host_that_cannot_be_one() -> None:
    connection = Connection("tinyact-test", 1000)
    with pytest.raises(LostError, match="no host can have this name"):
        await connection.open(Broker("broker..home", 1883), "gone")
    await connection.close(forget=True)


async def test_a_name_that_cannot_be_one(database: Database, served: Served) -> None:
    with pytest.raises(WorkerError, match="--name"):
        Worker(database, served, Broker.of("mqtt://broker"), "one/two")
