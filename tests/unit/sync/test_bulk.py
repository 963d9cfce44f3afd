"""Many rows at once, on both databases: what goes in comes out, and errors are SQLAlchemy's."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError

from kiosk.cases.help.model import TABLE as HELP
from sync import bulk
from sync.feed import FeedItem
from sync.tables import table_of

FEED = table_of(FeedItem)
MANY = 3 * bulk.COPY_FROM


def items(count, **changes):
    return [
        {
            "terminal_id": "terminal",
            "seq": 2**40 + number,
            "kind": "办件\t\\N",
            "subject": None if number % 2 else "subject",
            "recorded_at": -number,
            "body": bytes(range(256)),
            **changes,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("count", [1, bulk.COPY_FROM - 1, MANY])
def test_what_goes_in_comes_out(hall, count):
    with hall.writing() as session:
        bulk.insert(session, FEED, items(count))
    with hall.reading() as session:
        rows = session.execute(select(FEED).order_by(FEED.c.seq)).mappings().all()
    assert [dict(row) for row in rows] == items(count)


def test_no_rows_are_no_statement(hall):
    with hall.writing() as session:
        bulk.insert(session, FEED, [])


def test_days_and_what_is_left_out_go_in_too(hall):
    rows = [
        {
            **{name: str(number) for name in ("id", "kind", "state", "item", "terminal_id")},
            "station_code": "s",
            "on_day": date(2026, 1, 31),
        }
        for number in range(MANY)
    ]
    with hall.writing() as session:
        bulk.insert(session, HELP, rows)
    with hall.reading() as session:
        kept = session.execute(select(HELP.c.on_day, HELP.c.due_on)).all()
    assert set(kept) == {(date(2026, 1, 31), None)} and len(kept) == MANY


def test_a_doubled_row_is_an_integrity_error_and_none_is_there(hall):
    with hall.writing() as session:
        with pytest.raises(IntegrityError), session.begin_nested():
            bulk.insert(session, FEED, [*items(MANY), *items(1)])
        assert session.execute(select(FEED)).all() == []


def test_what_fits_no_column_is_a_data_error(a_hall):
    with a_hall("postgresql").writing() as session:
        for fault in ({"kind": "k" * 41}, {"kind": "a\0b"}, {"seq": 2**70}):
            with pytest.raises((DataError, OverflowError)), session.begin_nested():
                bulk.insert(session, FEED, items(MANY, **fault))
        assert session.execute(select(FEED)).all() == []


def test_among_finds_those_that_are_named(hall):
    with hall.writing() as session:
        bulk.insert(session, FEED, items(MANY))
        wanted = [2**40 + 3, 2**40 + 5, 7]
        found = session.scalars(select(FEED.c.seq).where(bulk.among(session, FEED.c.seq, wanted)))
        assert sorted(found) == [2**40 + 3, 2**40 + 5]
        assert (
            session.scalars(select(FEED.c.seq).where(bulk.among(session, FEED.c.seq, []))).all()
            == []
        )
