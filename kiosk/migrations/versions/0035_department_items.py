"""Items that another department serves than their authority's, by exception."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "department_item",
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_department_item")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("department_item")
