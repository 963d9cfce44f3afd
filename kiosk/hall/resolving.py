"""Hall: the verbs about entries that could not be replayed, each one commit for one case.

The terminal is told of every verdict that changed, in the same commit. Neighbours:
``sync.quarantine`` judges, ``quarantined`` reads what waits, ``quarantine`` is the page.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import orjson
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bodies
from kiosk.cases.help.model import HelpRecord
from kiosk.cases.model import Case
from kiosk.cases.replay import KNOWN, Replay
from kiosk.db import reading, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound
from kiosk.hall import arriving, quarantined
from kiosk.hall.concealed import restored
from kiosk.operators import audit
from sync import dictionaries, feed, keys, ledger, once, quarantine, verdicts
from sync.ingest import BLOCKING
from sync.ledger import LedgerEntry, Terminal
from sync.quarantine import Act, Bench, Change, NotWaiting, Place

log = structlog.get_logger(__name__)

#: What is said with setting aside and correcting: it is kept for good, and residents read it.
MAX_REASON = 200
DEED = "replay after an update"
_REASON = Text("理由", "The reason")


def replay(services: Services, place: Place, operator: str) -> str:
    """Replay an entry as it is, and what waits behind it; return its verdict. Raises Conflict."""
    act = Act(quarantine.REPLAY, operator, clock.now())
    return _decided(services, place, act, lambda bench: bench.again(place, act))


def set_aside(services: Services, place: Place, operator: str, why: str) -> str:
    """Refuse an entry for good, and replay what waits behind it. Raises Conflict, Invalid."""
    act = Act(quarantine.SET_ASIDE, operator, clock.now(), reason_of(why))
    return _decided(services, place, act, lambda bench: bench.set_aside(place, act))


def correct(services: Services, place: Place, operator: str, why: str, typed: str) -> str:
    """Replay an entry with another body (JSON as shown by `concealed.shown`); return its verdict.

    Raises Invalid, after which nothing is stored, when that is no JSON object or cannot be replayed
    either; Conflict, NotFound.
    """
    act = Act(quarantine.CORRECT, operator, clock.now(), reason_of(why))
    body = _object(typed)

    def deed(bench: Bench) -> list[Change]:
        def write(row: LedgerEntry) -> tuple[int, bytes]:
            return _sealed(bench.session, services, row, body)

        changes = bench.corrected(place, act, write, services.identity.signing)
        row = bench.session.get_one(LedgerEntry, (place.terminal_id, place.epoch, place.seq))
        if row.verdict in BLOCKING:
            raise _invalid(
                "body",
                Text(
                    f"更正后仍不能重放：{row.reason}。",
                    f"It cannot be replayed like this either: {row.reason}.",
                ),
            )
        return changes

    return _decided(services, place, act, deed)


def retry_after_update(app: Flask) -> int:
    """Replay what another program of the hall could not, once for each program; return how many.

    What still waits is left as it is. Several processes may do so at once.
    """
    known = [*(f"{kind}/{number}" for kind, number in KNOWN), *dictionaries.names()]
    program = once.program(version("jishiban"), known)
    with app.app_context():
        with reading() as session:
            if not once.is_due(session, DEED, program):
                return 0
            places = quarantined.all_first(session)
        services: Services = app.extensions["kiosk"]
        done = sum(_retried(services, place) for place in places)
        with writing() as session:
            once.note(session, DEED, program)
    log.info("replayed_after_update", tried=len(places), applied=done)
    return done


def retry_quietly(app: Flask) -> None:
    """Do so in a thread of a web process, which must not be ended by a database in trouble."""
    try:
        retry_after_update(app)
    except SQLAlchemyError as error:
        log.error("not_replayed_after_update", error=type(error).__name__)


def _retried(services: Services, place: Place) -> bool:
    act = Act(quarantine.UPDATE, None, clock.now())
    try:
        told = _decided(services, place, act, lambda bench: bench.again(place, act))
    except Conflict:
        return False
    return told not in BLOCKING


def _decided(
    services: Services, place: Place, act: Act, deed: Callable[[Bench], Sequence[Change]]
) -> str:
    """Do it with the terminal's row locked, tell the terminal, and return the entry's verdict."""
    with writing() as session:
        terminal = session.get(Terminal, place.terminal_id, with_for_update=True)
        if terminal is None:
            raise NotFound("entry_unknown", Text("没有这条记录。", "There is no such entry."))
        replayer = Replay(services.keyring)
        try:
            changes = deed(Bench(session, terminal, replayer))
        except NotWaiting as error:
            raise Conflict(
                "entry_not_waiting",
                Text(
                    "这条记录已经处理过，或要先处理同一办件更早的记录。",
                    "This entry has been dealt with, or an earlier one of its case comes first.",
                ),
            ) from error
        arriving.expect(session, services.releases, place.terminal_id, replayer.releases)
        _tell(session, terminal, changes)
        row = session.get_one(LedgerEntry, (place.terminal_id, place.epoch, place.seq))
        verdict = row.verdict
        if changes or act.operator:
            _note(session, terminal, place, act, verdict)
    log.info(
        "entry_judged_anew",
        **{"terminal": place.terminal_id, "epoch": place.epoch, "seq": place.seq},
        **{"act": act.verb, "operator": act.operator, "verdict": verdict, "told": len(changes)},
    )
    return verdict


def _note(session: Session, terminal: Terminal, place: Place, act: Act, verdict: str) -> None:
    # As the list and the commands name an entry.
    entry = f"{terminal.number}/{place.epoch}/{place.seq}"
    by, verb = act.operator or audit.CLOCK, act.verb.replace("-", "_")
    audit.record(session, f"quarantine.{verb}", entry, by, {"verdict": verdict})


def _tell(session: Session, terminal: Terminal, changes: Sequence[Change]) -> None:
    """Put every changed verdict into the terminal's feed, with the state its case has now."""
    now = int(clock.now().timestamp() * 1_000_000)
    for change in changes:
        subject = change.entry.subject
        body = {
            "digest": change.entry.digest.hex(),
            "epoch": change.entry.epoch,
            "seq": change.entry.seq,
            "subject": subject,
            "kind": change.entry.kind,
            "verdict": change.verdict,
            "reason": change.reason,
            "state": _state(session, terminal, subject),
            "after_entry": ledger.last_of_subject(session, terminal.terminal_id, subject),
        }
        # Not under the case: its facts are sealed, and are part of its story.
        feed.publish(session, terminal.terminal_id, verdicts.KIND, None, orjson.dumps(body), now)


def _state(session: Session, terminal: Terminal, subject: str) -> str | None:
    row = session.get(Case, subject) or session.get(HelpRecord, subject)
    return row.state if row is not None and row.terminal_id == terminal.terminal_id else None


def _sealed(
    session: Session, services: Services, row: LedgerEntry, body: Mapping[str, Any]
) -> tuple[int, bytes]:
    known = [number for kind, number in KNOWN if kind == row.kind]
    if not known:
        raise _invalid(
            "body",
            Text(
                "本程序不认识这种记录，只能等升级或搁置。",
                "This program does not know entries of this kind; update it, or set this aside.",
            ),
        )
    key = keys.fetch(session, services.keyring, [row.subject]).get(row.subject)
    original = quarantined.contents(row, key)
    whole = restored(body, original or {})
    if row.kind in quarantined.PLAIN:
        return max(known), orjson.dumps(whole)
    if key is None:
        raise _invalid(
            "body",
            Text(
                "没有这个办件的密钥，不能更正；终端重传密钥后可重放，或搁置。",
                "The key of the case is not here, so nothing can be corrected; set it aside.",
            ),
        )
    return max(known), bodies.seal(key, row.subject, row.kind, whole)


def _object(typed: str) -> dict[str, Any]:
    try:
        body = orjson.loads(typed)
    except orjson.JSONDecodeError as error:
        raise _invalid(
            "body",
            Text(
                f"内容：第 {error.lineno} 行不是正确的 JSON。",
                f"The contents: line {error.lineno} is not JSON.",
            ),
        ) from error
    if not isinstance(body, dict):
        raise _invalid(
            "body", Text("内容：应是一个 JSON 对象。", "The contents: must be a JSON object.")
        )
    return body


def reason_of(why: str) -> str:
    """Return a reason as it is kept; Invalid when there is none or it is too long."""
    words = " ".join(why.split())
    if not words:
        raise _invalid(
            "why", Text("理由：请写明，群众会看到。", "The reason: say why; residents read it.")
        )
    if len(words) > MAX_REASON:
        raise _invalid(
            "why",
            Text(f"理由：最多 {MAX_REASON} 字。", f"The reason: at most {MAX_REASON} characters."),
        )
    return words


def _invalid(field: str, message: Text) -> Invalid:
    return Invalid(f"{field}_invalid", message, (FieldProblem(field, "invalid", message),))
