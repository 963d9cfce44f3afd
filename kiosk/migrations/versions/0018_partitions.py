"""PostgreSQL: ledger and feed in hash partitions by terminal, and no index of what a hall lacks.

The partitions lie beside their tables, so that whoever backs up or moves the schema has them too.
SQLite stays as it is: it has no partitions, and a terminal has one terminal's rows.
"""

from collections.abc import Sequence

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

#: How many; a power of two, so that each can be split in two by the same hash one day.
PARTITIONS = 16
_TABLES = ("ledger", "feed")
#: Of columns that are empty at a hall, or that nobody asks a hall for.
_PARTIAL = {
    "ix_cases_token_hash": ("token_hash", "idempotency_key IS NOT NULL"),
    "ix_cases_bundle_id": ("bundle_id", "bundle_id IS NOT NULL"),
}


def upgrade() -> None:
    """Bring the schema forward; every row is copied once."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        _copied(table, " PARTITION BY HASH (terminal_id)", range(PARTITIONS))
    for index, (column, where) in _PARTIAL.items():
        op.execute(f"DROP INDEX {index}")
        op.execute(f"CREATE INDEX {index} ON cases ({column}) WHERE {where}")


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _TABLES:
        _copied(table, "", ())
    for index, (column, _where) in _PARTIAL.items():
        op.execute(f"DROP INDEX {index}")
        op.execute(f"CREATE INDEX {index} ON cases ({column})")


def _copied(table: str, kind: str, partitions: Sequence[int]) -> None:
    """Replace a table by one of another kind with the same rows, keys and indices."""
    bind = op.get_bind()
    keys = bind.exec_driver_sql(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        (table,),
    ).all()
    names = {name for name, _ in keys}
    indices = bind.exec_driver_sql(
        "SELECT indexname, indexdef FROM pg_indexes "
        "WHERE tablename = %s AND schemaname = current_schema()",
        (table,),
    ).all()
    op.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    op.execute(f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS){kind}")
    for number in partitions:
        op.execute(
            f"CREATE TABLE {table}_{number} PARTITION OF {table} "
            f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        )
    op.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608
    op.execute(f"DROP TABLE {table}_before")
    for name, definition in keys:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for name, definition in indices:
        if name not in names:
            op.execute(definition.replace(" ON ONLY ", " ON "))
