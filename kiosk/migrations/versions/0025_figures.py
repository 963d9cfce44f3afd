"""The hall's figures by day, station and item, and the indices by which a day is counted."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward; the figures are counted by the hall when it runs."""
    op.create_table(
        "figures",
        sa.Column("grain", sa.String(length=5), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("station_code", sa.String(length=12), nullable=False),
        sa.Column("item", sa.String(length=16), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "begins", "station_code", "item", name="pk_figures"),
    )
    op.create_index("ix_figures_of", "figures", ["grain", "station_code", "item", "begins"])
    op.create_table(
        "figures_mark",
        sa.Column("terminal_id", sa.String(length=36), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("feed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("terminal_id", name="pk_figures_mark"),
    )
    op.create_table(
        "figures_report",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_figures_report"),
    )
    op.create_index("ix_cases_submitted_at", "cases", ["submitted_at"])
    op.create_index("ix_certificate_call_at", "certificate_call", ["at"])
    op.create_index("ix_counter_day_day", "counter_day", ["day"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_counter_day_day", "counter_day")
    op.drop_index("ix_certificate_call_at", "certificate_call")
    op.drop_index("ix_cases_submitted_at", "cases")
    for table in ("figures_report", "figures_mark", "figures"):
        op.drop_table(table)
