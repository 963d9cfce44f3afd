"""Steps of a hand-off, as somebody with a kiosk and a phone takes them."""

import re

from tests.builders.machines import Machine
from tests.http.terminal.resident import ITEMS, Resident, good

ITEM = ITEMS["MZ-006"]
APPLY = f"/items/{ITEM.code}/apply"
PHONE = f"{APPLY}/phone"
ADDRESS = f"{APPLY}/questions/claim/registered_address"
TAIL = good(ITEM)["applicant"]["id_number"][-4:]


def begun(terminal: Machine) -> Resident:
    """A kiosk at which somebody has said who applies, and is asked the first question."""
    resident = Resident(terminal)
    resident.open(f"/items/{ITEM.code}")
    resident.send(action="/apply")
    resident.send({**resident._identity(good(ITEM)), "consent": "yes"})
    return resident


def offered(kiosk: Resident) -> str:
    """Press "continue on my phone"; return the code as it is typed."""
    kiosk.send(action="/apply/phone")
    found = re.search(r"tophone__letters\">([A-Z0-9 ]+)<", kiosk.page)
    assert found, kiosk.text
    return found[1]


def bring(phone: Resident, code: str) -> None:
    phone.open("/h")
    phone.send({"code": code})


def taken(kiosk: Resident) -> Resident:
    """A phone that has taken the form; the kiosk waits."""
    phone = Resident(kiosk.terminal)
    bring(phone, offered(kiosk))
    assert phone.status == 200, phone.text
    kiosk.open(PHONE)
    return phone


def answer(browser: Resident, place: str, division: str = "") -> None:
    browser.send({"value-division": division, "value-detail": place})
