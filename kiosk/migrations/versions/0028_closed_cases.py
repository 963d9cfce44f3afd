"""Closed cases are listed by when they were closed, and counted, without reading all of them."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index("ix_cases_state_changed_at", "cases", ["state", "changed_at", "id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_cases_state_changed_at", "cases")
