"""The terminal's verbs: submit, correct, withdraw. Each is one commit, then a ring.

Case row, key, materials and journal entry are in the same transaction; nothing
is handed back before COMMIT returned. Neighbours: ``submission`` checks,
``sync.journal`` appends, ``queries`` reads back.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock, crypto
from kiosk.app_services import Services
from kiosk.cases import bodies, lifecycle
from kiosk.cases.history import receipt_body, taken_verbs
from kiosk.cases.model import Case, token_hash
from kiosk.cases.submission import Prepared, Submission, prepare
from kiosk.db import reading, writing
from kiosk.errors import Conflict, FieldProblem, Invalid, NotFound, Unavailable
from kiosk.materials.model import Material
from kiosk.receipts.number import new_number
from kiosk.receipts.qr import new_token
from sync import journal, keys
from sync.journal import Fact
from sync.state import Peer, peer_of
from sync.tables import table_of

SUBMITTED, CORRECTED, WITHDRAWN = "case.submitted", "case.corrected", "case.withdrawn"

_CASES, _MATERIALS = table_of(Case), table_of(Material)
_BY_KEY = select(_CASES.c.id, _CASES.c.request_sha256).where(
    _CASES.c.idempotency_key == bindparam("key")
)
_MADE_WITH = select(Case).where(
    or_(Case.idempotency_key == bindparam("key"), Case.correction_key == bindparam("key"))
)
_MINE = (
    _MATERIALS.c.id.in_(bindparam("ids", expanding=True)),
    or_(_MATERIALS.c.case_id.is_(None), _MATERIALS.c.case_id == bindparam("case")),
)
#: Materials that no other case has.
_USABLE = select(
    _MATERIALS.c.id,
    _MATERIALS.c.sha256,
    _MATERIALS.c.wrapped_key,
    _MATERIALS.c.media_type,
    _MATERIALS.c.bytes,
).where(*_MINE)
_CLAIM = (
    _MATERIALS.update().where(*_MINE).values(case_id=bindparam("case")).returning(_MATERIALS.c.id)
)
# Made once: building a statement costs more than running it.
_PEER = select(table_of(Peer)).where(table_of(Peer).c.id == 1)
_INSERT_CASE = _CASES.insert()
#: A number is drawn at random; a second draw is needed once in millions of cases.
_DRAWS = 5


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the applicant is given (受理凭证): ``token`` opens the progress page."""

    number: str
    token: str
    case_id: str
    item: str
    state: str
    submitted_at: datetime


def submit(services: Services, submission: Submission, idempotency_key: str) -> Receipt:
    """Make a case and return its receipt after COMMIT.

    Idempotent by key: the same submission gets the same receipt again, another
    one with the same key raises Conflict. Raises Invalid with every wrong field,
    and Unavailable before the terminal is enrolled.
    """
    request = submission.sha256()
    try:
        prepared = prepare(services, submission)
        receipt = _submit_with_free_number(services, prepared, idempotency_key, request)
    except Invalid:
        # A repeat stays answerable although its materials are the first one's by now, or a
        # rule about dates has turned meanwhile.
        earlier = _earlier(services, idempotency_key, request)
        if earlier is None:
            raise
        return earlier
    services.doorbell.ring("push")
    return receipt


def correct(
    services: Services, case_id: str, submission: Submission, idempotency_key: str
) -> Receipt:
    """Hand a returned case in again as a new version; the earlier one stays in the journal.

    Idempotent by key, as ``submit`` is; a case is returned, and so corrected, once. Raises
    NotFound, Conflict when the case is not returned or the key came with another body, Invalid.
    """
    prepared, request = prepare(services, submission), submission.sha256()
    with writing() as session:
        case = _case(session, case_id)
        if case.correction_key == idempotency_key:
            if case.correction_sha256 != request:
                raise _key_reused()
            return _receipt(session, services, case)
        if case.item != submission.item:
            raise Conflict("item_differs", Text("补正不能换事项。", "A correction keeps its item."))
        _step(session, case, "correct")
        files = _files(session, services, prepared, case.id)
        _claim(session, prepared, case.id)
        body = _body(prepared, files)
        case.correction_key, case.correction_sha256 = idempotency_key, request
        case.release = submission.release
        _append(session, services, case, CORRECTED, body, files)
        receipt = _receipt(session, services, case)
    services.doorbell.ring("push")
    return receipt


def withdraw(services: Services, case_id: str) -> None:
    """Take a case back before it is decided; Conflict when it is too late, NotFound."""
    with writing() as session:
        case = _case(session, case_id)
        _step(session, case, "withdraw")
        _append(session, services, case, WITHDRAWN, {}, {})
    services.doorbell.ring("push")


def made_with(services: Services, idempotency_key: str) -> Receipt | None:
    """Return the receipt of the submission or correction that came with this key, if any did."""
    with reading() as session:
        case = session.execute(_MADE_WITH, {"key": idempotency_key}).scalar_one_or_none()
        return None if case is None else _receipt(session, services, case)


def _submit_with_free_number(
    services: Services, prepared: Prepared, idempotency_key: str, request: str
) -> Receipt:
    """Store the case at the first try, as nearly always; a taken key or number shows by failing."""
    for _ in range(_DRAWS - 1):
        with suppress(IntegrityError):
            return _store(services, prepared, idempotency_key, request)
        earlier = _earlier(services, idempotency_key, request)
        if earlier is not None:
            return earlier
    return _store(services, prepared, idempotency_key, request)


def _store(services: Services, prepared: Prepared, idempotency_key: str, request: str) -> Receipt:
    """Seal the case first and only then ask for the write lock, which everybody waits for."""
    now, case_id, token = clock.now(), clock.new_id(), new_token()
    with reading() as session:
        peer = session.execute(_PEER).one_or_none()
        if peer is None:
            raise _not_enrolled()
        files = _files(session, services, prepared, case_id)
    submission = prepared.submission
    case = {
        "id": case_id,
        "number": new_number(peer.terminal_number),
        "token_hash": token_hash(token),
        "item": submission.item,
        "release": submission.release,
        "state": lifecycle.SUBMITTED,
        "terminal_id": peer.terminal_id,
        "station_code": peer.station_code,
        "channel": submission.channel,
        "submitted_at": now,
        "changed_at": now,
        "idempotency_key": idempotency_key,
        "request_sha256": request,
    }
    key = crypto.new_key()
    body = {"number": case["number"], "token": token, **_body(prepared, files)}
    fact = _fact(case_id, SUBMITTED, bodies.seal(key, case_id, SUBMITTED, body), files, now)
    with writing() as session:
        session.execute(_INSERT_CASE, case)
        keys.add(session, services.keyring, case_id, key)
        _claim(session, prepared, case_id)
        journal.append(session, fact, peer.epoch, first=True)
    return Receipt(str(case["number"]), token, case_id, submission.item, lifecycle.SUBMITTED, now)


def _body(prepared: Prepared, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    submission = prepared.submission
    return {
        "item": submission.item,
        "release": submission.release,
        "answers": prepared.answers,
        "attachments": submission.attachments,
        "signature": submission.signature,
        "consent": submission.consent,
        "commitment": submission.commitment,
        "channel": submission.channel,
        "operator": submission.operator,
        "files": files,
    }


def _files(
    session: Session, services: Services, prepared: Prepared, case_id: str
) -> dict[str, dict[str, Any]]:
    """Return what the hall needs to open each material, by id.

    Raises Invalid with the place of each that is not here, or that another case has.
    """
    ids = list(prepared.materials)
    if not ids:
        return {}
    usable = {m.id: m for m in session.execute(_USABLE, {"ids": ids, "case": case_id})}
    missing = [path for each, path in prepared.materials.items() if each not in usable]
    if missing:
        raise _material_unknown(missing)
    return {
        m.id: {
            "sha256": m.sha256,
            "key": services.keyring.unwrap(m.wrapped_key, f"material:{m.id}".encode()).hex(),
            "media_type": m.media_type,
            "bytes": m.bytes,
        }
        for m in usable.values()
    }


def _claim(session: Session, prepared: Prepared, case_id: str) -> None:
    """Tie the materials to the case; Invalid when another case took one in this moment."""
    ids = list(prepared.materials)
    if ids and len(session.execute(_CLAIM, {"ids": ids, "case": case_id}).all()) != len(ids):
        raise _material_unknown(prepared.materials.values())


def _material_unknown(paths: Iterable[str]) -> Invalid:
    message = Text(
        "有一份材料找不到，请重新拍摄。", "A picture is no longer here; please take it again."
    )
    problems = tuple(FieldProblem(path, "material_unknown", message) for path in paths)
    return Invalid("material_unknown", message, problems)


def _append(
    session: Session,
    services: Services,
    case: Case,
    kind: str,
    body: dict[str, Any],
    files: dict[str, dict[str, Any]],
) -> None:
    key = keys.fetch(session, services.keyring, [case.id])[case.id]
    sealed = bodies.seal(key, case.id, kind, body)
    session.flush()
    journal.append(
        session, _fact(case.id, kind, sealed, files, clock.now()), peer_of(session).epoch
    )


def _fact(
    case_id: str, kind: str, sealed: bytes, files: dict[str, dict[str, Any]], now: datetime
) -> Fact:
    return Fact(
        entry_id=clock.new_id(),
        subject=case_id,
        kind=kind,
        body=sealed,
        blobs=tuple(sorted({file["sha256"] for file in files.values()})),
        recorded_at=int(now.timestamp() * 1_000_000),
        uptime_ms=clock.uptime_ms(),
    )


def _step(session: Session, case: Case, verb: str) -> None:
    try:
        case.state = lifecycle.next_state(case.state, verb, taken_verbs(session, case.id))
    except lifecycle.Illegal as error:
        raise Conflict(
            "step_illegal",
            Text("办件现在的状态不能这样做。", "The case is in a state that does not allow this."),
        ) from error
    case.changed_at = clock.now()


def _earlier(services: Services, idempotency_key: str, request: str) -> Receipt | None:
    with reading() as session:
        known = session.execute(_BY_KEY, {"key": idempotency_key}).one_or_none()
        if known is None:
            return None
        if known.request_sha256 != request:
            raise _key_reused()
        return _receipt(session, services, _case(session, known.id))


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
    return Receipt(case.number, body["token"], case.id, case.item, case.state, case.submitted_at)


def _case(session: Session, case_id: str) -> Case:
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("case_unknown", Text("没有这个办件。", "There is no such case."))
    return case


def _not_enrolled() -> Unavailable:
    return Unavailable(
        "not_enrolled", Text("本终端还没有接入中心。", "This terminal has not been enrolled yet.")
    )
