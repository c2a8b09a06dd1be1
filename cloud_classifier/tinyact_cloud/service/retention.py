"""Forget latents that were taught longer ago than whoever runs the service wants to keep them.

Heads stay: they hold weights, no latents. A later fit learns from what is left.
"""

import asyncio
from datetime import UTC, datetime, timedelta
import logging

from sqlalchemy import delete

from .changes import record
from .database import Database, DatabaseError
from .examples import EXAMPLES
from .marks import MARKS

_LOGGER = logging.getLogger(__name__)
_EVERY = 3600.0  # seconds


async def forget_old(database: Database, days: float) -> int:
    """Delete examples and marks of all sites that are older; return how many.

    Raises DatabaseError.
    """
    oldest = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds")
    count = 0
    async with database.writing() as connection:
        for kept in (EXAMPLES, MARKS):
            old = delete(kept.table).where(kept.table.c.created_at < oldest)
            gone = await connection.execute(old.returning(kept.table.c.site))
            sites = gone.scalars().all()
            count += len(sites)
            if kept.served:
                for site in sorted(set(sites)):
                    await record(connection, site)
    return count


async def keep_forgetting(database: Database, days: float) -> None:
    """Forget what is old once an hour. Runs until cancelled; every replica may do it."""
    _LOGGER.info("what was taught is forgotten after %g days", days)
    while True:
        try:
            if count := await forget_old(database, days):
                _LOGGER.info("forgot %d latents that were older than %g days", count, days)
        except DatabaseError as error:
            _LOGGER.warning("old latents are not forgotten yet: %s", error)
        except Exception:
            _LOGGER.exception("old latents are not forgotten yet")
        await asyncio.sleep(_EVERY)
