"""Who classifies, and what happens when the service does not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
import logging
from typing import Any

import aiohttp
from aiohttp import web
import msgpack
import numpy as np
import pytest

from tinyact_demo.processes import free_port
from tinyact_edge.backoff import Backoff
from tinyact_edge.bundle import Bundle, BundleError
from tinyact_edge.classifier import Classifier, Item, LocalHead, Service, State, quantise

from .support import LATENT

TOKEN = "right"  # noqa: S105


class ServiceDouble:
    """A classifier service that answers as a test tells it to, on a real socket.

    The real one is used in tests/e2e; it cannot be made to fail in all these ways.
    """

    def __init__(self, encoder: str) -> None:
        self.encoder = encoder
        self.status = 200
        self.body: bytes | None = None
        self.silent = asyncio.Event()
        self.silent.set()
        self.requests: list[dict[str, Any]] = []
        self.checks = 0
        self.description: str | None = None

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/v1/model", self._model)
        app.router.add_post("/v1/classify", self._classify)
        return app

    async def _model(self, request: web.Request) -> web.Response:
        self.checks += 1
        await self.silent.wait()
        if request.headers["Authorization"] != f"Bearer {TOKEN}":
            return web.Response(status=401)
        if self.status != 200:
            return web.Response(status=self.status)
        if self.description is not None:
            return web.Response(text=self.description, content_type="application/json")
        return web.json_response({"encoder": self.encoder})

    async def _classify(self, request: web.Request) -> web.Response:
        await self.silent.wait()
        if self.status != 200 or self.body is not None:
            return web.Response(
                status=self.status, body=self.body, content_type="application/msgpack"
            )
        body = msgpack.unpackb(await request.read())
        self.requests.append(body)
        result = {
            "label": "jump",
            "confidence": 0.75,
            "probabilities": {"jump": 0.75, "none": 0.25},
        }
        answer = {"model": "f" * 64, "results": [result for _ in body["items"]]}
        return web.Response(body=msgpack.packb(answer), content_type="application/msgpack")


class Bench:
    """A classifier, the service double it talks to, and the states it went through."""

    def __init__(self, bundle: Bundle, session: aiohttp.ClientSession, port: int) -> None:
        self.double = ServiceDouble(bundle.encoder_id)
        self.port = port
        self.states: asyncio.Queue[State] = asyncio.Queue()
        self._bundle = bundle
        self._session = session
        self._runner: web.AppRunner | None = None
        self._task: asyncio.Task[None] | None = None
        self.classifier = self.connect()

    def connect(self, token: str = TOKEN, host: str = "127.0.0.1") -> Classifier:
        service = Service(
            self._session, f"http://{host}:{self.port}/", token, self._bundle.encoder_id
        )
        self.classifier = Classifier(
            LocalHead(self._bundle), service, self.states.put_nowait, Backoff(0.02, 0.1)
        )
        return self.classifier

    async def serve(self) -> None:
        self._runner = web.AppRunner(self.double.app())
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    def run(self) -> None:
        self._task = asyncio.create_task(self.classifier.run())

    async def state(self) -> str:
        async with asyncio.timeout(20):
            return (await self.states.get()).state

    async def stop_serving(self) -> None:
        if self._runner:
            self.double.silent.set()
            await self._runner.cleanup()
            self._runner = None

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
        await self.stop_serving()


@pytest.fixture
async def bench(bundle: Bundle) -> AsyncIterator[Bench]:
    """Return a classifier whose service does not run yet."""
    async with aiohttp.ClientSession() as session:
        bench = Bench(bundle, session, free_port())
        yield bench
        await bench.close()


def items(count: int = 1) -> list[Item]:
    """Return latents that the local head calls a fall."""
    latent = np.linspace(-3, 3, LATENT, dtype=np.float32)
    return [Item("kitchen", latent)] * count


async def test_the_service_classifies(bench: Bench) -> None:
    await bench.serve()
    bench.run()
    assert await bench.state() == "ok"
    predictions = await bench.classifier.classify(items(2))
    assert [prediction.label for prediction in predictions] == ["jump", "jump"]
    (request,) = bench.double.requests
    assert request["encoder"] == bench.double.encoder
    sent = request["items"][1]
    # Who it was and when stays in the house.
    assert (sent.keys(), sent["camera"]) == ({"camera", "latent", "scale"}, "kitchen")
    restored = np.frombuffer(sent["latent"], np.int8) * sent["scale"]
    assert np.abs(restored - items()[0].latent).max() <= sent["scale"] / 2 + 1e-6


async def test_more_than_a_request_holds_is_split(bench: Bench) -> None:
    await bench.serve()
    bench.run()
    await bench.state()
    assert len(await bench.classifier.classify(items(300))) == 300
    assert [len(request["items"]) for request in bench.double.requests] == [256, 44]


async def test_nothing_to_classify_asks_nobody(bench: Bench) -> None:
    assert await bench.classifier.classify([]) == []


async def test_without_a_service_the_local_head_classifies(bundle: Bundle) -> None:
    classifier = Classifier(LocalHead(bundle), None, lambda _: None)
    await classifier.run()
    assert classifier.state == State("local")
    assert [prediction.label for prediction in await classifier.classify(items())] == ["fall"]


async def test_nobody_answers_then_somebody_does(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.run()
    assert await bench.state() == "unreachable"
    assert (await bench.classifier.classify(items()))[0].label == "fall"
    await bench.serve()
    assert await bench.state() == "ok"
    assert (await bench.classifier.classify(items()))[0].label == "jump"
    assert len([r for r in caplog.records if r.levelno == logging.WARNING]) == 1
    assert TOKEN not in caplog.text


async def test_a_service_that_goes_while_nothing_moves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tinyact_edge.classifier._LOOK_AGAIN", 0.05)
    await bench.serve()
    bench.run()
    assert await bench.state() == "ok"
    await bench.stop_serving()
    assert await bench.state() == "unreachable"


async def test_a_name_that_no_host_can_have(bench: Bench) -> None:
    bench.connect(host="classifier..home")
    bench.run()
    assert await bench.state() == "unreachable"
    assert "no host can have this name" in (bench.classifier.state.detail or "")


async def test_a_description_without_end(bench: Bench) -> None:
    bench.double.description = "[" * 100_000
    await bench.serve()
    bench.run()
    assert await bench.state() == "unreachable"


async def test_a_wrong_token(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await bench.serve()
    bench.connect("wrong-token")
    bench.run()
    assert await bench.state() == "unauthorized"
    assert (await bench.classifier.classify(items()))[0].label == "fall"
    assert "wrong-token" not in caplog.text


async def test_another_encoder(bench: Bench) -> None:
    bench.double.encoder = "0" * 64
    await bench.serve()
    bench.run()
    assert await bench.state() == "other_encoder"


@pytest.mark.parametrize(
    ("status", "state"),
    [(401, "unauthorized"), (409, "other_encoder"), (500, "unreachable"), (503, "unreachable")],
)
async def test_a_refusal_while_classifying(bench: Bench, status: int, state: str) -> None:
    await bench.serve()
    bench.run()
    await bench.state()
    bench.double.status = status
    assert (await bench.classifier.classify(items()))[0].label == "fall"
    assert await bench.state() == state
    bench.double.status = 200
    while await bench.state() != "ok":
        pass
    assert (await bench.classifier.classify(items()))[0].label == "jump"


@pytest.mark.parametrize(
    "answer",
    [
        b"\xc1 no msgpack",
        msgpack.packb([]),
        msgpack.packb({"results": []}),
        msgpack.packb({"results": [{"label": "x", "confidence": 0.5}]}),
        msgpack.packb({"results": [{"label": "x", "confidence": 7, "probabilities": {"x": 7}}]}),
        msgpack.packb(
            {"results": [{"label": "x", "confidence": float("nan"), "probabilities": {}}]}
        ),
        b"\x91" * 2000 + b"\x90",
        b"\x00" * (2 << 20),
    ],
    ids=["garbage", "list", "too few", "no probabilities", "not 0..1", "nan", "deep", "too large"],
)
async def test_a_senseless_answer(bench: Bench, answer: bytes) -> None:
    await bench.serve()
    bench.run()
    await bench.state()
    bench.double.body = answer
    assert (await bench.classifier.classify(items()))[0].label == "fall"
    assert await bench.state() == "unreachable"


async def test_a_service_that_went_is_not_waited_for(bench: Bench) -> None:
    await bench.serve()
    bench.run()
    await bench.state()
    bench.double.silent.clear()
    # Cut off by the client's own time limit.
    assert (await bench.classifier.classify(items()))[0].label == "fall"
    assert await bench.state() == "unreachable"
    # While it is still silent, the answer comes without asking.
    asked = bench.double.checks
    assert (await bench.classifier.classify(items()))[0].label == "fall"
    assert bench.double.checks <= asked + 1


def test_the_temperature_softens(bundle: Bundle) -> None:
    latents = items()[0].latent[None]
    sharp = LocalHead(bundle).classify(latents)[0]
    soft = LocalHead(replace(bundle, temperature=4.0)).classify(latents)[0]
    assert sum(soft.probabilities.values()) == pytest.approx(1)
    odds = sharp.probabilities["fall"] / sharp.probabilities["none"]
    assert soft.probabilities["fall"] / soft.probabilities["none"] == pytest.approx(odds**0.25)


def test_a_head_that_is_none(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="is no head"):
        LocalHead(replace(bundle, head=bundle.folder / "tinyact-model.json"))


def test_a_latent_of_zeros_can_be_sent() -> None:
    content, scale = quantise(np.zeros(LATENT, np.float32))
    assert content == bytes(LATENT)
    assert scale == 1.0
