"""What somebody has looked at or taken away: recorded when the answer is made, before it is sent.

One table for all addresses that only read, so that a new page is one line here; an act that changes
something records itself in its own transaction (`kiosk.operators.audit`). What cannot be recorded
is not shown. A page that is drawn from several addresses, also with a refusal, and a paper of
several cases say themselves what they show (`shows`). Of what was seen nothing is kept: which case,
which field, which picture.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Response, g, request

from kiosk.operators import audit
from kiosk.operators.session import signed_in


@dataclass(frozen=True, slots=True)
class Look:
    """A way of looking: the act, the target as a pattern of the address's parts, what else.

    `parts` are of the address, `asked` of the form, which the view has checked.
    """

    act: str
    target: str
    parts: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page or paper shows: the act, and the ids of all that it is about."""

    act: str
    targets: tuple[str, ...]


_CASE, _RECORD, _ENTRY = "{case_id}", "{record_id}", "{number}/{epoch}/{seq}"
LOOKS = {
    "hall.case.show": Look("case.opened", _CASE),
    "hall.versions.show": Look("case.opened", _CASE),
    "hall.case.material": Look("case.picture_opened", _CASE, ("material_id",)),
    "hall.case.reveal": Look("case.revealed", _CASE, asked=("field",)),
    "hall.prints.application": Look("case.printed", _CASE),
    "hall.prints.bundle": Look("case.printed", _CASE),
    "hall.prints.signed_copy": Look("case.printed_in_full", _CASE),
    "hall.prints.signed_bundle": Look("case.printed_in_full", _CASE),
    "hall.notices.read": Look("case.notice_opened", _CASE, ("kind",)),
    "hall.notices.hand_out": Look("case.notice_handed_out", _CASE, ("kind",)),
    "hall.statistics.lines": Look("statistics.exported", "lines"),
    "hall.statistics.workbook": Look("statistics.exported", "workbook"),
    "hall.statistics.cells": Look("statistics.exported", "cells"),
    "hall.help_service.look": Look("pre_check.opened", _RECORD),
    "hall.help_service.picture": Look("help.picture_opened", _RECORD, ("material_id",)),
    "hall.help_service.download": Look("help.tally_exported", "-"),
    "hall.redress.each": Look("rating.opened", "{redress_id}"),
    "hall.quarantine.reveal": Look("quarantine.revealed", _ENTRY),
    "hall.accounts.badge": Look("account.badge_shown", "{operator_id}"),
    "hall.carriers.answer": Look("carrier.handed_out", "{number}"),
    "hall.carriers.codes": Look("carrier.handed_out", "{number}"),
    "hall.records.download": Look("audit.exported", "-", ("form",)),
}


def shows(act: str, targets: Iterable[str]) -> None:
    """Say that the answer shows all of these, whatever its address and its status.

    `act` is what that is called where the address itself is no way of looking.
    """
    g.shown = Shown(act, tuple(targets))


def note(answer: Response) -> Response:
    """Record the look that this answer lets somebody have (after every request)."""
    look = LOOKS.get(request.endpoint or "") if answer.status_code == 200 else None
    shown: Shown | None = g.get("shown")
    operator = signed_in() if look is not None or shown is not None else None
    if operator is None:
        return answer
    if look is None:
        _write(shown.act if shown else "", shown.targets if shown else (), operator.id, {})
        return answer
    parts = request.view_args or {}
    detail = {name: str(parts[name])[:80] for name in look.parts}
    detail |= {name: request.form.get(name, "")[:80] for name in look.asked}
    targets = shown.targets if shown else (look.target.format(**parts),)
    _write(look.act, targets, operator.id, detail)
    return answer


def _write(act: str, targets: Iterable[str], operator: str, detail: dict[str, str]) -> None:
    for target in targets:
        audit.note(act, target[:80], operator, detail)
