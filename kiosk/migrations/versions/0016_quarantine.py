"""What people do about entries that could not be replayed, and what each side's program speaks."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _place() -> list[sa.Column]:
    return [
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
            for name in ("epoch", "seq", "number")
        ),
    ]


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "correction",
        *_place(),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.PrimaryKeyConstraint(
            "terminal_id", "epoch", "seq", "number", name=op.f("pk_correction")
        ),
    )
    op.create_table(
        "resolution",
        *_place(),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("operator", sa.String(length=36), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint(
            "terminal_id", "epoch", "seq", "number", name=op.f("pk_resolution")
        ),
    )
    op.create_index("ix_resolution_at", "resolution", ["at"])
    op.create_table(
        "done_once",
        sa.Column("deed", sa.String(length=40), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("deed", name=op.f("pk_done_once")),
    )
    with op.batch_alter_table("verdict") as table:
        table.add_column(sa.Column("told_by", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("peer") as table:
        table.add_column(sa.Column("hall_program", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("hall_versions", sa.String(length=40), nullable=True))
    with op.batch_alter_table("terminal") as table:
        table.add_column(sa.Column("reported_versions", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("unread_version", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("terminal") as table:
        table.drop_column("unread_version")
        table.drop_column("reported_versions")
    with op.batch_alter_table("peer") as table:
        table.drop_column("hall_versions")
        table.drop_column("hall_program")
    with op.batch_alter_table("verdict") as table:
        table.drop_column("told_by")
    op.drop_table("done_once")
    op.drop_index("ix_resolution_at", "resolution")
    op.drop_table("resolution")
    op.drop_table("correction")
