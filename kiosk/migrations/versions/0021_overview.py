"""The overview of terminals: counted entries, contacts by quarter-hour, pauses, notes, proofs."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COLUMNS = (
    sa.Column("taken", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("pulse", sa.String(length=96), nullable=False, server_default=""),
    sa.Column("pulse_slot", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("paused_until", sa.BigInteger(), nullable=True),
)


def upgrade() -> None:
    """Bring the schema forward; what is in the ledger is counted once."""
    with op.batch_alter_table("terminal") as table:
        for column in _COLUMNS:
            table.add_column(column.copy())
    op.execute(
        "UPDATE terminal SET taken = "
        "(SELECT count(*) FROM ledger WHERE ledger.terminal_id = terminal.terminal_id)"
    )
    op.create_table(
        "upkeep",
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("caretaker", sa.String(length=40), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("paused_why", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("proved_epoch", sa.BigInteger(), nullable=False),
        sa.Column("proved_seq", sa.BigInteger(), nullable=False),
        sa.Column("proved_count", sa.BigInteger(), nullable=False),
        sa.Column("proved_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("proved_at", sa.BigInteger(), nullable=True),
        sa.Column("proof_fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("terminal_id", name=op.f("pk_upkeep")),
    )
    op.create_table(
        "terminal_note",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=36), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal_note")),
    )
    op.create_index(op.f("ix_terminal_note_terminal_id"), "terminal_note", ["terminal_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("terminal_note")
    op.drop_table("upkeep")
    with op.batch_alter_table("terminal") as table:
        for column in reversed(_COLUMNS):
            table.drop_column(column.name)
