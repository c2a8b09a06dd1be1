"""Sites, and what they teach."""

from alembic import op
import sqlalchemy as sa

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    changes = op.create_table("changes", sa.Column("number", sa.BigInteger, nullable=False))
    op.bulk_insert(changes, [{"number": 0}])
    op.create_table(
        "sites",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("change", sa.BigInteger, nullable=False, index=True),
        sa.Column("active", sa.Integer, nullable=False),
        sa.Column("last_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "tokens",
        sa.Column("name", sa.String(64), primary_key=True),
        _site(),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "examples",
        sa.Column("number", _NUMBER, primary_key=True),
        _site(),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("encoder", sa.String(64), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("wrong", sa.Boolean, nullable=False),
        sa.Column("camera", sa.String(64)),
        sa.Column("person", sa.Integer),
        sa.Column("at", sa.String(32)),
        sa.Column("group", sa.String(100)),
        *_latent(),
        sa.UniqueConstraint("site", "id", name="examples_once"),
    )
    op.create_index("examples_of_site", "examples", ["site", "number"])
    op.create_table(
        "heads",
        sa.Column("site", sa.String(64), sa.ForeignKey("sites.name"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("encoder", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("labels", sa.JSON, nullable=False),
        sa.Column("temperature", sa.Double, nullable=False),
        sa.Column("thresholds", sa.JSON, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("number", _NUMBER, primary_key=True),
        sa.Column("id", sa.Uuid, nullable=False, unique=True),
        _site(),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", sa.Uuid),
        sa.Column("lease", sa.Double),
        sa.Column("version", sa.Integer),
        sa.Column("report", sa.JSON),
        sa.Column("error", sa.Text),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("started_at", sa.String(32)),
        sa.Column("ended_at", sa.String(32)),
    )
    for state in ("queued", "running"):
        only = sa.text(f"state = '{state}'")
        op.create_index(
            f"jobs_{state}",
            "jobs",
            ["site"],
            unique=True,
            sqlite_where=only,
            postgresql_where=only,
        )
    op.create_index("jobs_of_site", "jobs", ["site", "number"])
    op.create_table(
        "marks",
        sa.Column("number", _NUMBER, primary_key=True),
        _site(),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("encoder", sa.String(64), nullable=False),
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        *_latent(),
        sa.UniqueConstraint("site", "id", name="marks_once"),
    )
    op.create_index("marks_of_site", "marks", ["site", "number"])


def _site() -> sa.Column[str]:
    return sa.Column("site", sa.String(64), sa.ForeignKey("sites.name"), nullable=False)


def _latent() -> tuple[sa.Column[bytes], sa.Column[float], sa.Column[str]]:
    return (
        sa.Column("latent", sa.LargeBinary, nullable=False),
        sa.Column("scale", sa.Double, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
