"""The redress of bad ratings (差评整改), and the roll-out of a catalogue release by station.

Older bad ratings get their redress from the hall's workers, which know the working days.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "redress",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("station_code", sa.String(length=12), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("tags", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("is_complex", sa.Boolean(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("appealed_by", sa.String(length=36), nullable=True),
        sa.Column("appealed_in", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redress")),
        sa.UniqueConstraint(
            "terminal_id", "entry_id", name=op.f("uq_redress_terminal_id_entry_id")
        ),
    )
    op.create_index("ix_redress_due_on_id", "redress", ["due_on", "id"])
    op.create_index("ix_redress_state_id", "redress", ["state", "id"])
    op.create_index("ix_redress_item_id", "redress", ["item", "id"])
    op.create_table(
        "redress_act",
        sa.Column("redress_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=36), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("redress_id", "number", name=op.f("pk_redress_act")),
    )
    op.create_table(
        "release_stage",
        sa.Column("station_code", sa.String(length=12), nullable=False),
        sa.Column("release", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("station_code", name=op.f("pk_release_stage")),
    )
    op.create_index(op.f("ix_release_stage_release"), "release_stage", ["release"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("release_stage")
    op.drop_table("redress_act")
    op.drop_table("redress")
