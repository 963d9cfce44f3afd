"""The desk's clocks, who holds a case since when, its department, and three tables of its own."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

from kiosk.cases import deadlines
from kiosk.clock import LOCAL

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("held_at", sa.BigInteger(), nullable=True),
    sa.Column("department", sa.String(length=40), nullable=True),
    sa.Column("ends_on", sa.Date(), nullable=True),
    sa.Column("soon_on", sa.Date(), nullable=True),
    sa.Column("legal_on", sa.Date(), nullable=True),
    sa.Column("paused_at", sa.BigInteger(), nullable=True),
)
_RUNNING = sa.text("ends_on IS NOT NULL")
_CASES = sa.table(
    "cases",
    sa.column("id", sa.String),
    sa.column("state", sa.String),
    sa.column("changed_at", sa.BigInteger),
    sa.column("due_on", sa.Date),
    sa.column("idempotency_key", sa.String),
    sa.column("ends_on", sa.Date),
    sa.column("soon_on", sa.Date),
    sa.column("legal_on", sa.Date),
)


def upgrade() -> None:
    """Bring the schema forward; the clocks of a hall's open cases are wound."""
    for column in _COLUMNS:
        op.add_column("cases", column.copy())
    op.create_index(
        "ix_cases_ends_on",
        "cases",
        ["ends_on", "id"],
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    op.create_table(
        "desk_event",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_event")),
    )
    op.create_index(op.f("ix_desk_event_case_id"), "desk_event", ["case_id"])
    op.create_table(
        "check_mark",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("point", sa.String(length=80), nullable=False),
        sa.Column("mark", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=36), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "point", name=op.f("pk_check_mark")),
    )
    op.create_table(
        "kept_promise",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("check_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=36), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_kept_promise")),
    )
    op.create_index(
        "ix_kept_promise_state_check_by", "kept_promise", ["state", "check_by", "case_id"]
    )
    _wind(op.get_bind())


def downgrade() -> None:
    """Take it back."""
    for table in ("kept_promise", "check_mark", "desk_event"):
        op.drop_table(table)
    op.drop_index("ix_cases_ends_on", "cases")
    for column in reversed(_COLUMNS):
        op.drop_column("cases", column.name)


def _wind(bind: sa.Connection) -> None:
    # What working days are is code's to say, so this migration asks it, and SQL could not.
    columns = (_CASES.c.id, _CASES.c.state, _CASES.c.changed_at, _CASES.c.due_on)
    rows = bind.execute(
        sa.select(*columns).where(
            _CASES.c.idempotency_key.is_(None),
            _CASES.c.state.in_(("submitted", "accepted", "approved")),
        )
    ).all()
    known: dict[tuple[str, date, date | None], deadlines.Clock | None] = {}
    changes = []
    for case_id, state, changed, due_on in rows:
        at = datetime.fromtimestamp(changed / 1_000_000, UTC)
        same = (state, at.astimezone(LOCAL).date(), due_on)
        running = known.get(same) or deadlines.clock_of(state, at, due_on)
        known[same] = running
        if running is not None:
            changes.append(
                {
                    "which": case_id,
                    "ends": running.ends_on,
                    "soon": running.soon_on,
                    "legal": running.legal_on,
                }
            )
    if changes:
        bind.execute(
            sa.update(_CASES)
            .where(_CASES.c.id == sa.bindparam("which"))
            .values(
                ends_on=sa.bindparam("ends"),
                soon_on=sa.bindparam("soon"),
                legal_on=sa.bindparam("legal"),
            ),
            changes,
        )
