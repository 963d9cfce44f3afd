"""How far each terminal is backed up, when the last backups were, which cases were wiped here."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "backup_run",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=40), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
    )
    for table, names in (
        ("terminal", ("backed_up_epoch", "backed_up_seq", "backed_up_feed")),
        ("peer", ("backed_up_epoch", "backed_up_feed")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.add_column(
                    sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
                )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wiped_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("lost", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_column("lost")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("wiped_at")
    for table, names in (
        ("peer", ("backed_up_feed", "backed_up_epoch")),
        ("terminal", ("backed_up_feed", "backed_up_seq", "backed_up_epoch")),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            for name in names:
                batch_op.drop_column(name)
    op.drop_table("backup_run")
