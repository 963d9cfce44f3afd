"""Open cases of before 0010 wait to be looked at for promises, which are sealed in their bodies.

No key is at hand here: each gets a row that says so, and the program takes its place.
"""

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_CASES = sa.table("cases", *map(sa.column, ("id", "item", "state", "terminal_id", "station_code")))
_RECORDS = sa.table(
    "help_record",
    *map(sa.column, ("id", "kind", "state", "item", "terminal_id", "station_code")),
    sa.column("on_day", sa.Date()),
)
_UNREAD = "unread"
#: The day is set with the rest.
_NO_DAY = date(1970, 1, 1)


def upgrade() -> None:
    """Bring the schema forward."""
    old = sa.select(
        _CASES.c.id,
        sa.literal("deferral"),
        sa.literal(_UNREAD),
        _CASES.c.item,
        _CASES.c.terminal_id,
        _CASES.c.station_code,
        sa.literal(_NO_DAY, sa.Date()),
    ).where(
        _CASES.c.state.in_(("submitted", "returned", "accepted")),
        ~sa.exists().where(_RECORDS.c.id == _CASES.c.id),
    )
    columns = ["id", "kind", "state", "item", "terminal_id", "station_code", "on_day"]
    op.execute(_RECORDS.insert().from_select(columns, old))


def downgrade() -> None:
    """Take it back."""
    op.execute(_RECORDS.delete().where(_RECORDS.c.state == _UNREAD))
