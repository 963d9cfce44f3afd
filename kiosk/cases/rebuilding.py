"""Terminal: make its own rows again of entries that came back (``sync.recovery.Rebuilder``).

Everything that a terminal keeps of a case is made of the case's entries: row, materials, promises,
help, the number that a tablet had. An entry that cannot be read stops no other. Idempotent: what is
here stays. Neighbours: ``storing`` and ``help.records`` wrote these rows first, ``replay`` does the
like at the hall, ``feedback`` brings the hall's decisions afterwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import NoResultFound, ProgrammingError
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.cases import bodies, feedback, lifecycle
from kiosk.cases.deferral import first_day
from kiosk.cases.help import promises, rebuilt
from kiosk.cases.help.model import row_of
from kiosk.cases.help.records import OPENED, STEPPED
from kiosk.cases.history import SUPPLIED, current_body
from kiosk.cases.model import Case, token_hash
from kiosk.cases.storing import person_mark
from kiosk.crypto import Keyring
from kiosk.materials.model import Material
from kiosk.receipts import leases, number
from kiosk.receipts.leases import Label
from sync import keys
from sync.content import CONTENT_ERRORS
from sync.envelope import Entry
from sync.state import Peer, peer_of

log = structlog.get_logger(__name__)

#: The hall has it quarantined; here it says nothing either. A value of no column's type is one too.
_UNREADABLE: tuple[type[Exception], ...] = (*CONTENT_ERRORS, NoResultFound, ProgrammingError)
#: By what a repeat of a case is recognised that came before entries said so; nobody sends it.
_UNKNOWN_KEY = "recovered:{}"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The rebuilder; ``keyring`` is the machine's own."""

    keyring: Keyring

    def __call__(self, session: Session, entries: Sequence[Entry]) -> None:
        """Bring rows up to date with entries that lie in the journal; the caller commits."""
        case_keys = keys.fetch(session, self.keyring, {entry.subject for entry in entries})
        touched = set[str]()
        for entry in entries:
            key = case_keys.get(entry.subject)
            if key is None or entry.version != 1 or entry.kind not in _DEEDS:
                continue
            try:
                with session.begin_nested():
                    body = bodies.open_fact(key, entry)
                    self._keep_materials(session, entry, body)
                    _DEEDS[entry.kind](self, session, entry, body)
            except _UNREADABLE as error:
                log.error("entry_not_rebuilt", entry=entry.entry_id, error=type(error).__name__)
            touched.add(entry.subject)
        self.draw(session, touched)

    def draw(self, session: Session, subjects: Iterable[str]) -> None:
        """Give cases the state that their facts make, and change nothing else; idempotent."""
        for subject in subjects:
            self._settle(session, subject)

    def _submitted(self, session: Session, entry: Entry, body: dict[str, Any]) -> None:
        if session.get(Case, entry.subject) is not None:
            return
        row = self._row(peer_of(session), entry, body)
        taken = select(Case.id).where(
            Case.idempotency_key.is_not(None),
            or_(Case.number == row.number, Case.idempotency_key == row.idempotency_key),
        )
        if session.scalar(taken.limit(1)) is not None:
            # Two machines with one identity drew one number, or had one draft. Both cases stay.
            log.error("recovered_case_is_a_double", case=entry.subject)
            row.idempotency_key = None
        session.add(row)
        session.flush()
        promises.note_new(session, _made(row), body, _day_of(entry))
        self._use_number(session, row, body)

    def _row(self, peer: Peer, entry: Entry, body: Mapping[str, Any]) -> Case:
        at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
        bundle, sent = body.get("bundle") or {}, body.get("handed_in") or {}
        return Case(
            id=entry.subject,
            number=str(body["number"]),
            token_hash=token_hash(str(body["token"])),
            item=str(body["item"]),
            release=str(body["release"]),
            state=lifecycle.SUBMITTED,
            terminal_id=peer.terminal_id,
            station_code=peer.station_code,
            channel=str(body["channel"]),
            submitted_at=at,
            changed_at=at,
            holder=body.get("operator"),
            bundle=bundle.get("code"),
            bundle_id=bundle.get("id"),
            idempotency_key=sent.get("key", _UNKNOWN_KEY.format(entry.subject)),
            request_sha256=sent.get("request"),
            person=person_mark(self.keyring, body["answers"]),
            supply_by=first_day(body["attachments"]),
        )

    def _use_number(self, session: Session, case: Case, body: Mapping[str, Any]) -> None:
        """Note that a number that a tablet had is used."""
        device = (body.get("origin") or {}).get("device", "")
        if not device or not number.is_leased(case.number):
            return
        label = Label(case.number, str(body["token"]))
        if leases.is_used(session, label, device) is None:
            leases.keep(session, [label], device, case.submitted_at)
        leases.use(session, case.number, case.submitted_at, ",".join(body["origin"]["notes"]))

    def _corrected(self, session: Session, entry: Entry, body: dict[str, Any]) -> None:
        case = _case_of(session, entry)
        sent = body.get("handed_in") or {}
        case.release, case.supply_by = str(body["release"]), first_day(body["attachments"])
        case.correction_key, case.correction_sha256 = sent.get("key"), sent.get("request")
        session.flush()
        promises.note(session, _made(case), body, _day_of(entry))

    def _supplied(self, session: Session, entry: Entry, body: dict[str, Any]) -> None:
        promises.settle(session, self.keyring, entry.subject)
        now = current_body(session, self.keyring, entry.subject)
        case = _case_of(session, entry)
        case.supply_by = first_day(now["attachments"] if now else ())

    def _opened(self, session: Session, entry: Entry, body: dict[str, Any]) -> None:
        if row_of(session, entry.subject) is None:
            rebuilt.opened(session, peer_of(session), entry, body)

    def _stepped(self, session: Session, entry: Entry, body: dict[str, Any]) -> None:
        rebuilt.stepped(session, entry, body)

    def _moved(self, session: Session, entry: Entry, body: dict[str, Any]) -> None:
        """Leave it to `_settle`: what moves a case and changes nothing else of it."""

    def _keep_materials(self, session: Session, entry: Entry, body: Mapping[str, Any]) -> None:
        owner = (body.get("bundle") or {}).get("id") or entry.subject
        for material_id, file in (body.get("files") or {}).items():
            known = session.get(Material, material_id)
            if known is not None:
                # What was lent by a pre-check belongs to its case from then on.
                known.case_id = owner
                continue
            context = f"material:{material_id}".encode()
            session.add(
                Material(
                    id=material_id,
                    sha256=file["sha256"],
                    wrapped_key=self.keyring.wrap(bytes.fromhex(file["key"]), context),
                    media_type=file["media_type"],
                    bytes=file["bytes"],
                    # The picture itself tells, when it is here again.
                    width=0,
                    height=0,
                    created_at=datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC),
                    case_id=owner,
                )
            )
        session.flush()

    def _settle(self, session: Session, subject: str) -> None:
        """Give the case the state that its facts make: what the hall decided, then what is newer.

        Facts may have come between those that were here, so that it is drawn from all of them.
        """
        case = session.get(Case, subject)
        if case is None:
            return
        case.state, moved_at = feedback.drawn_state(session, self.keyring, subject)
        if moved_at is not None:
            case.changed_at = moved_at
        case.reckon()


def _case_of(session: Session, entry: Entry) -> Case:
    """Return the case of an entry; LookupError when there is none, as of an entry set aside."""
    case = session.get(Case, entry.subject)
    if case is None:
        # Not SQLAlchemy's own error, which is nobody's content and would end the recovery for good.
        raise LookupError("the case is not here")
    return case


def _made(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in ("id", "item", "terminal_id", "station_code")}


def _day_of(entry: Entry) -> date:
    at = datetime.fromtimestamp(entry.recorded_at / 1_000_000, UTC)
    return at.astimezone(clock.LOCAL).date()


_DEEDS: Mapping[str, Callable[[Rebuild, Session, Entry, dict[str, Any]], None]] = {
    "case.submitted": Rebuild._submitted,
    "case.corrected": Rebuild._corrected,
    "case.withdrawn": Rebuild._moved,
    "case.rated": Rebuild._moved,
    SUPPLIED: Rebuild._supplied,
    OPENED: Rebuild._opened,
    STEPPED: Rebuild._stepped,
}
