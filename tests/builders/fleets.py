"""Fleets of terminals in a hall's database, by rows alone: what is wrong with each is said by name.

No machine stands behind them. Neighbours: `machines` makes terminals that exchange.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from kiosk import clock
from kiosk.hall import pulse
from kiosk.hall.terminal_lights import LOW_DISK_BYTES, SKEW_MS
from sync.envelope import GENESIS
from sync.ledger import Terminal
from tests.builders.machines import Machine

FIRST = 200001


def troubles(now: datetime) -> Mapping[str, Mapping[str, Any]]:
    """What must stand in a terminal's row for each finding that needs no entries."""
    return {
        "silent": {"last_seen": now - timedelta(minutes=43)},
        "old": {
            "reported_pending": 12,
            "reported_oldest_at": now - timedelta(hours=6),
            "reported_waiting": json.dumps(told_of(now - timedelta(hours=6))),
            "reported_well_at": now - timedelta(hours=6),
        },
        "late": {"last_seen": now - timedelta(minutes=4)},
        "forked": {"forked_at": now - timedelta(hours=1)},
        "paused": {"paused_until": now + timedelta(hours=3)},
        "revoked": {"standing": "revoked"},
        "unheard": {"last_seen": None},
        "skewed": {"skew_ms": SKEW_MS * 3},
        "disk": {"reported_disk_free": LOW_DISK_BYTES // 4},
        "error": {"reported_error": "LineDown: the connection was refused by 10.1.2.3"},
        "release": {"refused_release": "ab" * 32, "refusal": "too_new"},
        "sending": {"reported_pending": 7, "reported_oldest_at": now - timedelta(minutes=3)},
        "well": {},
    }


def told_of(since: datetime) -> list[dict[str, Any]]:
    """What a terminal says waits there: ten entries, one every minute."""
    kinds = ("case.submitted", "case.supplied", "case.rated", "help.opened", "counter.day")
    return [
        {
            "kind": kinds[n % len(kinds)],
            "recorded_at": int((since + timedelta(minutes=n)).timestamp() * 1_000_000),
            "epoch": 1,
            "seq": 4117 + n,
        }
        for n in range(10)
    ]


def a_terminal(place: int, now: datetime, **values: Any) -> Terminal:
    """The row of a terminal that is well but for `values`; `place` counts from 0."""
    usual = {
        "terminal_id": clock.new_id(),
        "number": f"{FIRST + place:06}",
        "station_code": f"3205821{place % 40:05}",
        "station_name": f"第{place % 40 + 1}村服务站",
        "public": f"{place:0128x}",
        "standing": "approved",
        "enrolled_at": now - timedelta(days=90),
        "cursor_digest": GENESIS,
        "last_seen": now - timedelta(seconds=5),
        "last_entry_at": now - timedelta(minutes=30),
        "reported_version": "0.1.0",
        "reported_versions": "1",
        "reported_disk_free": 20 * LOW_DISK_BYTES,
        "reported_pending": 0,
        "skew_ms": 120,
        "pulse": pulse.WELL * 60 + pulse.SILENT * 6 + pulse.TROUBLED * 3 + pulse.WELL * 27,
        "pulse_slot": pulse.slot_of(now),
    }
    return Terminal(**{**usual, **values})


def a_fleet(hall: Machine, well: int = 0) -> dict[str, str]:
    """A terminal with each finding and `well` more; return their numbers by finding."""
    now = clock.now()
    wrong = troubles(now)
    rows = [a_terminal(place, now, **values) for place, values in enumerate(wrong.values())]
    rows += [a_terminal(len(wrong) + place, now) for place in range(well)]
    numbers = {code: row.number for code, row in zip(wrong, rows, strict=False)}
    with hall.writing() as session:
        session.add_all(rows)
    return numbers


def changed(hall: Machine, number: str, **values: Any) -> None:
    """Change the row of a terminal."""
    with hall.writing() as session:
        row = session.query(Terminal).filter_by(number=number).one()
        for name, value in values.items():
            setattr(row, name, value)


def numbers_on(page: str) -> Iterator[str]:
    """The numbers of the terminals that a page lists, in order."""
    for part in page.split('data-number="')[1:]:
        yield part.split('"', 1)[0]
