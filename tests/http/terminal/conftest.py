"""A resident, and a member of staff, at the pages of an enrolled terminal."""

import pytest

from kiosk.operators import service
from tests.builders.machines import STATION, Pair
from tests.builders.promises import a_promising_case_at
from tests.http.terminal.resident import STAFF, Resident


@pytest.fixture
def resident(small_pair: Pair) -> Resident:
    """A browser at the terminal; nothing reaches the hall until a test says so."""
    return Resident(small_pair.terminal)


@pytest.fixture
def staff(small_pair: Pair) -> tuple[str, str]:
    """Name and password of a staff account, opened at the hall and arrived by the feed."""
    small_pair.hall.within(service.create, STAFF[0], "周", "staff", STAFF[1], (STATION,))
    small_pair.settle()
    return STAFF


@pytest.fixture
def agent(small_pair: Pair, staff: tuple[str, str]) -> Resident:
    """The browser of somebody of the staff, signed in at the terminal."""
    found = Resident(small_pair.terminal)
    found.open("/staff/sign-in")
    found.send({"username": staff[0], "password": staff[1]})
    assert found.at == "/staff", found.text
    return found


@pytest.fixture
def number(small_pair: Pair, resident: Resident) -> str:
    """The number of a case that promises a material and is at the hall, looked up by its resident."""
    made = a_promising_case_at(small_pair.terminal)
    small_pair.settle()
    item = small_pair.terminal.parts.catalogue.item(made.item)
    tail = next(s for s in item.samples if not s.expect).answers["applicant"]["id_number"][-4:]
    resident.open("/progress")
    resident.send({"number": made.number, "id_tail": tail})
    assert resident.at == "/progress/case", resident.text
    return made.number
