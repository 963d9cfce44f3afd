"""Lives of a terminal, contact tokens, second branches, and what a lost hall had said."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TERMINAL = (
    sa.Column("life_epoch", sa.BigInteger(), nullable=False, server_default="1"),
    sa.Column("fence_epoch", sa.BigInteger(), nullable=False, server_default="1"),
    sa.Column("contact", sa.String(length=32), nullable=True),
    sa.Column("contact_offered", sa.String(length=32), nullable=True),
    sa.Column("contact_before", sa.String(length=80), nullable=True),
    sa.Column("reported_at", sa.BigInteger(), nullable=True),
    sa.Column("cloned_at", sa.BigInteger(), nullable=True),
    sa.Column("twins_at", sa.BigInteger(), nullable=True),
    sa.Column("files_epoch", sa.BigInteger(), nullable=False, server_default="1"),
)
_PEER = (
    sa.Column("recovery", sa.String(length=12), nullable=True),
    sa.Column("life_id", sa.String(length=36), nullable=True),
    sa.Column("contact", sa.String(length=32), nullable=True),
    sa.Column("lost_after", sa.BigInteger(), nullable=True),
)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "life",
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("life_id", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("diverging", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("let_in", sa.Boolean(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("terminal_id", "life_id", name=op.f("pk_life")),
    )
    op.create_table(
        "lost_word",
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("terminal_id", "seq", name=op.f("pk_lost_word")),
    )
    op.create_index(op.f("ix_lost_word_subject"), "lost_word", ["subject"])
    op.create_table(
        "diverged",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("wire", sa.LargeBinary(), nullable=False),
        sa.Column("set_aside_at", sa.BigInteger(), nullable=False),
        sa.Column("anew_epoch", sa.BigInteger(), nullable=True),
        sa.Column("anew_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_diverged")),
    )
    for table, columns in (("terminal", _TERMINAL), ("peer", _PEER)):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.add_column(column)


def downgrade() -> None:
    """Take it back."""
    for table, columns in (("peer", _PEER), ("terminal", _TERMINAL)):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for column in columns:
                batch_op.drop_column(column.name)
    op.drop_table("diverged")
    op.drop_index(op.f("ix_lost_word_subject"), table_name="lost_word")
    op.drop_table("lost_word")
    op.drop_table("life")
