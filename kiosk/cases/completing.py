"""Hall: no result before what was promised to follow (容缺) is there.

Source: rules on deferred materials of Shenzhen: the result is issued only after completion. What
is promised and does not come lapses by the clock (`overdue`), and a clerk may refuse meanwhile, so
that no case is caught in between. A written promise in place of proof (告知承诺) is another thing
and is verified afterwards (`kept_promises`). Neighbours: ``desk`` asks before it approves,
``deferral`` reads what is outstanding.
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk.app_services import Services
from kiosk.cases import deferral
from kiosk.cases.help import services as table
from kiosk.cases.help.model import row_of
from kiosk.cases.history import current_body
from kiosk.cases.model import Case
from kiosk.errors import Conflict

_OPEN = frozenset({table.OPEN, table.UNREAD})


def refuse_if_incomplete(session: Session, services: Services, case: Case) -> None:
    """Raise Conflict while a document of the case is promised and not here; it says which, by when.

    A case without such a promise is not opened for it.
    """
    promise = row_of(session, case.id)
    if promise is None or promise.state not in _OPEN:
        return
    missing = tuple(_missing(session, services, case))
    if not missing:
        return
    names = Text("、".join(each.zh for each in missing), ", ".join(each.en for each in missing))
    raise Conflict(
        "promise_open",
        Text(
            f"容缺材料还没有补齐：{names.zh}。补齐后才能准予；到期未补交的，视为撤回。",
            f"Promised and not here yet: {names.en}. It can be approved when that has come; "
            "without it in time the application counts as withdrawn.",
        ),
    )


def _missing(session: Session, services: Services, case: Case) -> Iterator[Text]:
    body = current_body(session, services.keyring, case.id) or {"attachments": []}
    names: dict[str, Text] = {}
    try:
        item = services.releases.of(case.release).item(case.item)
        names = {each.id: each.name for each in item.requirements}
    except LookupError:
        # Its release is not at the hall; the codes of what is missing have to do.
        pass
    for each in body["attachments"]:
        if each["mode"] == "deferred":
            code, due = each["requirement"], deferral.due_day(each)
            yield _until(names.get(code, Text(code, code)), due)


def _until(name: Text, due: date | None) -> Text:
    if due is None:
        return name
    day = f"{due.year}年{due.month}月{due.day}日"
    return Text(f"{name.zh}（{day}前补交）", f"{name.en} (by {due.isoformat()})")
