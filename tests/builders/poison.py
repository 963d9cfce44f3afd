"""Cases of a pair whose entries cannot be replayed as they are, and what an admin does about them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from kiosk import clock, crypto
from kiosk.cases import bodies
from kiosk.hall import resolving
from kiosk.receipts.number import new_number
from kiosk.receipts.qr import new_token
from sync import journal, keys
from sync.envelope import Entry
from sync.journal import Fact
from sync.ledger import LedgerEntry
from sync.quarantine import Place
from tests.builders.cases import a_case_at
from tests.builders.machines import Pair

#: What a terminal can show and the hall cannot take: a document supplied in a way unknown there.
WRONG: dict[str, Any] = {
    "attachments": [{"requirement": "none", "mode": "teleported", "materials": []}],
    "files": {},
}


@dataclass(frozen=True)
class Desk:
    """The admin's side of a pair, and the ledger behind it."""

    pair: Pair
    operator: str = "admin-1"

    def place(self, seq: int) -> Place:
        return Place(self.pair.terminal_id, 1, seq)

    def replay(self, seq: int) -> str:
        return self._do(resolving.replay, seq)

    def set_aside(self, seq: int, why: str = "重复提交") -> str:
        return self._do(resolving.set_aside, seq, why)

    def correct(self, seq: int, typed: str, why: str = "按电话核对") -> str:
        return self._do(resolving.correct, seq, why, typed)

    def _do(self, verb: Any, seq: int, *more: str) -> str:
        hall = self.pair.hall
        return hall.within(verb, hall.parts, self.place(seq), self.operator, *more)

    def verdicts(self) -> list[str]:
        """Of all entries in the order of the journal."""
        with self.pair.hall.reading() as session:
            query = select(LedgerEntry.verdict).order_by(LedgerEntry.epoch, LedgerEntry.seq)
            return list(session.scalars(query))

    def reason(self, seq: int) -> str | None:
        with self.pair.hall.reading() as session:
            return session.get_one(LedgerEntry, (self.pair.terminal_id, 1, seq)).reason


def told(pair: Pair, kind: str, subject: str, body: dict[str, Any], **changes: Any) -> Entry:
    """Write an entry about a case of the terminal into its journal, whatever it says."""
    wrapper = pair.terminal.parts.keyring
    with pair.terminal.reading() as session:
        key = keys.fetch(session, wrapper, [subject])[subject]
    return written(pair, kind, subject, bodies.seal(key, subject, kind, body), **changes)


def written(pair: Pair, kind: str, subject: str, body: bytes, **changes: Any) -> Entry:
    """Write an entry with these bytes as its body."""
    fact = Fact(
        entry_id=changes.pop("entry_id", None) or clock.new_id(),
        subject=subject,
        kind=kind,
        body=body,
        blobs=(),
        recorded_at=1_790_000_000_000_000,
        uptime_ms=1,
        **changes,
    )
    with pair.terminal.writing() as session:
        return journal.append(session, fact, 1)


def a_poisoned_supply(pair: Pair) -> str:
    """A case whose second entry nobody can read; its id."""
    case_id = a_case_at(pair.terminal).case_id
    told(pair, "case.supplied", case_id, WRONG)
    return case_id


def a_poisoned_submission(pair: Pair) -> tuple[str, dict[str, Any]]:
    """A case that the hall cannot make, with the body that would be right; not in the table."""
    subject, key = clock.new_id(), crypto.new_key()
    with pair.terminal.writing() as session:
        keys.store(session, pair.terminal.parts.keyring, {subject: key})
    right = {
        "number": new_number("100001"),
        "token": new_token(),
        "item": "RS-001",
        "release": "0" * 64,
        "answers": {},
        "attachments": [],
        "channel": "api",
    }
    sealed = bodies.seal(key, subject, "case.submitted", {**right, **WRONG})
    written(pair, "case.submitted", subject, sealed)
    return subject, right
