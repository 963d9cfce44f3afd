"""The one form of a bundle in which the choice of members is a rule like any other.

A page of the station lays the form anew for each choice; a tablet without a line has one form for
all of them, so every question, paper and check of a member holds only while that member is wanted.
Where a question is asked under another name when fewer members are chosen, `places` tells. Pure.
Neighbours: `forms.bundling` makes the form; `portable` draws it.
"""

from collections.abc import Sequence
from dataclasses import replace

from forms.bundling import APPLICANT, CHOICE, WANTED, Combined, combine
from forms.definition import JSON, Rule, ServiceItem
from forms.release import Catalogue
from forms.union import all_of


def everything(catalogue: Catalogue, code: str) -> ServiceItem:
    """Return an item, or the form of a bundle with all its members, each asked while it is wanted.

    Raises KeyError for a code that is neither.
    """
    return _whole(catalogue, code).item if code in catalogue.bundles else catalogue.items[code]


def places(catalogue: Catalogue, code: str, wanted: Sequence[str]) -> dict[str, str]:
    """Return under which name the form for `wanted` asks what the form for all members asks.

    The dotted paths of questions, the names of lists, and the materials as "attachments.<name>";
    what keeps its name is left out. Raises KeyError for a code that is no bundle.
    """
    chosen = catalogue.combined(code, {CHOICE: {WANTED: list(wanted)}})
    fewer = {part.item.code: part for part in chosen.parts}
    found: dict[str, str] = {}
    for part in _whole(catalogue, code).parts:
        other = fewer.get(part.item.code)
        if other is None:
            continue
        for asked, place in part.places.items():
            found[".".join(place)] = ".".join(other.places[asked])
        found |= {name: other.lists[own] for own, name in part.lists.items()}
        for own, name in part.requirements.items():
            found[f"attachments.{name}"] = f"attachments.{other.requirements[own]}"
    return {here: there for here, there in found.items() if here != there}


def _whole(catalogue: Catalogue, code: str) -> Combined:
    bundle = catalogue.bundles[code]
    applicant = next(member.code for member in bundle.members if APPLICANT not in member.layers)
    members = tuple(_while_wanted(catalogue.items[member.code]) for member in bundle.members)
    # Not through its cache: these items are made anew each time, and would push out others.
    return combine.__wrapped__(bundle, members, catalogue.items[applicant])


def _while_wanted(item: ServiceItem) -> ServiceItem:
    wanted: JSON = {"in": [item.code, {"var": f"{CHOICE}.{WANTED}"}]}
    return replace(
        item,
        sections=tuple(
            replace(section, visible=_and(wanted, section.visible)) for section in item.sections
        ),
        requirements=tuple(
            replace(requirement, when=_and(wanted, requirement.when))
            for requirement in item.requirements
        ),
        commitment_required=item.commitment_required and _and(wanted, item.commitment_required),
    )


def _and(wanted: JSON, rule: Rule | None) -> Rule:
    return Rule(all_of(wanted, rule.logic if rule else None))
