"""Who serves what at the hall: departments, windows, the departments and last sign-in of operators.

And what the hall's people agree on: a second person's word before an entry is set aside, how far
the audit log was proved, and which terminal an invitation replaces.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "department",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_department")),
    )
    op.create_table(
        "department_authority",
        sa.Column("authority", sa.String(length=80), nullable=False),
        sa.Column("department", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("authority", name=op.f("pk_department_authority")),
    )
    op.create_table(
        "department_window",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("department", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_department_window")),
    )
    op.create_table(
        "audit_proof",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_proof")),
    )
    op.create_table(
        "set_aside_wish",
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.String(length=36), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("terminal_id", "epoch", "seq", name=op.f("pk_set_aside_wish")),
    )
    with op.batch_alter_table("operator") as table:
        table.add_column(sa.Column("departments", sa.Text(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("last_sign_in", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("invitation") as table:
        table.add_column(sa.Column("replaces", sa.String(length=36), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("invitation") as table:
        table.drop_column("replaces")
    with op.batch_alter_table("operator") as table:
        table.drop_column("last_sign_in")
        table.drop_column("departments")
    for name in (
        "set_aside_wish",
        "audit_proof",
        "department_window",
        "department_authority",
        "department",
    ):
        op.drop_table(name)
