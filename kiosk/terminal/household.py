"""What one member's form knows for the next in a home visit: the address, and who lives there.

Only what is the same for a household is carried over, and the agent sees it on the form before
anything is handed in. Neighbours: `helped` begins a draft with it, `visits` has the visits.
"""

from typing import Any

from forms.definition import Section, ServiceItem
from kiosk.app_services import Services
from kiosk.cases.help.reading import Record, case_of
from kiosk.cases.history import current_body
from kiosk.db import reading

#: Where somebody lives, as the forms call it.
_HOME = frozenset({"address", "home", "home_address", "living_address"})
#: Sections about the household as a whole, and the list of who else belongs to it.
_FAMILY, _MEMBERS = "family", "household"

Answers = dict[str, Any]


def carried(services: Services, item: ServiceItem, visit: Record, answers: Answers) -> Answers:
    """Return ``answers`` with what the visit and the forms handed in there before know."""
    found = {section: dict(given) for section, given in answers.items()}
    address = (visit.details or {}).get("address")
    for section in item.sections:
        if section.repeat is not None or not address:
            continue
        for field in section.fields:
            known = {choice.code for choice in field.choices}
            if field.answer == "address" and field.id in _HOME and address["division"] in known:
                found.setdefault(section.id, {})[field.id] = dict(address)
    earlier = _handed_in_before(services, visit)
    if earlier:
        _add_household(item, found, earlier, answers.get("applicant", {}))
    return found


def _add_household(item: ServiceItem, found: Answers, earlier: Answers, applicant: Answers) -> None:
    sections = {section.id: section for section in item.sections}
    if _FAMILY in sections and isinstance(earlier.get(_FAMILY), dict):
        same = _same_fields(sections[_FAMILY], earlier[_FAMILY])
        found[_FAMILY] = {**same, **found.get(_FAMILY, {})}
    members = sections.get(_MEMBERS)
    if members is not None and members.repeat and isinstance(earlier.get(_MEMBERS), list):
        before = earlier.get("applicant", {})
        # Who applies now is no longer one of the others; who applied before is.
        others = [row for row in earlier[_MEMBERS] if not _is(row, applicant)]
        if not _is(before, applicant):
            others.append({name: before.get(name) for name in ("name", "id_number")})
        found[_MEMBERS] = [_same_fields(members, row) for row in others]


def _is(row: Answers, person: Answers) -> bool:
    return bool(row.get("id_number")) and row.get("id_number") == person.get("id_number")


def _same_fields(section: Section, given: Answers) -> Answers:
    known = {field.id for field in section.fields}
    return {name: value for name, value in given.items() if name in known and value is not None}


def _handed_in_before(services: Services, visit: Record) -> Answers | None:
    """Return the answers of the last case that was handed in during the visit, or None."""
    with reading() as session:
        for started in reversed(visit.started):
            case_id = case_of(session, started)
            body = current_body(session, services.keyring, case_id) if case_id else None
            if body is not None:
                answers: Answers = body["answers"]
                return answers
    return None
