"""A browser marked as the kiosk: how it becomes one, and what is left of a visit that has ended."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kiosk import clock, tidying
from kiosk.cases.drafts import KEPT_AT_KIOSK
from kiosk.cases.model import Draft
from kiosk.materials.model import Material
from tests.builders.machines import Pair
from tests.builders.promises import a_promising_case_at
from tests.http.terminal.resident import ITEMS, Forms, Resident, good

ITEM = ITEMS["MZ-006"]


@pytest.fixture
def kiosk(resident: Resident) -> Resident:
    """The kiosk's browser, started at the address it is started with."""
    resident.open("/device/kiosk")
    return resident


def drafts(pair: Pair) -> set[str]:
    with pair.terminal.reading() as session:
        return set(session.scalars(select(Draft.id)).all())


def pictures(pair: Pair) -> int:
    with pair.terminal.reading() as session:
        return len(session.scalars(select(Material.id)).all())


def begin(resident: Resident) -> None:
    resident.open(f"/items/{ITEM.code}")
    resident.send(action="/apply")


def test_only_the_start_address_makes_a_kiosk_and_it_can_be_taken_back(resident: Resident) -> None:
    resident.open("/")
    assert "data-device" not in resident.page
    resident.open("/device/kiosk")
    assert resident.at == "/" and 'data-device="kiosk"' in resident.page
    # A link alone, wherever it comes from, takes nothing away.
    resident.open("/device/own")
    assert 'data-device="kiosk"' in resident.open("/")
    resident.open("/device/own")
    resident.send()
    assert resident.at == "/" and "data-device" not in resident.page
    resident.open("/device/own")
    assert "/device/own" not in [action or resident.at for action, _ in Forms(resident.page).forms]
    resident.open("/device/tv")
    assert resident.status == 404
    resident.browser.set_cookie("device", "kiosk")
    assert "data-device" not in resident.open("/")


def test_a_kiosk_shows_its_pictures_until_somebody_begins_and_offers_the_way_out_then(
    kiosk: Resident,
) -> None:
    assert "data-attract" in kiosk.page and "data-end" not in kiosk.page
    begin(kiosk)
    assert "data-attract" not in kiosk.page and "data-idle" in kiosk.page
    kiosk.open("/")
    assert "data-attract" not in kiosk.page and "结束并清除" in kiosk.text


def test_large_text_gives_twice_the_time(kiosk: Resident) -> None:
    kiosk.open("/station")
    assert 'data-idle="60" data-warning="30"' in kiosk.page
    kiosk.browser.set_cookie("care", "on")
    kiosk.open("/station")
    assert 'data-idle="120" data-warning="60"' in kiosk.page


def test_ending_wipes_drafts_with_their_pictures_session_and_choices_but_not_the_mark(
    kiosk: Resident, small_pair: Pair
) -> None:
    kiosk.browser.set_cookie("care", "on")
    kiosk.browser.set_cookie("lang", "en")
    kiosk.apply_for(ITEM, good(ITEM))
    kiosk.give_all_materials()
    # A page of entries offers no voice.
    assert kiosk.at.endswith("/check") and "data-aloud" not in kiosk.page
    assert drafts(small_pair) and pictures(small_pair)
    _, token = next(form for form in Forms(kiosk.page).forms if form[0] == "/end")
    answer = kiosk.browser.post("/end", data=token)
    assert answer.status_code == 303 and answer.location == "/"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not drafts(small_pair) and not pictures(small_pair)
    blobs = small_pair.terminal.parts.config.data_dir / "blobs"
    assert not [file for file in blobs.rglob("*") if file.is_file()]
    for cookie in ("terminal_session", "care", "lang"):
        assert kiosk.browser.get_cookie(cookie) is None
    assert 'data-device="kiosk"' in kiosk.open("/")
    assert kiosk.open(f"/items/{ITEM.code}/apply/check") and kiosk.status == 404


@pytest.mark.parametrize("choice", [{"size": "largest"}, {"theme": "dark"}])
def test_any_choice_is_somebodys_visit_and_ends_with_it(
    kiosk: Resident, choice: dict[str, str]
) -> None:
    _, token = next(form for form in Forms(kiosk.page).forms if "preferences" in form[0])
    kiosk.browser.post("/preferences", data={**token, **choice})
    assert "data-end" in kiosk.open("/")
    kiosk.send(action="/end")
    assert kiosk.browser.get_cookie(next(iter(choice))) is None
    assert "data-attract" in kiosk.page


def test_ending_takes_nothing_from_a_case_that_was_handed_in(
    kiosk: Resident, small_pair: Pair
) -> None:
    kiosk.apply_for(ITEM, good(ITEM))
    kiosk.give_all_materials()
    kiosk.sign()
    before = pictures(small_pair)
    assert before
    kiosk.send(action="/receipt/finish")
    assert kiosk.at == "/" and pictures(small_pair) == before and not drafts(small_pair)


def test_at_a_kiosk_every_page_of_a_receipt_clears_itself_and_large_text_gives_twice_the_time(
    kiosk: Resident, small_pair: Pair
) -> None:
    parts = small_pair.terminal.parts
    reachable = replace(parts.config, public_url="http://192.168.1.20:8200")
    small_pair.terminal.app.extensions["kiosk"] = replace(parts, config=reachable)
    hold_receipt(small_pair, kiosk)
    for care, seconds in (("off", 90), ("on", 180)):
        kiosk.browser.set_cookie("care", care)
        for page in ("", "/paper", "/phone", "/application"):
            assert f'data-clearing="{seconds}"' in kiosk.open(f"/receipt{page}"), page


def test_on_ones_own_phone_a_receipt_stays_and_finishing_leaves_the_other_forms(
    resident: Resident, small_pair: Pair
) -> None:
    begin(resident)
    hold_receipt(small_pair, resident)
    for page in ("", "/paper", "/application"):
        assert "data-clearing" not in resident.open(f"/receipt{page}"), page
    resident.open("/receipt")
    resident.send(action="/receipt/finish")
    assert resident.at == "/" and len(drafts(small_pair)) == 1
    assert resident.browser.get("/receipt/application").status_code == 404
    assert resident.open(f"/items/{ITEM.code}/apply/check") and resident.status == 200


def hold_receipt(pair: Pair, resident: Resident) -> None:
    token = a_promising_case_at(pair.terminal).token
    with resident.browser.session_transaction() as known:
        known["receipt"] = {"token": token, "item": "MZ-001", "draft": None}


def test_who_begins_after_a_dead_screen_finds_the_draft_before_gone(
    kiosk: Resident, small_pair: Pair
) -> None:
    begin(kiosk)
    left = drafts(small_pair)
    kiosk.browser.delete_cookie("terminal_session")
    begin(kiosk)
    assert len(drafts(small_pair)) == 1 and not drafts(small_pair) & left
    kiosk.browser.delete_cookie("terminal_session")
    kiosk.open("/")
    assert not drafts(small_pair)


def test_a_kiosk_wipes_nothing_of_another_screen_or_of_a_phone(
    kiosk: Resident, small_pair: Pair
) -> None:
    phone, other = Resident(small_pair.terminal), Resident(small_pair.terminal)
    begin(phone)
    other.open("/device/kiosk")
    begin(other)
    begin(kiosk)
    kiosk.open("/")
    kiosk.send(action="/end")
    assert len(drafts(small_pair)) == 2


def test_time_wipes_what_a_kiosk_left_behind_sooner_than_what_a_phone_did(
    kiosk: Resident, small_pair: Pair
) -> None:
    phone = Resident(small_pair.terminal)
    begin(phone)
    (of_phone,) = drafts(small_pair)
    begin(kiosk)
    terminal = small_pair.terminal
    with terminal.writing() as session:
        tidying.tidy(session, terminal.parts)
    assert len(drafts(small_pair)) == 2
    with terminal.writing() as session:
        then = clock.now() - KEPT_AT_KIOSK - timedelta(seconds=1)
        session.execute(update(Draft).values(updated_at=then))
        tidying.tidy(session, terminal.parts)
    assert drafts(small_pair) == {of_phone}
