"""The declarative base that every table of the product hangs from, and column types.

``sync`` owns it because the journal row must lie in the same commit as the
rows of the application; ``kiosk.db`` hands it to Flask-SQLAlchemy. It knows
no table itself. Neighbours: ``journal``, ``ledger`` and ``feed`` define the
tables of the exchange.
"""

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import (
    BigInteger,
    Connection,
    Dialect,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Session, registry

#: What runs a statement: with objects, or without where cases come in a flood.
Executor = Session | Connection

#: Constraint names are fixed so that migrations can name them and so that a
#: violated constraint can be told apart by its name on both databases.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, stored as whole microseconds since 1970.

    SQLite has no time zone and PostgreSQL converts to the session's zone; an
    integer means the same on both, sorts, and survives a dump between them.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn an aware datetime into microseconds since 1970-01-01T00:00:00Z."""
        if value is None:
            return None
        return int(value.astimezone(UTC).timestamp() * 1_000_000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn stored microseconds back into an aware UTC datetime."""
        if value is None:
            return None
        return datetime.fromtimestamp(value / 1_000_000, UTC)


def table_of(model: type[DeclarativeBase]) -> Table:
    """Return the Core table of a model, for statements on hot paths that need no objects."""
    return cast(Table, model.__table__)


class Base(DeclarativeBase):
    """The one declarative base; its metadata is the schema of both roles."""

    # Sequence numbers and microseconds outgrow 32 bits.
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={int: BigInteger, datetime: Instant, bytes: LargeBinary},
    )
