"""Which pairing a tablet had before: what was sealed under that one's key is opened still."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.add_column(sa.Column("previous_id", sa.String(length=36), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_column("previous_id")
