"""A bundle (一件事) as one form, and the answers to it as those of each member.

`combine` makes a service item of the members that were chosen, so that every page and every
judgement of an item serves a bundle too. `Part` remembers where each question of a member is
asked. Pure. Neighbours: `laying` puts the members into the form, `union` makes its fields.

What a rule cannot see yet when its question is asked, the member's own form judges at the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from forms.definition import (
    Bundle,
    Choice,
    Duration,
    Field,
    Requirement,
    Section,
    ServiceItem,
    Text,
)
from forms.laying import APPLICANT, CHOICE, Laying, Moved, Part
from forms.union import any_of, as_rule, in_order

__all__ = ["APPLICANT", "CHOICE", "WANTED", "Combined", "Part", "chosen", "combine"]

WANTED = "wanted"
"""The one question of the section `CHOICE`."""

_CHOICE_LABEL = Text("要办哪几件？", "Which of these do you need?")
_CHOICE_HINT = Text("不需要的，去掉勾选。", "Untick what you do not need.")
_ONE_MATTER = Text("一件事", "One matter")


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """The one form of a bundle for the members that were chosen."""

    bundle: Bundle
    item: ServiceItem
    parts: tuple[Part, ...]


def chosen(bundle: Bundle, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the codes of the members these answers choose, in the bundle's order.

    Before anybody has chosen, and for a choice that is none, those ticked at the beginning.
    """
    given = answers.get(CHOICE)
    wanted = given.get(WANTED) if isinstance(given, Mapping) else None
    # One code by itself is a choice of one, as the answer type has it.
    alone = (wanted,) if isinstance(wanted, str) else ()
    named = wanted if isinstance(wanted, list | tuple) else alone
    codes = tuple(member.code for member in bundle.members if member.code in named)
    return codes or bundle.ticked


@lru_cache(maxsize=64)
def combine(bundle: Bundle, items: tuple[ServiceItem, ...], applicant: ServiceItem) -> Combined:
    """Return the one form for `items`, which are members of the bundle in its order.

    `applicant` is a member whose applicant is the bundle's own; who applies is asked as it asks.
    """
    making = Laying(bundle, applicant)
    parts = tuple(making.add(bundle.member(item.code), item) for item in items)
    sections = (_choice(bundle), *in_order(making.layers))
    return Combined(bundle, _item(bundle, parts, sections, making.requirements()), parts)


def _choice(bundle: Bundle) -> Section:
    choices = tuple(Choice(member.code, member.name) for member in bundle.members)
    wanted = Field(WANTED, _CHOICE_LABEL, "choices", hint=_CHOICE_HINT, choices=choices)
    return Section(CHOICE, _ONE_MATTER, (replace(wanted, privacy="public"),))


def _item(
    bundle: Bundle,
    parts: tuple[Part, ...],
    sections: tuple[Section, ...],
    requirements: tuple[Requirement, ...],
) -> ServiceItem:
    items = [part.item for part in parts]
    longest = max((item.promised for item in items), key=_days)
    called_for = [
        Moved(None, part.places, part.lists).moved(part.item.commitment_required)
        for part in parts
        if part.item.commitment_required is not None
    ]
    return replace(
        items[0],
        code=bundle.code,
        name=bundle.name,
        search_words=bundle.search_words,
        department=bundle.department,
        category=_ONE_MATTER,
        case_type="promised" if longest.value else "instant",
        basis=tuple({entry.text: entry for item in items for entry in item.basis}.values()),
        statutory=None,
        promised=longest,
        conditions=tuple({entry: None for item in items for entry in item.conditions}),
        commitment=_promise(items),
        commitment_required=as_rule(any_of(called_for)) if called_for else None,
        deferral=min((item.deferral for item in items if item.deferral), key=_days, default=None),
        express_delivery=all(item.express_delivery for item in items),
        requirements=requirements,
        sections=sections,
        provenance=bundle.provenance,
        samples=(),
        base_code=None,
        implementation_code=None,
    )


def _days(duration: Duration) -> float:
    return duration.in_days


def _promise(items: list[ServiceItem]) -> Text | None:
    """Return the members' promises (告知承诺) one after the other, each under its name."""
    made = [(item.name, item.commitment) for item in items if item.commitment]
    if not made:
        return None
    zh = "".join(f"【{name.zh}】{promise.zh}" for name, promise in made)
    return Text(zh, " ".join(f"[{name.en}] {promise.en}" for name, promise in made))
