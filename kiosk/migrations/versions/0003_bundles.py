"""Which cases were handed in together as a bundle."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bundle", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("bundle_id", sa.String(length=36), nullable=True))
        batch_op.create_index(batch_op.f("ix_cases_bundle_id"), ["bundle_id"], unique=False)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_bundle_id"))
        batch_op.drop_column("bundle_id")
        batch_op.drop_column("bundle")
