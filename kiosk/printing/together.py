"""The cases of a bundle (一件事) as they were handed in, opened for printing in one paper.

Reads only, at the terminal and at the hall alike. A case of it that cannot be opened here, perhaps
because it has been wiped, is named all the same. Neighbours: `handed_in` opens one case, `bundle`
prints them.
"""

from dataclasses import dataclass

from sqlalchemy import select

from forms.definition import Bundle, Text
from kiosk.app_services import Services
from kiosk.cases.model import Case
from kiosk.db import reading
from kiosk.errors import NotFound, Unavailable
from kiosk.printing.handed_in import HandedIn, handed_in


@dataclass(frozen=True, slots=True)
class Member:
    """One case of the bundle; `case` is None when it cannot be opened here."""

    number: str
    code: str
    name: Text
    department: Text
    case: HandedIn | None


@dataclass(frozen=True, slots=True)
class Together:
    """All cases of one handing-in, in the bundle's order; the first holds the receipt.

    `number` is that of the receipt and `case_ids` are those of the members that could be opened.
    """

    bundle: Bundle
    number: str | None
    members: tuple[Member, ...]
    case_ids: tuple[str, ...]

    @property
    def cases(self) -> tuple[HandedIn, ...]:
        """The members that could be opened: at least one."""
        return tuple(member.case for member in self.members if member.case is not None)


def handed_in_together(services: Services, case_id: str, token: str | None = None) -> Together:
    """Return what this case was handed in with.

    NotFound when it came by itself; Unavailable when none of its cases can be opened, and
    ReleaseMissing, which is one, without the release of the bundle. `token` is the receipt's.
    """
    rows = _rows(case_id)
    first = rows[0]
    catalogue = services.releases.of(first.release)
    bundle = catalogue.bundles.get(first.bundle or "")
    if bundle is None:
        raise _unknown()
    members, opened, refused = list[Member](), list[str](), None
    for row in rows:
        case = None
        try:
            case = handed_in(services, row.id, token if row.id == row.bundle_id else None)
            opened.append(row.id)
        except Unavailable as refusal:
            refused = refusal
        item = catalogue.item(row.item)
        members.append(Member(row.number, row.item, item.name, item.department, case))
    if refused and not opened:
        raise refused
    # The first may still be on its way: each travels by itself.
    number = first.number if first.id == first.bundle_id else None
    return Together(bundle, number, tuple(members), tuple(opened))


def _rows(case_id: str) -> list[Case]:
    with reading() as session:
        case = session.get(Case, case_id)
        if case is None or case.bundle_id is None:
            raise _unknown()
        # An id alone could be made up by another terminal: only cases of the same one belong to it.
        query = (
            select(Case)
            .where(Case.bundle_id == case.bundle_id, Case.terminal_id == case.terminal_id)
            .order_by(Case.id)
        )
        return list(session.scalars(query))


def _unknown() -> NotFound:
    return NotFound("bundle_unknown", Text("没有这个一件事。", "There is no such bundle."))
