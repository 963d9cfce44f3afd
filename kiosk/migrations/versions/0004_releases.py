"""Catalogue releases, and what each terminal says of the one it uses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "release",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("hall_id", sa.String(length=36), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_release")),
    )
    with op.batch_alter_table("terminal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("release", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("refused_release", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("refusal", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("terminal", schema=None) as batch_op:
        for name in ("refusal", "refused_release", "release"):
            batch_op.drop_column(name)
    op.drop_table("release")
