"""The versions of a case, each whole, and what changed from one to the next, in words.

A corrected case has two: it is returned one time only (Administrative Licensing Law, article 32).
Which answer is shown how is the role's: it hands in the function that says it. Neighbours:
`kiosk.cases.history` has the facts; the pages are `terminal.casework.versions` and
`hall.versions.show`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from forms.asking import open_sections
from forms.definition import Field, ServiceItem, Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import history, work
from kiosk.cases.history import Fact
from kiosk.cases.replay import Unreadable, check_version
from kiosk.db import reading

#: What a role shows of an answer.
Words = Callable[[Field, object], str]


@dataclass(frozen=True, slots=True)
class Told:
    """One answer or paper in words; `group` is its section's title with the row's number."""

    path: str
    group: Text
    row: int | None
    label: Text
    words: str
    value: object


@dataclass(frozen=True, slots=True)
class Paper:
    """What stood for one requirement: the mode, and the ids of its pictures."""

    name: Text
    mode: str
    materials: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference to the version before; None where something was not asked or given."""

    label: Text
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PaperChange:
    """One paper that is given in another way than before."""

    name: Text
    before: Paper | None
    after: Paper | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version as it was signed; `by` is a member of staff, None for the applicant alone.

    `is_readable` is false when the key or the form of the version is gone.
    """

    number: int
    at: datetime
    by: str | None
    is_readable: bool
    answers: tuple[Told, ...] = ()
    papers: tuple[Paper, ...] = ()
    changes: tuple[Change, ...] = ()
    paper_changes: tuple[PaperChange, ...] = ()
    reasons: tuple[str, ...] = ()


def versions_of(services: Services, case_id: str, words: Words) -> list[Version]:
    """Return the versions of a case, the newest first; none when there is no such case."""
    with reading() as session:
        facts = history.facts(session, services.keyring, case_id)
        named = {str((fact.body or {}).get("operator") or "") for fact in facts} - {""}
        people = work.display_names(session, named)
    own = sorted(
        (fact for fact in facts if fact.kind in history.VERSIONS), key=lambda fact: fact.place or 0
    )
    found: list[Version] = []
    for number, fact in enumerate(own, start=1):
        found.append(_version(services, number, fact, found[-1] if found else None, words, people))
    reasons = next((f.body for f in facts if f.kind == "case.returned" and f.body), {})
    if len(found) > 1:
        found[1] = replace(found[1], reasons=tuple(reasons.get("reasons", ())))
    return found[::-1]


def _version(
    services: Services,
    number: int,
    fact: Fact,
    before: Version | None,
    words: Words,
    people: Mapping[str, str],
) -> Version:
    item = _item(services, fact.body)
    if fact.body is None or item is None or not _has_shape(fact.body):
        return Version(number, fact.at, None, is_readable=False)
    answers = tuple(_answers(item, fact, words))
    papers = tuple(_papers(item, fact.body))
    readable = before is not None and before.is_readable
    by = str(fact.body.get("operator") or "")
    return Version(
        number,
        fact.at,
        people.get(by, by) or None,
        True,
        answers,
        papers,
        tuple(_changes(before.answers, answers)) if before and readable else (),
        tuple(_paper_changes(before.papers, papers)) if before and readable else (),
    )


def _has_shape(body: Mapping[str, Any]) -> bool:
    try:
        check_version(body)
    except Unreadable:
        return False
    return True


def _item(services: Services, body: Mapping[str, Any] | None) -> ServiceItem | None:
    try:
        return services.releases.of(body["release"]).item(body["item"]) if body else None
    except LookupError:
        return None


def _answers(item: ServiceItem, fact: Fact, words: Words) -> Iterator[Told]:
    day = fact.at.astimezone(clock.LOCAL).date()
    for opened in open_sections(item, (fact.body or {})["answers"], day):
        for row in opened.rows:
            for field in row.fields:
                value = row.kept.get(field.id)
                path = row.path(opened.section, field)
                number = None if row.index is None else row.index + 1
                shown = words(field, value)
                yield Told(path, opened.section.title, number, field.label, shown, value)


def _papers(item: ServiceItem, body: Mapping[str, Any]) -> Iterator[Paper]:
    given = {each["requirement"]: each for each in body["attachments"]}
    for entry in item.requirements:
        if entry.id in given:
            own = given[entry.id]
            yield Paper(entry.name, own["mode"], tuple(own["materials"]))


def _changes(before: tuple[Told, ...], after: tuple[Told, ...]) -> Iterator[Change]:
    """Yield what differs by value: two masked numbers may look alike and be others."""
    old, new = {each.path: each for each in before}, {each.path: each for each in after}
    for path in dict.fromkeys([*new, *old]):
        was, now = old.get(path), new.get(path)
        if (was.value if was else None) == (now.value if now else None):
            continue
        told = now or was
        assert told is not None  # noqa: S101 — the path is of one of the two
        yield Change(told.label, was.words if was else None, now.words if now else None)


def _paper_changes(before: tuple[Paper, ...], after: tuple[Paper, ...]) -> Iterator[PaperChange]:
    old = {each.name.zh: each for each in before}
    new = {each.name.zh: each for each in after}
    for name in dict.fromkeys([*new, *old]):
        was, now = old.get(name), new.get(name)
        told = now or was
        if was != now and told is not None:
            yield PaperChange(told.name, was, now)
