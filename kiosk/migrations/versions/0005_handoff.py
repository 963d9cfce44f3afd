"""Hand-offs: where the form of a draft is filled just now, at the kiosk or on a phone."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "handoff",
        sa.Column("draft_id", sa.String(length=36), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("phone", sa.String(length=36), nullable=True),
        sa.Column("page", sa.String(length=300), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_handoff")),
    )
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_handoff_code_hash"), ["code_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_handoff_offered_at"), ["offered_at"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_table("handoff")
