"""Fits of a chosen kind."""

from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what kind of head a fit was asked for."""
    op.add_column("jobs", sa.Column("kind", sa.String(16)))
