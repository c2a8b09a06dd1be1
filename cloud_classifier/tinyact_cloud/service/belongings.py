"""All that a site has: handed out, or erased."""

import base64
from collections.abc import AsyncIterator
import json
from typing import Any

from sqlalchemy import Row, delete, select, update

from .changes import record
from .database import Database, now
from .examples import describe_example, describe_variants
from .jobs import describe_job
from .marks import describe_mark
from .sites import lock_site
from .tables import examples, heads, jobs, marks, sites

# Rows that are read at once. Pages, so that a slow reader holds no connection.
_PAGE = 100
_TABLES = (examples, marks, jobs, heads)


async def export_site(database: Database, site: str) -> AsyncIterator[bytes]:
    """Yield all that `site` has, as JSON, a line each; the last line counts them.

    Raises DatabaseError.
    """
    async with database.reading() as connection:
        active = select(sites.c.active).where(sites.c.name == site)
        version = (await connection.execute(active)).scalar_one()
    yield _line("site", {"name": site, "exported_at": now(), "head_version": version})
    counts: dict[str, int] = {}
    for table in _TABLES:
        order = table.c.version if table is heads else table.c.number
        # Heads are large: one at a time.
        limit = 1 if table is heads else _PAGE
        counts[table.name] = last = 0
        while True:
            query = select(table).where(table.c.site == site, order > last)
            async with database.reading() as connection:
                rows = (await connection.execute(query.order_by(order).limit(limit))).all()
            for row in rows:
                yield _line(table.name[:-1], _describe(row, table.name))
            counts[table.name] += len(rows)
            if len(rows) < limit:
                break
            last = rows[-1]._mapping[order.name]  # noqa: SLF001 - SQLAlchemy's public name
    yield _line("end", counts)


async def erase_site(database: Database, site: str) -> dict[str, int]:
    """Delete all that `site` taught, and go back to the bundle's own head; return what it was.

    Its tokens stay: they are no data, and revoked by themselves. Raises DatabaseError.
    """
    erased = {}
    async with database.writing() as connection:
        await lock_site(connection, site)
        for table in _TABLES:
            gone = await connection.execute(delete(table).where(table.c.site == site))
            erased[table.name] = gone.rowcount
        await connection.execute(update(sites).where(sites.c.name == site).values(active=0))
        await record(connection, site)
    return erased


def _line(what: str, content: dict[str, Any]) -> bytes:
    return json.dumps({what: content}).encode() + b"\n"


def _describe(row: Row[Any], table: str) -> dict[str, Any]:
    if table == "examples":
        latent = base64.b64encode(row.latent).decode()
        return describe_example(row) | {
            "encoder": row.encoder,
            "latent": latent,
            "scale": row.scale,
            "variants": describe_variants(row),
        }
    if table == "marks":
        return describe_mark(row) | {"encoder": row.encoder}
    if table == "jobs":
        return describe_job(row)
    return {
        "version": row.version,
        "encoder": row.encoder,
        "model": row.sha256,
        "content": base64.b64encode(row.content).decode(),
        "report": row.report,
        "created_at": row.created_at,
    }
