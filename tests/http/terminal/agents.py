"""An agent at the pages: begins help for a resident, hands in, looks at the banner."""

import re
from collections.abc import Mapping

from kiosk import clock
from tests.http.terminal.resident import ITEMS, Resident, good

CODE = "MZ-006"
ITEM = ITEMS[CODE]


def wishes(**also: str) -> dict[str, str]:
    """A resident who is here, wishes it, and consents by word of mouth."""
    day = clock.today()
    said = good(ITEM)["applicant"]
    return {
        "authority": "resident",
        "authority_day-year": str(day.year),
        "authority_day-month": str(day.month),
        "authority_day-day": str(day.day),
        "name": said["name"],
        "id_number": said["id_number"],
        "phone": said["phone"],
        "presence": "here",
        "consent": "oral",
        "witness": "陈红",
        **also,
    }


def begin_help(agent: Resident, **also: str) -> None:
    agent.open(f"/staff/help/begin/{CODE}")
    agent.send(wishes(**also))


def hand_in(agent: Resident) -> None:
    """Go on one question at a time, from the form that the help has begun."""
    answers = good(ITEM)
    agent.open(f"/items/{CODE}/apply/identify")
    agent.send({**identity(answers), "consent": "yes"})
    agent.walk(ITEM, answers)
    agent.give_all_materials()
    agent.sign()
    assert agent.at == "/receipt", agent.text


def identity(answers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: answers["applicant"][name] for name in ("name", "id_number", "phone")}


def banner(page: Resident) -> str:
    found = re.search(
        r'<section class="banner banner_wide banner_helping".*?</section>', page.page, re.S
    )
    return found[0] if found else ""
