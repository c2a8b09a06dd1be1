"""Variants of examples."""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add what examples look like to other cameras; old ones have no such variants."""
    op.add_column("examples", sa.Column("variants", sa.LargeBinary))
    op.add_column("examples", sa.Column("variants_scale", sa.Double))
