"""Many rows at once: by COPY where the database has it, and questions about many values.

A hall takes five hundred cases in one transaction. On PostgreSQL a COPY costs a third of as many
inserts, at both ends of the connection, and one array a fraction of five hundred parameters.
SQLite gets what SQLAlchemy makes. Knows no table; errors are SQLAlchemy's, whichever way was taken.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Insert,
    Table,
    bindparam,
    exists,
    func,
    select,
)
from sqlalchemy.exc import DBAPIError

from sync.tables import Executor

#: Fewer rows than this go as inserts: a COPY is two more turns to the server and back.
COPY_FROM = 10


def insert(session: Executor, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``, which all name the same columns; the caller commits.

    What a column's default would fill in must be named. Raises sqlalchemy.exc.IntegrityError or
    DataError as single inserts would, or OverflowError for a number beyond 64 bits, and then none
    of the rows is there.
    """
    if not rows:
        return
    connection = session if isinstance(session, Connection) else session.connection()
    if len(rows) < COPY_FROM or connection.dialect.name != "postgresql":
        session.execute(table.insert(), list(rows))
        return
    _copy(connection, table, rows)


def insert_missing(session: Executor, key: Column[Any], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert those of ``rows`` that ``key``'s table has no row for, and return how many.

    ``key`` is a column of the table's primary key, each row has another value of it, and all agree
    in the key's other columns. Errors are those of ``insert``.
    """
    if not rows:
        return 0
    table = key.table
    if len(rows) < COPY_FROM:
        # One turn to the server: it looks itself.
        connection = session if isinstance(session, Connection) else session.connection()
        return connection.execute(_insert_where_none(table), list(rows)).rowcount
    others = [table.c[c.name] == rows[0][c.name] for c in table.primary_key if c is not key]
    values = [row[key.name] for row in rows]
    found = session.execute(select(key).where(among(session, key, values), *others))
    known = set(found.scalars())
    fresh = [row for row in rows if row[key.name] not in known]
    insert(session, table, fresh)
    return len(fresh)


@cache
def _insert_where_none(table: Table) -> Insert:
    told = {column: bindparam(column.name, type_=column.type) for column in table.c}
    same = (column == told[column] for column in table.primary_key)
    row = select(*told.values()).where(~exists().where(*same))
    insertion = table.insert().from_select([column.name for column in table.c], row)
    return insertion.execution_options(preserve_rowcount=True)


def among(
    session: Executor, column: ColumnElement[Any], values: Collection[Any]
) -> ColumnElement[bool]:
    """Return the condition that ``column`` has one of ``values``."""
    connection = session if isinstance(session, Connection) else session.connection()
    if connection.dialect.name != "postgresql":
        return column.in_(list(values))
    array = bindparam(None, list(values), ARRAY(column.type), unique=True)
    return column == func.any(array)


def _copy(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    dialect = connection.dialect
    columns = [table.c[name] for name in rows[0]]
    names = ", ".join(dialect.identifier_preparer.format_column(column) for column in columns)
    target = dialect.identifier_preparer.format_table(table)
    statement = f"COPY {target} ({names}) FROM STDIN (FORMAT BINARY)"
    binds = [
        (column.name, column.type.dialect_impl(dialect).bind_processor(dialect))
        for column in columns
    ]
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types([_type_name(column.type.compile(dialect)) for column in columns])
            for row in rows:
                copy.write_row([bind(row[name]) if bind else row[name] for name, bind in binds])
    except dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            statement, None, error, dialect.loaded_dbapi.Error, dialect=dialect
        ) from error


def _type_name(declared: str) -> str:
    """Return the name of a type without its length, as the driver knows it."""
    return declared.partition("(")[0].lower()
