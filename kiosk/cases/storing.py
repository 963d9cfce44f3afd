"""Writing a new case, or the cases of a bundle, with everything that belongs to it.

Case row, key, materials and journal entry are of one transaction, which the caller opens. The
pictures of a bundle belong to its first case; the others name them. Neighbours: `service` has the
verbs, `submission` what was judged.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, bindparam, or_, select

from forms.definition import Text
from kiosk import clock, crypto
from kiosk.app_services import Services
from kiosk.cases import bodies, deadlines, deferral, lifecycle, standing, statement
from kiosk.cases.model import Case, token_hash
from kiosk.cases.submission import Prepared
from kiosk.errors import FieldProblem, Invalid, Unavailable
from kiosk.materials.model import Material
from kiosk.receipts.leases import Label
from sync import dictionaries, journal, keys
from sync.journal import Fact
from sync.state import Peer
from sync.tables import Executor, table_of

SUBMITTED = "case.submitted"
Files = Mapping[str, dict[str, Any]]

_CASES, _MATERIALS = table_of(Case), table_of(Material)
#: Those of them that no other case has.
_CLAIM = (
    _MATERIALS.update()
    .where(
        _MATERIALS.c.id.in_(bindparam("ids", expanding=True)),
        or_(
            _MATERIALS.c.case_id.is_(None),
            _MATERIALS.c.case_id.in_((bindparam("case"), bindparam("lender"))),
        ),
    )
    .values(case_id=bindparam("case"))
    .returning(
        _MATERIALS.c.id,
        _MATERIALS.c.sha256,
        _MATERIALS.c.wrapped_key,
        _MATERIALS.c.media_type,
        _MATERIALS.c.bytes,
    )
)
# Made once: building a statement costs more than running it.
_STATION = table_of(Peer)
_PEER: Select[Any] = select(
    *(_STATION.c.terminal_id, _STATION.c.terminal_number, _STATION.c.station_code),
    *(_STATION.c.epoch, _STATION.c.recovery, _STATION.c.hall_dictionaries),
).where(_STATION.c.id == 1)
_INSERT_CASE = _CASES.insert()


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that is sealed and ready to be written."""

    row: Mapping[str, Any]
    token: str
    key: bytes
    fact: Fact


def station(session: Executor) -> Row[Any]:
    """Return who this terminal is to the hall and its epoch.

    Unavailable before it is enrolled, and while it stands still (``sync.recovery``): nothing that
    it wrote then would have its place in the journal.
    """
    peer = session.execute(_PEER).one_or_none()
    if peer is None:
        raise _not_enrolled()
    standing.check(peer.recovery)
    return peer


def seal(
    peer: Row[Any],
    parts: Sequence[Prepared],
    files: Files,
    ids: Sequence[str],
    again: "Again",
    labels: Iterator[Label],
    keyring: crypto.Keyring,
) -> list[NewCase]:
    """Return the cases of one handing-in, the first being that of the receipt.

    ``ids`` are theirs, and ``labels`` are given to them in order; ``keyring`` makes the mark by
    which an applicant is found again. All of them know the bundle and its number, if it is one.
    """
    now, made = clock.now(), list[NewCase]()
    bundle: dict[str, str] = {}
    for case_id, prepared in zip(ids, parts, strict=True):
        label = next(labels)
        number, token = label.number, label.token
        if again.bundle:
            known = {"code": again.bundle, "id_tail": again.id_tail, "members": str(len(parts))}
            bundle = bundle or {**known, "id": case_id, "number": number}
        row = {
            **_row(peer, prepared, again.key_of(prepared, first=not made), again.request, now),
            "id": case_id,
            "person": person_mark(keyring, prepared.answers),
            "number": number,
            "token_hash": token_hash(token),
            "bundle": bundle.get("code"),
            "bundle_id": bundle.get("id"),
        }
        body = {"number": number, "token": token, **body_of(prepared, files)}
        body["handed_in"] = handed_in(row["idempotency_key"], row["request_sha256"])
        key, told = crypto.new_key(), {**body, "bundle": bundle} if bundle else body
        fact = fact_of(peer, key, case_id, SUBMITTED, told, body["files"], now)
        made.append(NewCase(row, token, key, fact))
    return made


def handed_in(key: str, request: str) -> dict[str, str]:
    """Return what an entry says of by what its repeat is recognised, for a terminal restored."""
    return {"key": key, "request": request}


@dataclass(frozen=True, slots=True)
class Again:
    """By what a repeated handing-in is recognised, and what its bundle is known by, if it is one.

    In a member somebody else may be the applicant: ``id_tail`` is of who applies for the bundle.
    """

    key: str
    request: str
    bundle: str | None = None
    id_tail: str = ""

    def key_of(self, prepared: Prepared, *, first: bool) -> str:
        """Return the case's own key: the one that was sent, or made from it for a member."""
        if first:
            return self.key
        return sha256(f"{self.key}\n{prepared.item.code}".encode()).hexdigest()


def write(session: Executor, services: Services, cases: Sequence[NewCase], epoch: int) -> None:
    """Write sealed cases with keys and entries; IntegrityError when a number or key is taken."""
    for case in cases:
        session.execute(_INSERT_CASE, case.row)
        keys.add(session, services.keyring, case.row["id"], case.key)
        journal.append(session, case.fact, epoch, first=True)


def _row(
    peer: Row[Any], prepared: Prepared, key: str, request: str, now: datetime
) -> dict[str, Any]:
    supply_by = deferral.first_day(each.told() for each in prepared.submission.attachments)
    return {
        "holder": prepared.submission.operator,
        "supply_by": supply_by,
        "next_due": deadlines.next_due(lifecycle.SUBMITTED, now, None, supply_by),
        "item": prepared.submission.item,
        "release": prepared.submission.release,
        "state": lifecycle.SUBMITTED,
        "terminal_id": peer.terminal_id,
        "station_code": peer.station_code,
        "channel": prepared.submission.channel,
        "submitted_at": now,
        "changed_at": now,
        "idempotency_key": key,
        "request_sha256": request,
    }


def person_mark(keyring: crypto.Keyring, answers: Mapping[str, Any]) -> str | None:
    """Return by what an applicant's cases are found without opening one; None without ID number."""
    number = answers.get("applicant", {}).get("id_number")
    return keyring.fingerprint(str(number).upper(), b"person") if number else None


def body_of(prepared: Prepared, files: Files) -> dict[str, Any]:
    """Return the body of a version handed in; of ``files`` it keeps its own."""
    submission = prepared.submission
    body = {
        "item": submission.item,
        "release": submission.release,
        "answers": prepared.answers,
        "attachments": [attachment.told() for attachment in submission.attachments],
        "signature": submission.signature,
        "consent": submission.consent,
        "commitment": submission.commitment,
        "channel": submission.channel,
        "operator": submission.operator,
        "files": {each: files[each] for each in prepared.materials},
    }
    if submission.calls:
        body["certificate_calls"] = submission.calls
    if submission.origin:
        body["origin"] = submission.origin
    if submission.help:
        body["help"] = dict(submission.help)
    if submission.ahead:
        body["ahead"] = submission.ahead
    if submission.again:
        body["again"] = submission.again
    body["statement"] = statement.digest(prepared.item, body)
    if any(each.mode == "deferred" for each in submission.attachments):
        body["notice"] = deferral.notice(prepared.item, body, clock.now())
    return body


def claim(
    session: Executor,
    services: Services,
    materials: Mapping[str, str],
    owner: str,
    lender: str | None = None,
) -> Files:
    """Tie the materials to a case; return what the hall needs to open each, by id.

    ``materials`` maps id → where it is named; ``owner`` is the case that has them, or will, and
    ``lender`` the pre-check that they were sent with. Raises Invalid with the place of each that is
    not here, or that another case has.
    """
    ids = list(materials)
    if not ids:
        return {}
    asked = {"ids": ids, "case": owner, "lender": lender or owner}
    claimed = {m.id: m for m in session.execute(_CLAIM, asked)}
    missing = [path for each, path in materials.items() if each not in claimed]
    if missing:
        raise _material_unknown(missing)
    return {
        m.id: {
            "sha256": m.sha256,
            "key": services.keyring.unwrap(m.wrapped_key, f"material:{m.id}".encode()).hex(),
            "media_type": m.media_type,
            "bytes": m.bytes,
        }
        for m in claimed.values()
    }


def _material_unknown(paths: Iterable[str]) -> Invalid:
    message = Text(
        "有一份材料找不到，请重新拍摄。", "A picture is no longer here; please take it again."
    )
    problems = tuple(FieldProblem(path, "material_unknown", message) for path in paths)
    return Invalid("material_unknown", message, problems)


def fact_of(
    peer: Row[Any],
    key: bytes,
    case_id: str,
    kind: str,
    body: Mapping[str, Any],
    files: Files,
    now: datetime,
) -> Fact:
    """Return the entry that tells ``kind`` of a case or record, naming the blobs of its files.

    ``peer`` is as ``station`` returns it: its hall reads what is sealed here with ``key``.
    """
    blobs = tuple(sorted({file["sha256"] for file in files.values()}))
    dictionary = dictionaries.agreed(peer.hall_dictionaries)
    sealed = bodies.seal(key, case_id, kind, body, dictionary, blobs)
    return Fact(
        entry_id=clock.new_id(),
        subject=case_id,
        kind=kind,
        body=sealed,
        blobs=blobs,
        recorded_at=int(now.timestamp() * 1_000_000),
        uptime_ms=clock.uptime_ms(),
    )


def _not_enrolled() -> Unavailable:
    return Unavailable(
        "not_enrolled", Text("本终端还没有接入中心。", "This terminal has not been enrolled yet.")
    )
