"""Open cases are listed and counted from one index, and what a clerk had in hand from another.

On PostgreSQL the first holds what the desk's list asks of open cases, so that eighty thousand are
counted without reading their rows; and it is told that states and clocks go together: without that
it takes late cases for so few that it sorts them all. On SQLite the index stays empty at a
terminal, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_KEPT = "ends_on IS NOT NULL"
_OPEN = "state IN ('submitted', 'returned', 'accepted', 'approved')"
_TOGETHER = (
    "CREATE STATISTICS st_cases_clock (mcv) ON state, ends_on, soon_on, legal_on FROM cases",
    "ALTER STATISTICS st_cases_clock SET STATISTICS 1000",
    "ANALYZE cases",
)
_ASKED = ["state", "station_code", "item", "holder", "department"]
_COUNTED = ["soon_on", "legal_on", "paused_at"]


def upgrade() -> None:
    """Bring the schema forward."""
    op.drop_index("ix_cases_ends_on", "cases")
    op.create_index(
        "ix_cases_open",
        "cases",
        ["ends_on", "id", *_ASKED],
        sqlite_where=sa.text(_KEPT),
        postgresql_where=sa.text(_OPEN),
        postgresql_include=_COUNTED,
    )
    op.create_index(
        "ix_cases_holder",
        "cases",
        ["holder", "state", "changed_at", "id"],
        sqlite_where=sa.text("held_at IS NOT NULL"),
        postgresql_where=sa.text("holder IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for statement in _TOGETHER:
            op.execute(statement)


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP STATISTICS st_cases_clock")
    op.drop_index("ix_cases_holder", "cases")
    op.drop_index("ix_cases_open", "cases")
    kept = sa.text(_KEPT)
    op.create_index(
        "ix_cases_ends_on",
        "cases",
        ["ends_on", "id"],
        sqlite_where=kept,
        postgresql_where=kept,
    )
