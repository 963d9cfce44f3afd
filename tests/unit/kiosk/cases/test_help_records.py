"""Records of help at the hall: poison is quarantined, illegal steps are refused, hours are judged."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from kiosk import clock, crypto
from kiosk.cases import bodies
from kiosk.cases.help import services as table
from kiosk.cases.help.model import HelpRecord
from kiosk.terminal.help_rules import is_open
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Pair

OPENING = {
    "service": "early",
    "item": "GJ-101",
    "agent": "agent-1",
    "day": "2026-11-26",
    "case": None,
    "number": None,
    "details": {"name": "王芳"},
    "files": {},
}
STEP = {"step": "close", "agent": "agent-1", "case": None, "details": {}}
HOURS = "09:00-11:30 13:30-17:00"


WRONG: list[dict[str, Any]] = [
    {"service": "magic"},
    {"service": None},
    {"details": "王芳"},
    {"day": "tomorrow"},
    {"agent": ["agent-1"]},
    {"case": "x" * 60},
]


def verdicts(pair: Pair, *records: list[tuple[str, dict[str, Any]]]) -> list[list[str]]:
    """What the hall says of the entries of each record."""
    scribe, entries = Scribe(), []
    for told in records:
        subject = clock.new_id()
        key = scribe.keys.setdefault(subject, crypto.new_key())
        for kind, body in told:
            sealed = bodies.seal(key, subject, kind, body)
            entries.append(scribe.write(kind, subject, sealed))
    answer = opened(pair, pair.line.post("/envelopes", envelope(pair, entries, scribe.keys)))
    said = iter(each["verdict"] for each in answer["verdicts"])
    return [[next(said) for _ in told] for told in records]


def test_an_opening_that_nobody_understands_is_quarantined_and_makes_no_row(
    small_pair: Pair,
) -> None:
    wrong = [[("help.opened", {**OPENING, **each}), ("help.step", STEP)] for each in WRONG]
    found = verdicts(small_pair, *wrong, [("help.opened", OPENING)])
    assert found == [*[["quarantined", "held"]] * len(WRONG), ["applied"]]
    with small_pair.hall.reading() as session:
        assert session.scalars(select(HelpRecord.state)).all() == ["open"]


def test_a_step_that_is_over_is_refused_and_an_unknown_one_quarantined(small_pair: Pair) -> None:
    told = [("help.opened", OPENING), ("help.step", STEP), ("help.step", STEP)]
    found = verdicts(small_pair, [*told, ("help.step", {**STEP, "step": "fly"})])
    assert found == [["applied", "applied", "refused", "quarantined"]]
    with small_pair.hall.reading() as session:
        assert session.scalars(select(HelpRecord.state)).all() == ["done"]


def test_every_state_has_words_and_every_step_leads_to_one() -> None:
    for service in table.SERVICES.values():
        assert service.first in table.STATES
        for step in service.steps.values():
            assert step.sources <= table.STATES.keys(), step.code
            assert step.target is None or step.target in table.STATES, step.code


@pytest.mark.parametrize(
    ("day", "start", "end", "expected"),
    [
        ("2026-11-26", "09:00", "09:30", True),
        ("2026-11-26", "11:30", "13:30", False),
        ("2026-11-26", "17:00", "18:00", False),
        ("2026-11-26", "08:00", "18:00", True),
        ("2026-11-28", "10:00", "11:00", False),
        # A public holiday, and a Saturday that is worked by decree.
        ("2026-10-01", "10:00", "11:00", False),
        ("2026-10-10", "10:00", "11:00", True),
    ],
)
def test_a_station_is_open_in_its_hours_on_working_days_alone(
    day: str, start: str, end: str, expected: bool
) -> None:
    times = time.fromisoformat(start), time.fromisoformat(end)
    assert is_open(HOURS, date.fromisoformat(day), *times) is expected
