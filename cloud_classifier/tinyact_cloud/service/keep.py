"""Keep what a site sends: each thing once, and no more of them than it may."""

import math
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tinyact_cloud.bundle import LATENT_SIZE

from .database import insert_missing, now, one
from .problem import Problem
from .sites import lock_site


async def keep(
    connection: AsyncConnection,
    table: Table,
    site: str,
    encoder: str,
    rows: list[dict[str, Any]],
    most: int,
) -> tuple[int, int]:
    """Store those of `rows` that are not there yet, in the caller's transaction.

    Return how many, and how many the site has now. Raises Problem 409 beyond `most`.
    """
    common = {"site": site, "encoder": encoder, "created_at": now()}
    await lock_site(connection, site)
    before = await _count(connection, table, site)
    await connection.execute(
        insert_missing(connection, table).values([common | row for row in rows])
    )
    after = await _count(connection, table, site)
    if after > most:
        raise Problem(
            409, f"This site has {before} {table.name} and may have {most}: delete some first."
        )
    return after - before, after


async def drop(connection: AsyncConnection, table: Table, site: str, wanted: UUID) -> bool:
    """Delete the row of this id, in the caller's transaction; return whether there was one."""
    statement = delete(table).where(table.c.site == site, table.c.id == wanted)
    return await one(connection, statement.returning(table.c.id)) is not None


def damage(row: Row[Any]) -> str | None:
    """Return what makes the latent of `row` useless, None if it is as it was stored."""
    if len(row.latent) == LATENT_SIZE and 0 < row.scale < math.inf:
        return None
    return "is damaged in the database: delete it, or restore a backup."


async def _count(connection: AsyncConnection, table: Table, site: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.site == site)
    return int((await connection.execute(query)).scalar_one())
