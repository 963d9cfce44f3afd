"""Hall: let the clock of a case stand while something happens that the law leaves out of it.

Source: Administrative Licensing Law of the PRC, article 45: time for a hearing, a tender, an
auction, inspection, testing, quarantine, appraisal and expert review is not counted, and the
applicant is told in writing how long it takes: by ``news`` at the terminal, and by a
printed notice. While the applicant corrects a returned case no clock runs anyway. Neighbours:
``deadlines.after_pause`` reckons, ``desk`` refuses to decide meanwhile.
"""

from forms.definition import Text
from kiosk import clock, workdays
from kiosk.app_services import Services
from kiosk.cases import deadlines, desk_events, history, lifecycle, news
from kiosk.cases.desk import locked, refuse_if_held
from kiosk.cases.news import WHY
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid

#: Working days that it may be said to take at most.
MOST_DAYS = 180


def pause(services: Services, case_id: str, clerk: str, why: str, days: int) -> None:
    """Stop the clock of an accepted case; `days` are the working days that the applicant is told.

    Longer than that it stands in red. Conflict when it stands already, none runs or a colleague
    holds the case, Invalid, NotFound.
    """
    if why not in WHY:
        message = Text("请选择一种特别程序。", "Choose one of the procedures.")
        raise Invalid("why_invalid", message, (FieldProblem("why", "invalid", message),))
    if not 1 <= days <= MOST_DAYS:
        message = Text(f"请填 1 到 {MOST_DAYS}。", f"A number from 1 to {MOST_DAYS}.")
        raise Invalid("days_invalid", message, (FieldProblem("days", "invalid", message),))
    with writing() as session:
        case = locked(session, case_id)
        refuse_if_held(case, clerk)
        runs = case.state == lifecycle.ACCEPTED and case.ends_on is not None
        if not runs or case.paused_at is not None:
            raise Conflict(
                "clock_not_running",
                Text("现在没有可暂停的时限。", "No clock runs here."),
            )
        until = workdays.add(clock.today(), days)
        case.stop_clock(clock.now(), until)
        said = {"why": why, "until": until.isoformat()}
        news.tell(session, services, case.id, history.PAUSED, said)
        told: dict[str, str | int] = {"why": why, "days": days}
        desk_events.note(session, services, case, desk_events.PAUSED, clerk, told, told)


def resume(services: Services, case_id: str, clerk: str) -> None:
    """Let the clock go on with as many working days left as there were.

    Conflict when it does not stand or a colleague holds the case, NotFound.
    """
    with writing() as session:
        case = locked(session, case_id)
        refuse_if_held(case, clerk)
        if case.paused_at is None:
            raise Conflict("clock_runs", Text("时限没有暂停。", "The clock does not stand still."))
        since, today = case.paused_at.astimezone(clock.LOCAL).date(), clock.today()
        legal_on = case.legal_on
        if case.due_on is not None:
            case.due_on = deadlines.after_pause(case.due_on, since, today)
        case.wind(
            deadlines.after_pause(legal_on, since, today) if legal_on else None,
            # What is done on the spot is due on the day on which it can go on.
            since=None if case.due_on else clock.now(),
        )
        body = {
            "since": since.isoformat(),
            "due_on": case.due_on.isoformat() if case.due_on else "",
        }
        news.tell(session, services, case.id, history.RESUMED, {"due_on": body["due_on"] or None})
        desk_events.note(session, services, case, desk_events.RESUMED, clerk, body, body)
