"""Which expected files their terminal has lost, and which are waited for no more."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("expected_blob") as table:
        table.add_column(sa.Column("lost_at", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("given_up_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("expected_blob") as table:
        table.drop_column("given_up_at")
        table.drop_column("lost_at")
