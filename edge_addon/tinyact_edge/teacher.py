"""Ask the classifier service what concerns teaching (docs/classifier-api.md)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import aiohttp
import msgpack

from .classifier import (
    MSGPACK,
    Reply,
    Service,
    ServiceError,
    other_encoder,
    unauthorized,
    unreachable,
)
from .head import MAX_HEAD, Model, model_of
from .lessons import Example

# A latent as int8 bytes, and their scale.
Codes = tuple[bytes, float]

# A head is a megabyte or more, and a home's uplink may be slow.
_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=2)
_PATIENT = aiohttp.ClientTimeout(total=10, connect=2)
# Who asks this soon again may get through.
_LATER = frozenset({408, 425, 429})


class RefusedError(Exception):
    """The service has understood and does not want it; the message is its own.

    `code` says the same to programs that translate it, where the service has one.
    """

    def __init__(self, status: HTTPStatus, detail: str, code: str | None = None) -> None:
        """Carry the service's status, detail and code."""
        super().__init__(detail)
        self.status = status
        self.code = code


class Teacher:
    """The teaching interface of a classifier service.

    Its methods raise ServiceError while the service cannot be used.
    """

    def __init__(self, service: Service) -> None:
        """Ask `service`."""
        self._service = service

    async def model(self) -> Model:
        """Return what the household is served now."""
        reply = await self._ask("GET", "/v1/model")
        description = reply.decoded()
        if not isinstance(description, dict) or description.get("encoder") != self._encoder:
            raise other_encoder()
        try:
            return model_of(description)
        except ValueError as error:
            raise unreachable(f"it describes its model badly: {error}") from error

    async def head(self) -> bytes:
        """Return the head of that model, ONNX, unchecked."""
        reply = await self._ask("GET", "/v1/model/head", timeout=_TIMEOUT, longest=MAX_HEAD)
        return reply.content

    async def teach(self, examples: Sequence[Example], variants: Sequence[Sequence[Codes]]) -> None:
        """Hand examples over with their variants; those that it has already it leaves.

        Raises RefusedError.
        """
        body = {"encoder": self._encoder, "items": list(map(_wire, examples, variants))}
        await self._ask(
            "POST", "/v1/examples", msgpack.packb(body), headers={"Content-Type": MSGPACK}
        )

    async def forget(self, example: UUID) -> None:
        """Let the service forget an example, whether it has it or not. Raises RefusedError."""
        try:
            await self._ask("DELETE", f"/v1/examples/{example}")
        except RefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def relay(self, method: str, path: str) -> dict[str, Any]:
        """Return an answer, which is an object. Raises RefusedError."""
        answer = (await self._ask(method, path)).decoded()
        if not isinstance(answer, dict):
            raise unreachable("its answer is not what it should be")
        return answer

    @property
    def _encoder(self) -> str:
        return self._service.encoder_id

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: dict[str, str] | None = None,
        timeout: aiohttp.ClientTimeout = _PATIENT,  # noqa: ASYNC109 (aiohttp's own)
        longest: int = 1 << 20,
    ) -> Reply:
        """Return an answer that is no problem. Raises RefusedError."""
        reply = await self._service.ask(
            method, path, body, headers=headers, timeout=timeout, longest=longest
        )
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply
        problem = _problem(reply)
        detail = str(problem.get("detail") or f"it answered with status {reply.status}")[:500]
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise unauthorized(detail)
        if reply.status in _LATER or not 400 <= reply.status < 500:  # noqa: PLR2004
            raise unreachable(detail)
        code = problem.get("code")
        raise RefusedError(_status(reply.status), detail, str(code)[:50] if code else None)


def _wire(example: Example, variants: Sequence[Codes]) -> dict[str, Any]:
    window = example.window
    optional = {
        "group": example.group,
        "variants": [{"latent": codes, "scale": scale} for codes, scale in variants],
    }
    return {
        "id": str(example.id),
        "not" if example.wrong else "label": example.label,
        "camera": window.camera,
        "person": window.person,
        "at": datetime.fromtimestamp(window.at, UTC).isoformat(),
        "latent": window.codes,
        "scale": window.scale,
    } | {key: value for key, value in optional.items() if value}


def _status(number: int) -> HTTPStatus:
    try:
        return HTTPStatus(number)
    except ValueError:
        return HTTPStatus.BAD_REQUEST


def _problem(reply: Reply) -> dict[str, Any]:
    """Return a problem (RFC 9457), which is empty where the answer is none."""
    try:
        problem = reply.decoded()
    except ServiceError:
        problem = None
    return problem if isinstance(problem, dict) else {}
