"""Name what latents show: by the classifier service, or by the bundle's own head without it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
import json
import logging
from typing import Any, Literal

import aiohttp
import msgpack
import numpy as np
from numpy.typing import NDArray
import onnxruntime as ort

from .backoff import Backoff
from .bundle import Bundle, BundleError
from .recognizer import Prediction

_LOGGER = logging.getLogger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=3, connect=2)
_LOOK_AGAIN = 60.0  # seconds between two looks whether the service is there still
_MAX_ANSWER = 1 << 20
MAX_ITEMS = 256
MSGPACK = "application/msgpack"


@dataclass(frozen=True, slots=True)
class Item:
    """One latent, float32 [L], and whose it is."""

    camera: str
    latent: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class State:
    """Who classifies (docs/edge-api.md)."""

    state: Literal["ok", "local", "unreachable", "unauthorized", "other_encoder"]
    detail: str | None = None


class LocalHead:
    """A head run here, by ONNX Runtime: that of the model bundle, or what was taught."""

    def __init__(self, bundle: Bundle, content: bytes | None = None) -> None:
        """Load the bundle's head, or `content`, ONNX, in its place.

        Raises BundleError when that is no head for the bundle's latents and labels.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._labels = bundle.labels
        self._temperature = bundle.temperature
        zeros = np.zeros((2, bundle.latent_size), np.float32)
        try:
            self._session = ort.InferenceSession(
                content or str(bundle.head), options, providers=["CPUExecutionProvider"]
            )
            (raw,) = self._session.run(["probabilities"], {"latent": zeros})
            usable = raw.shape == (2, len(bundle.labels)) and 0 <= raw.min() <= raw.max() < np.inf
        except Exception as error:
            # ONNX Runtime's errors share no base class but Exception.
            raise _no_head(bundle) from error
        if not usable:
            raise _no_head(bundle)

    def classify(self, latents: NDArray[np.float32]) -> list[Prediction]:
        """Return what each row of `latents`, float32 [N, L], shows."""
        (raw,) = self._session.run(["probabilities"], {"latent": latents})
        softened = np.clip(raw, 1e-9, 1.0) ** (1 / self._temperature)
        rows = (softened / softened.sum(axis=1, keepdims=True)).tolist()
        return [self._prediction(row) for row in rows]

    def _prediction(self, row: list[float]) -> Prediction:
        best = max(range(len(row)), key=row.__getitem__)
        return Prediction(self._labels[best], row[best], dict(zip(self._labels, row, strict=True)))


class ServiceError(Exception):
    """The classifier service cannot be used; `state` says why, in words that hold no token."""

    def __init__(self, state: State) -> None:
        """Carry the state that the classifier is in because of this."""
        super().__init__(state.detail)
        self.state = state


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service answered, whatever its status."""

    status: int
    kind: str
    content: bytes

    def decoded(self) -> Any:
        """Return the body as an object. Raises ServiceError."""
        try:
            return (
                msgpack.unpackb(self.content) if self.kind == MSGPACK else json.loads(self.content)
            )
        except (ValueError, RecursionError) as error:
            raise unreachable("its answer is not what it should be") from error


class Service:
    """The classifier service's interface (docs/classifier-api.md)."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, token: str, encoder_id: str
    ) -> None:
        """Talk to the service at `url`, which must know latents of the encoder `encoder_id`."""
        self._session = session
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}
        self.encoder_id = encoder_id

    async def check(self) -> None:
        """Ask what it serves. Raises ServiceError unless it can classify for us."""
        answer = await self._request("GET", "/v1/model")
        if not isinstance(answer, dict) or answer.get("encoder") != self.encoder_id:
            raise other_encoder()

    async def classify(self, items: Sequence[Item]) -> list[Prediction]:
        """Return what each of at most 256 items shows. Raises ServiceError."""
        body = {"encoder": self.encoder_id, "items": [_wire(item) for item in items]}
        headers = {"Content-Type": MSGPACK, "Accept": MSGPACK}
        # A scale is a float32 to the service, too.
        content = msgpack.packb(body, use_single_float=True)
        answer = await self._request("POST", "/v1/classify", headers, content)
        try:
            predictions = [_prediction(result) for result in answer["results"]]
        except (KeyError, TypeError, ValueError) as error:
            raise unreachable("its answer is not what it should be") from error
        if len(predictions) != len(items):
            raise unreachable("its answer is not what it should be")
        return predictions

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,  # noqa: ASYNC109 (aiohttp's own)
        longest: int = _MAX_ANSWER,
    ) -> Reply:
        """Return the answer, of at most `longest` bytes. Raises ServiceError if there is none."""
        try:
            async with self._session.request(
                method,
                self._url + path,
                data=body,
                headers=self._headers | dict(headers or {}),
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                content = await _read(response, longest)
                return Reply(response.status, response.content_type, content)
        except TimeoutError as error:
            raise unreachable("it did not answer in time") from error
        except aiohttp.ClientError as error:
            raise unreachable(f"no connection ({type(error).__name__})") from error
        except UnicodeError as error:
            raise unreachable("no host can have this name") from error

    async def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Any:
        """Return the decoded answer. Raises ServiceError."""
        reply = await self.ask(method, path, body, headers=headers)
        if reply.status in {401, 403}:
            raise unauthorized()
        if reply.status == 409:  # noqa: PLR2004
            raise other_encoder()
        if reply.status != 200:  # noqa: PLR2004
            raise unreachable(f"it answered with status {reply.status}")
        return reply.decoded()


class Classifier:
    """Classifies by the service while it can, by the local head while it cannot.

    A service that failed is tried again by `run`, with growing delays; until it answers, nothing
    waits for it. `on_state` is called with each change.
    """

    def __init__(
        self,
        head: LocalHead,
        service: Service | None,
        on_state: Callable[[State], None],
        backoff: Backoff | None = None,
    ) -> None:
        """Use `service` if there is one."""
        self._head = head
        self._service = service
        self._on_state = on_state
        self._backoff = backoff or Backoff()
        self._failed = asyncio.Event()
        self.state = State("local")

    async def run(self) -> None:
        """Keep finding out whether the service can be used. Runs until cancelled."""
        if self._service is None:
            return
        while True:
            try:
                await self._service.check()
            except ServiceError as error:
                self._become(error.state)
                await asyncio.sleep(self._backoff.next())
                continue
            self._failed.clear()
            self._become(State("ok"))
            # Where nothing moves nothing is asked, and nobody would hear that the service is gone.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._failed.wait(), _LOOK_AGAIN)
                await asyncio.sleep(self._backoff.next())

    def use(self, head: LocalHead) -> None:
        """Let `head` stand in for the service from now on."""
        self._head = head

    async def classify(self, items: Sequence[Item]) -> list[Prediction]:
        """Return what each item shows, in order."""
        predictions: list[Prediction] = []
        for start in range(0, len(items), MAX_ITEMS):
            predictions += await self._classify(items[start : start + MAX_ITEMS])
        return predictions

    async def _classify(self, items: Sequence[Item]) -> list[Prediction]:
        if self._service and self.state.state == "ok":
            try:
                predictions = await self._service.classify(items)
            except ServiceError as error:
                self._become(error.state)
                self._failed.set()
            else:
                self._backoff.reset()
                return predictions
        return self._head.classify(np.stack([item.latent for item in items]))

    def _become(self, state: State) -> None:
        """Tell and log a change, once."""
        if state == self.state:
            return
        if state.state == "ok":
            _LOGGER.info("The classifier service answers")
        elif state.state != self.state.state:
            _LOGGER.warning("%s; the edge's own model stands in", state.detail)
        self.state = state
        self._on_state(state)


def quantise(latent: NDArray[np.float32]) -> tuple[bytes, float]:
    """Return `latent` as int8 bytes and their scale: bytes x scale is the latent."""
    scale = float(np.abs(latent).max()) / 127 or 1.0
    return np.rint(latent / scale).astype(np.int8).tobytes(), scale


def _no_head(bundle: Bundle) -> BundleError:
    return BundleError(
        f"{bundle.head} is no head for latents of {bundle.latent_size} numbers and "
        f"{len(bundle.labels)} labels; reinstall TinyAct or export the bundle anew"
    )


def _wire(item: Item) -> dict[str, Any]:
    # Who it was and when changes no answer, so it need not leave the house.
    latent, scale = quantise(item.latent)
    return {"camera": item.camera, "latent": latent, "scale": scale}


def _prediction(result: Any) -> Prediction:
    """Check one result of the service. Raises KeyError, TypeError or ValueError."""
    probabilities = {str(label): float(p) for label, p in dict(result["probabilities"]).items()}
    confidence = float(result["confidence"])
    if not all(0 <= p <= 1 for p in (confidence, *probabilities.values())):
        raise ValueError("not a probability")
    return Prediction(str(result["label"]), confidence, probabilities)


async def _read(response: aiohttp.ClientResponse, longest: int) -> bytes:
    """Return the body, unless it is larger than the answer can be."""
    content = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        content += chunk
        if len(content) > longest:
            raise unreachable("its answer is too large")
    return bytes(content)


def unreachable(why: str) -> ServiceError:
    """Return the error of a service that gives no usable answer."""
    return ServiceError(State("unreachable", f"The classifier service cannot be used: {why}"))


def unauthorized(why: str = "") -> ServiceError:
    """Return the error of a service that does not let our token do this."""
    detail = "The classifier service refuses the token"
    return ServiceError(State("unauthorized", f"{detail}: {why}" if why else detail))


def other_encoder() -> ServiceError:
    """Return the error of a service whose latents are not ours."""
    return ServiceError(
        State(
            "other_encoder",
            "The classifier service was trained for another encoder: give both the same model",
        )
    )
