"""Which files the hall lacked when it was last heard of, so that a stick can bring them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "wanted_file",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_wanted_file")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("wanted_file")
