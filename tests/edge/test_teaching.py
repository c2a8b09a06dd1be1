"""Teaching through the edge: a real edge, a real classifier service, real sockets between them."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
import json
from pathlib import Path
import signal
import subprocess
import sys
import time
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import uuid4

import aiohttp
import numpy as np
import pytest

from tinyact_cloud.service.database import Database
from tinyact_cloud.service.importing import import_site
from tinyact_demo.processes import free_port
from tinyact_edge.bundle import DEFAULT_BUNDLE, Bundle, load_bundle
from tinyact_edge.classifier import Item, LocalHead, Service, quantise
from tinyact_edge.head import HeadStore, open_head
from tinyact_edge.journal import Journal
from tinyact_edge.lessons import Kept, Lessons
from tinyact_edge.recognizer import Action, Prediction
from tinyact_edge.teacher import Teacher
from tinyact_edge.variants import N_VARIANTS, pack

from .home import Home, hear
from .process import Process, running
from .support import LATENT, WAIT, write_bundle

CLASSIFIER = [sys.executable, "-m", "tinyact_cloud"]
LONG = 300.0  # seconds: a recording and a fit on a busy machine


def eventually(found: Callable[[], Any], wait: float = LONG) -> Any:
    """Return what `found` returns once that is something."""
    end = time.monotonic() + wait
    while not (result := found()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)
    return result


class Classifier:
    """The classifier service, which can be stopped and started again where it was."""

    def __init__(self, folder: Path, scope: str = "admin") -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        made = subprocess.run(  # noqa: S603
            [*CLASSIFIER, "token", "create", "edge", "--scope", scope, "--data", folder],
            check=True,
            capture_output=True,
            text=True,
        )
        self.token = made.stdout.strip()

    def flags(self, token: str | None = None) -> list[str]:
        """Return the options of an edge that uses it."""
        file = self.folder / "token"
        file.write_text(token or self.token)
        return ["--classifier", self.url, "--classifier-token-file", str(file)]

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve until the test is done with it."""
        port = self.url.rpartition(":")[2]
        command = [*CLASSIFIER, "serve", "--port", port, "--data", str(self.folder)]
        with subprocess.Popen(command) as process:  # noqa: S603
            try:
                eventually(self._ready)
                yield
            finally:
                process.kill()

    def examples(self) -> list[dict[str, Any]]:
        """Return all that it was taught."""
        answer = self._get("/v1/examples?limit=200")
        assert answer["next"] is None
        found: list[dict[str, Any]] = answer["examples"]
        return found

    def variants(self) -> list[int]:
        """Return how many variants each example has."""
        lines = map(json.loads, self._read("/v1/site/export").splitlines())
        return [len(line["example"]["variants"]) for line in lines if "example" in line]

    def _ready(self) -> bool:
        try:
            return bool(self._get("/v1/model"))
        except URLError:
            return False

    def _get(self, path: str) -> Any:
        return json.loads(self._read(path))

    def _read(self, path: str) -> bytes:
        request = Request(  # noqa: S310
            self.url + path, headers={"Authorization": f"Bearer {self.token}"}
        )
        with urlopen(request, timeout=WAIT) as response:  # noqa: S310
            content: bytes = response.read()
            return content


@pytest.fixture
def classifier(tmp_path: Path) -> Classifier:
    """Return a classifier service that does not run yet."""
    (tmp_path / "classifier").mkdir()
    return Classifier(tmp_path / "classifier")


def recorded(folder: Path, count: int = 1, model: Path = DEFAULT_BUNDLE) -> None:
    """Write a journal with falls, as an edge with this model leaves it."""
    bundle = load_bundle(model)
    journal = Journal(folder)
    lessons = Lessons(journal, bundle.encoder_id)
    rng = np.random.default_rng(0)

    def window(at: float) -> Kept:
        latent = rng.normal(size=LATENT).astype(np.float32)
        joints = pack(rng.uniform(0, 300, (16, 13, 3)).astype(np.float32))
        return Kept(uuid4().hex, "kitchen", 1, at, *quantise(latent), joints)

    now = time.time()
    for number in range(1, count + 1):
        at = now - 1000 * number
        journal.confirm(Action(number, "kitchen", 1, "fall", 0.9, at - 3, at - 1))
        journal.end(number, at, "ended")
        lessons.keep(number, [window(at - 3 + i / 2) for i in range(6)])
    journal.close()


def correction(edge: Process, number: int = 1) -> Any:
    """Return how an action is corrected."""
    actions = edge.get("/api/actions")["actions"]
    return next(action["correction"] for action in actions if action["id"] == number)


def is_taught(edge: Process, number: int = 1) -> bool:
    return bool(correction(edge, number)["state"] == "taught")


def verdicts(folder: Path) -> list[str]:
    """Return what the head in a journal says of the windows of its corrected actions."""
    bundle = load_bundle(DEFAULT_BUNDLE)
    journal = Journal(folder)
    with journal.reading() as db:
        rows = db.execute(
            "SELECT codes, scale FROM windows WHERE action IN (SELECT action FROM lessons)"
        ).fetchall()
    kept = HeadStore(journal, bundle.encoder_id).load()
    journal.close()
    assert kept
    _, head = open_head(bundle, *kept)
    latents = [np.frombuffer(codes, np.int8) * np.float32(scale) for codes, scale in rows]
    return [prediction.label for prediction in head.classify(np.stack(latents))]


def test_an_edge_that_is_killed_loses_no_correction(tmp_path: Path, classifier: Classifier) -> None:
    data = tmp_path / "edge"
    recorded(data)
    with running(data, DEFAULT_BUNDLE, *classifier.flags()) as edge:
        eventually(lambda: edge.get("/api/info")["classifier"]["state"] == "unreachable")
        status, action = edge.ask("POST", "/api/actions/1/correct", {"label": "tumble"})
        assert (status, action["label"]) == (200, "tumble")
        assert action["correction"] == {
            "kind": "label",
            "recognized": "fall",
            "state": "pending",
            "detail": None,
            "code": None,
        }
        status, problem = edge.ask("POST", "/api/fit")
        assert status == 503
        assert "is kept" in problem["detail"]
        assert problem["code"] == "classifier_unavailable"
        edge.end(signal.SIGKILL)
    with running(data, DEFAULT_BUNDLE, *classifier.flags()) as edge:
        assert correction(edge)["state"] == "pending"
        assert edge.get("/api/diagnostics")["teaching"]["waiting"] == 6
        with classifier.serving():
            eventually(lambda: is_taught(edge))
            taught = classifier.examples()
            assert [example["label"] for example in taught] == ["tumble"] * 6
            assert classifier.variants() == [N_VARIANTS] * 6
            assert len({example["group"] for example in taught}) == 1
            assert edge.ask("DELETE", "/api/actions/1/correct") == (204, None)
            eventually(lambda: not classifier.examples())
            assert correction(edge) is None
            edge.end(signal.SIGTERM)


def test_what_was_sent_but_not_noted_is_stored_once(tmp_path: Path, classifier: Classifier) -> None:
    """The edge dies after the classifier took a lesson and before it wrote that down."""
    data = tmp_path / "edge"
    recorded(data, 2)
    bundle = load_bundle(DEFAULT_BUNDLE)

    async def send_and_die() -> None:
        journal = Journal(data)
        lessons = Lessons(journal, bundle.encoder_id)
        lessons.correct(1, "not", None)
        lesson = lessons.next_to_teach()
        assert lesson
        async with aiohttp.ClientSession() as session:
            service = Service(session, classifier.url, classifier.token, bundle.encoder_id)
            await Teacher(service).teach(lesson.examples, [[]] * len(lesson.examples))
        journal.close()

    with classifier.serving():
        asyncio.run(send_and_die())
        assert [example["not"] for example in classifier.examples()] == ["fall"] * 6
        with running(data, DEFAULT_BUNDLE, *classifier.flags()) as edge:
            eventually(lambda: is_taught(edge))
            assert len(classifier.examples()) == 6
            # Who erases an action does not want it to be learnt from.
            assert edge.ask("DELETE", "/api/actions/1") == (204, None)
            eventually(lambda: not classifier.examples())
            assert edge.get("/api/diagnostics")["teaching"]["waiting"] == 0
            edge.end(signal.SIGTERM)


@pytest.mark.parametrize("kind", ["wrong", "classify"])
def test_a_token_that_may_not_teach(tmp_path: Path, kind: str) -> None:
    (tmp_path / "classifier").mkdir()
    classifier = Classifier(tmp_path / "classifier", "classify")
    data = tmp_path / "edge"
    recorded(data)
    token = "wrong-token" if kind == "wrong" else None
    with classifier.serving(), running(data, DEFAULT_BUNDLE, *classifier.flags(token)) as edge:
        assert edge.ask("POST", "/api/actions/1/correct", {"not": True})[0] == 200
        for method, path in (("POST", "/api/fit"), ("GET", "/api/heads")):
            status, problem = edge.ask(method, path)
            # Not 401 or 403: that would be about the client's own token.
            assert status == 503
            assert "refuses the token" in problem["detail"]
            assert "tinyact-cloud token create" in problem["detail"]
        assert correction(edge)["state"] == "pending"
        edge.end(signal.SIGTERM)
    assert "wrong-token" not in "".join(edge.log)


def test_what_waits_goes_on_waiting_while_the_classifier_has_another_encoder(
    tmp_path: Path, bundle_folder: Path, classifier: Classifier
) -> None:
    data = tmp_path / "edge"
    recorded(data, model=bundle_folder)
    with classifier.serving(), running(data, bundle_folder, *classifier.flags()) as edge:
        eventually(lambda: edge.get("/api/info")["classifier"]["state"] == "other_encoder")
        assert edge.ask("POST", "/api/actions/1/correct", {"not": True})[0] == 200
        status, problem = edge.ask("POST", "/api/fit")
        assert status == 503
        assert "another encoder" in problem["detail"]
        assert correction(edge)["state"] == "pending"
        assert classifier.examples() == []
        edge.end(signal.SIGTERM)


def test_a_label_is_taught_from_a_recording_and_survives_without_the_classifier(
    tmp_path: Path, classifier: Classifier, recording: Path
) -> None:
    data = tmp_path / "edge"
    camera = ["--camera", f"Kitchen=loop:{recording}"]

    def correct_all(edge: Process) -> bool:
        """Correct whatever was recognised; return whether that is enough to learn from."""
        for action in edge.get("/api/actions")["actions"]:
            if action["label"] != "tumble":
                path = f"/api/actions/{action['id']}/correct"
                assert edge.ask("POST", path, {"label": "tumble"})[0] == 200
        return sum(example.get("label") == "tumble" for example in classifier.examples()) > 2

    def labels(edge: Process) -> list[str]:
        found: list[str] = edge.get("/api/info")["model"]["labels"]
        return found

    with classifier.serving(), running(data, DEFAULT_BUNDLE, *classifier.flags(), *camera) as edge:
        eventually(lambda: correct_all(edge))
        status, job = edge.ask("POST", "/api/fit")
        assert status == 202
        job = eventually(
            lambda: (
                (found := edge.get(f"/api/jobs/{job['id']}"))["state"] in {"done", "failed"}
                and found
            )
        )
        assert job["state"] == "done", job
        assert set(classifier.variants()) == {N_VARIANTS}
        # No later than the job is done, the edge has its head.
        assert "tumble" in labels(edge)
        assert edge.get("/api/heads")["heads"][0]["active"]
        edge.end(signal.SIGKILL)
    assert "tumble" in verdicts(data)
    with running(data, DEFAULT_BUNDLE, *classifier.flags(), *camera) as edge:
        assert "tumble" in labels(edge)
        eventually(lambda: edge.get("/api/info")["classifier"]["state"] == "unreachable")
        assert edge.ask("GET", "/api/heads")[0] == 503
        with classifier.serving():
            eventually(lambda: edge.get("/api/info")["classifier"]["state"] == "ok")
            status, head = edge.ask("POST", "/api/heads/0/activate")
            assert (status, head["version"]) == (200, 0)
            assert "tumble" not in labels(edge)
            assert edge.ask("POST", "/api/heads/77/activate")[0] == 404
            assert edge.ask("GET", f"/api/jobs/{uuid4()}")[0] == 404
            edge.end(signal.SIGTERM)


async def ask(home: Home, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    content = None if body is None else json.dumps(body)
    async with home.client.request(method, path, data=content, headers=home.headers) as response:
        return response.status, json.loads(await response.read() or b"null")


async def test_never_here_needs_no_classifier_and_counts_at_once(
    home: Home, video: Path, tmp_path: Path
) -> None:
    async with await home.connect() as socket:
        await hear(socket, "hello")
        await socket.send_json({"type": "subscribe", "since": None})
        await home.add(name="Kitchen", url=f"loop:{video}")
        action = (await hear(socket, "action"))["action"]
        path = f"/api/actions/{action['id']}/correct"
        for body in ({"not": True}, {"label": "wave"}):
            status, problem = await ask(home, "POST", path, body)
            assert status == 409
            assert "set classifier and classifier_token" in problem["detail"]
        status, marked = await ask(home, "POST", path, {"never_here": True})
        assert status == 200
        kept = {"kind": "never_here", "recognized": "fall", "state": "kept"}
        kept |= {"detail": None, "code": None}
        assert (marked["label"], marked["correction"]) == ("fall", kept)
        corrected = await hear(socket, "action")
        assert (corrected["event"], corrected["action"]) == ("corrected", marked)
        # It goes on, but is a fall no longer.
        ended = await hear(socket, "action")
        assert (ended["event"], ended["action"]["end_reason"]) == ("ended", "ended")
        assert ended["action"]["correction"] == kept

        async with home.client.get("/api/marks/export", headers=home.headers) as response:
            (tmp_path / "marks.ndjson").write_bytes(await response.read())
        database = await Database.open(tmp_path / "classifier")
        taken = await import_site(database, "home", tmp_path / "marks.ndjson")
        await database.close()
        assert taken["examples"] == 0 < taken["marks"]

        # All latents of the tiny encoder point the same way.
        latent = np.linspace(-1, 1, LATENT, dtype=np.float32)
        fall = Prediction("fall", 0.9, {"fall": 0.9, "none": 0.1})
        here, elsewhere = (Item(camera, latent) for camera in ("kitchen", "hall"))
        judged = home.edge.teaching.judge([here, elsewhere], [fall, fall])
        assert [prediction.label for prediction in judged] == ["none", "fall"]
        assert (await ask(home, "DELETE", path))[0] == 204
        assert (await hear(socket, "action"))["action"]["correction"] is None
        assert home.edge.teaching.judge([here], [fall]) == [fall]
    assert (await ask(home, "DELETE", path))[0] == 404


async def test_without_a_classifier_nothing_is_relayed(home: Home) -> None:
    for method, path in (
        ("POST", "/api/fit"),
        ("GET", "/api/heads"),
        ("GET", f"/api/jobs/{uuid4()}"),
        ("POST", "/api/heads/0/activate"),
    ):
        status, problem = await ask(home, method, path)
        assert status == 409
        assert "set classifier" in problem["detail"]
        assert problem["code"] == "no_classifier"


async def test_unusable_corrections_are_refused(home: Home) -> None:
    at = time.monotonic()
    await home.edge.recorder.record([Action(1, "kitchen", 1, "fall", 0.9, at - 3, at)])
    for body in (
        {},
        [],
        {"not": False},
        {"not": True, "label": "x"},
        {"label": ""},
        {"label": "x" * 41},
        {"label": "a\nb"},
        {"label": "None"},
        {"label": 5},
    ):
        status, problem = await ask(home, "POST", "/api/actions/1/correct", body)
        assert status == 422, body
        assert problem["detail"]
    for number in ("7", "x", "9" * 30):
        path = f"/api/actions/{number}/correct"
        status, problem = await ask(home, "POST", path, {"never_here": True})
        assert (status, problem["code"]) == (404, "no_action")
    # Nothing was seen of this one.
    status, problem = await ask(home, "POST", "/api/actions/1/correct", {"never_here": True})
    assert status == 409
    assert "nothing to learn from" in problem["detail"]
    assert problem["code"] == "nothing_kept"


async def test_what_a_camera_saw_just_now_is_taught(
    bundle: Bundle, tmp_path: Path, video: Path
) -> None:
    async with aiohttp.ClientSession() as session:
        service = Service(session, f"http://127.0.0.1:{free_port()}", "token", bundle.encoder_id)
        home = Home(bundle, tmp_path, service)
        async with home.client:
            await home.edge.start([])
            async with await home.connect() as socket:
                await hear(socket, "hello")
                await socket.send_json({"type": "subscribe", "since": None})
                await home.add(name="Kitchen", url=f"loop:{video}")
                action = (await hear(socket, "action"))["action"]
            body = {"camera": "kitchen", "label": " wave ", "from": action["started_at"]}
            body["to"] = action["confirmed_at"]
            status, lesson = await ask(home, "POST", "/api/teach", body)
            assert status == 201
            assert (lesson["label"], lesson["camera"]) == ("wave", "kitchen")
            assert lesson["windows"] >= 1
            assert home.edge.teaching.lessons.waiting() == lesson["windows"]
            long_ago = body | {"from": "2026-11-23T18:00:00Z", "to": "2026-11-23T18:01:00Z"}
            assert (await ask(home, "POST", "/api/teach", long_ago))[0] == 409
            for wrong, expected in (
                (body | {"camera": "cellar"}, 404),
                (body | {"from": body["to"]}, 422),
                (body | {"from": "yesterday"}, 422),
                (body | {"label": "unknown"}, 422),
                (body | {"more": 1}, 422),
            ):
                assert (await ask(home, "POST", "/api/teach", wrong))[0] == expected
            assert (await ask(home, "DELETE", f"/api/teach/{lesson['id']}"))[0] == 204
            assert (await ask(home, "DELETE", f"/api/teach/{lesson['id']}"))[0] == 404
            await home.edge.stop()
        home.journal.close()


async def test_clients_hear_of_new_labels_and_thresholds(home: Home, tmp_path: Path) -> None:
    taught = load_bundle(write_bundle(tmp_path / "taught", ("none", "fall", "wave")))
    async with await home.connect() as socket:
        assert (await hear(socket, "hello"))["model"]["labels"] == ["fall"]
        await socket.send_json({"type": "subscribe", "since": None})
        await hear(socket, "subscribed")
        served = replace(home.bundle, labels=taught.labels, thresholds={"wave": 0.9})
        home.edge._use(served, LocalHead(taught))
        assert (await hear(socket, "hello"))["model"]["labels"] == ["fall", "wave"]
        home.edge._use(home.bundle, LocalHead(home.bundle))
        assert (await hear(socket, "hello"))["model"]["labels"] == ["fall"]
    assert (await home.get("/api/info"))["model"]["labels"] == ["fall"]
