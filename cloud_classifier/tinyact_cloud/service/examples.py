"""What households teach: latents with the label that they were, or were not."""

from base64 import b64encode
from typing import Any

from sqlalchemy import Row, select

from tinyact_cloud.bundle import LATENT_SIZE

from .database import Database
from .items import (
    MAX_CAMERA,
    MAX_GROUP,
    MAX_VARIANTS,
    read_id,
    read_label,
    read_latent,
    read_person,
    read_text,
    read_time,
    read_variants,
)
from .keep import Kept, damage
from .problem import Problem
from .tables import examples

# Some 1.2 KB each, 5.3 KB with variants.
MAX_EXAMPLES = 10_000
MAX_PAGE = 200


def read_example(item: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the row of an example. Raises Problem 422."""
    if ("label" in item) == ("not" in item):
        raise Problem(422, f"{where} must have either label, what it was, or not, what it was not.")
    wrong = "not" in item
    label = (
        read_label(item["not"], f"{where}.not", "Say what it was by label.")
        if wrong
        else read_label(
            item["label"], f"{where}.label", "Say which label it was not by not instead."
        )
    )
    latent = read_latent(item, where)
    variants = read_variants(item, where)
    camera, group = (
        None if item.get(key) is None else read_text(item[key], f"{where}.{key}", longest)
        for key, longest in (("camera", MAX_CAMERA), ("group", MAX_GROUP))
    )
    return {
        "id": read_id(item, where),
        "label": label,
        "wrong": wrong,
        "camera": camera,
        "person": read_person(item, where),
        "at": read_time(item, where),
        "group": group,
        "latent": latent.codes,
        "scale": latent.scale,
        "variants": variants.codes if variants else None,
        "variants_scale": variants.scale if variants else None,
    }


EXAMPLES = Kept(examples, MAX_EXAMPLES, read_example, served=False)


async def list_examples(
    database: Database,
    site: str,
    *,
    label: str | None,
    camera: str | None,
    before: int | None,
    limit: int,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return the newest examples older than `before`, and where the next page begins.

    None does not restrict. Latents are left out. Raises DatabaseError.
    """
    query = select(examples).where(examples.c.site == site)
    if label is not None:
        query = query.where(examples.c.label == label)
    if camera is not None:
        query = query.where(examples.c.camera == camera)
    if before is not None:
        query = query.where(examples.c.number < before)
    async with database.reading() as connection:
        rows = await connection.execute(query.order_by(examples.c.number.desc()).limit(limit + 1))
        found = rows.all()
    following = found[limit - 1].number if len(found) > limit else None
    return [describe_example(row) for row in found[:limit]], following


async def examples_to_learn(database: Database, site: str, encoder: str) -> list[Row[Any]]:
    """Return the site's examples that `encoder` saw, the oldest first. Raises DatabaseError."""
    query = select(examples).where(examples.c.site == site, examples.c.encoder == encoder)
    async with database.reading() as connection:
        return list((await connection.execute(query.order_by(examples.c.number))).all())


def describe_example(row: Row[Any]) -> dict[str, Any]:
    """Return an example as the interface shows it, without its latent."""
    optional = {"camera": row.camera, "person": row.person, "at": row.at, "group": row.group}
    return {
        "id": str(row.id),
        "not" if row.wrong else "label": row.label,
        **{key: value for key, value in optional.items() if value is not None},
        "created_at": row.created_at,
    }


def describe_variants(row: Row[Any]) -> list[dict[str, Any]]:
    """Return an example's variants as they can be sent in JSON."""
    codes = row.variants or b""
    return [
        {"latent": b64encode(codes[i : i + LATENT_SIZE]).decode(), "scale": row.variants_scale}
        for i in range(0, len(codes), LATENT_SIZE)
    ]


def check_rows(rows: list[Row[Any]]) -> None:
    """Raise ValueError, naming it, when a row is not what was stored."""
    for row in rows:
        damaged = damage(row.latent, row.scale)
        if row.variants is not None:
            damaged = damaged or damage(row.variants, row.variants_scale or 0, MAX_VARIANTS)
        if damaged:
            raise ValueError(f"The example {row.id} {damaged}")
