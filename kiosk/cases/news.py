"""What the hall tells an applicant of a case beside its decisions: why its clock stands, an answer.

Travels in the feed as decisions do, sealed with the case's key; changes no state and is no part of
the story that decisions are drawn from (``history.NEWS``). Neighbours: ``pausing`` and
``redress_steps`` tell, ``feedback`` hears, the page of progress shows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bodies, history, lifecycle
from kiosk.cases.history import Fact
from kiosk.cases.model import Case
from sync import feed, keys

#: What may stop a clock, by code.
WHY: Mapping[str, Text] = {
    "hearing": Text("听证", "Hearing"),
    "tender": Text("招标、拍卖", "Tender or auction"),
    "inspection": Text("检验、检测、检疫", "Inspection, testing or quarantine"),
    "appraisal": Text("鉴定", "Appraisal"),
    "expert_review": Text("专家评审", "Expert review"),
}
#: In place of one that only a newer hall knows.
OTHER = Text("依法不计入时限的程序", "A procedure that the law leaves out of the time")


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a case stands still, since when, and the day until which that is said to take."""

    why: Text
    since: date
    until: date

    @property
    def is_over_time(self) -> bool:
        """Tell whether it takes longer than was told."""
        return self.until < clock.today()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hall answers to a bad rating."""

    words: str
    at: datetime


def tell(
    session: Session, services: Services, case_id: str, kind: str, body: Mapping[str, Any]
) -> None:
    """Tell the case's terminal in the caller's transaction; nothing when the case's key is gone."""
    case = session.get(Case, case_id)
    key = keys.fetch(session, services.keyring, [case_id]).get(case_id)
    if case is not None and key is not None:
        now = int(clock.now().timestamp() * 1_000_000)
        sealed = bodies.seal(key, case_id, kind, body)
        feed.publish(session, case.terminal_id, kind, case_id, sealed, now)


def pause_of(state: str, news: Iterable[Fact]) -> Pause | None:
    """Return the pause that a case in this state is in, from what was told of it in order.

    What a lost hall has told does not count: the clock of the restored one runs.
    """
    kinds = (history.PAUSED, history.RESUMED)
    told = [fact for fact in news if fact.kind in kinds and not fact.is_lost]
    if state != lifecycle.ACCEPTED or not told or told[-1].kind != history.PAUSED:
        return None
    body = told[-1].body
    if body is None:
        return None
    since = told[-1].at.astimezone(clock.LOCAL).date()
    return Pause(WHY.get(body["why"], OTHER), since, date.fromisoformat(body["until"]))


def answer_of(news: Iterable[Fact]) -> Answer | None:
    """Return the newest answer to the case's rating."""
    told = [fact for fact in news if fact.kind == history.ANSWERED and fact.body]
    return Answer(str((told[-1].body or {})["words"]), told[-1].at) if told else None
