"""What admins do about a terminal: ask it anew, pause it, go on, write a note, say whom to call.

Each verb is one transaction with its audit record. Neighbours: `tending` are the pages, `upkeep`
the tables, `enrolment` lets terminals in and shuts them out.
"""

import re
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.db import writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.hall import proving
from kiosk.hall.releasing import tell_current
from kiosk.hall.upkeep import TerminalNote, Upkeep, upkeep_of
from kiosk.operators import audit
from sync import expecting
from sync.ledger import Terminal

#: For how many hours a terminal may be paused; then it is watched again by itself.
HOURS = (1, 4, 8, 24, 72)
MOST_NOTE, MOST_WHY, MOST_NAME = 500, 200, 40
_PHONE = re.compile(r"\+?[0-9][0-9 -]{4,17}[0-9]")


def ask_anew(number: str, by: str) -> None:
    """Let all files be compared and the current release be told again at the next contact.

    Files that were given up are asked for again.
    A hall cannot call a terminal: it reports by itself (`heartbeat`). NotFound, Conflict when the
    terminal is not let in.
    """
    with writing() as session:
        terminal = _locked(session, number)
        if terminal.standing != "approved":
            raise Conflict(
                "terminal_not_approved",
                Text(
                    "这台终端没有接入，无法要求重传。",
                    "It is not let in: nothing can be asked.",
                ),
            )
        # Below every epoch of a hall: what it has is compared anew.
        terminal.files_epoch = 0
        expecting.wait_again(session, terminal.terminal_id)
        tell_current(session, terminal)
        upkeep_of(session, terminal.terminal_id).asked_at = clock.now()
        audit.record(session, "terminal.asked", number, by)


def give_files_up(number: str, by: str) -> int:
    """Ask for the files no more that the terminal has lost, and return how many; NotFound.

    Conflict while two machines may be at work, of which one may have them. Idempotent: with none
    left nothing is written down.
    """
    with writing() as session:
        terminal = _locked(session, number)
        if terminal.forked_at or terminal.twins_at or terminal.cloned_at:
            raise Conflict(
                "terminal_is_doubtful",
                Text("请先确认哪台机器继续使用。", "Say first which machine goes on."),
            )
        count = expecting.give_up(session, terminal.terminal_id, clock.now())
        if count:
            audit.record(session, "terminal.files_given_up", number, by, {"files": count})
        return count


def pause(number: str, hours: int, why: str, by: str) -> None:
    """Let nothing that is wrong with it call for anybody for some hours; NotFound, Invalid."""
    problems = []
    if hours not in HOURS:
        problems.append(_problem("hours", "unknown", "请选择维护时间。", "Choose for how long."))
    why = why.strip()
    if not why or len(why) > MOST_WHY:
        problems.append(
            _problem("why", "missing", "请写明原因，最多 200 字。", "Say why (200 signs).")
        )
    _refuse(problems)
    with writing() as session:
        terminal = _locked(session, number)
        terminal.paused_until = clock.now() + timedelta(hours=hours)
        upkeep_of(session, terminal.terminal_id).paused_why = why
        audit.record(session, "terminal.paused", number, by, {"hours": hours})


def go_on(number: str, by: str) -> None:
    """End a pause before its time; NotFound. Idempotent."""
    with writing() as session:
        terminal = _locked(session, number)
        if terminal.paused_until is not None:
            terminal.paused_until = None
            upkeep_of(session, terminal.terminal_id).paused_why = ""
            audit.record(session, "terminal.resumed", number, by)


def write_note(number: str, text: str, by: str) -> None:
    """Keep a note; NotFound, Invalid for an empty or long one."""
    text = text.strip()
    if not text or len(text) > MOST_NOTE:
        _refuse([_problem("note", "missing", "请写备注，最多 500 字。", "At most 500 signs.")])
    with writing() as session:
        terminal = _locked(session, number)
        note = TerminalNote(
            id=clock.new_id(),
            terminal_id=terminal.terminal_id,
            at=clock.now(),
            operator=by,
            text=text,
        )
        session.add(note)
        audit.record(session, "terminal.noted", number, by)


def name_caretaker(number: str, name: str, phone: str, by: str) -> None:
    """Keep who is called when something is wrong; both empty for nobody. NotFound, Invalid."""
    name, phone = name.strip(), phone.strip()
    problems = []
    if len(name) > MOST_NAME or bool(name) != bool(phone):
        problems.append(
            _problem("caretaker", "missing", "请同时填写联系人和电话。", "Give name and number.")
        )
    if phone and not _PHONE.fullmatch(phone):
        problems.append(
            _problem("phone", "malformed", "电话号码格式不对。", "This is no telephone number.")
        )
    _refuse(problems)
    with writing() as session:
        terminal = _locked(session, number)
        upkeep = upkeep_of(session, terminal.terminal_id)
        upkeep.caretaker, upkeep.phone = name, phone
        audit.record(session, "terminal.caretaker_named", number, by)


def prove_now(number: str, by: str) -> Upkeep:
    """Follow the chain some way further, and keep how far it proves; NotFound."""
    with writing() as session:
        terminal = _locked(session, number)
        upkeep = proving.prove(session, terminal)
        place = f"{upkeep.proved_epoch}/{upkeep.proved_seq}"
        detail = {"place": place, "fault": upkeep.proof_fault or ""}
        audit.record(session, "terminal.proved", number, by, detail)
        return upkeep


def _locked(session: Session, number: str) -> Terminal:
    query = select(Terminal).where(Terminal.number == number).with_for_update()
    terminal = session.scalars(query).one_or_none()
    if terminal is None:
        raise NotFound("terminal_unknown", Text("没有这台终端。", "There is no such terminal."))
    return terminal


def _problem(field: str, code: str, zh: str, en: str) -> FieldProblem:
    return FieldProblem(field, code, Text(zh, en))


def _refuse(problems: list[FieldProblem]) -> None:
    if problems:
        raise Invalid("upkeep_invalid", problems[0].message, tuple(problems))
