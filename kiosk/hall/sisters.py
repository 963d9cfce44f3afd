"""The other cases of a bundle (一件事), for whoever works on one of them. Reads only.

Neighbours: `dossier` has the case itself, `case` draws both, `leading` has whole bundles.
"""

from dataclasses import dataclass

from sqlalchemy import select

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases.deadlines import Light
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.hall import scope


@dataclass(frozen=True, slots=True)
class Sister:
    """A case handed in together with another; `name` is its code where its release is away."""

    case_id: str
    name: Text
    state: str
    light: Light | None
    #: Who decides it; empty where its release is away.
    department: Text


@dataclass(frozen=True, slots=True)
class Family:
    """The bundle of a case: its name, its lead department, and the other cases in their order."""

    name: Text
    lead: Text
    sisters: tuple[Sister, ...]
    #: Whether who asks works for the lead department, or for all.
    is_led_here: bool


def family_of(services: Services, case: Case) -> Family | None:
    """Return what a case was handed in with; None when it came by itself."""
    if case.bundle is None or case.bundle_id is None:
        return None
    # An id alone could be made up by another terminal: only cases of the same one are sisters.
    query = (
        select(Case)
        .where(
            Case.bundle_id == case.bundle_id,
            Case.terminal_id == case.terminal_id,
            Case.id != case.id,
        )
        .order_by(Case.id)
    )
    with reading() as session:
        found = session.scalars(query).all()
    name, lead = bundle_of(services, case)
    is_led_here = scope.leads(services.catalogue, case.bundle)
    return Family(name, lead, tuple(sister_of(services, each) for each in found), is_led_here)


def sister_of(services: Services, case: Case) -> Sister:
    """Return a case of a bundle as others see it."""
    try:
        item = services.releases.of(case.release).item(case.item)
        name, department = item.name, item.department
    except LookupError:
        name, department = Text(case.item, case.item), Text("", "")
    if case.department:
        department = Text(case.department, case.department)
    return Sister(case.id, name, case.state, case.light(clock.today()), department)


def bundle_of(services: Services, case: Case) -> tuple[Text, Text]:
    """Return the name of the bundle and its lead department, its code where its release is away."""
    code = case.bundle or ""
    try:
        bundle = services.releases.of(case.release).bundles[code]
    except LookupError:
        return Text(code, code), Text("", "")
    return bundle.name, bundle.department
