"""Keep what a camera's people called wrong, for classify.

learning/marks.py says what a mark does.
"""

import base64
from collections.abc import Sequence
from datetime import datetime
import hashlib
import math
from typing import Any

import numpy as np
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tinyact_cloud.bundle import LATENT_SIZE
from tinyact_cloud.learning.marks import Marks

from .database import Database
from .items import (
    MAX_CAMERA,
    read_id,
    read_label,
    read_latent,
    read_person,
    read_text,
    read_time,
)
from .keep import Kept, damage
from .problem import Problem
from .tables import marks

# Some 5 KB each, for every site that is served.
MAX_MARKS = 1000


def read_mark(item: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the row of a mark. Raises Problem 422."""
    latent = read_latent(item, where)
    return {
        "id": read_id(item, where),
        "camera": read_text(item.get("camera"), f"{where}.camera", MAX_CAMERA),
        "label": read_label(item.get("label"), f"{where}.label", "Mark the label that was wrong."),
        "person": read_person(item, where),
        "at": read_time(item, where),
        "latent": latent.codes,
        "scale": latent.scale,
    }


MARKS = Kept(marks, MAX_MARKS, read_mark, served=True)


async def list_marks(
    database: Database, site: str, encoder: str, known: set[str]
) -> tuple[str, list[dict[str, Any]] | None]:
    """Return the marks, the oldest first, and a tag of them; None for marks whose tag is `known`.

    Raises DatabaseError.
    """
    ids = select(marks.c.id).where(marks.c.site == site, marks.c.encoder == encoder)
    async with database.reading() as connection:
        found = (await connection.execute(ids.order_by(marks.c.number))).scalars()
        # Marks never change, so their ids tell them all.
        tag = hashlib.sha256(b"".join(mark.bytes for mark in found)).hexdigest()
        if known & {tag, "*"}:
            return tag, None
        return tag, [describe_mark(row) for row in await marks_of(connection, site, encoder)]


async def marks_of(connection: AsyncConnection, site: str, encoder: str) -> list[Row[Any]]:
    """Return the site's marks on what `encoder` saw, the oldest first."""
    query = select(marks).where(marks.c.site == site, marks.c.encoder == encoder)
    return list((await connection.execute(query.order_by(marks.c.number))).all())


def marks_by_camera(rows: list[Row[Any]], labels: Sequence[str]) -> dict[str, Marks]:
    """Return the marks on any of `labels`, by camera. Raises Problem 503 for a damaged one."""
    by_camera: dict[str, list[Row[Any]]] = {}
    for row in rows:
        if damaged := damage(row.latent, row.scale):
            raise Problem(503, f"The mark {row.id} {damaged}")
        if row.label in labels:
            by_camera.setdefault(row.camera, []).append(row)
    return {
        camera: Marks.of(
            latents=np.frombuffer(b"".join(row.latent for row in found), np.int8).reshape(
                -1, LATENT_SIZE
            )
            * np.array([row.scale for row in found], np.float32)[:, None],
            labels=np.array([labels.index(row.label) for row in found]),
            persons=np.array([-1 if row.person is None else row.person for row in found]),
            times=np.array([_seconds(row.at) for row in found]),
        )
        for camera, found in by_camera.items()
    }


def describe_mark(row: Row[Any]) -> dict[str, Any]:
    """Return a mark as the interface shows it."""
    optional = {"person": row.person, "at": row.at}
    return {
        "id": str(row.id),
        "camera": row.camera,
        "label": row.label,
        **{key: value for key, value in optional.items() if value is not None},
        "latent": base64.b64encode(row.latent).decode(),
        "scale": row.scale,
        "created_at": row.created_at,
    }


def _seconds(at: str | None) -> float:
    return math.nan if at is None else datetime.fromisoformat(at).timestamp()
