"""When the hall acknowledged what; until now the terminal only knew how far."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "acknowledgement",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", "seq", name=op.f("pk_acknowledgement")),
    )
    # Of what the hall had before, this is known: not later than the last contact.
    op.execute(
        "INSERT INTO acknowledgement (epoch, seq, at) SELECT ack_epoch, ack_seq, last_contact "
        "FROM peer WHERE ack_seq > 0 AND last_contact IS NOT NULL"
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("acknowledgement")
