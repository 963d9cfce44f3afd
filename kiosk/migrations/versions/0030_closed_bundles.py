"""What the lead department of a bundle has stated as its result."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "closed_bundle",
        sa.Column("bundle_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("told_with", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("bundle_id", name=op.f("pk_closed_bundle")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("closed_bundle")
