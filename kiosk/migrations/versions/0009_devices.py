"""Tablets: who is paired, which numbers they have, what pictures they brought, sealed parcels.

At the hall, what each terminal last said of its tablets.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("secret_hash", sa.String(length=64), nullable=True),
        sa.Column("paired_at", sa.BigInteger(), nullable=True),
        sa.Column("paired_by", sa.String(length=36), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=True),
        sa.Column("backlog", sa.BigInteger(), nullable=False),
        sa.Column("backlog_oldest_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_by", sa.String(length=36), nullable=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_table(
        "number_lease",
        sa.Column("number", sa.String(length=15), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("leased_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("notes", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_number_lease")),
    )
    op.create_table(
        "device_picture",
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("material_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "sha256", name=op.f("pk_device_picture")),
    )
    op.create_table(
        "sealed_parcel",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("device_id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("taken_in_at", sa.BigInteger(), nullable=True),
        sa.Column("taken_in_by", sa.String(length=36), nullable=True),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_parcel")),
        sa.UniqueConstraint("sha256", name=op.f("uq_sealed_parcel_sha256")),
    )
    for table, column in (
        ("device", "code_hash"),
        ("number_lease", "device_id"),
        ("device_picture", "material_id"),
        ("sealed_parcel", "device_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    with op.batch_alter_table("terminal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reported_devices", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("terminal", schema=None) as batch_op:
        batch_op.drop_column("reported_devices")
    for table in ("sealed_parcel", "device_picture", "number_lease", "device"):
        op.drop_table(table)
