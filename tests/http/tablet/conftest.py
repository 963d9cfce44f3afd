"""One hall and one enrolled terminal for a whole module: each test has tablets of its own."""

import shutil

import pytest

from kiosk.operators import service
from tests.builders.machines import STATION, Machine, Pair, enrolled, initialised
from tests.builders.tablets import Tablet, a_tablet

STAFF = ("zhou", "a long staff password")


@pytest.fixture(scope="module")
def pair(migrated_sqlite, tmp_path_factory):
    """The pair; the account of `STAFF` has arrived at the terminal."""
    machines = []
    for role in ("hall", "terminal"):
        folder = tmp_path_factory.mktemp(role)
        shutil.copy(migrated_sqlite, folder / f"{role}.db")
        machines.append(Machine.made(role, folder, tls_port=8443))
    made = enrolled(initialised(machines[0]), machines[1])
    made.hall.within(service.create, STAFF[0], "周", "staff", STAFF[1], (STATION,))
    made.settle()
    yield made
    for machine in machines:
        machine.close()


@pytest.fixture
def tablet(pair: Pair) -> Tablet:
    """A tablet of that terminal where `STAFF` is signed in."""
    made = a_tablet(pair.terminal)
    assert made.sign_in(*STAFF).status_code == 200
    return made
