"""Ratings, counted at the hall apart from their cases."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "rating",
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("station_code", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("terminal_id", "entry_id", name=op.f("pk_rating")),
    )
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rating_item"), ["item"], unique=False)
        batch_op.create_index(batch_op.f("ix_rating_station_code"), ["station_code"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("rating", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rating_station_code"))
        batch_op.drop_index(batch_op.f("ix_rating_item"))
    op.drop_table("rating")
