"""Materials that follow later (容缺): the day by which, and the promise about it.

The day is fixed when the application is handed in, so that what is signed names it; acceptance
comes later, and so never shortens it. Pure. Neighbours: `submission` fixes the day, pages show it,
`statement` puts the promise into what is signed.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from forms.definition import Requirement, ServiceItem, Text
from kiosk import workdays

MOST_WORKING_DAYS = 20
WORKING_DAYS_LEFT = 2
"""For the decision, once the last paper is there."""

PROMISE = Text(
    "本人承诺在{day}前补交{name}；到期未补交的，视为撤回申请。",
    "I promise to hand in {name} by {day}; without it the application counts as withdrawn.",
)


@dataclass(frozen=True, slots=True)
class Deferred:
    """A material that was promised for later; ``due`` is missing in applications of old."""

    requirement: Requirement
    due: date | None

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id

    @property
    def name(self) -> Text:
        """The requirement's name."""
        return self.requirement.name


def outstanding(item: ServiceItem, body: Mapping[str, Any] | None) -> tuple[Deferred, ...]:
    """Return what this version of an application promises to bring later, in the item's order."""
    given = {each["requirement"]: each for each in (body["attachments"] if body else ())}
    later = (entry for entry in item.requirements if entry.id in given)
    return tuple(
        Deferred(entry, due_day(given[entry.id]))
        for entry in later
        if given[entry.id]["mode"] == "deferred"
    )


def first_day(attachments: Iterable[Mapping[str, Any]]) -> date | None:
    """Return the first day by which one of these attachments is promised, None when none is."""
    days = (due_day(each) for each in attachments if each["mode"] == "deferred")
    return min((day for day in days if day), default=None)


def due_day(attachment: Mapping[str, Any]) -> date | None:
    """Return the day by which an attachment is promised; None in applications of old."""
    told = attachment.get("due")
    return date.fromisoformat(told) if told else None


def due_on(item: ServiceItem, handed_in: date) -> date | None:
    """Return the last day for what follows later, or None where the item defers nothing.

    As the item says, but at least two working days before its promised time ends and within twenty
    working days; never less than one working day. Source: rules on deferred materials (容缺受理) of
    Shenzhen; a design choice here until a department confirms it.
    """
    if item.deferral is None:
        return None
    last = min(
        workdays.after(handed_in, item.deferral.value, item.deferral.unit),
        workdays.add(handed_in, MOST_WORKING_DAYS),
    )
    promised = workdays.after(handed_in, item.promised.value, item.promised.unit)
    last = min(last, workdays.back(promised, WORKING_DAYS_LEFT))
    return max(last, workdays.add(handed_in, 1))


def due_of(item: ServiceItem, attachment: Mapping[str, Any], today: date) -> date | None:
    """Return the day an attachment says, or for one that was not handed in yet the day from now."""
    return due_day(attachment) or due_on(item, today)


def notice(item: ServiceItem, body: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return the record of the promise: what is missing, until when, when it was told and by whom.

    What happens when nothing comes is part of the words (`PROMISE`), of which ``promise`` is the
    SHA-256; they are signed with the rest. Source: Regulations of Anyang on Government Services,
    article 24: promise in writing, and tell on the spot what, until when, and what follows.
    """
    missing = outstanding(item, body)
    words = [promise(each.name, each.due) for each in missing if each.due]
    told = "\n".join(f"{each.zh}\n{each.en}" for each in words)
    return {
        "missing": [each.id for each in missing],
        "due": min((each.due.isoformat() for each in missing if each.due), default=None),
        "promise": hashlib.sha256(told.encode()).hexdigest(),
        "at": at.isoformat(),
        "by": body.get("operator"),
    }


def promise(name: Text, due: date) -> Text:
    """Return the promise about one material."""
    return Text(
        PROMISE.zh.format(day=f"{due.year}年{due.month}月{due.day}日", name=name.zh),
        PROMISE.en.format(day=due.isoformat(), name=name.en),
    )
