"""Whose marks, and when."""

from alembic import op
import sqlalchemy as sa

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add which marks are windows of one person that follow each other; of old ones none does."""
    op.add_column("marks", sa.Column("person", sa.Integer))
    op.add_column("marks", sa.Column("at", sa.String(32)))
