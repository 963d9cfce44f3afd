"""Closed cases of a station, of an item, and those sent to a department, the newest first.

Open cases stand in none of these, so that what a terminal sends costs nothing more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_CLOSED = "(state = 'refused' OR state = 'delivered' OR state = 'withdrawn')"
_NARROWED = {
    "ix_cases_closed_station": ("station_code", _CLOSED),
    "ix_cases_closed_item": ("item", _CLOSED),
    "ix_cases_closed_sent": ("department", f"department IS NOT NULL AND {_CLOSED}"),
}


def upgrade() -> None:
    """Bring the schema forward."""
    for name, (narrowed_by, which) in _NARROWED.items():
        op.create_index(
            name,
            "cases",
            [narrowed_by, "state", "changed_at", "id"],
            sqlite_where=sa.text(which),
            postgresql_where=sa.text(which),
        )


def downgrade() -> None:
    """Take it back."""
    for name in _NARROWED:
        op.drop_index(name, "cases")
