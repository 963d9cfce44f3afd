"""Which side may write to a draft is asked by the transaction that writes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk import clock
from kiosk.cases import drafts, handoffs
from kiosk.cases.drafts import Draft
from kiosk.cases.holding import Elsewhere
from kiosk.errors import Conflict, DomainError
from tests.builders.machines import Machine

PAGE = "/items/MZ-006/apply/check"
SCREEN = "0123456789abcdef"
ANSWERS = {"applicant": {"name": "李月英"}}


@pytest.fixture
def draft(terminal: Machine) -> Draft:
    return terminal.within(drafts.open_draft, terminal.parts, "MZ-006")


def taken(terminal: Machine, draft: Draft, phone: str) -> Draft:
    code = terminal.within(handoffs.offer, terminal.parts, draft, PAGE)
    terminal.within(handoffs.take, terminal.parts, code, phone)
    return terminal.within(drafts.load, terminal.parts, draft.id, phone)


def test_a_form_that_was_open_before_it_went_to_the_phone_is_not_saved_after(
    terminal: Machine, draft: Draft
) -> None:
    taken(terminal, draft, "phone-1")
    with pytest.raises(Elsewhere):
        terminal.within(drafts.save, terminal.parts, replace(draft, answers=ANSWERS))
    assert terminal.within(drafts.load, terminal.parts, draft.id, "phone-1").answers == {}


def test_a_form_that_was_open_on_the_phone_is_not_saved_after_it_was_taken_back(
    terminal: Machine, draft: Draft
) -> None:
    on_the_phone = taken(terminal, draft, "phone-1")
    assert terminal.within(handoffs.take_back, terminal.parts, draft.id) == PAGE
    with pytest.raises(Elsewhere):
        terminal.within(drafts.save, terminal.parts, replace(on_the_phone, answers=ANSWERS))
    terminal.within(drafts.save, terminal.parts, replace(draft, answers=ANSWERS))


def test_of_phones_that_bring_a_code_at_the_same_time_one_has_the_form(
    terminal: Machine, draft: Draft
) -> None:
    code = terminal.within(handoffs.offer, terminal.parts, draft, PAGE)

    def bring(number: int) -> str:
        try:
            terminal.within(handoffs.take, terminal.parts, code, f"phone-{number}")
        except Conflict as refusal:
            return refusal.code
        return "taken"

    with ThreadPoolExecutor(4) as phones:
        outcomes = list(phones.map(bring, range(4)))
    assert sorted(outcomes) == ["handoff_used"] * 3 + ["taken"]


def test_a_phone_that_lost_the_form_discards_nothing(terminal: Machine, draft: Draft) -> None:
    taken(terminal, draft, "phone-1")
    terminal.within(handoffs.take_back, terminal.parts, draft.id)
    terminal.within(drafts.discard, terminal.parts, draft.id, "phone-1", even_away=True)
    assert terminal.within(drafts.load, terminal.parts, draft.id).id == draft.id


Step = Callable[[Machine, Draft], object]
STEPS: dict[str, Step] = {
    "offered": lambda on, draft: on.within(handoffs.offer, on.parts, draft, PAGE),
    "handed back": lambda on, draft: on.within(
        handoffs.hand_back, on.parts, draft.id, "phone-1", PAGE
    ),
    "taken back": lambda on, draft: on.within(handoffs.take_back, on.parts, draft.id),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_form_that_changes_sides_is_not_wiped_as_left_at_the_kiosk_just_after(
    terminal: Machine, step: str
) -> None:
    moment = clock.now()
    draft = terminal.within(drafts.open_draft, terminal.parts, "MZ-006", None, SCREEN)
    if step != "offered":
        taken(terminal, draft, "phone-1")
    with clock.use(lambda: moment + 2 * drafts.KEPT_AT_KIOSK):
        STEPS[step](terminal, draft)
        assert wiped(terminal) == 0
    with clock.use(lambda: moment + 3 * drafts.KEPT_AT_KIOSK - timedelta(seconds=1)):
        assert wiped(terminal) == 0
    with clock.use(lambda: moment + 3 * drafts.KEPT_AT_KIOSK + timedelta(seconds=1)):
        assert wiped(terminal) == 1


def test_what_a_phone_has_waits_for_it_and_the_time_begins_when_it_took_it(
    terminal: Machine,
) -> None:
    moment = clock.now()
    draft = terminal.within(drafts.open_draft, terminal.parts, "MZ-006", None, SCREEN)
    with clock.use(lambda: moment + timedelta(minutes=5)):
        taken(terminal, draft, "phone-1")
    with clock.use(lambda: moment + drafts.KEPT + timedelta(minutes=4)):
        assert wiped(terminal) == 0
    with clock.use(lambda: moment + drafts.KEPT + timedelta(minutes=6)):
        assert wiped(terminal) == 1


def wiped(terminal: Machine) -> int:
    with terminal.writing() as session:
        return drafts.wipe_old(session, terminal.parts)


def test_codes_differ_and_are_not_kept_as_they_are(terminal: Machine, draft: Draft) -> None:
    codes = {terminal.within(handoffs.offer, terminal.parts, draft, PAGE) for _ in range(20)}
    assert len(codes) == 20
    stored = (terminal.parts.config.data_dir / "terminal.db").read_bytes()
    stored += (terminal.parts.config.data_dir / "terminal.db-wal").read_bytes()
    assert not [code for code in codes if code.encode() in stored]
    with pytest.raises(DomainError):
        terminal.within(handoffs.take, terminal.parts, "AAAAAAAA", "phone-1")
