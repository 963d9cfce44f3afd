"""What is supplied and rated after handing in, at the terminal and through a real exchange."""

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases import afterwards, deferral, desk, history
from kiosk.cases.awaiting import queue_state
from kiosk.cases.model import Rating
from kiosk.cases.queries import progress_of, progress_of_bundle
from kiosk.errors import Conflict, Invalid
from kiosk.hall.dossier import open_case, picture_of
from tests.builders.bundles import a_bundle
from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.entries import Scribe, envelope, opened
from tests.builders.machines import Pair
from tests.builders.promises import PROMISED, WANTED, a_promising_case_at

CLERK = "clerk-1"


@pytest.fixture
def case_id(small_pair: Pair) -> str:
    """A case that promises a material for later, and is at the hall."""
    case_id = a_promising_case_at(small_pair.terminal).case_id
    small_pair.settle()
    return case_id


def supply(pair: Pair, case_id: str, *materials: str) -> None:
    parts = pair.terminal.parts
    pair.terminal.within(afterwards.supply, parts, case_id, WANTED, materials, "kiosk")


def rate(pair: Pair, case_id: str, grade: int | None, *tags: str, words: str = "") -> None:
    pair.terminal.within(afterwards.rate, pair.terminal.parts, case_id, grade, tags, words)


def decide(pair: Pair, case_id: str, *verbs: str) -> None:
    for verb in verbs:
        reasons = ("not eligible",) if verb == "refuse" else ()
        pair.hall.within(desk.decide, pair.hall.parts, case_id, verb, CLERK, "", reasons)


def seen_by_resident(pair: Pair, case_id: str):
    return pair.terminal.within(progress_of, pair.terminal.parts, case_id)


def refused(pair: Pair) -> int:
    return pair.terminal.within(queue_state, pair.terminal.parts).refused


def test_a_supplied_material_reaches_the_desk_with_its_picture(small_pair, case_id):
    assert [each.id for each in seen_by_resident(small_pair, case_id).to_supply] == [WANTED]
    supply(small_pair, case_id, a_picture_at(small_pair.terminal, b"\xff\xd8 the paper \xff\xd9"))
    assert seen_by_resident(small_pair, case_id).to_supply == ()
    small_pair.settle()
    hall = small_pair.hall
    dossier = hall.within(open_case, hall.parts, case_id)
    (later,) = (each for each in dossier.supplies if each.supplied_at)
    assert (later.mode, later.pictures[0].here) == ("file", True)
    # What came later was not signed, and takes nothing from what was.
    assert dossier.signed is True
    picture = hall.within(picture_of, hall.parts, case_id, later.pictures[0].id)
    assert b"the paper" in picture
    assert [each.kind for each in dossier.happenings] == ["submitted", "supplied"]


def test_supplying_twice_or_nothing_changes_nothing(small_pair, case_id):
    supply(small_pair, case_id, a_picture_at(small_pair.terminal))
    before, again = small_pair.terminal.row_counts(), a_picture_at(small_pair.terminal)
    with pytest.raises(Conflict, match="not_outstanding"):
        supply(small_pair, case_id, again)
    with pytest.raises(Invalid, match="material_missing"):
        supply(small_pair, case_id)
    assert small_pair.terminal.row_counts() == {**before, "material": before["material"] + 1}


def test_another_cases_picture_cannot_be_supplied(small_pair, case_id):
    other = a_submission(small_pair.terminal)
    a_case_at(small_pair.terminal, other)
    theirs = next(iter(other.attachments.values()))[0]
    with pytest.raises(Invalid, match="material_unknown"):
        supply(small_pair, case_id, theirs)


def test_what_a_bundle_asks_once_is_supplied_once(small_pair):
    terminal = small_pair.terminal
    made = a_promising_case_at(
        terminal, a_bundle(terminal, "YJS-11", "ZJ-001", "GH-001"), "income_proof"
    )
    together = terminal.within(progress_of_bundle, terminal.parts, made.case_id)
    assert [len(part.to_supply) for part in together.parts] == [1, 1]
    own = together.parts[1].to_supply[0].id
    picture = a_picture_at(terminal)
    terminal.within(
        afterwards.supply, terminal.parts, together.parts[1].case_id, own, [picture], "kiosk"
    )
    together = terminal.within(progress_of_bundle, terminal.parts, made.case_id)
    assert [part.to_supply for part in together.parts] == [(), ()]
    small_pair.settle()
    hall = small_pair.hall
    for part in together.parts:
        assert b"\xff\xd8" in hall.within(picture_of, hall.parts, part.case_id, picture)


def test_the_last_day_is_the_one_that_was_signed_and_gone_once_all_is_there(small_pair, case_id):
    item = small_pair.terminal.parts.catalogue.item(PROMISED)
    promised = deferral.due_on(item, clock.today())
    assert seen_by_resident(small_pair, case_id).supply_by == promised
    decide(small_pair, case_id, "accept")
    small_pair.settle()
    assert seen_by_resident(small_pair, case_id).supply_by == promised
    supply(small_pair, case_id, a_picture_at(small_pair.terminal))
    assert seen_by_resident(small_pair, case_id).supply_by is None


def test_what_comes_after_the_decision_is_refused_and_said(small_pair, case_id):
    supply(small_pair, case_id, a_picture_at(small_pair.terminal))
    decide(small_pair, case_id, "accept", "refuse")
    small_pair.settle()
    assert refused(small_pair) == 1
    progress = seen_by_resident(small_pair, case_id)
    assert (progress.state, progress.objection.verdict) == ("refused", "refused")


def test_a_correction_holds_what_was_supplied_before(small_pair, case_id):
    supply(small_pair, case_id, a_picture_at(small_pair.terminal))
    small_pair.settle()
    with small_pair.terminal.reading() as session:
        keyring = small_pair.terminal.parts.keyring
        body = history.current_body(session, keyring, case_id)
    given = {entry["requirement"]: entry["mode"] for entry in body["attachments"]}
    assert given[WANTED] == "file"


def test_a_rating_is_counted_apart_from_its_case(small_pair, case_id):
    with pytest.raises(Conflict):
        rate(small_pair, case_id, 5)
    decide(small_pair, case_id, "accept", "refuse")
    small_pair.settle()
    rate(small_pair, case_id, 1, "slow", words="等了很久")
    with pytest.raises(Conflict):
        rate(small_pair, case_id, 5)
    assert seen_by_resident(small_pair, case_id).is_rated
    small_pair.settle()
    with small_pair.hall.reading() as session:
        rating = session.scalars(select(Rating)).one()
    assert (rating.grade, rating.tags, rating.item) == (1, '["slow"]', PROMISED)
    dossier = small_pair.hall.within(open_case, small_pair.hall.parts, case_id)
    assert "rated" not in {each.kind for each in dossier.happenings}
    assert case_id not in {getattr(rating, column.key) for column in Rating.__table__.columns}


def test_a_rating_that_is_none_names_the_field(small_pair, case_id):
    for grade, tags, path in [(None, (), "grade"), (6, (), "grade"), (2, ("rude",), "tags")]:
        with pytest.raises(Invalid) as refusal:
            rate(small_pair, case_id, grade, *tags)
        assert [field.path for field in refusal.value.fields] == [path]


def told(pair: Pair, entries, scribe: Scribe) -> list[str]:
    answer = opened(pair, pair.line.post("/envelopes", envelope(pair, entries, scribe.keys)))
    return [verdict["verdict"] for verdict in answer["verdicts"]]


def test_the_hall_counts_one_rating_of_a_case_and_answers_a_repeat_alike(pair):
    scribe = Scribe()
    first = scribe.submitted()
    assert told(pair, [first], scribe) == ["applied"]
    decide(pair, first.subject, "accept", "approve")
    entries = [scribe.told("case.rated", first.subject, {"grade": grade}) for grade in (4, 2)]
    assert told(pair, entries, scribe) == ["applied", "refused"]
    assert told(pair, entries, scribe) == ["applied", "refused"]
    with pair.hall.reading() as session:
        assert session.scalars(select(Rating.grade)).all() == [4]


WRONG = [
    ("case.supplied", {"attachments": ["photo"], "files": {}}),
    ("case.supplied", {"attachments": []}),
    ("case.rated", {"grade": 6}),
    ("case.rated", {"grade": True}),
    ("case.rated", {"grade": 4, "tags": "slow"}),
]


def test_a_body_of_a_wrong_shape_is_quarantined(small_pair):
    scribe = Scribe()
    for kind, body in WRONG:
        first = scribe.submitted()
        assert told(small_pair, [first], scribe) == ["applied"]
        decide(small_pair, first.subject, *(["accept", "approve"] if kind == "case.rated" else []))
        verdict = told(small_pair, [scribe.told(kind, first.subject, body)], scribe)
        assert verdict == ["quarantined"], body
