"""The admins' page about what could not be applied: who sees what, what is asked, what is recorded."""

import re
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from kiosk.cases.proof import prove
from kiosk.logs import init_logs
from kiosk.operators import audit
from tests.builders.clerks import Person, signed_in
from tests.builders.machines import Pair
from tests.builders.poison import Desk, a_poisoned_submission, a_poisoned_supply, told

LIST = "/quarantine"
ENTRY = "/quarantine/100001/1/2"


@pytest.fixture
def waiting(small_pair: Pair) -> Pair:
    """A pair with a supply that nobody could read, and a withdrawal held behind it."""
    case_id = a_poisoned_supply(small_pair)
    told(small_pair, "case.withdrawn", case_id, {})
    small_pair.push()
    return small_pair


@pytest.fixture
def admin(waiting: Pair) -> Person:
    return signed_in(waiting.hall, "admin")


def test_the_list_tells_what_waits_and_is_narrowed_by_terminal_and_reason(waiting, admin):
    told(waiting, "case.dreamt", a_poisoned_supply(waiting), {})
    waiting.push()
    page = admin.page(LIST)
    assert ENTRY in page
    assert "材料的提供方式中心不认识" in page
    assert ENTRY not in admin.page(f"{LIST}?terminal=999999")
    assert ENTRY not in admin.page(f"{LIST}?reason=update")
    assert ENTRY in admin.page(f"{LIST}?reason=poison&terminal=100001")


def test_an_entry_is_shown_without_its_contents_until_somebody_asks_which_is_logged(waiting, admin):
    page = admin.page(ENTRY)
    assert "teleported" not in page
    assert "case.supplied" in page
    assert "UnknownMode" in page
    init_logs(replace(waiting.hall.parts.config, log_level="info"))
    with capture_logs() as logs:
        shown = admin.send(ENTRY, f"{ENTRY}/contents").get_data(as_text=True)
    assert "teleported" in shown
    assert [(each["operator"], each["seq"]) for each in logs if each["event"] == "revealed"] == [
        (admin.operator_id, 2)
    ]


def test_two_admins_set_aside_after_a_question_and_the_held_entry_follows(waiting, admin):
    second = signed_in(waiting.hall, "admin", "second")
    asked = f"{ENTRY}/set-aside"
    assert asked in admin.page(ENTRY)
    assert admin.send(asked, asked, why="").status_code == 422
    assert Desk(waiting).verdicts() == ["applied", "quarantined", "held"]
    assert admin.send(asked, asked, why="重复").status_code == 303
    assert Desk(waiting).verdicts() == ["applied", "quarantined", "held"]
    assert admin.send(ENTRY, f"{ENTRY}/agree").status_code == 409
    assert "名字-admin" in second.page(ENTRY)
    assert agreed(second).status_code == 303
    assert Desk(waiting).verdicts() == ["applied", "refused", "applied"]
    page = admin.page(ENTRY)
    assert "重复" in page
    assert "名字-second" in page
    assert asked not in page
    assert admin.send(LIST, asked, why="重复").status_code == 409


def agreed(person):
    """Agree to what the page shows."""
    shown = re.search(r'name="wish" value="([0-9a-f]{64})"', person.page(ENTRY))
    return person.send(ENTRY, f"{ENTRY}/agree", wish=shown[1])


def test_only_what_was_read_is_agreed_to(waiting, admin):
    second = signed_in(waiting.hall, "admin", "second")
    admin.send(ENTRY, f"{ENTRY}/set-aside", why="重复")
    shown = re.search(r'name="wish" value="([0-9a-f]{64})"', second.page(ENTRY))[1]
    admin.send(ENTRY, f"{ENTRY}/set-aside", why="另一个理由")
    answer = second.send(ENTRY, f"{ENTRY}/agree", wish=shown)
    assert answer.status_code == 409
    assert "提议已改变" in answer.get_data(as_text=True)
    assert Desk(waiting).verdicts() == ["applied", "quarantined", "held"]
    assert agreed(second).status_code == 303


@pytest.mark.parametrize("act", ["account.opened", "account.changed", "account.password_set"])
def test_an_account_in_the_hand_of_who_proposes_is_no_second_person(waiting, admin, act):
    second = signed_in(waiting.hall, "admin", "second")
    with waiting.hall.writing() as session:
        audit.record(session, act, second.operator_id, admin.operator_id)
    admin.send(ENTRY, f"{ENTRY}/set-aside", why="重复")
    assert agreed(second).status_code == 409
    assert Desk(waiting).verdicts() == ["applied", "quarantined", "held"]
    assert agreed(signed_in(waiting.hall, "admin", "third")).status_code == 303


def test_a_wish_to_set_aside_that_is_declined_changes_nothing(waiting, admin):
    second = signed_in(waiting.hall, "admin", "second")
    admin.send(ENTRY, f"{ENTRY}/set-aside", why="重复")
    assert second.send(ENTRY, f"{ENTRY}/decline").status_code == 303
    assert "重复" not in admin.page(ENTRY)
    assert second.send(ENTRY, f"{ENTRY}/agree").status_code == 409
    assert Desk(waiting).verdicts() == ["applied", "quarantined", "held"]


def test_a_replay_that_fails_again_says_so(waiting, admin):
    asked = f"{ENTRY}/replay"
    assert admin.send(asked, asked).status_code == 303
    assert "仍然不能重放" in admin.page(ENTRY)


def test_a_correction_that_cannot_be_replayed_names_the_field_and_keeps_what_was_typed(
    waiting, admin
):
    answer = admin.send(ENTRY, f"{ENTRY}/correct", body='{"attachments": 7}', why="试")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="body-error"' in page
    assert "attachments&#34;: 7" in page


def test_a_correction_is_made_on_the_page(waiting, admin):
    typed = '{"attachments": [], "files": {}, "channel": "kiosk", "operator": null}'
    assert admin.send(ENTRY, f"{ENTRY}/correct", body=typed, why="试").status_code == 303
    assert Desk(waiting).verdicts() == ["applied", "applied", "applied"]
    assert waiting.hall.within(prove, waiting.hall.parts).faults == []


def test_the_token_of_a_receipt_is_covered_in_the_contents(small_pair):
    _, right = a_poisoned_submission(small_pair)
    small_pair.push()
    admin = signed_in(small_pair.hall, "admin")
    entry = "/quarantine/100001/1/1"
    page = admin.send(entry, f"{entry}/contents").get_data(as_text=True)
    assert right["token"] not in page
    assert right["number"] in page


@pytest.mark.parametrize("verb", ["replay", "set-aside", "correct", "contents"])
@pytest.mark.parametrize("role", ["auditor", "clerk"])
def test_only_admins_decide_and_see_contents(waiting, role, verb):
    person = signed_in(waiting.hall, role)
    assert person.send("/desk", f"{ENTRY}/{verb}", why="x", body="{}").status_code == 403
    assert Desk(waiting).verdicts() == ["applied", "quarantined", "held"]


def test_auditors_read_and_clerks_do_not(waiting):
    auditor = signed_in(waiting.hall, "auditor")
    assert ENTRY in auditor.page(LIST)
    assert "/set-aside" not in auditor.page(ENTRY)
    assert signed_in(waiting.hall, "clerk").get(LIST).status_code == 403


@pytest.mark.parametrize("path", ["999999/1/2", "100001/1/99"])
def test_an_unknown_entry_is_not_found(admin, path):
    assert admin.get(f"{LIST}/{path}").status_code == 404
