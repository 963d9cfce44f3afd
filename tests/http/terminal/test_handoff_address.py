"""Where a phone finds the terminal: as set, as found out, and said when no phone can."""

import re

import pytest

from kiosk.terminal import reachable
from tests.http.terminal.moving import begun, offered

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
    monkeypatch.setattr(reachable, "_own_address", lambda: "192.168.3.7")
    with a_terminal(listen=listen).app.test_request_context("/"):
        assert reachable.base() == "http://192.168.3.7:8300"
    monkeypatch.setattr(reachable, "_own_address", lambda: None)
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
