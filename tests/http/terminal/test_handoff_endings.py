"""How a form on a phone ends, and what the kiosk tells of it: never what was entered."""

import json
import re

import pytest
from sqlalchemy import select

from kiosk.cases import drafts
from kiosk.cases.model import Case, Handoff
from kiosk.cases.model import Draft as Row
from kiosk.terminal import following
from tests.builders.machines import Machine, Pair
from tests.http.terminal.moving import (
    ADDRESS,
    APPLY,
    ITEM,
    PHONE,
    answer,
    begun,
    bring,
    offered,
    taken,
)
from tests.http.terminal.resident import Resident, good


@pytest.fixture
def kiosk(terminal: Machine) -> Resident:
    return begun(terminal)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams that tell the state and end."""
    monkeypatch.setattr(following, "SECONDS", 0.0)


def told(kiosk: Resident) -> dict:
    """What the first event of a stream says."""
    stream = kiosk.browser.get(f"{PHONE}/events").text
    found = re.search(r"^data: (.+)$", stream, re.MULTILINE)
    assert found, stream
    return json.loads(found[1])


def test_handed_in_on_the_phone_the_kiosk_says_so_and_clears_and_there_is_one_case(
    small_pair: Pair,
) -> None:
    kiosk = begun(small_pair.terminal)
    code = offered(kiosk)
    phone = Resident(small_pair.terminal)
    bring(phone, code)
    phone.walk(ITEM, good(ITEM))
    phone.give_all_materials()
    phone.sign()
    assert phone.number
    kiosk.open(PHONE)
    assert "已在手机上提交" in kiosk.text
    assert phone.number not in kiosk.text
    kiosk.open(f"{APPLY}/check")
    assert "已在手机上提交" in kiosk.text
    kiosk.send(action="/receipt/finish")
    kiosk.open(PHONE)
    assert kiosk.status == 404
    phone.open("/receipt")
    assert phone.number
    late = Resident(small_pair.terminal)
    bring(late, code)
    assert late.status == 409
    assert "已经提交或清除" in late.text
    with small_pair.terminal.reading() as session:
        assert len(session.scalars(select(Case)).all()) == 1


def test_stopped_on_the_phone_nothing_is_left_and_the_kiosk_says_so(kiosk: Resident) -> None:
    phone = taken(kiosk)
    phone.open(ADDRESS)
    phone.send(action="/leave")
    kiosk.open(PHONE)
    assert "表格已清除" in kiosk.text
    with kiosk.terminal.reading() as session:
        assert session.scalars(select(Row)).all() == []


def test_ended_at_the_kiosk_it_is_ended_on_the_phone(kiosk: Resident) -> None:
    phone = taken(kiosk)
    kiosk.send(action="/leave")
    assert kiosk.at == "/"
    phone.open(ADDRESS)
    assert phone.status == 409
    assert "表格已清除" in phone.text


def test_a_kiosk_that_clears_its_screen_leaves_the_form_on_the_phone(kiosk: Resident) -> None:
    phone = taken(kiosk)
    kiosk.send(action="/receipt/finish")
    kiosk.open(PHONE)
    assert kiosk.status == 404
    phone.open(ADDRESS)
    answer(phone, "杨舍镇长安南路2号")
    assert phone.status == 200
    phone.send(action="/hand-back")
    assert phone.status == 409
    assert "一体机已经清空" in phone.text


def test_who_begins_afresh_at_the_kiosk_takes_nothing_from_the_phone(kiosk: Resident) -> None:
    phone = taken(kiosk)
    kiosk.open(f"/items/{ITEM.code}")
    kiosk.send(action="/apply")
    kiosk.send({"choice": "afresh"}, action="/apply")
    assert kiosk.at == f"{APPLY}/identify"
    phone.open(ADDRESS)
    assert phone.status == 200


@pytest.mark.usefixtures("at_once")
def test_the_stream_tells_step_and_counts_and_nothing_that_was_entered(kiosk: Resident) -> None:
    phone = taken(kiosk)
    before = told(kiosk)
    phone.open(ADDRESS)
    answer(phone, "杨舍镇长安南路2号")
    after = told(kiosk)
    assert before["state"] == after["state"] == "taken"
    assert before["lines"][0] == after["lines"][0] == "第2步，共4步：填写信息"
    assert after["lines"][1] != before["lines"][1]
    entered = [str(value) for value in good(ITEM)["applicant"].values()] + ["长安南路"]
    assert not [text for text in entered if text in json.dumps(after, ensure_ascii=False)]


@pytest.mark.usefixtures("at_once")
def test_the_stream_tells_when_the_phone_has_come_and_when_it_hands_back(kiosk: Resident) -> None:
    code = offered(kiosk)
    assert told(kiosk)["state"] == "offered"
    phone = Resident(kiosk.terminal)
    bring(phone, code)
    assert told(kiosk)["state"] == "taken"
    phone.send(action="/hand-back")
    assert told(kiosk)["state"] == "back"
    kiosk.open(PHONE)
    assert told(kiosk)["state"] == "here"


def test_streams_hold_a_quarter_of_the_threads_and_further_ones_only_tell_the_state(
    kiosk: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.0)
    taken(kiosk)
    held = kiosk.browser.get(f"{PHONE}/events", buffered=False).iter_encoded()
    next(held)
    further = kiosk.browser.get(f"{PHONE}/events").text
    assert f"retry: {following.LATER_MS}" in further
    assert further.count("data: ") == 1
    held.close()
    monkeypatch.setattr(following, "SECONDS", 0.0)
    assert f"retry: {following.SOON_MS}" in kiosk.browser.get(f"{PHONE}/events").text


def test_a_phone_or_a_stranger_follows_nothing(kiosk: Resident) -> None:
    phone = taken(kiosk)
    for browser in (phone, Resident(kiosk.terminal)):
        assert browser.browser.get(f"{PHONE}/events").status_code == 404
        assert browser.browser.get(f"{PHONE}/code.svg").status_code == 404
        assert browser.browser.get(PHONE).status_code == 404


def test_a_hand_off_is_forgotten_with_its_draft(kiosk: Resident) -> None:
    offered(kiosk)
    with kiosk.terminal.writing() as session:
        for row in (session.scalars(select(Row)).one(), session.scalars(select(Handoff)).one()):
            moment = "updated_at" if isinstance(row, Row) else "offered_at"
            setattr(row, moment, getattr(row, moment) - 2 * drafts.KEPT)
    with kiosk.terminal.writing() as session:
        drafts.wipe_old(session, kiosk.terminal.parts)
    with kiosk.terminal.reading() as session:
        assert session.scalars(select(Handoff)).all() == []
