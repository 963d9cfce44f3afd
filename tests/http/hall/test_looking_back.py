"""Lists that look back read little, however many cases are closed, and show what they should."""

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import event, text

from kiosk.cases.model import Case
from kiosk.operators import departments
from tests.builders.cases import PROMISED_ITEM
from tests.builders.clerks import a_clerk_of, signed_in

MADE = 20_000
#: A page of each state, a page of each item of a department in each closed state.
MOST_READ = 3_000
STATION, OTHER_STATION = "320582100008", "320582100009"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
_NUMBER = count(1)

#: Half are of one item: whoever reads all that its department has closed is found out.
_FLOOD = """
INSERT INTO cases (id, number, token_hash, item, release, state, terminal_id, station_code,
    channel, submitted_at, changed_at)
SELECT md5(n::text), lpad(n::text, 15, '0'), md5(n::text),
    CASE WHEN n % 2 = 0 THEN '{usual}' ELSE (ARRAY[{items}])[1 + n / 2 % {kinds}] END,
    'r', (ARRAY['delivered', 'refused', 'withdrawn', 'accepted'])[1 + n / 7 % 4], 't',
    (320582200000 + n % 50)::text, 'kiosk', n, n
FROM generate_series(1, {made}) AS n
"""


def a_case(session, **values):
    """The row of a case that was delivered `ago` minutes before the newest."""
    ago = timedelta(minutes=values.pop("ago", 0))
    number = next(_NUMBER)
    usual = {
        "id": f"{number:08}-0000-4000-8000-000000000000",
        "number": f"{number:015}",
        "token_hash": f"{number:064}",
        "item": PROMISED_ITEM,
        "release": "r",
        "state": "delivered",
        "terminal_id": "t",
        "station_code": STATION,
        "channel": "kiosk",
        "submitted_at": NOW - ago,
        "changed_at": NOW - ago,
    }
    made = Case(**{**usual, **values})
    session.add(made)
    return made.id


def listed(person, path):
    return re.findall(r'href="/desk/([0-9a-f-]{36})"', person.page(path))


def lists_of(hall, person, path):
    """The statements, with their values, that the list of a page asks for."""
    heard = []

    def hear(_connection, _cursor, statement, values, *_rest):
        if "changed_at DESC" in statement:
            heard.append((statement, values))

    event.listen(hall.engine, "before_cursor_execute", hear)
    person.page(path)
    event.remove(hall.engine, "before_cursor_execute", hear)
    return heard


def rows_read(hall, statement, values):
    """How many rows and entries of an index PostgreSQL looks at, and whether it reads the table."""

    def of(node):
        own = 0
        if "Relation Name" in node or "Index Name" in node:
            told = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
            own = sum(node.get(each, 0) for each in told) * node["Actual Loops"]
        return own + sum(map(of, node.get("Plans", ())))

    with hall.engine.connect() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        asked = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        plan = connection.exec_driver_sql(asked, values).scalar()
    return of(plan[0]["Plan"]), "Seq Scan" in json.dumps(plan)


@pytest.fixture
def large_hall(a_hall):
    hall = a_hall("postgresql")
    items = sorted(hall.parts.catalogue.items)
    told = ", ".join(f"'{item}'" for item in items)
    flood = _FLOOD.format(usual=PROMISED_ITEM, items=told, kinds=len(items), made=MADE)
    with hall.writing() as session:
        departments.set_up(session, hall.parts.catalogue, "command")
        session.execute(text(flood))
        # Delivered long before all others, so that a walk by time comes to it last.
        a_case(session, ago=60 * 24 * 365 * 60, item=PROMISED_ITEM)
    with hall.writing() as session:
        session.execute(text("ANALYZE cases"))
    return hall


def test_no_filter_lets_a_list_read_all_that_is_closed(large_hall):
    hall = large_hall
    department = hall.parts.catalogue.items[PROMISED_ITEM].department.zh
    asked = [
        *(f"state={tab}" for tab in ("all", "delivered")),
        *(f"state={tab}&station={STATION}" for tab in ("all", "delivered", "refused")),
        "state=delivered&station=nowhere",
        *(f"state={tab}&item={PROMISED_ITEM}" for tab in ("all", "delivered")),
        "state=delivered&item=nothing",
        *(f"state={tab}&holder=mine" for tab in ("all", "delivered")),
        *(f"state={tab}&holder=nobody" for tab in ("all", "delivered")),
        *(f"state={tab}&light=red" for tab in ("all", "delivered")),
        *(f"state={tab}&department={department}" for tab in ("all", "delivered")),
        "state=delivered&department=nobody-knows",
    ]
    found = {}
    for person in (signed_in(hall, "clerk"), a_clerk_of(hall, "MZ")):
        for arguments in asked:
            lists = lists_of(hall, person, f"/desk?{arguments}")
            for statement, values in lists:
                read, is_whole = rows_read(hall, statement, values)
                found[(person.operator_id, arguments)] = (read, is_whole)
    # Open ones are a quarter of all here, and may be read by an index.
    most = {True: MADE // 4 + MOST_READ, False: MOST_READ}
    wrong = {
        key: value
        for key, value in found.items()
        if value[1] or value[0] > most["state=all" in key[1]]
    }
    assert found
    assert wrong == {}


def test_what_a_list_that_looks_back_is_narrowed_by(hall):
    with hall.writing() as session:
        departments.set_up(session, hall.parts.catalogue, "command")
    own = hall.parts.catalogue.items[PROMISED_ITEM].department.zh
    other = next(item for item in hall.parts.catalogue.items.values() if item.department.zh != own)
    clerk, narrow = signed_in(hall, "clerk"), a_clerk_of(hall, "MZ")
    with hall.writing() as session:
        here = a_case(session, ago=1)
        there = a_case(session, ago=2, station_code=OTHER_STATION, holder=clerk.operator_id)
        sent = a_case(session, ago=3, item=other.code, department=own)
        away = a_case(session, ago=4, department=other.department.zh)
        theirs = a_case(session, ago=5, item=other.code, state="refused")
        late = a_case(session, ago=6, state="accepted", ends_on=NOW.date() - timedelta(days=300))
    for person, state, arguments, cases in (
        (clerk, "delivered", "", [here, there, sent, away]),
        (clerk, "all", "", [here, there, sent, away, theirs, late]),
        (clerk, "all", f"&station={OTHER_STATION}", [there]),
        (clerk, "delivered", f"&item={other.code}", [sent]),
        (clerk, "delivered", f"&department={own}", [here, there, sent]),
        (clerk, "all", f"&department={own}&station={STATION}", [here, sent, late]),
        (clerk, "all", f"&department={other.department.zh}", [away, theirs]),
        (clerk, "delivered", "&holder=mine", [there]),
        # Both are said of work that waits, and a closed case waits for nobody.
        (clerk, "all", "&holder=nobody", [late]),
        (clerk, "delivered", "&holder=nobody", []),
        (clerk, "all", "&light=red", [late]),
        (clerk, "delivered", "&light=red", []),
        (clerk, "delivered", "&department=nobody", []),
        (narrow, "all", "", [here, there, sent, late]),
        (narrow, "delivered", f"&department={other.department.zh}", []),
    ):
        path = f"/desk?state={state}{arguments}"
        assert listed(person, path) == cases, path


def test_a_list_of_a_department_goes_on_over_pages(hall, monkeypatch):
    monkeypatch.setattr("kiosk.hall.worklist.PAGE", 2)
    own = hall.parts.catalogue.items[PROMISED_ITEM].department.zh
    with hall.writing() as session:
        made = [
            a_case(session, ago=ago // 2, department=own if ago % 3 else None) for ago in range(5)
        ]
    clerk = signed_in(hall, "clerk")
    for tab in ("delivered", "all"):
        path, found = f"/desk?state={tab}&department={own}", []
        while path:
            page = clerk.page(path)
            found += re.findall(r'href="/desk/([0-9a-f-]{36})"', page)
            further = re.search(r'rel="next" href="([^"]+)"', page)
            path = further and further[1]
        assert found == made
