"""A new release while people fill forms: whoever has begun ends by the release they began with."""

import copy
from collections.abc import Callable

import pytest
from sqlalchemy import select

from forms.release import Catalogue, keep
from kiosk import clock
from kiosk.cases import service
from kiosk.cases.model import Case
from sync.expecting import ExpectedBlob
from tests.builders.cases import SHORT_ITEM, a_submission
from tests.builders.clerks import signed_in
from tests.builders.machines import Machine, Pair
from tests.builders.releases import released, renamed, with_field
from tests.http.terminal.resident import ITEMS, Resident, good

ITEM = ITEMS["MZ-006"]
NICKNAME = "阿福"


def answers_with_the_field() -> dict:
    answers = copy.deepcopy(good(ITEM))
    answers["applicant"]["nickname"] = NICKNAME
    return answers


def begun(pair: Pair) -> Resident:
    """A resident who has consented to an application by the release with one field more."""
    first = released(pair.hall, with_field(pair.terminal.parts.releases.shipped, ITEM.code))
    pair.settle()
    assert pair.terminal.parts.catalogue.release == first
    resident = Resident(pair.terminal)
    resident.open(f"/items/{ITEM.code}")
    resident.send(action="/apply")
    resident.send({**resident._identity(good(ITEM)), "consent": "yes"})
    return resident


def ended(resident: Resident, terminal: Machine, release: str) -> None:
    """Answer the questions that are left, by a release, up to the receipt."""
    item = terminal.parts.releases.of(release).item(ITEM.code)
    while "/materials" not in resident.at:
        before = resident.at
        resident._answer(item, answers_with_the_field())
        assert (resident.status, resident.at != before) == (200, True), resident.text
    resident.give_all_materials()
    resident.sign()
    assert resident.number


def at_hall(pair: Pair) -> Case:
    pair.settle()
    with pair.hall.reading() as session:
        return session.scalars(select(Case)).one()


def shipped_again(pair: Pair) -> str:
    """Release the catalogue without the field and let it come into use at the terminal."""
    made = released(pair.hall, pair.terminal.parts.releases.shipped.content)
    pair.settle()
    assert pair.terminal.parts.catalogue.release == made
    return made


def test_an_application_that_was_begun_keeps_the_answer_that_the_newer_release_does_not_ask(
    small_pair: Pair,
) -> None:
    resident = begun(small_pair)
    first = small_pair.terminal.parts.catalogue.release
    second = shipped_again(small_pair)
    ended(resident, small_pair.terminal, first)
    case = at_hall(small_pair)
    assert case.release == first != second
    page = signed_in(small_pair.hall, "clerk").page(f"/desk/{case.id}")
    assert "小名" in page
    assert NICKNAME in page


def test_who_begins_after_the_newer_release_is_not_asked(small_pair: Pair) -> None:
    begun(small_pair)
    second = shipped_again(small_pair)
    resident = Resident(small_pair.terminal)
    resident.apply_for(ITEM, good(ITEM))
    resident.give_all_materials()
    resident.sign()
    assert at_hall(small_pair).release == second


def brought_by_a_program(terminal: Machine, content: bytes) -> str:
    """Let the terminal offer a release that came with its program and not from the hall."""
    made = Catalogue(content)
    keep(made, terminal.parts.releases.folder)
    terminal.parts.releases.choose(made.release)
    return made.release


@pytest.fixture
def case_of_a_foreign_release(small_pair: Pair) -> Callable[[], Case]:
    def make() -> Case:
        terminal = small_pair.terminal
        shipped = terminal.parts.releases.shipped
        release = brought_by_a_program(terminal, with_field(shipped, SHORT_ITEM))
        application = a_submission(terminal).answering("applicant.nickname", NICKNAME).submission()
        terminal.within(service.submit, terminal.parts, application, "key-1")
        small_pair.push()
        with small_pair.hall.reading() as session:
            case = session.scalars(select(Case)).one()
        assert case.release == release
        return case

    return make


def test_a_release_that_the_hall_lacks_is_fetched_from_the_terminal_whose_case_names_it(
    small_pair: Pair, case_of_a_foreign_release
) -> None:
    case = case_of_a_foreign_release()
    clerk = signed_in(small_pair.hall, "clerk")
    assert case.release[:12] in clerk.page(f"/desk/{case.id}")
    before = small_pair.hall.parts.catalogue.release
    small_pair.settle()
    page = clerk.page(f"/desk/{case.id}")
    assert "小名" in page
    assert NICKNAME in page
    assert small_pair.hall.parts.catalogue.release == before


def test_a_release_that_the_terminal_has_lost_too_leaves_the_case_and_says_so(
    small_pair: Pair, case_of_a_foreign_release
) -> None:
    case = case_of_a_foreign_release()
    shelf = small_pair.terminal.parts.releases
    (shelf.folder / f"{case.release}.json").unlink()
    wanted = small_pair.pull()
    assert case.release in wanted
    assert case.release in small_pair.send_blobs(wanted)
    assert case.release[:12] in signed_in(small_pair.hall, "clerk").page(f"/desk/{case.id}")


def test_a_release_that_was_given_up_is_asked_for_again_when_another_case_names_it(
    small_pair: Pair, case_of_a_foreign_release
) -> None:
    release, terminal = case_of_a_foreign_release().release, small_pair.terminal
    with small_pair.hall.writing() as session:
        row = session.get_one(ExpectedBlob, (release, small_pair.terminal_id))
        row.lost_at = row.given_up_at = clock.now()
    assert release not in small_pair.pull()
    another = a_submission(terminal).answering("applicant.nickname", NICKNAME).submission()
    terminal.within(service.submit, terminal.parts, another, "key-2")
    small_pair.push()
    assert release in small_pair.pull()


def test_a_file_of_somebody_else_that_is_named_as_a_release_stays_what_it_is(
    small_pair: Pair, case_of_a_foreign_release
) -> None:
    case = case_of_a_foreign_release()
    small_pair.settle()
    with small_pair.hall.writing() as session:
        stored = small_pair.hall.parts.blobs.put(b"a picture of somebody else")
        session.get_one(Case, case.id).release = stored
        session.add(
            ExpectedBlob(sha256=stored, terminal_id=small_pair.terminal_id, subject=case.id)
        )
    small_pair.terminal.parts.blobs.put(b"a picture of somebody else")
    small_pair.settle()
    assert small_pair.hall.parts.blobs.has(stored)
    assert stored not in small_pair.hall.parts.releases.names()


def test_every_page_of_one_request_sees_one_release(small_pair: Pair) -> None:
    parts = small_pair.terminal.parts
    with small_pair.terminal.app.test_request_context("/"):
        before = parts.catalogue.release
        brought_by_a_program(small_pair.terminal, renamed(parts.releases.shipped, SHORT_ITEM))
        assert parts.catalogue.release == before != parts.releases.current.release
    with small_pair.terminal.app.test_request_context("/"):
        assert parts.catalogue.release == parts.releases.current.release
