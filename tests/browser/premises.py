"""A hall and a terminal of this process, for screens: whatever state a case can be in is at hand at once.

Between them nothing happens by itself; a test says when they exchange, and what the hall decides.
Neighbours: `hallway.py` lets the terminal answer at a port; `station.py` is the platform with its
real processes, whose line and worker other tests are about.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from forms.release import Catalogue, keep
from kiosk.cases import desk, service
from kiosk.cases.model import Case
from kiosk.cases.service import Receipt
from kiosk.credentials.port import Identity
from kiosk.credentials.stand_in import StandIn
from kiosk.operators import badges
from kiosk.operators import service as operators
from kiosk.operators.model import Operator
from kiosk.receipts import qr
from sync.state import Peer
from tests.browser.hallway import Hallway, serving
from tests.builders.bundles import a_bundle
from tests.builders.machines import STATION, Machine, Pair, enrolled, initialised
from tests.builders.poison import WRONG, told
from tests.builders.poison import Desk as DeskOfAdmins
from tests.builders.promises import a_promising_case_at
from tests.builders.releases import altered

STAFF = ("zhou", "a long staff password")
BUNDLE = ("YJS-04", "RS-011", "RS-017")
#: As patient as nobody is: no page of theirs clears itself while it is looked at.
PATIENT = 3600


@dataclass(frozen=True)
class Premises:
    """The pair, and the terminal's address for browsers."""

    pair: Pair
    hallway: Hallway

    @property
    def terminal(self) -> Machine:
        return self.pair.terminal

    @property
    def folder(self) -> Path:
        return self.terminal.parts.config.data_dir

    def a_promising_case(self) -> Receipt:
        """A case that the hall has and that still owes a document."""
        made = a_promising_case_at(self.terminal)
        self.pair.settle()
        return made

    def a_bundle(self) -> Receipt:
        """The case that holds the receipt of a bundle of two."""
        submission = a_bundle(self.terminal, *BUNDLE).submission()
        made = self.terminal.within(
            service.submit, self.terminal.parts, submission, str(uuid.uuid4())
        )
        self.pair.settle()
        return made

    def decide(self, made: Receipt, *verbs: str, reasons: tuple[str, ...] = ()) -> None:
        """Let a clerk take these steps, and the terminal hear of them."""
        hall = self.pair.hall
        with hall.reading() as session:
            case_id = session.scalars(select(Case.id).where(Case.number == made.number)).one()
        for verb in verbs:
            given = reasons if verb in ("return", "refuse") else ()
            hall.within(desk.decide, hall.parts, case_id, verb, "clerk-1", "", given)
        self.pair.settle()

    def a_supply_not_taken(self, why: str) -> Receipt:
        """A case with a document that an admin at the hall has set aside, saying why."""
        made = self.a_promising_case()
        entry = told(self.pair, "case.supplied", made.case_id, WRONG)
        self.pair.settle()
        DeskOfAdmins(self.pair).set_aside(entry.seq, why)
        self.pair.settle()
        return made

    def open_the_staffs_account(self) -> tuple[str, str, str]:
        """Name, password and badge of somebody of this station's staff."""
        name, password = STAFF
        made = self.pair.hall.within(operators.create, name, "周", "staff", password, (STATION,))
        self.pair.settle()
        return name, password, qr.payload("staff", badges.token_of(made.id))

    def operator_id(self, name: str) -> str:
        with self.terminal.reading() as session:
            return session.scalars(select(Operator.id).where(Operator.username == name)).one()

    def a_resident_code(self, identity: Identity) -> str:
        return StandIn(self.folder).issue("resident", identity)

    def say_of_the_line(self, error: str | None) -> None:
        """Let the last attempt to reach the hall have ended so."""
        with self.terminal.writing() as session:
            session.get_one(Peer, 1).last_error = error

    def renew_the_form(self, code: str, alter: Callable[[dict[str, Any]], None]) -> None:
        """The release that was offered is gone; one in which this item is altered is offered."""
        releases = self.terminal.parts.releases
        old = releases.current
        made = Catalogue(altered(old, code, alter))
        keep(made, releases.folder)
        releases.choose(made.release)
        (releases.folder / f"{old.release}.json").unlink()
        releases.opened.pop(old.release)


@contextmanager
def opened(folder: Path, migrated: Path) -> Iterator[Premises]:
    """Open premises in `folder`, with copies of the migrated database."""
    machines = {}
    for role in ("terminal", "hall"):
        (folder / role).mkdir()
        shutil.copy(migrated, folder / role / f"{role}.db")
    machines["terminal"] = Machine.made(
        "terminal",
        folder / "terminal",
        certificates="samples",
        idle_seconds=PATIENT,
        warning_seconds=PATIENT,
        attract_seconds=PATIENT,
    )
    machines["hall"] = initialised(Machine.made("hall", folder / "hall"))
    pair = enrolled(machines["hall"], machines["terminal"])
    with serving(machines["terminal"]) as hallway:
        yield Premises(pair, hallway)
    for machine in machines.values():
        machine.close()
