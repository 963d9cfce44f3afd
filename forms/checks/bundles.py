"""Do bundles (一件事) fit the catalogue? Members that exist, sections that can be one, no peeking.

Looks at bundles of the right shape, over items that are sound in themselves. Neighbours:
`forms.bundling` lays the members over each other.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from forms.bundling import APPLICANT, CHOICE, combine
from forms.decoding import ChoiceLists, decode_bundle, decode_choices, decode_item
from forms.definition import Section, ServiceItem
from forms.expansion import Expanded
from forms.rules import paths_in
from forms.source import Problem, SourceFile
from forms.union import rules_of


def check_bundles(
    sources: Sequence[SourceFile],
    items: Sequence[Expanded],
    lists: dict[str, Any],
    count: int | None,
) -> list[Problem]:
    """Return every problem of well-shaped bundles; `count` is how many there must be, if given."""
    problems = list(_whole(sources, count))
    known = {item.document["code"]: item for item in items}
    decoded = {name: decode_choices(entries) for name, entries in lists.items()}
    for source in sources:
        found = list(_members(source, known))
        problems += found or _together(source, known, decoded)
    return problems


def _whole(sources: Sequence[SourceFile], count: int | None) -> Iterator[Problem]:
    if count is not None and len(sources) != count:
        yield Problem("bundles", 1, f"there are {len(sources)} bundles and should be {count}")
    codes: dict[str, str] = {}
    for source in sources:
        value: Any = source.value
        code = value["code"]
        if code in codes:
            yield source.problem(f"the code {code} is already that of {codes[code]}", "code")
        codes.setdefault(code, source.file)
        if source.file.rpartition("/")[2] != f"{code}.yaml":
            yield source.problem(f"the file of {code} must be called {code}.yaml", "code")


def _members(source: SourceFile, known: dict[str, Expanded]) -> Iterator[Problem]:
    value: Any = source.value
    named = {target for entry in value["members"] for target in (entry.get("as") or {}).values()}
    codes: set[str] = set()
    for number, entry in enumerate(value["members"]):
        path = ("members", number)
        if entry["code"] in codes:
            yield source.problem(f"the member {entry['code']} is given twice", *path)
        codes.add(entry["code"])
        if entry["code"] not in known:
            yield source.problem(f"there is no item {entry['code']}", *path)
            continue
        own = {section["id"] for section in known[entry["code"]].document["sections"]}
        for name in sorted((entry.get("as") or {}).keys() - own):
            yield source.problem(f"{entry['code']} has no section '{name}'", *path, "as", name)
    for name in sorted((value.get("titles") or {}).keys() - named - {APPLICANT}):
        yield source.problem(f"no member has a section as '{name}'", "titles", name)
    if CHOICE in named:
        yield source.problem(f"'{CHOICE}' is the choice of members itself", "members")
    if all(APPLICANT in (entry.get("as") or {}) for entry in value["members"]):
        yield source.problem("no member's applicant is who applies for the bundle", "members")
    if not any(entry.get("ticked", True) for entry in value["members"]):
        yield source.problem("no member is ticked at the beginning", "members")


def _together(
    source: SourceFile, known: dict[str, Expanded], lists: ChoiceLists
) -> Iterator[Problem]:
    """A question of the one form may depend only on earlier answers, as in an item."""
    value: Any = source.value
    items = {
        entry["code"]: decode_item({**known[entry["code"]].document, "samples": []}, lists)
        for entry in value["members"]
    }
    bundle = decode_bundle(value, {code: item.name for code, item in items.items()})
    applicant = next(member.code for member in bundle.members if APPLICANT not in member.layers)
    combined = combine(bundle, tuple(items.values()), items[applicant])
    for path, read in looking_ahead(combined.item):
        yield source.problem(f"the question '{path}' would look ahead at '{read}'", "members")


def looking_ahead(item: ServiceItem) -> Iterator[tuple[str, str]]:
    """Yield (question, what its rule reads) for each rule that reads a later answer or none."""
    earlier: set[str] = set()
    for section in item.sections:
        mine = {f"{section.id}.{entry.id}" for entry in section.fields}
        rows = {f"this.{entry.id}" for entry in section.fields} if section.repeat else set()
        seen = earlier | {section.id} | mine | rows
        for rule in rules_of(section):
            yield from ((section.id, read) for read in paths_in(rule.logic) if read not in seen)
        yield from _within(section)
        earlier |= {section.id} | mine


def _within(section: Section) -> Iterator[tuple[str, str]]:
    """Yield what looks ahead inside one section: visibility and need of a field."""
    later = {f"{section.id}.{entry.id}" for entry in section.fields}
    for entry in section.fields:
        rules = [entry.visible, None if isinstance(entry.required, bool) else entry.required]
        for rule in rules:
            read = paths_in(rule.logic) if rule else ()
            yield from ((f"{section.id}.{entry.id}", path) for path in read if path in later)
        later.discard(f"{section.id}.{entry.id}")
        for check in entry.checks:
            read = paths_in(check.rule.logic)
            yield from ((f"{section.id}.{entry.id}", path) for path in read if path in later)
