"""The figures of a hall for `/metrics`: terminals by trouble, backlog, cases, decisions, queues.

What would have to count millions of rows is counted by a worker and kept; decisions are counted on
from there. All else is asked of rows as many as there are terminals. Neighbours:
`kiosk.api.metrics` has the page, `alerting.findings` the troubles, `job_queues` the queues.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kiosk import clock
from kiosk.app_services import Services, services
from kiosk.cases.desk import FACTS
from kiosk.cases.lifecycle import STATES
from kiosk.cases.model import Case
from kiosk.core import redis_client
from kiosk.db import alone, reading, writing
from kiosk.hall import job_queues, terminal_lights
from kiosk.hall.alerting import findings, rounds
from kiosk.hall.alerting.model import Alert
from kiosk.hall.alerting.rules import RULES
from kiosk.hall.terminal_lights import Moment
from kiosk.operators.audit import AuditRecord
from sync import ledger
from sync.ledger import LedgerEntry, Terminal
from sync.tables import Base, table_of

if TYPE_CHECKING:
    from kiosk.api.exposition import Figures

#: How often a worker counts, and how old a count may be before the page counts for itself.
EVERY_SECONDS = 120
_STALE = timedelta(minutes=10)
_CASES, _DECISIONS, _UP_TO = "cases", "decisions", "audit"


class KeptCount(Base):
    """A number that was counted by a worker: of what, with which label, when."""

    __tablename__ = "kept_count"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    label: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int]
    at: Mapped[datetime]


def count(_: Services) -> None:
    """Count what is too much for the page, and keep it: the hall's duty. Idempotent."""
    with writing() as session:
        alone(session, "kept_counts")
        now = clock.now()
        decisions, up_to = _decisions(session)
        counts = {(_CASES, state): number for state, number in _states(session).items()}
        counts |= {(_DECISIONS, act): number for act, number in decisions.items()}
        session.execute(delete(KeptCount).where(KeptCount.name == _CASES))
        for (name, label), value in (counts | {(_UP_TO, ""): up_to}).items():
            session.merge(KeptCount(name=name, label=label, value=value, at=now))


def put_in(figures: "Figures") -> None:
    """Put in the figures of this hall."""
    now = clock.now()
    with reading() as session:
        _of_terminals(session, figures, terminal_lights.moment_here(session, now))
        _of_entries(session, figures)
        kept = _kept(session, _CASES, now - _STALE)
        figures.gauges("cases", "Cases by state", "state", kept or _states(session))
        decisions = {act.removeprefix("case."): n for act, n in _decisions(session)[0].items()}
        figures.counters("decisions", "Steps that clerks took", "decision", decisions)
        _of_alerts(session, figures)
    _of_queues(figures)


def _of_terminals(session: Session, figures: "Figures", at: Moment) -> None:
    standings = dict(
        session.execute(select(Terminal.standing, func.count()).group_by(Terminal.standing)).all()
    )
    figures.gauges("terminals", "Terminals by standing", "standing", standings)
    figures.gauges("terminals_lit", "Terminals by light", "light", _lights(session, at))
    troubles = findings.of_terminals(at)
    row = session.execute(
        select(
            *(_how_many(condition) for condition in troubles.values()),
            func.coalesce(func.sum(Terminal.reported_pending), 0),
            func.coalesce(func.sum(Terminal.reported_blobs), 0),
            func.min(Terminal.reported_oldest_at),
        ).where(findings.is_watched(at.now))
    ).one()
    *counts, pending, files, oldest = row
    found = dict(zip(troubles, counts, strict=True))
    figures.gauges("terminals_troubled", "Approved terminals by trouble", "rule", found)
    figures.gauge("backlog_entries", "Entries that terminals have not delivered", pending)
    figures.gauge("backlog_files", "Files that terminals have not delivered", files)
    figures.moment("backlog_oldest", "Oldest of these entries", oldest)


def _lights(session: Session, at: Moment) -> dict[str, int]:
    tally, terminal = ledger.unapplied(), table_of(Terminal)
    code = terminal_lights.first_in_sql(terminal, tally, at).label("code")
    found = select(code).select_from(
        terminal.outerjoin(tally, tally.c.terminal_id == terminal.c.terminal_id)
    )
    each = found.subquery()
    lights = dict.fromkeys(terminal_lights.LIGHTS, 0)
    for name, number in session.execute(select(each.c.code, func.count()).group_by(each.c.code)):
        lights[terminal_lights.BY_CODE[name].light] += number
    return lights


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(condition)


def _of_entries(session: Session, figures: "Figures") -> None:
    query = select(LedgerEntry.verdict, func.count()).where(
        LedgerEntry.verdict.in_(ledger.NOT_APPLIED)
    )
    verdicts = dict.fromkeys(ledger.NOT_APPLIED, 0)
    verdicts.update(session.execute(query.group_by(LedgerEntry.verdict)).all())
    figures.gauges("entries", "Ledger entries that are not applied", "verdict", verdicts)
    taken = session.scalar(select(func.sum(Terminal.taken))) or 0
    figures.counter("entries_taken", "Entries taken into the ledger", int(taken))


def _states(session: Session) -> dict[str, int]:
    query = select(Case.state, func.count()).group_by(Case.state)
    return dict.fromkeys(STATES, 0) | dict(session.execute(query).all())


def _kept(session: Session, name: str, since: datetime) -> dict[str, int]:
    query = select(KeptCount.label, KeptCount.value)
    return dict(session.execute(query.where(KeptCount.name == name, KeptCount.at > since)).all())


def _decisions(session: Session) -> tuple[Mapping[str, int], int]:
    """Return how many of each are in the audit log, and up to which of its records."""
    begin = datetime.fromtimestamp(0, clock.LOCAL)
    counts = dict.fromkeys(FACTS.values(), 0) | _kept(session, _DECISIONS, begin)
    up_to = _kept(session, _UP_TO, begin).get("", 0)
    query = select(AuditRecord.act, func.count(), func.max(AuditRecord.seq))
    newest = up_to
    for act, number, last in session.execute(
        query.where(AuditRecord.seq > up_to).group_by(AuditRecord.act)
    ):
        newest = max(newest, last)
        if act in counts:
            counts[act] += number
    return counts, newest


def _of_alerts(session: Session, figures: "Figures") -> None:
    query = select(Alert.rule, func.count()).where(Alert.open_key.is_not(None))
    firing = dict.fromkeys((rule.id for rule in RULES), 0)
    firing.update(session.execute(query.group_by(Alert.rule)).all())
    figures.gauges("alerts_firing", "Alerts that fire, by rule", "rule", firing)
    figures.moment("alerts_looked_at", "Last look at the rules", rounds.looked_at(session))


def _of_queues(figures: "Figures") -> None:
    try:
        with redis_client(services().config) as client:
            state = job_queues.state(client)
    except RedisError:
        figures.gauge("redis_up", "Whether Redis answers", 0)
        return
    figures.gauge("redis_up", "Whether Redis answers", 1)
    figures.gauge("workers", "Workers of the hall that are alive", len(state.workers))
    for name in ("waiting", "running", "failed"):
        counts = {queue.name: getattr(queue, name) for queue in state.queues}
        figures.gauges(f"jobs_{name}", f"Jobs {name}, by queue", "queue", counts)
