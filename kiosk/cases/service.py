"""The terminal's verbs: submit, correct, withdraw. Each is in one commit, then a ring.

Case row, key, materials and journal entry are in the same transaction; nothing
is handed back before COMMIT returned. Neighbours: ``submission`` and ``bundles``
check, ``storing`` writes, ``queries`` reads back.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import Services
from kiosk.cases import bundles, deferral, lifecycle
from kiosk.cases.bundles import HandedIn
from kiosk.cases.help import tying
from kiosk.cases.history import receipt_body, taken_verbs
from kiosk.cases.model import Case
from kiosk.cases.storing import (
    Again,
    Files,
    NewCase,
    body_of,
    claim,
    fact_of,
    seal,
    station,
    write,
)
from kiosk.cases.storing import handed_in as handed_in_with
from kiosk.cases.submission import Submission, prepare
from kiosk.db import reading, writing
from kiosk.errors import STATUS, Conflict, FieldProblem, Invalid, NotFound
from kiosk.receipts import leases
from kiosk.receipts.leases import Label
from sync import journal, keys
from sync.faultpoint import reach
from sync.tables import table_of

CORRECTED, WITHDRAWN = "case.corrected", "case.withdrawn"

_CASES = table_of(Case)
_BY_KEY = select(_CASES.c.id, _CASES.c.request_sha256).where(
    _CASES.c.idempotency_key == bindparam("key")
)
_MADE_WITH = select(Case).where(
    or_(Case.idempotency_key == bindparam("key"), Case.correction_key == bindparam("key"))
)
#: A number is drawn at random; a second draw is needed once in millions of cases.
_DRAWS = 5


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the applicant is given (受理凭证): ``token`` opens the progress page.

    That of a bundle has its code as ``item`` and is kept with the first of its cases.
    """

    number: str
    token: str
    case_id: str
    item: str
    state: str
    submitted_at: datetime


WIPED = Text(
    "办件办结已久，本机上的内容已清除，请到中心大厅办理。",
    "The case ended long ago and its contents were wiped here; the centre has them.",
)


class NumberUsed(Conflict):
    """A leased number that another case has."""

    def __init__(self) -> None:
        """There is one message."""
        message = Text("这个受理编号已经用过。", "Another case has this receipt number.")
        super().__init__("number-used", message)


STATUS[NumberUsed] = STATUS[Conflict]


@dataclass(frozen=True, slots=True)
class Leased:
    """Under which number a tablet gave a receipt, and the digest of what it sent."""

    label: Label
    device_id: str
    request: str


def submit(
    services: Services,
    submission: Submission,
    idempotency_key: str,
    leased: Leased | None = None,
) -> Receipt:
    """Make a case, or one for each member of a bundle, and return the receipt after COMMIT.

    Idempotent by key: the same submission gets the same receipt again, another
    one with the same key raises Conflict. Raises Invalid with every wrong field,
    and Unavailable before the terminal is enrolled. ``leased`` is the number that the receipt
    has already: Invalid when it is none of the tablet's, Conflict when another case has it.
    """
    request = leased.request if leased else submission.sha256()
    try:
        whole = bundles.prepare(services, submission)
        again = Again(idempotency_key, request, whole.bundle, whole.id_tail)
        return _submit_with_free_number(services, whole, again, leased)
    except (Invalid, NumberUsed):
        # A repeat stays answerable although its materials are the first one's by now, or a
        # rule about dates has turned meanwhile.
        earlier = handed_in(services, idempotency_key, request)
        if earlier is None:
            raise
        return earlier


def correct(
    services: Services, case_id: str, submission: Submission, idempotency_key: str
) -> Receipt:
    """Hand a returned case in again as a new version; the earlier one stays in the journal.

    Idempotent by key, as ``submit`` is; a case is returned, and so corrected, once. Raises
    NotFound, Conflict when the case is not returned or the key came with another body, Invalid.
    """
    prepared, request = prepare(services, submission), submission.sha256()
    with writing() as session:
        case = case_of(session, case_id)
        if case.correction_key == idempotency_key:
            if case.correction_sha256 != request:
                raise _key_reused()
            return _receipt(session, services, case)
        if case.item != submission.item:
            raise Conflict("item_differs", Text("补正不能换事项。", "A correction keeps its item."))
        take_step(session, case, "correct")
        owner = case.bundle_id or case.id
        files = claim(session, services, prepared.materials, owner)
        body = body_of(prepared, files)
        if case.bundle_id:
            body["bundle"] = receipt_body(session, services.keyring, case.id)["bundle"]
        case.correction_key, case.correction_sha256 = idempotency_key, request
        body["handed_in"] = handed_in_with(idempotency_key, request)
        case.release = submission.release
        case.supply_by = deferral.first_day(body["attachments"])
        case.reckon()
        append_fact(session, services, case, CORRECTED, body, files)
        tying.tie_again(session, services, prepared, case)
        receipt = _receipt(session, services, case)
    services.doorbell.ring("push")
    return receipt


def withdraw(services: Services, case_id: str) -> None:
    """Take a case back before it is decided; Conflict when it is too late, NotFound."""
    with writing() as session:
        case = case_of(session, case_id)
        take_step(session, case, "withdraw")
        append_fact(session, services, case, WITHDRAWN, {}, {})
    services.doorbell.ring("push")


def made_with(services: Services, idempotency_key: str) -> Receipt | None:
    """Return the receipt of the submission or correction that came with this key, if any did."""
    with reading() as session:
        case = session.execute(_MADE_WITH, {"key": idempotency_key}).scalar_one_or_none()
        return None if case is None else _receipt(session, services, case)


def _submit_with_free_number(
    services: Services, whole: HandedIn, again: Again, leased: Leased | None
) -> Receipt:
    """Store the case at the first try, as nearly always; a taken key or number shows by failing."""
    for _ in range(_DRAWS - 1):
        with suppress(IntegrityError):
            return _store(services, whole, again, leased)
        earlier = handed_in(services, again.key, again.request)
        if earlier is not None:
            return earlier
    return _store(services, whole, again, leased)


def _store(
    services: Services, whole: HandedIn, again: Again, leased: Leased | None = None
) -> Receipt:
    ids = [clock.new_id() for _ in whole.parts]
    cases: list[NewCase] = []

    def deed(rows: Connection) -> None:
        peer = station(rows)
        labels = leases.new_labels(peer.terminal_number, peer.epoch)
        if leased:
            _use(rows, peer, leased, whole)
            labels = chain((leased.label,), labels)
        files = claim(rows, services, whole.materials, ids[0], whole.parts[0].submission.ahead)
        cases[:] = seal(peer, whole.parts, files, ids, again, labels, services.keyring)
        write(rows, services, cases, peer.epoch)
        tying.tie(rows, services, peer, whole.parts, [case.row for case in cases])
        reach("submission.written")

    services.group_commit.record(deed, partial(_ring, services))
    reach("submission.answered")
    first = cases[0].row
    item = again.bundle or first["item"]
    return Receipt(
        first["number"], cases[0].token, ids[0], item, lifecycle.SUBMITTED, first["submitted_at"]
    )


def _ring(services: Services) -> None:
    reach("submission.committed")
    services.doorbell.ring("push")


def append_fact(
    session: Session,
    services: Services,
    case: Case,
    kind: str,
    body: dict[str, Any],
    files: Files,
) -> None:
    """Seal ``body`` with the case's key and append its entry to the journal; the caller commits.

    Conflict ``case_wiped`` when the key was destroyed.
    """
    key = keys.fetch(session, services.keyring, [case.id]).get(case.id)
    if key is None:
        raise Conflict("case_wiped", WIPED)
    session.flush()
    peer = station(session)
    fact = fact_of(peer, key, case.id, kind, body, files, clock.now())
    journal.append(session, fact, peer.epoch)


def take_step(session: Session, case: Case, verb: str) -> None:
    """Move the case by one step of ``lifecycle``; Conflict when it is illegal now."""
    try:
        case.state = lifecycle.next_state(case.state, verb, taken_verbs(session, case.id))
    except lifecycle.Illegal as error:
        raise Conflict(
            "step_illegal",
            Text("办件现在的状态不能这样做。", "The case is in a state that does not allow this."),
        ) from error
    if lifecycle.STEPS[verb].target is not None:
        case.changed_at = clock.now()
    case.reckon()


def _use(rows: Connection, peer: Row[Any], leased: Leased, whole: HandedIn) -> None:
    label, known = leased.label, (peer.terminal_number, peer.epoch)
    used = leases.is_used(rows, label, leased.device_id)
    if used is None and leases.is_of_lost_life(rows, label.number, *known):
        # Leased after the backup that this machine was restored from: somebody has the receipt.
        leases.keep(rows, [label], leased.device_id, clock.now())
        used = False
    if used is None:
        problem = FieldProblem(
            "number",
            "number-not-leased",
            Text(
                "这个受理编号不是本站发给这台平板的。",
                "This receipt number was not leased to this tablet by this station.",
            ),
        )
        raise Invalid("number-not-leased", problem.message, (problem,))
    if used:
        raise NumberUsed
    origin = whole.parts[0].submission.origin
    notes = ",".join(origin.notes) if origin else ""
    leases.use(rows, leased.label.number, clock.now(), notes)


def handed_in(services: Services, idempotency_key: str, request: str) -> Receipt | None:
    """Return the receipt of what came with this key before; Conflict when it was another body."""
    with reading() as session:
        known = session.execute(_BY_KEY, {"key": idempotency_key}).one_or_none()
        if known is None:
            return None
        case = case_of(session, known.id)
        if case.wiped_at is not None:
            raise Conflict("case_wiped", WIPED)
        if known.request_sha256 != request:
            raise _key_reused()
        return _receipt(session, services, case)


def _key_reused() -> Conflict:
    message = Text(
        "同一个提交编号带来了不同的内容。", "This Idempotency-Key came with another body before."
    )
    problem = FieldProblem(
        "Idempotency-Key",
        "idempotency_key_reused",
        Text("请换一个提交编号。", "Use a new key for another submission."),
    )
    return Conflict("idempotency_key_reused", message, (problem,))


def _receipt(session: Session, services: Services, case: Case) -> Receipt:
    body = receipt_body(session, services.keyring, case.id)
    item = case.bundle if case.bundle and case.bundle_id == case.id else case.item
    return Receipt(case.number, body["token"], case.id, item, case.state, case.submitted_at)


def case_of(session: Session, case_id: str) -> Case:
    """Return the case; NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("case_unknown", Text("没有这个办件。", "There is no such case."))
    return case
