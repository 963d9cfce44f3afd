"""When a terminal's certificate ends is kept beside it, to be shown and to warn in time."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("upkeep", sa.Column("certified_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("upkeep", "certified_until")
