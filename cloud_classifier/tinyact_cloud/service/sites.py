"""Sites: a household, or whoever shares what it teaches."""

from sqlalchemy.ext.asyncio import AsyncConnection

from .database import insert_missing
from .tables import sites


async def ensure_site(connection: AsyncConnection, site: str) -> None:
    """Make `site` unless it is there, in the caller's transaction."""
    await connection.execute(
        insert_missing(connection, sites).values(name=site, change=0, active=0, last_version=0)
    )
