"""Why a fit failed, for programs."""

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the code of what was wrong with what was taught, and its parameters."""
    op.add_column("jobs", sa.Column("reason", sa.JSON(none_as_null=True)))
