"""The station's work: who looks after a case, when something is due, and the counter's tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: Cases from before are dated as well as SQL can: their next step dates them exactly.
_DATE_OPEN_CASES = """
UPDATE cases SET next_due = coalesce(
    due_on, date(changed_at / 1000000 + CASE state WHEN 'submitted' THEN 604800 ELSE 0 END,
    'unixepoch'))
WHERE idempotency_key IS NOT NULL
AND state IN ('submitted', 'returned', 'accepted', 'approved')
"""


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("supply_by", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("next_due", sa.Date(), nullable=True))
        for name, columns in _INDEXES.items():
            where = sa.text(f"{columns[0]} IS NOT NULL")
            batch_op.create_index(name, columns, sqlite_where=where, postgresql_where=where)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(_DATE_OPEN_CASES)
    op.create_table(
        "assignment",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("operator", sa.String(length=36), nullable=False),
        sa.Column("assigned_by", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    op.create_index(op.f("ix_assignment_case_id"), "assignment", ["case_id"])
    _make_counter()


_INDEXES = {
    "ix_cases_next_due": ["next_due", "state", "holder", "supply_by", "station_code"],
    "ix_cases_person_item": ["person", "item"],
}


def _make_counter() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("called_at", sa.BigInteger(), nullable=True),
        sa.Column("served_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("desk", sa.String(length=20), nullable=True),
        sa.Column("operator", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("day", "kind", "number", name=op.f("uq_ticket_day_kind_number")),
    )
    op.create_table(
        "counter_day",
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("station_code", sa.String(length=12), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.Column("served", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("wait_median", sa.BigInteger(), nullable=True),
        sa.Column("wait_p90", sa.BigInteger(), nullable=True),
        sa.Column("service_median", sa.BigInteger(), nullable=True),
        sa.Column("service_p90", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("terminal_id", "day", name=op.f("pk_counter_day")),
    )


def downgrade() -> None:
    """Take it back."""
    for table in ("counter_day", "ticket", "assignment"):
        op.drop_table(table)
    with op.batch_alter_table("cases", schema=None) as batch_op:
        for index in _INDEXES:
            batch_op.drop_index(index)
        for name in ("next_due", "supply_by", "person"):
            batch_op.drop_column(name)
