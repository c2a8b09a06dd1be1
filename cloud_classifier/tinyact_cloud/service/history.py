"""The heads that a site taught: which there are, which one is served, and back to any of them."""

import hashlib
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from . import jobs
from .changes import record
from .database import Database, now, one
from .jobs import Claim
from .problem import Problem
from .served import Served
from .sites import lock_site
from .tables import heads, sites

# Versions of a site that are kept beside the one that is served; some 1.5 MB each.
KEPT = 10


async def commit_head(
    database: Database, held: Claim, encoder: str, head: bytes, report: dict[str, Any]
) -> int | None:
    """Serve what a fit gave, in one transaction with the end of its job; return the version.

    `report` is that of teach.Taught. None when the job is no longer this worker's: then nothing
    is kept. Raises DatabaseError.
    """
    async with database.writing() as connection:
        site = await lock_site(connection, held.site)
        version: int = site.last_version + 1
        if not await jobs.finish(connection, held, version, report):
            return None
        await connection.execute(
            insert(heads).values(
                site=held.site,
                version=version,
                encoder=encoder,
                kind=report["kind"],
                labels=report["labels"],
                temperature=report["temperature"],
                thresholds=report["thresholds"],
                content=head,
                sha256=hashlib.sha256(head).hexdigest(),
                report=report,
                created_at=now(),
            )
        )
        await connection.execute(
            update(sites).where(sites.c.name == held.site).values(last_version=version)
        )
        await _activate(connection, held.site, version)
        await _forget_old(connection, held.site, version)
    return version


async def activate(database: Database, site: str, version: int, base: Served) -> None:
    """Serve an earlier version, 0 for the bundle's own. Raises Problem and DatabaseError."""
    async with database.writing() as connection:
        await lock_site(connection, site)
        if version != 0:
            wanted = select(heads.c.encoder).where(heads.c.site == site, heads.c.version == version)
            row = await one(connection, wanted)
            if row is None:
                raise Problem(404, f"There is no version {version}. GET /v1/heads lists them.")
            if row.encoder != base.bundle.encoder:
                raise Problem(
                    409,
                    f"Version {version} was taught with another encoder than the one in use. "
                    "Teach it anew, or go back to the former bundle.",
                    code="other_encoder",
                )
        await _activate(connection, site, version)


async def list_heads(database: Database, site: str, base: Served) -> list[dict[str, Any]]:
    """Return the site's versions, the newest first, the bundle's own last. Raises DatabaseError."""
    columns = [column for column in heads.c if column.name != "content"]
    query = select(*columns).where(heads.c.site == site).order_by(heads.c.version.desc())
    async with database.reading() as connection:
        active_query = select(sites.c.active).where(sites.c.name == site)
        active = (await connection.execute(active_query)).scalar_one()
        rows = (await connection.execute(query)).all()
    encoder = base.bundle.encoder
    described = [_describe(row, encoder, active=row.version == active) for row in rows]
    # A version of another encoder is not served, even if it was the last to be activated.
    taught = any(head["active"] for head in described)
    own: dict[str, Any] = {
        "version": 0,
        "kind": base.file.kind,
        "model": base.file.sha256,
        "labels": base.labels,
        "taught": [],
        "accuracy": None,
        "usable": True,
        "active": not taught,
    }
    return [*described, own]


def _describe(row: Row[Any], encoder: str, *, active: bool) -> dict[str, Any]:
    usable = row.encoder == encoder
    return {
        "version": row.version,
        "created_at": row.created_at,
        "kind": row.kind,
        "model": row.sha256,
        "labels": row.labels,
        "taught": sorted(row.thresholds),
        "accuracy": _accuracy(row.report),
        "usable": usable,
        "active": active and usable,
    }


def _accuracy(report: dict[str, Any]) -> float | None:
    """Return the mean of the labels' recalls that cross-validation gave: the balanced accuracy."""
    recalls = [label["recall_after"] for label in report["report"]]
    known = [recall for recall in recalls if recall is not None]
    return sum(known) / len(known) if known else None


async def _activate(connection: AsyncConnection, site: str, version: int) -> None:
    await connection.execute(update(sites).where(sites.c.name == site).values(active=version))
    await record(connection, site)


async def _forget_old(connection: AsyncConnection, site: str, active: int) -> None:
    mine = select(heads.c.version).where(heads.c.site == site)
    kept = mine.order_by(heads.c.version.desc()).limit(KEPT + 1)
    await connection.execute(
        delete(heads).where(
            heads.c.site == site, heads.c.version != active, heads.c.version.not_in(kept)
        )
    )
