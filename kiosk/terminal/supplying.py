"""How far each requirement has come in a draft: what stands for it, and what is wrong with that.

Reads and changes drafts; draws nothing. Neighbours: `materials`, `pictures` and `certificates` are
the pages, `check` and `sign` show the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from flask import abort, url_for

from forms.definition import Requirement, ServiceItem, Text
from forms.schema import required_requirements
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import deferral, drafts
from kiosk.cases.drafts import Draft
from kiosk.cases.submission import is_brought
from kiosk.materials import certificates, faults
from kiosk.materials.certificates import Wanted

State = Literal["made", "fetched", "open", "given", "later", "certificate"]
MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class Page:
    """One picture: its material id, its place from 1, and what is wrong with it."""

    id: str
    number: int
    faults: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[Text, ...]:
        """What is wrong, in a word each."""
        return tuple(faults.NAMES[fault] for fault in self.faults)

    @property
    def advice(self) -> tuple[Text, ...]:
        """What to do about it."""
        return tuple(faults.ADVICE[fault] for fault in self.faults)


@dataclass(frozen=True, slots=True)
class Task:
    """A requirement with how far it has come; `pictures` are material ids.

    `due` is the day by which it comes later, or would; `wanted` the certificate to ask for instead.
    """

    requirement: Requirement
    state: State
    pages: tuple[Page, ...] = ()
    due: date | None = None
    certificate: Mapping[str, Any] | None = None
    wanted: Wanted | None = field(default=None, repr=False)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The material ids."""
        return tuple(page.id for page in self.pages)

    @property
    def is_doubtful(self) -> bool:
        """Tell whether a picture has a fault with which nobody has said to use it."""
        return any(page.faults for page in self.pages)

    @property
    def promise(self) -> Text | None:
        """The words that are signed for it, if it comes later."""
        if self.due is None:
            return None
        return deferral.promise(self.requirement.name, self.due)


def tasks(item: ServiceItem, draft: Draft) -> list[Task]:
    """Return what these answers call for, in order, with states."""
    return [_task(item, entry, draft) for entry in required_requirements(item, draft.answers)]


def to_give(item: ServiceItem, draft: Draft) -> list[Task]:
    """Return what the applicant has to see to."""
    return [task for task in tasks(item, draft) if task.state not in ("made", "fetched")]


def wanted_task(item: ServiceItem, draft: Draft, requirement_id: str) -> Task:
    """Return the task of a requirement, or end the request with 404."""
    found = (task for task in to_give(item, draft) if task.requirement.id == requirement_id)
    return next(found, None) or abort(404)


def asked_only(item: ServiceItem, draft: Draft) -> Draft:
    """Return the draft without materials that its answers no longer ask for.

    Without the answers to members of a bundle that are no longer chosen, too. All of it stays in
    the draft itself, for somebody who changes the answer back.
    """
    asked = {entry.id: entry for entry in required_requirements(item, draft.answers)}
    kept = {
        name: own
        for name, given in draft.attachments.items()
        if name in asked and (own := _own(asked[name], draft, given))
    }
    sections = {section.id for section in item.sections}
    answers = {name: given for name, given in draft.answers.items() if name in sections}
    return replace(draft, answers=answers, attachments=kept)


def _own(requirement: Requirement, draft: Draft, given: dict[str, Any]) -> dict[str, Any] | None:
    """Return what was given without a certificate of somebody else; None when nothing is left."""
    if given["mode"] != "certificate":
        return given
    wanted = certificates.wanted_for(requirement, draft.answers)
    if _still_of(wanted, given.get("certificate")):
        return given
    return {"mode": "file", "materials": given["materials"]} if given["materials"] else None


def page_of(item: ServiceItem, draft: Draft, requirement_id: str) -> str:
    """Return where a requirement is given; the list when these answers do not ask for it."""
    if not any(task.requirement.id == requirement_id for task in to_give(item, draft)):
        return url_for("terminal.materials.show", code=item.code)
    return url_for("terminal.materials.one", code=item.code, requirement_id=requirement_id)


def give_pictures(draft: Draft, task: Task, pages: Iterable[Page]) -> None:
    """Keep these as the pictures of a requirement, in this order; none may be left."""
    kept = tuple(pages)[:MOST_PICTURES]
    found = {page.id: list(page.faults) for page in kept if page.faults}
    given: dict[str, Any] = {"mode": "file", "materials": [page.id for page in kept]}
    if found:
        given["faults"] = found
    if task.certificate is not None:
        given |= {"mode": "certificate", "certificate": task.certificate}
    attach(draft, task, given if kept or task.certificate else None)


def attach(draft: Draft, task: Task, attachment: dict[str, Any] | None) -> None:
    """Keep what stands for a requirement, or that nothing does."""
    name = task.requirement.id
    others = {key: given for key, given in draft.attachments.items() if key != name}
    attachments = {**others, name: attachment} if attachment else others
    drafts.save(services(), replace(draft, attachments=attachments))


def _task(item: ServiceItem, requirement: Requirement, draft: Draft) -> Task:
    given = draft.attachments.get(requirement.id) or {}
    if not is_brought(requirement):
        return Task(requirement, "made" if requirement.source == "form" else "fetched")
    due = deferral.due_of(item, given, clock.today()) if requirement.deferrable else None
    wanted = certificates.wanted_for(requirement, draft.answers)
    if given.get("mode") == "deferred":
        return Task(requirement, "later", (), due, None, wanted)
    found: Mapping[str, Any] = given.get("faults", {})
    pages = tuple(
        Page(each, number, tuple(found.get(each, ())))
        for number, each in enumerate(given.get("materials", ()), start=1)
    )
    certificate = _still_of(wanted, given.get("certificate"))
    state: State = "certificate" if certificate else "given" if pages else "open"
    return Task(requirement, state, pages, due, certificate, wanted)


def _still_of(
    wanted: Wanted | None, certificate: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """Return the certificate unless it is another's: name or number were changed afterwards."""
    if certificate is None or wanted is None:
        return None
    return certificate if certificate.get("holder") == wanted.mark(certificate["call"]) else None
