"""A resident, and a member of staff, at the pages of an enrolled terminal."""

import pytest

from kiosk.operators import service
from tests.builders.machines import STATION, Pair
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
