"""Silence: what is known and need not be told for a while, by rule and terminal, with an end.

Knows no page. What is silent still fires and is shown; it is told when the silence ends and it
goes on. That something told of is over is told in any case. Neighbour: `rounds` asks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.hall.alerting.model import Silence
from kiosk.hall.alerting.rules import BY_ID
from kiosk.operators import audit
from sync.ledger import Terminal

#: How long a silence may be chosen to last, in hours.
HOURS = (1, 4, 24, 72, 168, 720)
MAX_WHY = 120


def running(session: Session, now: datetime) -> Sequence[Silence]:
    """Return the silences that hold now, those that end first in front."""
    return session.scalars(select(Silence).where(Silence.until > now).order_by(Silence.until)).all()


def covers(silences: Sequence[Silence], rule: str, terminal: str) -> bool:
    """Tell whether one of them holds for this."""
    return any(each.rule in ("", rule) and each.terminal in ("", terminal) for each in silences)


def begin(rule: str, terminal: str, hours: str, why: str, by: str) -> Silence:
    """Be silent for a while; Invalid names the field that cannot stay. Audited."""
    problems = []
    if rule not in ("", *BY_ID):
        problems.append(_wrong("rule", "没有这条规则。", "There is no such rule."))
    if hours not in map(str, HOURS):
        problems.append(_wrong("hours", "请选择静默多久。", "Please choose for how long."))
    if not why.strip() or len(why.strip()) > MAX_WHY:
        zh, en = (
            f"请写明原因，最多 {MAX_WHY} 字。",
            f"Please say why, in at most {MAX_WHY} characters.",
        )
        problems.append(_wrong("why", zh, en))
    with writing() as session:
        if terminal and not _is_known(session, terminal):
            problems.append(
                _wrong("terminal", "没有这个编号的终端。", "There is no terminal of this number.")
            )
        if problems:
            raise Invalid("silence_invalid", problems[0].message, tuple(problems))
        now = clock.now()
        made = Silence(
            id=clock.new_id(),
            rule=rule,
            terminal=terminal,
            made_at=now,
            until=now + timedelta(hours=int(hours)),
            why=why.strip(),
            made_by=by,
        )
        session.add(made)
        detail: dict[str, str | int] = {"rule": rule, "terminal": terminal, "hours": int(hours)}
        audit.record(session, "alert.silenced", made.id, by, detail)
    return made


def end(silence_id: str, by: str) -> Silence:
    """End a silence now; NotFound, or Conflict when it is over already. Audited."""
    with writing() as session:
        found = session.get(Silence, silence_id, with_for_update=True)
        if found is None:
            raise NotFound("silence_unknown", Text("没有这项静默。", "There is no such silence."))
        if found.until <= clock.now():
            raise Conflict("silence_over", Text("这项静默已经结束。", "This silence is over."))
        found.until = clock.now()
        audit.record(session, "alert.silence_ended", found.id, by)
    return found


def _is_known(session: Session, number: str) -> bool:
    return session.scalar(select(Terminal.number).where(Terminal.number == number)) is not None


def _wrong(path: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(path, "invalid", Text(zh, en))
