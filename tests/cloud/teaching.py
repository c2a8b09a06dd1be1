"""What tests of teaching share: a household that says what it saw."""

import asyncio
import base64
from collections.abc import AsyncIterator
import contextlib
from typing import Any
import uuid

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
import msgpack
import numpy as np
from numpy.typing import NDArray

from tinyact_cloud.service.app import Service

from .synthetic import ENCODER, draw_latents

Client = TestClient[Any, Any]
SCALE = 0.05


def unseen(n: int, seed: int = 7) -> NDArray[np.float32]:
    """Return latents float32 [n, 1024] of an action that the base never saw."""
    drawn = draw_latents(6 * n, seed, 6, contrast=0.5)
    return drawn.latents[drawn.labels == 5]


def codes(latent: NDArray[np.float32]) -> bytes:
    return np.clip(np.rint(latent / SCALE), -127, 127).astype(np.int8).tobytes()


def example(shown: NDArray[np.float32], /, **more: Any) -> dict[str, Any]:
    """Return an example as JSON has it; `None` leaves a field out."""
    written = {
        "id": str(uuid.uuid4()),
        "label": "exercises",
        "camera": "kitchen",
        "at": "2026-11-23T10:00:00+00:00",
        "latent": base64.b64encode(codes(shown)).decode(),
        "scale": SCALE,
    } | more
    return {key: value for key, value in written.items() if value is not None}


def variants(*latents: NDArray[np.float32]) -> list[dict[str, Any]]:
    """Return variants of an example as JSON has them."""
    return [
        {"latent": base64.b64encode(codes(latent)).decode(), "scale": SCALE} for latent in latents
    ]


def teaching(*items: Any, encoder: Any = ENCODER) -> dict[str, Any]:
    return {"encoder": encoder, "items": list(items)}


def lesson(n: int = 8, **more: Any) -> dict[str, Any]:
    """Return n examples of an action, each of a minute of its own."""
    return teaching(
        *(
            example(latent, at=f"2026-11-23T10:{i:02}:00Z", **more)
            for i, latent in enumerate(unseen(n))
        )
    )


async def teach(client: Client, n: int = 8, **more: Any) -> ClientResponse:
    return await client.post("/v1/examples", json=lesson(n, **more))


async def fit(client: Client, wish: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask for a fit, wait for its end, and return its job."""
    response = await client.post("/v1/fit", json=wish)
    assert response.status == 202, await response.text()
    return await ended(client, response.headers["Location"])


async def ended(client: Client, job: str) -> dict[str, Any]:
    async with asyncio.timeout(300):
        while True:
            response = await client.get(job)
            answer: dict[str, Any] = await response.json()
            if answer["state"] in {"done", "failed"}:
                return answer
            await asyncio.sleep(0.05)


async def classify(client: Client, latent: NDArray[np.float32], camera: str = "kitchen") -> Any:
    """Return the result for one latent."""
    item = {"camera": camera, "latent": codes(latent), "scale": SCALE}
    response = await client.post(
        "/v1/classify",
        data=msgpack.packb(teaching(item)),
        headers={"Content-Type": "application/msgpack"},
    )
    assert response.status == 200, await response.text()
    return msgpack.unpackb(await response.read())["results"][0]


@contextlib.asynccontextmanager
async def fitting(service: Service) -> AsyncIterator[None]:
    """Work on fits meanwhile."""
    assert service.served is not None
    worker = asyncio.create_task(service.fit(service.served))
    try:
        yield
    finally:
        worker.cancel()
        await asyncio.wait([worker])
