"""Laying the members of a bundle into one form, and remembering where each question went.

Sections of one name are one section, equal questions one question, equal papers one paper; all
else of a member is asked under a name of its own. Neighbours: `bundling` makes the item and
splits answers with a `Part`; `union` makes fields and rules out of what is laid here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from forms.definition import (
    JSON,
    Bundle,
    Check,
    Field,
    Member,
    Requirement,
    Rule,
    Section,
    ServiceItem,
    Text,
)
from forms.rules import paths_in
from forms.union import (
    Asking,
    Layer,
    Place,
    all_of,
    any_of,
    as_rule,
    renamed,
    same_question,
    wider,
)

APPLICANT = "applicant"
CHOICE = "members"
"""Where the choice of members is asked, always first."""
IDENTITY = ("name", "id_number", "phone")

_WHO_APPLIES = Text("申请人", "Applicant")


@dataclass(frozen=True, slots=True)
class Part:
    """A member: where each of its questions, lists and materials is asked in the one form."""

    item: ServiceItem
    places: Mapping[Place, Place]
    lists: Mapping[str, str]
    requirements: Mapping[str, str]

    def answers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return this member's share of the answers to the one form, by its own names."""
        own: dict[str, Any] = {}
        for section in self.item.sections:
            if section.repeat:
                rows = given.get(self.lists[section.id])
                if isinstance(rows, list):
                    names = {entry.id for entry in section.fields}
                    own[section.id] = [_only(row, names) for row in rows]
                continue
            for entry in section.fields:
                place, name = self.places[section.id, entry.id]
                values = given.get(place)
                if isinstance(values, Mapping) and name in values:
                    own.setdefault(section.id, {})[entry.id] = values[name]
        return own

    def place_of(self, path: str) -> str:
        """Return the path in the one form of a path of this member ("child.name")."""
        section, _, rest = path.partition(".")
        if section in self.lists:
            return f"{self.lists[section]}.{rest}" if rest else self.lists[section]
        name, _, inner = rest.partition(".")
        place = self.places.get((section, name))
        return ".".join((*place, inner) if inner else place) if place else path


def marker(code: str) -> str:
    """Return what the names of a member's own sections begin with, such as "wj_008"."""
    return code.lower().replace("-", "_")


class Laying:
    """The form as far as it has been laid."""

    def __init__(self, bundle: Bundle, applicant: ServiceItem) -> None:
        section = applicant.section(APPLICANT)
        layer = Layer(
            APPLICANT, bundle.titles.get(APPLICANT) or _WHO_APPLIES, APPLICANT, None, visible=[None]
        )
        for entry in section.fields:
            if entry.id in IDENTITY:
                layer.askings[entry.id] = [Asking(entry, None, True, ())]
        self.layers = {APPLICANT: layer}
        self._bundle = bundle
        self._papers: dict[str, list[tuple[Requirement, JSON]]] = {}

    def add(self, member: Member, item: ServiceItem) -> Part:
        """Lay one member's sections and papers, after those laid before."""
        places: dict[Place, Place] = {}
        lists: dict[str, str] = {}
        for section in item.sections:
            target = member.layers.get(section.id) or (section.id if section.shared else None)
            if section.repeat:
                lists[section.id] = self._list_for(section, target, item)
            else:
                for entry in section.fields:
                    places[section.id, entry.id] = self._place_for(section, entry, target, item)
            self._lay(section, places, lists)
        person = member.layers.get(APPLICANT, APPLICANT)
        rules = Moved(None, places, lists)
        return Part(item, places, lists, dict(self._materials(item, person, rules)))

    def requirements(self) -> tuple[Requirement, ...]:
        """Return the materials: one paper is asked for once, if one of the members needs it."""
        return tuple(
            replace(
                papers[0][0],
                id=name,
                count=max(paper.count for paper, _ in papers),
                when=as_rule(any_of([when for _, when in papers])),
                deferrable=all(paper.deferrable for paper, _ in papers),
            )
            for name, papers in self._papers.items()
        )

    def _place_for(
        self, section: Section, entry: Field, target: str | None, item: ServiceItem
    ) -> Place:
        own = f"{marker(item.code)}__{section.id}"
        layer = self.layers.get(target or own)
        if target is None or layer is None:
            return target or own, entry.id
        if layer.repeat:
            return own, entry.id
        known = layer.askings.get(entry.id)
        if known and same_question(known[0].field, entry):
            return target, entry.id
        if target == APPLICANT and section.id != APPLICANT:
            # Who applies is the first page; what hangs on later answers cannot be asked there.
            return f"{target}__{section.id}", entry.id
        return target, f"{marker(item.code)}__{entry.id}" if known else entry.id

    def _list_for(self, section: Section, target: str | None, item: ServiceItem) -> str:
        layer = self.layers.get(target or "")
        if target and (layer is None or (layer.repeat and _agrees(layer, section))):
            return target
        return f"{marker(item.code)}__{section.id}"

    def _lay(
        self, section: Section, places: Mapping[Place, Place], lists: Mapping[str, str]
    ) -> None:
        rules = Moved(section, places, lists)
        visible = rules.moved(section.visible)
        touched: dict[str, Layer] = {}
        for entry in section.fields:
            place, name = rules.place(section, entry)
            layer = touched[place] = self._layer(place, section)
            asked, required = all_of(visible, rules.moved(entry.visible)), entry.required
            asking = Asking(
                entry,
                asked,
                required if isinstance(required, bool) else rules.moved(required),
                tuple(_judged(place, asked, rules.checks(entry.checks))),
            )
            layer.askings.setdefault(name, []).append(asking)
        for layer in touched.values():
            layer.visible.append(visible)
            if section.repeat:
                layer.repeat = wider(layer.repeat, section.repeat)
                layer.checks += _unless(visible, rules.checks(section.checks))

    def _layer(self, place: str, section: Section) -> Layer:
        if place not in self.layers:
            title = self._bundle.titles.get(place) or section.title
            shared = section.shared if place == section.id else None
            self.layers[place] = Layer(place, title, shared, section.repeat)
        return self.layers[place]

    def _materials(
        self, item: ServiceItem, person: str, rules: "Moved"
    ) -> Iterator[tuple[str, str]]:
        """Lay the papers of one member; an ID card of the child is none of who applies."""
        whose = self._bundle.titles.get(person) if person != APPLICANT else None
        known = {_paper(papers[0][0]): name for name, papers in self._papers.items()}
        for entry in item.requirements:
            paper = replace(entry, name=_of(entry.name, whose)) if whose else entry
            name = known.get(_paper(paper))
            if name is None:
                taken = entry.id in self._papers
                name = f"{marker(item.code)}__{entry.id}" if taken else entry.id
            self._papers.setdefault(name, []).append((paper, rules.moved(entry.when)))
            yield entry.id, name


@dataclass(frozen=True, slots=True)
class Moved:
    """Moves the rules of one section of a member to where its answers lie in the one form."""

    section: Section | None
    places: Mapping[Place, Place]
    lists: Mapping[str, str]

    def place(self, section: Section, entry: Field) -> Place:
        """Return where a question of the section is asked."""
        if section.repeat:
            return self.lists[section.id], entry.id
        return self.places[section.id, entry.id]

    def moved(self, rule: Rule | None) -> JSON:
        """Return the rule as the one form has it; None for none."""
        return None if rule is None else renamed(rule.logic, self._name)

    def checks(self, checks: tuple[Check, ...]) -> Iterator[Check]:
        """Yield the checks as the one form has them."""
        for check in checks:
            yield replace(check, rule=Rule(self.moved(check.rule)))

    def _name(self, path: str) -> str:
        name, _, rest = path.partition(".")
        if name == "this" and self.section is not None:
            if self.section.repeat:
                return path
            name = self.section.id
        if name in self.lists:
            return ".".join((self.lists[name], rest)) if rest else self.lists[name]
        entry, _, inner = rest.partition(".")
        place = self.places.get((name, entry))
        return ".".join((*place, inner) if inner else place) if place else path


def _judged(place: str, asked: JSON, checks: Iterator[Check]) -> Iterator[Check]:
    """Yield the checks that can be judged where the question stands.

    The first page comes before every answer but the choice of members; what looks further is left
    to the member.
    """
    for check in checks:
        read = {path.partition(".")[0] for path in paths_in([asked, check.rule.logic])}
        if place != APPLICANT or read <= {CHOICE, APPLICANT}:
            yield check


def _agrees(layer: Layer, section: Section) -> bool:
    """Say whether the rows of a list can also be those of `section`."""
    return all(
        same_question(layer.askings[entry.id][0].field, entry)
        for entry in section.fields
        if entry.id in layer.askings
    )


def _unless(visible: JSON, checks: Iterator[Check]) -> list[Check]:
    """Return the checks of a list, each only for the member that asks for the list."""
    if visible is None:
        return list(checks)
    return [
        replace(check, rule=Rule({"or": [{"!": [visible]}, check.rule.logic]})) for check in checks
    ]


def _paper(requirement: Requirement) -> tuple[str, str, str]:
    return requirement.name.zh, requirement.source, requirement.form


def _of(name: Text, whose: Text) -> Text:
    return Text(f"{name.zh}（{whose.zh}）", f"{name.en} ({whose.en})")


def _only(row: Any, names: set[str]) -> Any:
    if not isinstance(row, Mapping):
        return row
    return {name: value for name, value in row.items() if name in names}
