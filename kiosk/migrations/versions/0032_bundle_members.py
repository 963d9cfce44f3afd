"""The cases of bundles stand in an index of their own, by state and by when they came into it.

Of all bundles there ever were few go on or wait for a result; the list of those begins here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_MEMBERS = sa.text("bundle_id IS NOT NULL")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_index(
        "ix_cases_member",
        "cases",
        ["state", "changed_at", "bundle_id", "terminal_id"],
        sqlite_where=_MEMBERS,
        postgresql_where=_MEMBERS,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_cases_member", "cases")
