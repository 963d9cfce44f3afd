"""Bodies of a wrong shape: the hall quarantines them, and none takes the desk down."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from kiosk import clock, crypto
from kiosk.cases import bodies
from kiosk.cases.history import current_body
from kiosk.hall import quarantined
from kiosk.hall.dossier import open_case
from kiosk.hall.worklist import Filters, worklist
from sync import keys
from sync.ledger import LedgerEntry
from tests.builders.cases import a_case_at
from tests.builders.clerks import signed_in
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Pair
from tests.builders.papers import text_of

ABSENT = "absent"
WRONG = [
    ("answers", ABSENT),
    ("answers", None),
    ("answers", []),
    ("answers", {"applicant": "Wang"}),
    ("answers", {"family": ["Wang"]}),
    ("attachments", ABSENT),
    ("attachments", {}),
    ("attachments", ["photo"]),
    ("attachments", [{"requirement": "r", "mode": "file", "materials": None}]),
    ("attachments", [{"requirement": "r", "mode": "file", "materials": [1]}]),
    ("attachments", [{"requirement": ["r"], "mode": "file", "materials": []}]),
    ("attachments", [{"requirement": "r", "mode": "deferred", "materials": [], "due": "soon"}]),
    ("files", []),
    ("files", {"m": "ab"}),
    ("files", {"m": {"sha256": 1, "key": "00"}}),
    ("files", {"m": {"sha256": "nope", "key": "00"}}),
    ("files", {"m": {"sha256": "AB" * 32, "key": "00"}}),
    ("signature", "Wang"),
    ("signature", {}),
    ("signature", {"method": "drawn", "material": ["m"]}),
]


#: What a new case is found by.
UNFIT = [
    ("number", 5),
    ("number", "1" * 16),
    ("token", 5),
    ("token", ""),
    ("item", "RS-001" * 3),
    ("item", None),
    ("release", ["0"]),
    ("release", "0" * 65),
    ("channel", 4),
    ("channel", "a\0"),
]


def a_body(name: str, value: object) -> dict[str, Any]:
    whole = {
        "number": "1000000001",
        "token": "a token",
        "item": "RS-001",
        "release": "0" * 64,
        "answers": {"applicant": {"name": "王芳"}, "family": [{"name": "王明"}]},
        "attachments": [{"requirement": "r", "mode": "file", "materials": ["m"]}],
        "signature": {"method": "confirmed", "material": None},
        "channel": "api",
        "files": {"m": {"sha256": "ab" * 32, "key": "00" * 32, "media": "image/jpeg"}},
    }
    changed = {**whole, name: value}
    return {key: each for key, each in changed.items() if each is not ABSENT}


def told(pair: Pair, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The hall's verdict on the last of a good submission and an entry with this body."""
    scribe = Scribe()
    entries = [scribe.submitted()]
    subject = entries[0].subject if kind == "case.corrected" else clock.new_id()
    key = scribe.keys.setdefault(subject, crypto.new_key())
    entries.append(scribe.write(kind, subject, bodies.seal(key, subject, kind, body)))
    answer = opened(pair, pair.line.post("/envelopes", envelope(pair, entries, scribe.keys)))
    return answer["verdicts"][-1]


@pytest.mark.parametrize(("name", "value"), WRONG, ids=str)
@pytest.mark.parametrize("kind", ["case.submitted", "case.corrected"])
def test_a_body_of_a_wrong_shape_is_quarantined(small_pair, kind, name, value):
    verdict = told(small_pair, kind, a_body(name, value))
    assert (verdict["verdict"], verdict["reason"]) == ("quarantined", "Unreadable")


@pytest.mark.parametrize(("name", "value"), UNFIT, ids=str)
def test_a_text_that_fits_no_column_is_quarantined_on_every_database(pair, name, value):
    verdict = told(pair, "case.submitted", a_body(name, value))
    assert (verdict["verdict"], verdict["reason"]) == ("quarantined", "Unreadable")


def test_a_body_of_the_right_shape_is_applied(small_pair):
    assert told(small_pair, "case.submitted", a_body("consent", True))["verdict"] == "applied"


def attached(mode: str) -> dict[str, Any]:
    return a_body("attachments", [{"requirement": "r", "mode": mode, "materials": []}])


@pytest.mark.parametrize("mode", ["file", "deferred", "certificate"])
def test_every_mode_of_version_1_is_applied(small_pair, mode):
    assert told(small_pair, "case.submitted", attached(mode))["verdict"] == "applied"


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("case.submitted", "carrier_pigeon"), ("case.corrected", ""), ("case.supplied", "deferred")],
)
def test_a_material_supplied_in_an_unknown_way_is_quarantined_by_name(small_pair, kind, mode):
    verdict = told(small_pair, kind, attached(mode))
    assert (verdict["verdict"], verdict["reason"]) == ("quarantined", "UnknownMode")


def test_an_unknown_mode_that_is_here_already_is_said_to_be_unknown(small_pair):
    case_id = a_case_at(small_pair.terminal).case_id
    small_pair.push()
    hall = small_pair.hall
    with hall.reading() as session:
        body = current_body(session, hall.parts.keyring, case_id)
    for attachment in body["attachments"]:
        attachment["mode"] = "product"
    rewrite(small_pair, case_id, body)
    clerk = signed_in(hall, "clerk")
    assert "提交方式本系统不认识" in clerk.page(f"/desk/{case_id}")
    printed = clerk.get(f"/desk/{case_id}/application.pdf")
    assert printed.status_code == 200 and "提交方式不明" in text_of(printed.data)


@pytest.mark.parametrize(("name", "value"), [*WRONG, ("files", ABSENT), ("signature", ABSENT)])
def test_a_body_of_a_wrong_shape_that_is_here_already_takes_nothing_down(small_pair, name, value):
    good, bad = (a_case_at(small_pair.terminal).case_id for _ in range(2))
    small_pair.push()
    rewrite(small_pair, bad, a_body(name, value))
    hall = small_pair.hall
    lines = hall.within(worklist, hall.parts, Filters(), "clerk-1").lines
    assert {line.case.id for line in lines} == {good, bad}
    assert next(line.applicant for line in lines if line.case.id == good)
    assert hall.within(open_case, hall.parts, bad).case.id == bad


def test_a_body_that_does_not_open_is_left_out_of_the_list_of_names(small_pair):
    case_id = a_case_at(small_pair.terminal).case_id
    small_pair.push()
    with small_pair.hall.writing() as session:
        session.execute(update(LedgerEntry).values(body=b"damaged" * 9))
    hall = small_pair.hall
    (line,) = hall.within(worklist, hall.parts, Filters(), "clerk-1").lines
    assert (line.case.id, line.applicant) == (case_id, None)


def rewrite(pair: Pair, case_id: str, body: dict[str, Any]) -> None:
    """Put another body in place of the submission's, as an older version let it in."""
    with pair.hall.writing() as session:
        row = session.scalars(select(LedgerEntry).where(LedgerEntry.subject == case_id)).one()
        key = keys_of(pair, session, case_id)
        row.body = bodies.seal(key, case_id, row.kind, body)


def keys_of(pair: Pair, session, case_id: str) -> bytes:
    return keys.fetch(session, pair.hall.parts.keyring, [case_id])[case_id]


def test_an_entry_that_its_terminal_has_wiped_is_quarantined_by_name(small_pair):
    scribe = Scribe()
    wiped = replace(scribe.submitted(), body=b"")
    answer = opened(small_pair, small_pair.line.post("/envelopes", envelope(small_pair, [wiped])))
    [verdict] = answer["verdicts"]
    assert (verdict["verdict"], verdict["reason"]) == ("quarantined", "Wiped")
    [line], _ = small_pair.hall.within(quarantined.waiting)
    assert "已按期清除内容" in line.words.zh
