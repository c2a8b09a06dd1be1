"""Fits that were asked for: rows that workers of all replicas lease.

A worker renews its lease while it fits. When it dies the lease ends, and another takes the job up
again. The database itself (tables.py) allows a site one running and one waiting job.
"""

from dataclasses import dataclass
import logging
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ColumnElement,
    Row,
    Update,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from tinyact_cloud.bundle import HeadKind

from .database import Database, clock, now, one
from .sites import lock_site
from .tables import jobs

# Seconds that a job is left to a worker that is not heard of, and between its signs of life.
LEASE = 15.0
BEAT = 5.0
# A fit that takes its worker down with it is not tried for ever.
MAX_ATTEMPTS = 3
# Jobs of a site that are remembered.
KEPT = 50

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker may work on, as long as it renews its lease.

    `kind` is the kind of head that was asked for, None where the fit shall choose.
    """

    id: UUID
    site: str
    worker: UUID
    attempt: int
    kind: HeadKind | None = None


async def ask(database: Database, site: str, kind: HeadKind | None = None) -> dict[str, Any]:
    """Return the site's waiting job, a new one unless one waits already. Raises DatabaseError.

    It fits the `kind` that was asked for last.
    """
    async with database.writing() as connection:
        await lock_site(connection, site)
        waiting = update(jobs).where(jobs.c.site == site, jobs.c.state == "queued")
        row = await one(connection, waiting.values(kind=kind).returning(*jobs.c))
        if row is not None:
            return describe_job(row)
        asked = insert(jobs).values(
            id=uuid4(), site=site, state="queued", attempt=0, created_at=now(), kind=kind
        )
        row = (await connection.execute(asked.returning(*jobs.c))).one()
        await _forget_old(connection, site)
        return describe_job(row)


async def find(database: Database, site: str, job: UUID) -> dict[str, Any] | None:
    """Return a job of the site, None if there is none. Raises DatabaseError."""
    async with database.reading() as connection:
        row = await one(connection, select(jobs).where(jobs.c.site == site, jobs.c.id == job))
    return None if row is None else describe_job(row)


async def count_open(database: Database) -> dict[str, int]:
    """Return how many jobs of all sites wait and run. Raises DatabaseError."""
    # One query a state: only then do its partial index and no other rows answer it.
    counts = {}
    async with database.reading() as connection:
        for state in ("queued", "running"):
            query = select(func.count()).select_from(jobs).where(text(f"state = '{state}'"))
            counts[state] = int((await connection.execute(query)).scalar_one())
    return counts


async def claim(database: Database, worker: UUID) -> Claim | None:
    """Take the oldest job that nobody works on, None if there is none. Raises DatabaseError."""
    try:
        async with database.writing() as connection:
            moment = await clock(connection)
            await _give_up(connection, moment)
            row = await one(
                connection,
                select(jobs)
                .where(_free(moment))
                .order_by(jobs.c.number)
                .limit(1)
                .with_for_update(skip_locked=True),
            )
            if row is None:
                return None
            taken = Claim(row.id, row.site, worker, row.attempt + 1, row.kind)
            await connection.execute(
                update(jobs)
                .where(jobs.c.id == row.id)
                .values(
                    state="running",
                    worker=worker,
                    attempt=taken.attempt,
                    lease=moment + LEASE,
                    started_at=now(),
                )
            )
    except IntegrityError:  # another worker was faster with this site
        return None
    return taken


def _free(moment: float) -> ColumnElement[bool]:
    """Return what holds for jobs that may be worked on: waiting alone, or left by a dead worker."""
    other = jobs.alias()
    busy = exists().where(other.c.site == jobs.c.site, other.c.state == "running")
    return or_(
        and_(jobs.c.state == "queued", ~busy),
        and_(jobs.c.state == "running", jobs.c.lease < moment),
    )


async def _give_up(connection: AsyncConnection, moment: float) -> None:
    await connection.execute(
        update(jobs)
        .where(jobs.c.state == "running", jobs.c.lease < moment, jobs.c.attempt >= MAX_ATTEMPTS)
        .values(
            state="failed",
            ended_at=now(),
            error=f"Fitting ended without a word {MAX_ATTEMPTS} times: is there enough memory? The "
            "classifier's log may say more. Ask again once that is mended.",
        )
    )


async def renew(database: Database, held: Claim) -> bool:
    """Say that the worker lives; return whether the job is still its own. Raises DatabaseError."""
    async with database.writing() as connection:
        moment = await clock(connection)
        statement = _of(held).values(lease=moment + LEASE).returning(jobs.c.id)
        return await one(connection, statement) is not None


async def retry(database: Database, held: Claim) -> None:
    """End the lease: whoever is first takes the job up again, unless it was tried enough."""
    async with database.writing() as connection:
        await connection.execute(_of(held).values(lease=0))


async def release(database: Database, held: Claim) -> None:
    """Give the job back as if it had not been taken. Raises DatabaseError."""
    async with database.writing() as connection:
        await lock_site(connection, held.site)
        waiting = select(jobs.c.id).where(jobs.c.site == held.site, jobs.c.state == "queued")
        if await one(connection, waiting) is None:
            await connection.execute(
                _of(held).values(state="queued", lease=None, worker=None, attempt=held.attempt - 1)
            )
        else:  # that one will do the same
            await connection.execute(
                _of(held).values(state="failed", ended_at=now(), error="A later fit replaces it.")
            )


async def fail(
    database: Database, held: Claim, error: str, reason: dict[str, Any] | None = None
) -> None:
    """End the job: `error` says why, and what to do, and `reason` the same as a code.

    Raises DatabaseError.
    """
    async with database.writing() as connection:
        await connection.execute(
            _of(held).values(state="failed", ended_at=now(), error=error, reason=reason)
        )


async def finish(
    connection: AsyncConnection, held: Claim, version: int, report: dict[str, Any]
) -> bool:
    """End the job in the caller's transaction; return whether it was still the worker's."""
    statement = _of(held).values(state="done", ended_at=now(), version=version, report=report)
    return await one(connection, statement.returning(jobs.c.id)) is not None


def _of(held: Claim) -> Update:
    return update(jobs).where(
        jobs.c.id == held.id,
        jobs.c.state == "running",
        jobs.c.worker == held.worker,
        jobs.c.attempt == held.attempt,
    )


async def _forget_old(connection: AsyncConnection, site: str) -> None:
    mine = select(jobs.c.number).where(jobs.c.site == site)
    kept = mine.order_by(jobs.c.number.desc()).limit(KEPT)
    ended = jobs.c.state.in_(("done", "failed"))
    await connection.execute(
        delete(jobs).where(jobs.c.site == site, ended, jobs.c.number.not_in(kept))
    )


def describe_job(row: Row[Any]) -> dict[str, Any]:
    """Return a job as the interface shows it."""
    known = {
        "kind": row.kind,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "version": row.version,
        "report": row.report,
        "error": row.error,
        "reason": row.reason,
    }
    return {
        "id": str(row.id),
        "state": row.state,
        "created_at": row.created_at,
        **{key: value for key, value in known.items() if value is not None},
    }
