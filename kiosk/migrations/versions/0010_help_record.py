"""What agents do for residents: one row for each service, found and counted without a key."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "help_record",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("agent", sa.String(length=36), nullable=True),
        sa.Column("case_id", sa.String(length=36), nullable=True),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("station_code", sa.String(length=12), nullable=False),
        sa.Column("number_hash", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_record")),
    )
    for name in ("case_id", "on_day", "number_hash"):
        op.create_index(op.f(f"ix_help_record_{name}"), "help_record", [name])
    op.create_index("ix_help_record_kind_state", "help_record", ["kind", "state"])
    op.create_index("ix_help_record_state_due_on", "help_record", ["state", "due_on"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("help_record")
