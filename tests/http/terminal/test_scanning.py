"""What is scanned leads where its kind says, after a person has confirmed it, and never outside."""

import io
import logging

import pytest

from kiosk.credentials.port import Identity, Kind
from kiosk.credentials.stand_in import StandIn
from kiosk.operators import badges, service
from kiosk.operators.model import Operator
from kiosk.receipts import qr
from kiosk.terminal import leads
from tests.builders import pictures
from tests.builders.machines import Pair
from tests.http.terminal.resident import STAFF, Resident

SOMEBODY = Identity("曹玉珍", "320582196603101243", "13862279001")
TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXY2"
MEDICAL, OTHER = "YB-01", "MZ-006"


def a_code(pair: Pair, kind: Kind) -> str:
    return StandIn(pair.terminal.parts.config.data_dir).issue(kind, SOMEBODY)


def shown_to(resident: Resident, *texts: str) -> str:
    """Scan a picture of these codes on the page for it."""
    resident.open("/scan")
    drawn = pictures.camera_frame(*(pictures.qr_code(text, 4) for text in texts))
    image = (io.BytesIO(pictures.encoded(drawn)), "frame.jpg")
    return resident.send({"image": image})


def begun(resident: Resident, code: str) -> Resident:
    resident.open(f"/items/{code}")
    resident.send(action="/apply")
    return resident


def agree(resident: Resident, code: str) -> None:
    resident.open(f"/items/{code}/apply/credential")
    resident.send({"consent": "yes"})


def test_of_several_codes_in_a_picture_a_person_chooses_one(resident: Resident) -> None:
    item = qr.payload("item", OTHER)
    shown_to(resident, "https://example.org/", item)
    assert "要用哪一个" in resident.text
    assert resident.at == "/scan"
    first = resident.page.index(item)
    assert first < resident.page.index("https://example.org/")
    resident.send({"text": item})
    assert "打开办事指南" in resident.text


@pytest.mark.parametrize("kind", ["handoff", "receipt", "staff"])
def test_a_token_is_confirmed_by_a_person_and_in_no_address(resident: Resident, kind: str) -> None:
    shown_to(resident, qr.payload(kind, TOKEN))
    assert resident.status == 200
    lead = leads.lead_of(kind)
    assert lead.title.zh in resident.text
    assert not any(TOKEN in link for link in resident.links)


@pytest.mark.parametrize(
    "code",
    [
        qr.payload("receipt", TOKEN),
        qr.payload("receipt", TOKEN).lower(),
        qr.payload("handoff", TOKEN),
        qr.payload("staff", TOKEN),
        "http://192.168.3.7:8200/h#3K7M9QPT",
        f"SIM1.R.{TOKEN}.{TOKEN[:13]}",
        f"  sim1.m.{TOKEN}.{TOKEN[:13]} ",
    ],
)
def test_a_code_that_was_typed_into_the_search_is_not_shown_or_kept_and_the_way_is_said(
    resident: Resident, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = resident.browser.get("/search", query_string={"q": code})
    assert answer.status_code == 303
    resident.open(answer.location)
    assert "刚才输入的是二维码内容" in resident.text
    assert "/scan" in resident.links
    secret = code.strip().upper().rpartition("#")[2]
    told = answer.text + answer.location + resident.page + resident.at + caplog.text
    assert secret not in told.upper()


@pytest.mark.parametrize("page", ["/", "/search", "/search?q=gaoling"])
def test_where_words_are_searched_for_a_hand_scanner_is_heard_too(
    resident: Resident, page: str
) -> None:
    resident.open(page)
    assert "/static/js/wedge" in resident.page
    resident.send({"text": qr.payload("receipt", TOKEN)}, action="/scan")
    assert (resident.at, resident.status) == ("/scan", 200)
    assert leads.lead_of("receipt").title.zh in resident.text


def test_every_kind_of_code_of_ours_has_a_row() -> None:
    kinds = {"receipt", "item", "handoff", "staff", "resident", "insurance"}
    assert set(leads.LEADS) == kinds
    assert leads.lead_of("something new") is leads.ONLY_TEXT


def test_a_badge_fills_in_the_account_and_the_password_is_still_asked(
    resident: Resident, staff: tuple[str, str], small_pair: Pair
) -> None:
    with small_pair.terminal.reading() as session:
        (person,) = session.query(Operator).filter_by(username=staff[0])
    shown_to(resident, qr.payload("staff", badges.token_of(person.id)))
    resident.send(action="/staff/badge")
    assert resident.at == "/staff/sign-in"
    assert f'value="{staff[0]}"' in resident.page
    resident.open("/staff")
    assert resident.status == 401
    resident.open("/staff/sign-in")
    resident.send({"username": staff[0], "password": staff[1]})
    assert resident.at == "/staff"


def test_the_badge_of_nobody_looks_like_none(resident: Resident) -> None:
    shown_to(resident, qr.payload("staff", TOKEN))
    resident.send(action="/staff/badge")
    assert (resident.at, resident.status) == ("/staff/sign-in", 200)
    assert 'name="username" value=""' in resident.page


def test_the_hall_draws_badges_of_staff_for_admins_only(small_pair: Pair) -> None:
    hall = small_pair.hall
    person = hall.within(service.create, STAFF[0], "周", "staff", STAFF[1], ("320582100008",))
    clerk = hall.within(service.create, "wang", "王", "clerk", STAFF[1], ())
    hall.within(service.create, "chen", "陈", "admin", STAFF[1], ())
    client = hall.client()
    assert client.get(f"/operators/{person.id}/badge").status_code == 303
    signed_in = client.post("/api/v1/session", json={"username": "chen", "password": STAFF[1]})
    assert signed_in.status_code in {200, 201}
    assert "周" in client.get(f"/operators/{person.id}/badge").text
    assert client.get(f"/operators/{clerk.id}/badge").status_code == 404


def test_a_resident_code_fills_in_who_applies_after_consent(
    resident: Resident, small_pair: Pair
) -> None:
    begun(resident, OTHER)
    agree(resident, OTHER)
    assert resident.at == f"/items/{OTHER}/apply/credential/scan"
    resident.send({"text": a_code(small_pair, "resident")})
    assert resident.at == f"/items/{OTHER}/apply/identify"
    assert "已从您的码中填入" in resident.text
    for value in (SOMEBODY.name, SOMEBODY.id_number, SOMEBODY.phone):
        assert f'value="{value}"' in resident.page
    # The consent to the application itself is another one.
    resident.send({"name": SOMEBODY.name, "id_number": SOMEBODY.id_number, "phone": ""})
    assert resident.status == 422


def test_without_consent_nobody_is_asked_and_the_code_stays_good(
    resident: Resident, small_pair: Pair
) -> None:
    begun(resident, OTHER)
    code = a_code(small_pair, "resident")
    resident.open(f"/items/{OTHER}/apply/credential/scan")
    assert resident.at == f"/items/{OTHER}/apply/credential"
    resident.send({}, action=None)
    assert resident.status == 422
    resident.send({"text": code}, action=None)
    assert resident.status == 422
    agree(resident, OTHER)
    resident.send({"text": code})
    assert SOMEBODY.name in resident.page
    agree(resident, OTHER)
    resident.send({"text": code})
    assert resident.status == 422
    assert "已经用过" in resident.text


def test_a_resident_code_on_the_scan_page_is_not_shown_and_leads_to_what_was_begun(
    resident: Resident, small_pair: Pair
) -> None:
    code = a_code(small_pair, "resident")
    shown_to(resident, code)
    assert "这是居民码" in resident.text
    assert code not in resident.text
    assert "请先选择要办的事项" in resident.text
    begun(resident, OTHER)
    shown_to(resident, code)
    resident.send(action="/apply/credential/scan")
    assert resident.at == f"/items/{OTHER}/apply/identify"
    assert SOMEBODY.name in resident.page


def test_an_insurance_credential_is_for_medical_insurance_only(
    resident: Resident, small_pair: Pair
) -> None:
    code = a_code(small_pair, "insurance")
    begun(resident, OTHER)
    agree(resident, OTHER)
    resident.send({"text": code})
    assert resident.status == 422
    begun(resident, MEDICAL)
    agree(resident, MEDICAL)
    resident.send({"text": code})
    assert resident.at == f"/items/{MEDICAL}/apply/identify"
    assert SOMEBODY.name in resident.page


def test_a_credential_is_in_no_log_no_address_and_no_cookie(
    resident: Resident, small_pair: Pair, capfd: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    begun(resident, OTHER)
    agree(resident, OTHER)
    code = a_code(small_pair, "resident")
    token = code.split(".")[2]
    resident.send({"text": code})
    said = "".join(capfd.readouterr())
    assert token not in said
    assert SOMEBODY.id_number not in said
    assert token not in resident.at
    assert not any(token in str(cookie) for cookie in resident.browser._cookies.values())
    with small_pair.terminal.reading() as session:
        dump = session.connection().exec_driver_sql("SELECT body FROM draft").all()
    assert token not in repr(dump)
