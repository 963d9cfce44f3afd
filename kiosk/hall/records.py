"""The page *Audit*: who did what to what; its filters in the address, its proof, its export.

Pages are asked for by the number of the record that they end before, so that the millionth is as
near as the first. Neighbours: `kiosk.operators.chain` reads and proves, `acts` has the words.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from time import monotonic
from typing import Any

import orjson
from flask import Response, render_template, request
from sqlalchemy import select

from forms.definition import Text
from kiosk import clock
from kiosk.cases.help.counting import cell
from kiosk.db import reading
from kiosk.figures import files
from kiosk.hall import exporting
from kiosk.hall.acts import ACTS, KINDS, OTHERS, detail_of, name_of
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint, the_operator
from kiosk.hall.worklist import display_names
from kiosk.operators import audit, chain
from kiosk.operators.access import asks_password, requires
from kiosk.operators.audit import AuditRecord
from kiosk.operators.chain import Asked, Proof
from kiosk.operators.model import Operator

bp = page_blueprint("records", __name__)

PAGE = 50
_COLUMNS = ("seq", "at", "actor", "act", "target", "detail", "prev_digest", "digest")
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
#: What of an asked account is in the address when there is no such account: it matches nothing.
_NO_ONE = "-"


@bp.get("/audit")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show one page, newest first."""
    return _page(None)


@bp.post("/audit/proof")
@requires(*TERMINAL_READERS)
def prove() -> str:
    """Prove what came since the last proof, and say how it went."""
    return _page(chain.prove_and_keep(by=the_operator().id))


@bp.get("/audit/records.<any('csv', 'jsonl'):form>")
@requires(*TERMINAL_READERS)
@asks_password
def download(form: str) -> Response:
    """Send all that the address asks for, oldest first, as CSV or as JSON lines, in a stream."""
    name = f"audit-{clock.today():%Y%m%d}.{form}"
    if form == "csv":
        return exporting.sent(_csv(_asked()), name, _TYPES[form])
    return exporting.sent(_json(_asked()), name, _TYPES[form])


def _page(proof: Proof | None) -> str:
    before = min(request.args.get("before", 0, type=int), _LAST_RECORD)
    with reading() as session:
        found = chain.page(session, _asked(), max(0, before), PAGE + 1)
        known, head = chain.last_proof(session), chain.head(session)
        named = {each.actor for each in found} | {each.target for each in found}
        people = display_names(session, named)
    rows, more = found[:PAGE], len(found) > PAGE
    return render_template(
        "hall/audit.html",
        rows=[(each, name_of(each.act), _told(each)) for each in rows],
        older=rows[-1].seq if more else None,
        is_first=before <= 0,
        people=people,
        others=OTHERS,
        kinds=KINDS,
        acts=_by_kind(),
        asked=_arguments(),
        proof=proof,
        known=known,
        head=head,
        spreadsheet=files.MOST_LINES if head.seq >= files.MOST_LINES else None,
    )


def _by_kind() -> dict[str, list[tuple[str, Text]]]:
    found: dict[str, list[tuple[str, Text]]] = {}
    for act, words in ACTS.items():
        found.setdefault(act.partition(".")[0], []).append((act, words))
    return {kind: found[kind] for kind in KINDS if kind in found}


def _arguments() -> dict[str, str]:
    """Return what the address asks for, as it is shown in the form again."""
    names = ("act", "who", "target", "since", "until")
    given = {name: request.args.get(name, "").strip()[:80] for name in names}
    return {name: value for name, value in given.items() if value}


def _asked() -> Asked:
    given = _arguments()
    until = _day(given.get("until", ""))
    return Asked(
        act=given.get("act", ""),
        actor=_actor(given.get("who", "")),
        target=_target(given.get("target", "")),
        since=_midnight(_day(given.get("since", ""))),
        until=_midnight(until + timedelta(days=1)) if until else None,
    )


def _actor(who: str) -> str:
    return who if not who or who in OTHERS else _account(who) or _NO_ONE


def _target(what: str) -> str:
    """Return what an account's name, or anything else as it is, stands for as a target."""
    return (_account(what) or what) if what else ""


def _account(username: str) -> str | None:
    with reading() as session:
        found: str | None = session.scalar(select(Operator.id).where(Operator.username == username))
    return found


#: What databases can be asked for.
_LAST_RECORD = 2**31 - 1
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(9000, 1, 1)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # Days at the ends of the calendar have no day before or after them.
    return min(max(found, _FIRST_DAY), _LAST_DAY)


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), clock.LOCAL) if day else None


def _told(each: AuditRecord) -> Sequence[tuple[Text, Any]]:
    found: dict[str, Any] = orjson.loads(each.detail)
    return [(detail_of(name), value) for name, value in found.items() if value != ""]


def _csv(asked: Asked) -> Iterator[str]:
    # A mark by which spreadsheets know that it is UTF-8.
    yield "\ufeff" + ",".join(map(cell, _COLUMNS)) + "\r\n"
    for values in _values(asked):
        yield ",".join(map(cell, values or [files.CUT.en])) + "\r\n"


def _json(asked: Asked) -> Iterator[bytes]:
    for values in _values(asked):
        told = dict(zip(_COLUMNS, values, strict=True)) if values else {"cut": files.CUT.en}
        yield orjson.dumps(told) + b"\n"


def _values(asked: Asked) -> Iterator[list[Any]]:
    """Yield the records' values, and an empty list where it ends because it takes too long."""
    ends = monotonic() + exporting.LONGEST_SECONDS
    with reading() as session:
        for each in chain.stream(session, asked):
            row = [getattr(each, name) for name in _COLUMNS]
            row[1] = audit.written(each.at)
            yield row
            if monotonic() > ends:
                yield []
                return
