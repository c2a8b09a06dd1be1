"""Answer a classify request, however it came in (docs/classifier-api.md)."""

import numpy as np

from tinyact_cloud.learning.marks import marked

from . import classify
from .items import check_encoder
from .latents import numbers
from .served import Served


async def answer(served: Served, codec: classify.Codec, body: bytes, site: str) -> bytes:
    """Return the answer to `body`, a request of `site`, in its own format. Raises Problem."""
    query = classify.decode(codec, body)
    check_encoder(query.encoder, served.bundle.encoder)
    probabilities = await served.batcher.predict(query.latents, site)
    if served.marks:
        cameras = [camera or "" for camera in query.cameras]
        given = np.array(probabilities)
        left = marked(numbers([query.latents]), given, cameras, served.marks)
        probabilities = left.astype(np.float64).round(6).tolist()
    return classify.encode(codec, served.file.sha256, probabilities, served.labels)
