"""Notice, within a second, what other replicas and commands changed in the database."""

import asyncio
from collections.abc import Callable, Collection
import logging
import time

from sqlalchemy import literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from .database import Database, DatabaseError
from .tables import changes, sites

# Seconds between two looks: one small query each, however many sites there are.
INTERVAL = 1.0
# Of more sites than this at once, it is cheaper to look at all again.
_MANY = 1000

_LOGGER = logging.getLogger(__name__)

# Called with the sites that changed, or with None when any may have.
Listener = Callable[[Collection[str] | None], None]


async def record(connection: AsyncConnection, site: str) -> None:
    """Count a change to what `site` is served or who may ask, in the caller's transaction."""
    await connection.execute(update(changes).values(number=changes.c.number + 1))
    number = select(changes.c.number).scalar_subquery()
    await connection.execute(update(sites).where(sites.c.name == site).values(change=number))


class Changes:
    """Ask the database once a second what changed, and tell the listeners."""

    def __init__(self, database: Database) -> None:
        """Watch `database`, once `run` runs."""
        self._database = database
        self._listeners: list[Listener] = []
        self._seen: int | None = None
        self._asked_at = -float("inf")
        self._failing = False
        # How often anything was told: who reads while it grows may have read what is gone.
        self.told = 0

    def listen(self, listener: Listener) -> None:
        """Call `listener` after each change."""
        self._listeners.append(listener)

    @property
    def age(self) -> float:
        """Return for how many seconds changes may have gone unnoticed."""
        return time.monotonic() - self._asked_at

    async def run(self) -> None:
        """Look for changes for ever; while the database does not answer, keep asking."""
        while True:
            try:
                await self.look()
            except Exception as error:
                if not self._failing:
                    _LOGGER.warning(
                        "what is known already is served on: %s",
                        error,
                        exc_info=not isinstance(error, DatabaseError),
                    )
                self._failing = True
            else:
                if self._failing:
                    _LOGGER.info("the database answers again")
                self._failing = False
            await asyncio.sleep(INTERVAL)

    async def look(self) -> None:
        """Look for changes once. Raises DatabaseError."""
        began = time.monotonic()
        newer = literal(False) if self._seen is None else sites.c.change > self._seen  # noqa: FBT003
        # One statement, so that the number and the sites are those of one moment.
        query = select(changes.c.number, sites.c.name).outerjoin(sites, newer).limit(_MANY + 1)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        number = rows[0].number
        names = {row.name for row in rows if row.name is not None}
        # Numbers go back when a backup is restored.
        if number < (self._seen or 0) or len(names) > _MANY:
            self._tell(None)
        elif names:
            self._tell(names)
        self._seen, self._asked_at = number, began

    def _tell(self, names: Collection[str] | None) -> None:
        self.told += 1
        for listener in self._listeners:
            listener(names)
