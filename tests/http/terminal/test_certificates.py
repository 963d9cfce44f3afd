"""Electronic certificates instead of papers: consent, what is recorded and counted, faults."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk import clock
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.materials import certificates
from kiosk.materials.certificate_calls import counts
from kiosk.operators import service
from kiosk.terminal import certificates as asking
from tests.builders.clerks import signed_in
from tests.builders.machines import STATION, Pair, enrolled
from tests.http.terminal.resident import ITEMS, STAFF, Resident, good

ITEM = ITEMS["MZ-006"]
LIST = f"/items/{ITEM.code}/apply/materials"
ASKING = f"{LIST}/id_card/certificate"
HOLDER = good(ITEM)["applicant"]
IDENTITY = ("name", "id_number", "phone")
REFERENCE = json.loads(certificates.STAND_IN.read_bytes())[HOLDER["id_number"]]["certificates"][
    "id_card"
]["reference"]


@pytest.fixture
def pair(a_hall, a_terminal) -> Pair:
    """A terminal that asks the stand-in, and its hall."""
    return enrolled(a_hall("sqlite"), a_terminal(certificates="samples"))


@pytest.fixture
def applicant(pair: Pair) -> Resident:
    resident = Resident(pair.terminal)
    resident.apply_for(ITEM, good(ITEM))
    return resident


def look_up(resident: Resident, **values: str) -> None:
    resident.open(ASKING)
    resident.send(values)


def counted(pair: Pair, machine: str = "terminal") -> list[tuple[str, int, int]]:
    with getattr(pair, machine).reading() as session:
        return [(count.type, count.calls, count.found) for count in counts(session)]


def body_of_the_case(pair: Pair) -> dict:
    with pair.hall.reading() as session:
        case = session.query(Case).one()
        return current_body(session, pair.hall.parts.keyring, case.id)


def test_the_page_says_whose_certificate_is_looked_up_what_for_and_that_it_is_a_trial(
    applicant: Resident,
) -> None:
    applicant.open(ASKING)
    assert "居民身份证" in applicant.text and ITEM.name.zh in applicant.text
    assert "没有接入真实的电子证照服务" in applicant.text
    assert HOLDER["id_number"] not in applicant.page and HOLDER["name"] not in applicant.page


def test_nothing_is_looked_up_without_consent(applicant: Resident, pair: Pair) -> None:
    look_up(applicant)
    assert applicant.status == 422
    assert "#agree" in applicant.links
    assert counted(pair) == []


def test_a_certificate_stands_for_the_paper_and_travels_with_the_case(
    applicant: Resident, pair: Pair, capfd: pytest.CaptureFixture[str]
) -> None:
    look_up(applicant, agree="yes")
    assert "已取得电子证照" in applicant.text
    applicant.open(LIST)
    assert "取自电子证照" in applicant.text
    applicant.give_all_materials(but="id_card")
    applicant.sign()
    pair.settle()
    body = body_of_the_case(pair)
    given = next(each for each in body["attachments"] if each["requirement"] == "id_card")
    assert (given["mode"], given["certificate"]["reference"]) == ("certificate", REFERENCE)
    [call] = body["certificate_calls"]
    recorded = {name: call[name] for name in ("type", "purpose", "result", "by", "consent")}
    assert recorded == {
        "type": "id_card",
        "purpose": ITEM.code,
        "result": "found",
        "by": None,
        "consent": True,
    }
    assert counted(pair) == counted(pair, "hall") == [("id_card", 1, 1)]
    written = capfd.readouterr()
    assert REFERENCE not in written.out + written.err


def test_the_desk_shows_certificate_calls_and_that_nothing_was_changed(
    applicant: Resident, pair: Pair
) -> None:
    look_up(applicant, agree="yes")
    applicant.open(LIST)
    applicant.give_all_materials(but="id_card")
    applicant.sign()
    pair.settle()
    with pair.hall.reading() as session:
        case_id = session.query(Case).one().id
    page = signed_in(pair.hall, "clerk").page(f"/desk/{case_id}")
    assert "本件查询过的电子证照" in page and REFERENCE in page
    assert "与签名时一致" in page


def test_a_certificate_that_is_not_there_leads_to_the_paper_and_is_counted(
    pair: Pair,
) -> None:
    resident, answers = Resident(pair.terminal), good(ITEM)
    answers["applicant"]["name"] = "无此人"
    resident.apply_for(ITEM, answers)
    look_up(resident, agree="yes")
    assert resident.status == 200
    assert "没有查到有效的电子证照" in resident.text
    assert f"{LIST}/id_card" in resident.links
    assert counted(pair) == [("id_card", 1, 0)]


def test_a_service_that_is_away_leads_to_the_paper(
    applicant: Resident, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = certificates.StandIn(tmp_path / "nothing.json")
    monkeypatch.setattr(certificates, "_SOURCES", {"samples": away})
    look_up(applicant, agree="yes")
    assert "连不上" in applicant.text
    assert f"{LIST}/id_card" in applicant.links


def test_a_certificate_is_nobody_elses_when_the_name_is_changed(
    applicant: Resident, pair: Pair
) -> None:
    look_up(applicant, agree="yes")
    applicant.open(f"/items/{ITEM.code}/apply/identify")
    given = {name: HOLDER[name] for name in ("id_number", "phone")}
    applicant.send({**given, "name": "别的人", "consent": "yes"})
    applicant.open(LIST)
    assert "取自电子证照" not in applicant.text
    applicant.send()
    assert applicant.status == 422


def test_a_certificate_may_be_given_back_for_a_picture(applicant: Resident) -> None:
    look_up(applicant, agree="yes")
    applicant.send(action="/certificate/drop")
    assert "已取得电子证照" not in applicant.text
    applicant.open(LIST)
    applicant.send()
    assert applicant.status == 422


def test_a_terminal_without_a_service_offers_paper_alone(resident: Resident) -> None:
    resident.apply_for(ITEM, good(ITEM))
    resident.open(f"{LIST}/id_card")
    assert "电子证照" not in resident.text
    resident.open(ASKING)
    assert resident.status == 404


def test_staff_see_how_often_certificates_were_looked_up(applicant: Resident, pair: Pair) -> None:
    pair.hall.within(service.create, STAFF[0], "周", "staff", STAFF[1], (STATION,))
    pair.settle()
    look_up(applicant, agree="yes")
    staff = Resident(pair.terminal)
    staff.open("/staff/sign-in")
    staff.send({"username": STAFF[0], "password": STAFF[1]})
    assert "居民身份证 1 1 0 0" in staff.text


def test_numbers_cannot_be_tried_out_by_beginning_afresh(
    applicant: Resident, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_IN_AN_HOUR", 2)
    look_up(applicant, agree="yes")
    look_up(applicant, agree="yes")
    applicant.open(f"/items/{ITEM.code}")
    applicant.send(action="/apply")
    applicant.send({"choice": "afresh"}, action="/apply")
    applicant.send({**{name: HOLDER[name] for name in IDENTITY}, "consent": "yes"})
    applicant.walk(ITEM, good(ITEM))
    look_up(applicant, agree="yes")
    assert applicant.status == 429
    assert "查询次数太多" in applicant.text and f"{LIST}/id_card" in applicant.links
    assert counted(pair) == [("id_card", 2, 2)]
    an_hour_on = clock.now() + timedelta(hours=1)
    monkeypatch.setattr("kiosk.terminal.certificates.clock.now", lambda: an_hour_on)
    applicant.send({"agree": "yes"})
    assert "已取得电子证照" in applicant.text


def test_an_address_asks_twenty_times_in_a_minute_at_most(applicant: Resident) -> None:
    applicant.open(ASKING)
    answers = []
    for _ in range(21):
        applicant.send()
        answers.append(applicant.status)
    assert answers == [422] * 20 + [429]
