"""Migrations: what they make is what the code expects, and an older database keeps what it knew."""

import re
from datetime import UTC, date, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from kiosk import schema
from kiosk.cases.model import Case
from kiosk.config import Config
from kiosk.db import db
from sync.feed import FeedItem
from sync.state import acknowledged_at
from sync.tables import table_of
from tests.builders.machines import Machine
from tests.builders.upgrades import brought_to, upgraded_from

FEED = table_of(FeedItem)


def is_no_partition(name: str, kind: str, _parents: object) -> bool:
    return kind != "table" or not re.fullmatch(r"(ledger|feed)_\d+", name or "")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_all_migrations_together_make_the_schema_of_the_code(a_hall, kind):
    with a_hall(kind).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_no_partition})
        assert compare_metadata(context, db.metadata) == []


def test_what_the_hall_had_before_0002_was_received_by_the_last_contact_at_the_latest(tmp_path):
    config = Config("terminal", tmp_path)
    brought_to(config, "0001")
    old = Machine.made("terminal", tmp_path)
    with old.writing() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO peer (id, hall_url, hall_id, hall_public, hall_epoch, terminal_id, "
            "terminal_number, station_code, station_name, epoch, ack_epoch, ack_seq, "
            "backed_up_seq, feed_cursor, blobs_wanted, last_contact) "
            "VALUES (1, '', '', '', 1, '', '', '', '', 1, 1, 7, 0, 0, 0, 60000000)"
        )
    old.close()
    schema.ensure(config)
    new = Machine.made("terminal", tmp_path)
    with new.reading() as session:
        known = [acknowledged_at(session, (1, seq)) for seq in (1, 7, 8)]
    new.close()
    assert [at and at.timestamp() for at in known] == [60, 60, None]


def test_open_cases_of_before_the_work_list_stand_in_it_with_a_day(tmp_path):
    config = Config("terminal", tmp_path)
    brought_to(config, "0008")
    old = Machine.made("terminal", tmp_path)
    handed_in = datetime(2026, 3, 2, 2, tzinfo=UTC)
    with old.writing() as session:
        for state, due_on in (("submitted", None), ("accepted", "2026-03-20"), ("delivered", None)):
            session.connection().exec_driver_sql(
                "INSERT INTO cases (id, number, token_hash, item, release, state, terminal_id, "
                "station_code, channel, submitted_at, changed_at, due_on, idempotency_key) "
                "VALUES (?, ?, '', '', '', ?, '', '', 'kiosk', ?, ?, ?, ?)",
                (state, state, state, *[int(handed_in.timestamp() * 1e6)] * 2, due_on, state),
            )
    old.close()
    schema.ensure(config)
    new = Machine.made("terminal", tmp_path)
    with new.reading() as session:
        days = dict(session.execute(select(Case.state, Case.next_due)).all())
    new.close()
    assert days == {
        "submitted": date(2026, 3, 9),
        "accepted": date(2026, 3, 20),
        "delivered": None,
    }


def test_a_hall_on_postgresql_is_partitioned_and_back_and_keeps_every_row(a_hall):
    hall = a_hall("postgresql")
    rows = [
        {
            "terminal_id": f"terminal-{number}",
            "seq": 1,
            "kind": "notice",
            "subject": None,
            "recorded_at": number,
            "body": b"",
        }
        for number in range(100)
    ]
    with hall.writing() as session:
        session.execute(FEED.insert(), rows)
    assert partitions_in_use(hall) == 16
    upgraded_from(hall, "-1")
    assert partitions_in_use(hall) == 16
    with hall.reading() as session:
        assert sorted(session.scalars(select(FEED.c.recorded_at))) == list(range(100))
    with pytest.raises(IntegrityError), hall.writing() as session:
        session.execute(FEED.insert(), rows[:1])


def partitions_in_use(hall: Machine) -> int:
    with hall.reading() as session:
        return session.scalar(text("SELECT count(DISTINCT tableoid) FROM feed"))


def test_what_names_its_terminal_looks_into_one_partition(a_hall):
    with a_hall("postgresql").reading() as session:
        for asked, count in ((" WHERE terminal_id = 'one' AND seq > 7", 1), ("", 16)):
            plan = session.scalars(text("EXPLAIN SELECT 1 FROM ledger" + asked)).all()  # noqa: S608
            seen = set(re.findall(r"Scan.* on (ledger_\d+) ", "\n".join(plan)))
            assert len(seen) == count
