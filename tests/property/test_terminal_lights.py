"""The rule of the lights: what Python finds at a terminal and what the database finds is the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from kiosk.hall import terminal_lights
from kiosk.hall.terminal_lights import BY_CODE, moment
from sync.ledger import Terminal
from sync.tables import table_of
from tests.builders import fleets

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
#: Both sides of every bound, and the bound itself.
SPANS = (terminal_lights.LATE, terminal_lights.SILENT, terminal_lights.OLD)
AGES = [
    timedelta(0),
    *(span + timedelta(milliseconds=off) for span in SPANS for off in (-1, 0, 1)),
    timedelta(days=3),
]
ALWAYS = moment(NOW, "")
#: Open since long, just now, for some minutes, for fifteen of them; and closed, with hours before.
MOMENTS = [
    ALWAYS,
    *(
        moment(NOW, f"08:00-12:00 {hours}".strip())
        for hours in ("13:30-18:00", "17:29-18:00", "17:25-18:00", "17:15-18:00", "13:30-17:00", "")
    ),
]
PAST = st.sampled_from([NOW - age for age in AGES])
MAYBE = st.none() | PAST
#: Most terminals have little that is wrong with them, so that late rules have their turn too.
RARELY = st.one_of(st.none(), st.none(), st.none(), PAST)
SKEWS = (
    0,
    terminal_lights.SKEW_MS,
    terminal_lights.SKEW_MS + 1,
    -terminal_lights.SKEW_MS,
    -terminal_lights.SKEW_MS - 1,
)
LOW = terminal_lights.LOW_DISK_BYTES

TERMINALS = st.fixed_dictionaries(
    {
        "standing": st.sampled_from(["approved"] * 6 + ["pending", "revoked"]),
        "forked_at": RARELY,
        "twins_at": RARELY,
        "cloned_at": RARELY,
        "paused_until": RARELY | st.just(NOW + timedelta(milliseconds=1)),
        "unread_version": st.sampled_from([None, None, None, 2]),
        "last_seen": MAYBE,
        "reported_oldest_at": MAYBE,
        "refused_release": st.sampled_from([None, None, "", "ab"]),
        "skew_ms": st.none() | st.sampled_from(SKEWS),
        "reported_disk_free": st.none() | st.sampled_from([LOW - 1, LOW, LOW + 1]),
        "reported_disk_total": st.none() | st.sampled_from([LOW, (LOW + 1) * 10, (LOW + 2) * 10]),
        "reported_error": st.sampled_from([None, None, "", "LineDown"]),
        "reported_pending": st.sampled_from([0, 0, 1, 7]),
    }
)
TALLIES = st.dictionaries(
    st.sampled_from(["held", "quarantined", "refused", "applied"]), st.sampled_from([0, 1, 3])
)
TALLY = Table(
    "a_tally",
    MetaData(),
    Column("terminal_id", String(36)),
    Column("held", Integer),
    Column("quarantined", Integer),
    prefixes=["TEMPORARY"],
)


def row_of(values: dict[str, object]) -> dict[str, object]:
    identity = {
        "terminal_id": "t1",
        "number": "100001",
        "station_code": "320582100008",
        "station_name": "前溪社区",
        "public": "k",
        "enrolled_at": NOW,
        "cursor_epoch": 0,
        "cursor_seq": 0,
        "cursor_digest": b"",
        "feed_head": 0,
        "feed_cursor": 0,
        "life_epoch": 1,
        "fence_epoch": 1,
        "files_epoch": 1,
        "reported_blobs": 0,
    }
    return {**identity, **values}


def both(hall, values, tally, at):
    """What Python and what the database find at one terminal at this moment."""
    terminal = table_of(Terminal)
    query = select(terminal_lights.first_in_sql(terminal, TALLY, at)).select_from(
        terminal.outerjoin(TALLY, TALLY.c.terminal_id == terminal.c.terminal_id)
    )
    row = row_of(values)
    with hall.reading() as session:
        connection = session.connection()
        TALLY.create(connection, checkfirst=True)
        connection.execute(TALLY.delete())
        connection.execute(insert(terminal), row)
        if tally is not None:
            counts = {name: tally.get(name, 0) for name in ("held", "quarantined")}
            connection.execute(insert(TALLY), {"terminal_id": "t1", **counts})
        asked = connection.execute(query).scalar_one()
    return terminal_lights.first_of(Terminal(**row), tally or {}, at).code, asked


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_python_and_the_database_find_the_same_at_every_terminal(a_hall, kind):
    hall = a_hall(kind)
    for code, values in fleets.troubles(NOW).items():
        well = {"standing": "approved", "last_seen": NOW, "reported_pending": 0}
        assert both(hall, {**well, **values}, None, ALWAYS) == (code, code)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(TERMINALS, st.none() | TALLIES, st.sampled_from(MOMENTS))
    def agree(values, tally, at):
        judged, asked = both(hall, values, tally, at)
        assert judged == asked
        assert judged in BY_CODE

    agree()
