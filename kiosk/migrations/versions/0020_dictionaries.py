"""With which dictionaries the hall reads bodies, so that a terminal packs with one of them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("hall_dictionaries", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("peer") as table:
        table.drop_column("hall_dictionaries")
