"""When a terminal last reported that all is well, and the oldest entries that it says wait."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("terminal") as table:
        table.add_column(sa.Column("reported_well_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("reported_waiting", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("terminal") as table:
        table.drop_column("reported_waiting")
        table.drop_column("reported_well_at")
