"""Sites, a household each, as rows."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import insert_missing
from .tables import sites


async def ensure_site(connection: AsyncConnection, site: str) -> None:
    """Make `site` unless it is there, in the caller's transaction."""
    await connection.execute(
        insert_missing(connection, sites).values(name=site, change=0, active=0, last_version=0)
    )


async def lock_site(connection: AsyncConnection, site: str) -> Row[Any]:
    """Return the site's row; until the caller's transaction ends nobody else changes the site."""
    query = select(sites).where(sites.c.name == site).with_for_update()
    return (await connection.execute(query)).one()
