"""Keep what a site says of latents: each thing once, and no more of them than it may."""

from collections.abc import Callable
from dataclasses import dataclass
import math
from typing import Any
from uuid import UUID

from aiohttp import web
from sqlalchemy import Table, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from tinyact_cloud.bundle import LATENT_SIZE

from .changes import record
from .database import Database, insert_missing, now, one
from .items import read_items
from .problem import Problem
from .sites import lock_site


@dataclass(frozen=True, slots=True)
class Kept:
    """What a site may say of latents: examples, or marks.

    They lie in `table`, and a site has at most `most`. `read` returns the row of an item, or raises
    Problem 422. `served`: what the site is served changes with them.
    """

    table: Table
    most: int
    read: Callable[[dict[str, Any], str], dict[str, Any]]
    served: bool

    async def read_request(self, request: web.Request) -> tuple[str, list[dict[str, Any]]]:
        """Return encoder and rows of a request, the first of each id. Raises Problem."""
        encoder, items = await read_items(request)
        rows = [self.read(item, f"items[{i}]") for i, item in enumerate(items)]
        return encoder, list({row["id"]: row for row in reversed(rows)}.values())[::-1]

    async def store(
        self, database: Database, site: str, encoder: str, rows: list[dict[str, Any]]
    ) -> tuple[int, int]:
        """Store `rows` that are not there yet; return how many, and how many the site has now.

        Raises Problem 409 when they would be too many, and DatabaseError.
        """
        async with database.writing() as connection:
            counts = await self.keep(connection, site, encoder, rows)
            if self.served:
                await record(connection, site)
        return counts

    async def keep(
        self, connection: AsyncConnection, site: str, encoder: str, rows: list[dict[str, Any]]
    ) -> tuple[int, int]:
        """Do as `store` does, in the caller's transaction, which records what changed."""
        common = {"site": site, "encoder": encoder, "created_at": now()}
        await lock_site(connection, site)
        before = await _count(connection, self.table, site)
        await connection.execute(
            insert_missing(connection, self.table).values([common | row for row in rows])
        )
        after = await _count(connection, self.table, site)
        if after > self.most:
            raise Problem(
                409,
                f"This site has {before} {self.table.name} and may have {self.most}: delete some "
                "first.",
                code="full",
            )
        return after - before, after

    async def remove(self, database: Database, site: str, wanted: UUID) -> bool:
        """Delete the row of this id; return whether there was one. Raises DatabaseError."""
        statement = delete(self.table).where(self.table.c.site == site, self.table.c.id == wanted)
        async with database.writing() as connection:
            found = await one(connection, statement.returning(self.table.c.id)) is not None
            if self.served:
                await record(connection, site)
        return found


def damage(codes: bytes, scale: float, most: int = 1) -> str | None:
    """Return what makes 1 to `most` latents useless, None if they are as they were stored."""
    count, rest = divmod(len(codes), LATENT_SIZE)
    if 1 <= count <= most and not rest and 0 < scale < math.inf:
        return None
    return "is damaged in the database: delete it, or restore a backup."


async def _count(connection: AsyncConnection, table: Table, site: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.site == site)
    return int((await connection.execute(query)).scalar_one())
