"""The one form that a tablet keeps for a bundle asks what the station's form for a choice asks."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from forms.asking import open_sections, required_requirements
from forms.bundling import CHOICE, WANTED, Part
from forms.definition import ServiceItem
from kiosk.terminal.conditional import everything, places
from tests.builders.definitions import written

CODES = sorted(written().bundles)


@pytest.mark.parametrize("code", CODES)
def test_whoever_is_wanted_the_same_is_asked_and_called_for(code: str) -> None:
    catalogue, dice = written(), random.Random(code)
    members = [member.code for member in catalogue.bundles[code].members]
    whole = everything(catalogue, code)
    for _ in range(6):
        wanted = sorted(dice.sample(members, dice.randint(1, len(members))), key=members.index)
        combined = catalogue.combined(code, {CHOICE: {WANTED: wanted}})
        given: dict[str, Any] = {CHOICE: {WANTED: wanted}}
        for part in combined.parts:
            lay(part, given)
        moved = places(catalogue, code, wanted)
        here = {moved.get(path, path) for path in asked(whole, back(given, moved))}
        assert here == asked(combined.item, given), wanted


def test_an_item_by_itself_is_its_own_form() -> None:
    catalogue = written()
    assert everything(catalogue, "MZ-006") is catalogue.items["MZ-006"]
    with pytest.raises(KeyError):
        everything(catalogue, "MZ-999")


def asked(item: ServiceItem, given: Mapping[str, Any]) -> set[str]:
    """Paths of the questions and papers that these answers lead to; a list is one question."""
    found = {f"attachments.{entry.id}" for entry in required_requirements(item, given)}
    for opened in open_sections(item, given):
        if opened.section.repeat:
            found.add(opened.section.id)
        else:
            names = (field.id for field in opened.rows[0].fields)
            found |= {f"{opened.section.id}.{name}" for name in names}
    return found


def lay(part: Part, given: dict[str, Any]) -> None:
    """Put the answers of a member's passing sample where the form asks for them."""
    sample = next(each for each in part.item.samples if not each.expect)
    for section, answers in sample.answers.items():
        if section in part.lists:
            given.setdefault(part.lists[section], answers)
            continue
        assert isinstance(answers, dict)
        for name, value in answers.items():
            place, field = part.places[section, name]
            given.setdefault(place, {}).setdefault(field, value)


def back(given: Mapping[str, Any], moved: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers by the names of the form for all members."""
    origin = {there: here for here, there in moved.items()}
    found: dict[str, Any] = {}
    for section, answers in given.items():
        if isinstance(answers, list):
            found[origin.get(section, section)] = answers
            continue
        for name, value in answers.items():
            place, _, field = origin.get(f"{section}.{name}", f"{section}.{name}").partition(".")
            found.setdefault(place, {})[field] = value
    return found
