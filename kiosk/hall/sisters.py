"""The other cases of a bundle (一件事), for whoever works on one of them. Reads only.

Neighbours: `dossier` has the case itself, `case` draws both.
"""

from dataclasses import dataclass

from sqlalchemy import select

from forms.definition import Text
from kiosk.app_services import Services
from kiosk.cases.model import Case
from kiosk.db import reading


@dataclass(frozen=True, slots=True)
class Sister:
    """A case handed in together with another; `name` is its code where its release is away."""

    case_id: str
    name: Text
    state: str


@dataclass(frozen=True, slots=True)
class Family:
    """The bundle of a case: its name and the other cases, in their order."""

    name: Text
    sisters: tuple[Sister, ...]


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
    sisters = tuple(Sister(each.id, _name(services, each), each.state) for each in found)
    return Family(_name(services, case, bundle=True), sisters)


def _name(services: Services, case: Case, *, bundle: bool = False) -> Text:
    code = (case.bundle or "") if bundle else case.item
    try:
        catalogue = services.releases.of(case.release)
        return catalogue.bundles[code].name if bundle else catalogue.item(code).name
    except LookupError:
        return Text(code, code)
