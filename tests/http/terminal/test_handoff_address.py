"""Where a phone finds the terminal, and at which pages of ours the other side may go on."""

import re

import pytest

from kiosk.terminal import reachable
from kiosk.terminal.handoff import page_of_form
from tests.http.terminal.moving import ADDRESS, APPLY, ITEM, PHONE, begun, offered, taken

ANSWERS = f"{APPLY}/check"
ONLY_HERE = "手机连不上"


@pytest.mark.parametrize(
    ("settings", "address", "is_only_here"),
    [
        ({"public_url": "https://zhan.example/"}, "https://zhan.example/h", False),
        ({"public_url": "http://192.168.3.7:8200"}, "http://192.168.3.7:8200/h", False),
        ({"listen": "127.0.0.1:8200"}, "http://localhost/h", True),
    ],
)
def test_the_page_shows_the_address_and_says_when_no_phone_reaches_it(
    a_terminal, settings: dict, address: str, is_only_here: bool
) -> None:
    kiosk = begun(a_terminal(**settings))
    offered(kiosk)
    found = re.search(r"tophone__address\">([^<]+)<", kiosk.page)
    assert found and found[1] == address
    assert (ONLY_HERE in kiosk.text) == is_only_here


@pytest.mark.parametrize("listen", ["0.0.0.0:8300", "[::]:8300"])
def test_a_terminal_that_listens_on_all_addresses_tells_that_of_its_network(
    a_terminal, monkeypatch: pytest.MonkeyPatch, listen: str
) -> None:
    monkeypatch.setattr(reachable, "own_address", lambda: "192.168.3.7")
    with a_terminal(listen=listen).app.test_request_context("/"):
        assert reachable.base() == "http://192.168.3.7:8300"
    monkeypatch.setattr(reachable, "own_address", lambda: None)
    with a_terminal(listen=listen).app.test_request_context("/"):
        assert reachable.base() == "http://localhost"


@pytest.mark.parametrize(
    ("address", "only_here"),
    [
        ("http://127.0.0.1:8200", True),
        ("http://localhost:8200", True),
        ("http://[::1]:8200", True),
        ("http://10.0.0.5:8200", False),
        ("https://zhan.example", False),
    ],
)
def test_addresses_of_this_machine_alone_are_known(address: str, only_here: bool) -> None:
    assert reachable.is_only_here(address) == only_here


@pytest.mark.parametrize(
    "at",
    [
        f"{APPLY}/../../../device/own",
        f"{APPLY}/questions/../../../../device/own",
        f"{APPLY}/questions/claim/..",
        f"{APPLY}/questions/claim/%2e%2e",
        f"{APPLY}/materials/..",
        f"{APPLY}/materials/..%2f..",
        f"{APPLY}\\..\\..\\device\\own",
        f"{APPLY}/phone/events",
        f"{APPLY}/leave",
        "/items/YB-01/apply/sign",
        "/device/kiosk",
        "//evil.example/",
        f"https://evil.example{APPLY}/sign",
        "https://[",
        "/staff",
        f"{APPLY}/sections/claim",
        f"{APPLY}/sections",
        "",
    ],
)
def test_what_is_no_page_of_the_form_leads_to_its_answers(terminal, at: str) -> None:
    with terminal.app.test_request_context("/"):
        assert page_of_form(ITEM.code, at) == ANSWERS


@pytest.mark.parametrize(
    "at",
    [
        ADDRESS,
        f"{ADDRESS}?then=check",
        f"{APPLY}/lists/household",
        f"{APPLY}/lists/household/0/name",
        f"{APPLY}/materials/social_card_account",
        f"{APPLY}/materials/social_card_account/pages/0f3a-1/adjust",
        f"{APPLY}/identify",
        f"{APPLY}/sign",
    ],
)
def test_every_page_that_a_resident_may_open_is_gone_on_at(terminal, at: str) -> None:
    with terminal.app.test_request_context("/"):
        assert page_of_form(ITEM.code, at) == at
        assert page_of_form("YB-01", at) == "/items/YB-01/apply/check"
        assert page_of_form(ITEM.code, f"{at}?then=/device/own") == at.partition("?")[0]


def test_a_phone_cannot_send_the_kiosk_to_a_page_outside_of_the_form(terminal) -> None:
    kiosk = begun(terminal)
    kiosk.open("/device/kiosk")
    kiosk.open(ADDRESS)
    phone = taken(kiosk)
    phone.open(ADDRESS)
    phone.send({"at": f"{APPLY}/../../../device/own"}, action="/hand-back")
    kiosk.open(PHONE)
    assert kiosk.status == 200 and kiosk.at.startswith(APPLY) and ".." not in kiosk.at
    assert 'data-device="kiosk"' in kiosk.open("/")
