"""The tables of the database; migrations/ makes them.

Times are text, ISO 8601 in UTC, but for leases: those are compared, as seconds since 1970.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

# SQLite numbers rows by itself only where their number is called INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _site() -> Column[str]:
    return Column("site", String(64), ForeignKey("sites.name"), nullable=False)


metadata = MetaData()


def _taught(name: str, *said: Column[Any]) -> Table:
    """Return a table of latents, and what a site `said` of each; no id is there twice.

    Whose latent it is need not be said.
    """
    return Table(
        name,
        metadata,
        Column("number", _NUMBER, primary_key=True),
        _site(),
        Column("id", Uuid, nullable=False),
        Column("encoder", String(64), nullable=False),
        *said,
        Column("person", Integer),
        Column("at", String(32)),
        Column("latent", LargeBinary, nullable=False),
        Column("scale", Double, nullable=False),
        Column("created_at", String(32), nullable=False),
        UniqueConstraint("site", "id", name=f"{name}_once"),
        Index(f"{name}_of_site", "site", "number"),
    )


# One row: how many changes there have been. Who takes the next number holds the row until the
# commit, so numbers are committed in their order and nobody who asks for later ones misses any.
changes = Table("changes", metadata, Column("number", BigInteger, nullable=False))

# `change` is the number of the last change to what the site is served; version 0 of a head is the
# bundle's own.
sites = Table(
    "sites",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("change", BigInteger, nullable=False, index=True),
    Column("active", Integer, nullable=False),
    Column("last_version", Integer, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", String(64), primary_key=True),
    _site(),
    Column("scope", String(8), nullable=False),
    Column("hash", LargeBinary, nullable=False, unique=True),
    Column("created_at", String(32), nullable=False),
)

examples = _taught(
    "examples",
    Column("label", String(40), nullable=False),
    Column("wrong", Boolean, nullable=False),
    Column("camera", String(64)),
    Column("group", String(100)),
    Column("variants", LargeBinary),
    Column("variants_scale", Double),
)

heads = Table(
    "heads",
    metadata,
    Column("site", String(64), ForeignKey("sites.name"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("encoder", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("labels", JSON, nullable=False),
    Column("temperature", Double, nullable=False),
    Column("thresholds", JSON, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("report", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
)

# The two partial indices make the database itself see to it that a site has one fit at a time,
# whatever replicas do, and one waiting behind it.
jobs = Table(
    "jobs",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    _site(),
    Column("state", String(8), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", Uuid),
    Column("lease", Double),
    Column("version", Integer),
    Column("report", JSON),
    Column("error", Text),
    Column("created_at", String(32), nullable=False),
    Column("started_at", String(32)),
    Column("ended_at", String(32)),
    Column("kind", String(16)),
    Column("reason", JSON(none_as_null=True)),
    *(
        Index(
            f"jobs_{state}",
            "site",
            unique=True,
            sqlite_where=text(f"state = '{state}'"),
            postgresql_where=text(f"state = '{state}'"),
        )
        for state in ("queued", "running")
    ),
    Index("jobs_of_site", "site", "number"),
)

marks = _taught(
    "marks",
    Column("camera", String(64), nullable=False),
    Column("label", String(40), nullable=False),
)
