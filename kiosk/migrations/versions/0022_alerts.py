"""Alerts of the hall: what fired, who was told, silence, channels; and counts that are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "alert",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("terminal", sa.String(length=6), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("open_key", sa.String(length=30), nullable=True),
        sa.Column("notified_at", sa.BigInteger(), nullable=True),
        sa.Column("recovered_at", sa.BigInteger(), nullable=True),
        sa.Column("recovery_told_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("open_key", name=op.f("uq_alert_open_key")),
    )
    op.create_index("ix_alert_rule", "alert", ["rule", "id"])
    op.create_index(op.f("ix_alert_terminal"), "alert", ["terminal"])
    op.create_index(op.f("ix_alert_recovered_at"), "alert", ["recovered_at"])
    op.create_table(
        "alert_rule",
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_alert_rule")),
    )
    op.create_table(
        "alert_round",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_round")),
    )
    _what_admins_set()
    op.create_table(
        "alert_notice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("channel_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_notice")),
    )
    op.create_index(op.f("ix_alert_notice_channel_id"), "alert_notice", ["channel_id"])
    op.create_index(op.f("ix_alert_notice_due_at"), "alert_notice", ["due_at"])
    op.create_table(
        "kept_count",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "label", name=op.f("pk_kept_count")),
    )


def _what_admins_set() -> None:
    op.create_table(
        "alert_silence",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("terminal", sa.String(length=6), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=120), nullable=False),
        sa.Column("made_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_silence")),
    )
    op.create_index(op.f("ix_alert_silence_until"), "alert_silence", ["until"])
    op.create_table(
        "alert_channel",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("last_sent_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_channel")),
    )


def downgrade() -> None:
    """Take it back."""
    for table in (
        "kept_count",
        "alert_notice",
        "alert_channel",
        "alert_silence",
        "alert_round",
        "alert_rule",
        "alert",
    ):
        op.drop_table(table)
