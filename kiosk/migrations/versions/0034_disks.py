"""What a terminal tells of the size of its disk, beside what is free of it."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("terminal") as table:
        table.add_column(sa.Column("reported_disk_total", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("terminal") as table:
        table.drop_column("reported_disk_total")
