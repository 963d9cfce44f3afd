"""A form goes from the kiosk to a phone and back: one side at a time, one code for one phone."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from kiosk import clock
from tests.builders.machines import Machine
from tests.http.terminal.moving import (
    ADDRESS,
    APPLY,
    ITEM,
    PHONE,
    TAIL,
    answer,
    begun,
    bring,
    offered,
    taken,
)
from tests.http.terminal.resident import Resident, a_photograph, good


@pytest.fixture
def kiosk(terminal: Machine) -> Resident:
    """A kiosk at which somebody has said who applies, and is asked the first question."""
    return begun(terminal)


@pytest.fixture
def phone(terminal: Machine) -> Resident:
    """Somebody's phone in the station's network."""
    return Resident(terminal)


@contextmanager
def later(**by: int) -> Iterator[None]:
    then = clock.now() + timedelta(**by)
    with clock.use(lambda: then):
        yield


@pytest.fixture
def away(kiosk: Resident) -> Resident:
    """A phone that has taken the form; the kiosk waits."""
    return taken(kiosk)


@pytest.mark.parametrize("page", ["identify", "materials", "materials/social_card_account"])
def test_every_page_of_the_form_offers_the_phone(kiosk: Resident, page: str) -> None:
    kiosk.open(f"{APPLY}/{page}")
    assert "在手机上继续" in kiosk.text


def test_the_phone_goes_on_at_the_page_that_was_open_with_what_was_entered(
    kiosk: Resident, phone: Resident
) -> None:
    kiosk.open(ADDRESS)
    answer(kiosk, "杨舍镇人民中路88号")
    kiosk.open(ADDRESS)
    bring(phone, offered(kiosk).lower().replace(" ", "-"))
    assert phone.at == ADDRESS
    assert "杨舍镇人民中路88号" in phone.page


def test_the_code_stands_in_no_address_that_is_sent(kiosk: Resident, phone: Resident) -> None:
    code = offered(kiosk).replace(" ", "")
    assert code not in "".join(kiosk.links)
    bring(phone, code)
    assert code not in phone.at


def test_without_script_the_kiosk_asks_anew_by_itself_and_the_phone_has_its_camera(
    kiosk: Resident, phone: Resident
) -> None:
    code = offered(kiosk)
    refresh = rf'<noscript><meta http-equiv="refresh" content="\d+; url={PHONE}"></noscript>'
    assert re.search(refresh, kiosk.page)
    bring(phone, code)
    kiosk.open(PHONE)
    assert re.search(refresh, kiosk.page)
    phone.open(f"{APPLY}/materials/social_card_account")
    assert 'type="file"' in phone.page
    assert 'accept="image/*" capture="environment"' in phone.page


def test_an_answer_of_the_phone_is_there_when_it_hands_the_form_back(
    kiosk: Resident, away: Resident
) -> None:
    away.open(ADDRESS)
    answer(away, "杨舍镇长安南路2号")
    where = away.at
    away.send(action="/hand-back")
    assert "已交回一体机" in away.text
    kiosk.open(PHONE)
    assert kiosk.at == where
    kiosk.open(ADDRESS)
    assert "杨舍镇长安南路2号" in kiosk.page


def test_a_second_phone_is_told_that_the_form_is_on_another(
    kiosk: Resident, terminal: Machine
) -> None:
    code = offered(kiosk)
    first, second = Resident(terminal), Resident(terminal)
    bring(first, code)
    bring(second, code)
    assert (second.status, second.at) == (409, "/h")
    assert "已经在另一部手机上打开了" in second.text
    second.open(ADDRESS)
    assert second.status == 404
    first.open(ADDRESS)
    assert first.status == 200


def test_the_same_phone_may_bring_its_code_again(away: Resident, kiosk: Resident) -> None:
    code = re.sub(r"\W", "", _code_of(kiosk))
    bring(away, code)
    assert away.at.startswith(APPLY)
    assert away.status == 200


def _code_of(kiosk: Resident) -> str:
    with kiosk.browser.session_transaction() as session:
        return session["handoff_code"]["code"]


def test_the_kiosk_itself_does_not_become_the_phone(kiosk: Resident) -> None:
    bring(kiosk, offered(kiosk))
    assert kiosk.at == PHONE
    kiosk.open(ADDRESS)
    assert kiosk.at == ADDRESS


@pytest.mark.parametrize(("minutes", "status"), [(9, 200), (10, 409)])
def test_a_code_holds_for_ten_minutes(
    kiosk: Resident, phone: Resident, minutes: int, status: int
) -> None:
    code = offered(kiosk)
    with later(minutes=minutes):
        bring(phone, code)
        kiosk.open(PHONE)
    assert phone.status == status
    assert ("已过10分钟" in phone.text) == ("换一个新码" in kiosk.text) == (status == 409)


@pytest.mark.parametrize(("typed", "status"), [("", 422), ("ABC", 422), ("AAAA AAAA", 404)])
def test_a_wrong_code_opens_nothing_and_is_said_at_its_field(
    kiosk: Resident, phone: Resident, typed: str, status: int
) -> None:
    offered(kiosk)
    bring(phone, typed)
    assert phone.status == status
    assert "code-error" in phone.ids


def test_guessing_codes_is_stopped(phone: Resident) -> None:
    for _ in range(21):
        bring(phone, "AAAA AAAA")
    assert phone.status == 429


def test_a_new_code_ends_the_one_before(kiosk: Resident, phone: Resident) -> None:
    first = offered(kiosk)
    kiosk.open(ADDRESS)
    second = offered(kiosk)
    bring(phone, first)
    assert phone.status == 404
    bring(phone, second)
    assert phone.at == ADDRESS


def test_the_code_dies_when_the_form_goes_on_at_the_kiosk(kiosk: Resident, phone: Resident) -> None:
    code = offered(kiosk)
    kiosk.open(ADDRESS)
    answer(kiosk, "杨舍镇人民中路88号")
    bring(phone, code)
    assert phone.status == 404


def test_the_code_of_a_form_that_was_cleared_opens_nothing(
    kiosk: Resident, phone: Resident
) -> None:
    code = offered(kiosk)
    kiosk.open(ADDRESS)
    kiosk.send(action="/leave")
    bring(phone, code)
    assert phone.status == 409
    assert "已经提交或清除" in phone.text


def test_while_the_phone_has_it_the_kiosk_leads_every_page_to_where_it_waits(
    kiosk: Resident, away: Resident
) -> None:
    for page in ("check", "materials", "questions/claim/registered_address", "sign"):
        kiosk.open(f"{APPLY}/{page}")
        assert kiosk.at == PHONE
    assert good(ITEM)["applicant"]["name"] not in kiosk.page


def test_what_the_kiosk_sends_while_the_phone_has_the_form_is_not_kept_and_that_is_said(
    kiosk: Resident, phone: Resident
) -> None:
    code = offered(kiosk)
    kiosk.open(ADDRESS)
    bring(phone, code)
    answer(kiosk, "杨舍镇人民中路88号")
    assert kiosk.status == 409
    assert "没有保存" in kiosk.text
    assert PHONE in kiosk.links
    phone.open(ADDRESS)
    assert "人民中路88号" not in phone.page


def test_what_the_phone_sends_after_it_was_taken_back_is_not_kept_and_that_is_said(
    kiosk: Resident, away: Resident
) -> None:
    away.open(ADDRESS)
    kiosk.send({"id_tail": TAIL}, action="/phone/back")
    answer(away, "杨舍镇人民中路88号")
    assert away.status == 409
    assert "表格在一体机上" in away.text
    assert "/h" in away.links
    kiosk.open(ADDRESS)
    assert "人民中路88号" not in kiosk.page


def test_a_picture_that_was_on_its_way_when_the_form_was_taken_back_joins_nothing(
    kiosk: Resident, away: Resident
) -> None:
    paper = f"{APPLY}/materials/social_card_account"
    away.open(paper)
    kiosk.send({"id_tail": TAIL}, action="/phone/back")
    away.send({"picture": (io.BytesIO(a_photograph()), "photo.jpg")})
    assert away.status == 409
    kiosk.open(paper)
    assert 'class="shot"' not in kiosk.page


def test_with_the_phones_battery_empty_the_kiosk_takes_back_everything_that_was_saved(
    kiosk: Resident, away: Resident
) -> None:
    away.open(ADDRESS)
    answer(away, "杨舍镇长安南路2号")
    kiosk.open(PHONE)
    assert re.search(r"data-quiet hidden", kiosk.page)
    with later(minutes=4):
        kiosk.open(PHONE)
        assert re.search(r"data-quiet>", kiosk.page)
        assert "手机没电了" in kiosk.text
        kiosk.send({"id_tail": TAIL}, action="/phone/back")
    kiosk.open(ADDRESS)
    assert "杨舍镇长安南路2号" in kiosk.page


@pytest.mark.parametrize("tail", ["", "12", "0000"])
def test_whoever_stands_at_the_kiosk_now_does_not_open_the_form_of_another(
    kiosk: Resident, away: Resident, tail: str
) -> None:
    kiosk.send({"id_tail": tail}, action="/phone/back")
    assert kiosk.status == 422
    assert "id_tail-error" in kiosk.ids
    kiosk.open(ADDRESS)
    assert kiosk.at == PHONE


def test_after_taking_it_back_another_phone_may_have_it_and_the_first_may_not(
    kiosk: Resident, away: Resident, terminal: Machine
) -> None:
    kiosk.send({"id_tail": TAIL}, action="/phone/back")
    second = Resident(terminal)
    bring(second, offered(kiosk))
    assert second.status == 200
    away.open(ADDRESS)
    assert away.status == 409
    second.open(ADDRESS)
    assert second.status == 200


def test_the_phone_may_go_on_after_all_until_the_kiosk_has(kiosk: Resident, away: Resident) -> None:
    away.open(ADDRESS)
    away.send(action="/hand-back")
    away.send(action="/phone/again")
    assert away.at == ADDRESS
    away.send(action="/hand-back")
    kiosk.open(PHONE)
    away.send(action="/phone/again")
    assert away.status == 409


def test_a_kiosk_that_waits_for_a_phone_is_not_cleared_under_the_person_who_writes_on_it(
    terminal: Machine,
) -> None:
    kiosk, phone = begun(terminal), Resident(terminal)
    kiosk.open("/device/kiosk")
    kiosk.open(f"{APPLY}/identify")
    code = offered(kiosk)
    assert 'data-idle="60"' in kiosk.page
    bring(phone, code)
    kiosk.open(PHONE)
    assert 'data-idle="600"' in kiosk.page
    # Whoever clears the screen takes nothing from the phone.
    kiosk.send(action="/end")
    phone.open(f"{APPLY}/identify")
    assert phone.status == 200
