"""Prove the invariants I1 to I6 of the sync protocol on one machine's data. Reads only.

I1 every receipt is a case with its entry · I2 nothing is doubled · I3 the
entries of a case are in order · I4 blobs equal their SHA-256 · I5 what is shown
equals what is there · I6 created = applied + pending + held + quarantined
(+ refused). What one side cannot know, the other side's run proves.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kiosk.app_services import Services
from kiosk.cases.model import Case
from kiosk.config import Role
from kiosk.db import reading
from sync import journal, ledger, quarantine, verdicts
from sync.blobs import BlobStore, is_name
from sync.expecting import ExpectedBlob
from sync.journal import JournalEntry
from sync.keys import SubjectKey
from sync.ledger import LedgerEntry, Terminal
from sync.state import Peer


@dataclass
class Proof:
    """What was counted, and every fault in words; no faults means that all invariants hold."""

    role: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {"role": self.role, **self.counts, "ok": not self.faults, "faults": self.faults}


def prove(services: Services) -> Proof:
    """Check this machine's data; raises only when the database cannot be read."""
    return prove_data(services.config.role, services.blobs, services.identity.public.signing)


def prove_data(role: Role, store: BlobStore, signer: Ed25519PublicKey | None = None) -> Proof:
    """``prove`` the database of the current application and ``store``; no keys are needed.

    With this hall's public key as ``signer``, what the hall has signed is proved too.
    """
    proof = Proof(role)
    with moment() as session:
        if role == "terminal":
            _prove_terminal(session, store, proof)
        else:
            _prove_hall(session, store, proof, signer)
    return proof


@contextmanager
def moment() -> Iterator[Session]:
    """Yield a session in which all that is read is of one moment, while others go on writing.

    A transaction of SQLite is so by itself; PostgreSQL shows each statement the newest commits
    unless it is told (its manual, 13.2.2).
    """
    with reading() as session:
        if session.get_bind().dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            session.connection(execution_options=options)
        yield session


def _prove_terminal(session: Session, store: BlobStore, proof: Proof) -> None:
    created = _count(session, JournalEntry)
    proof.counts.update(cases=_count(session, Case), created=created)
    fault = journal.broken_link(session)
    if fault:
        proof.faults.append(f"I2: {fault}")
    submitted = select(JournalEntry.subject).where(JournalEntry.kind == "case.submitted")
    _same_cases(session, proof, set(session.scalars(submitted)))
    _in_order(session, proof, JournalEntry)
    _check_blobs(session, store, proof, JournalEntry)
    _wiped_as_a_whole(session, proof)
    peer = session.get(Peer, 1)
    if peer is None:
        return
    pending = journal.backlog(session, peer).pending
    lowered = verdicts.counts(session)
    proof.counts.update(pending=pending, acknowledged=created - pending, **lowered)
    if peer.acknowledged > journal.head(session)[:2]:
        proof.faults.append("I6: the acknowledged place is past the end of the journal")


def _prove_hall(
    session: Session, store: BlobStore, proof: Proof, signer: Ed25519PublicKey | None
) -> None:
    tallies = ledger.tallies(session)
    sums = dict.fromkeys((ledger.APPLIED, ledger.HELD, ledger.QUARANTINED, ledger.REFUSED), 0)
    for tally in tallies.values():
        for verdict, count in tally.items():
            sums[verdict] += count
    received = _count(session, LedgerEntry)
    proof.counts.update(cases=_count(session, Case), received=received, **sums)
    for terminal in session.scalars(select(Terminal)):
        fault = ledger.broken_link(session, terminal)
        if fault:
            proof.faults.append(f"I2: terminal {terminal.number}: {fault}")
    applied = select(LedgerEntry.subject).where(
        LedgerEntry.kind == "case.submitted", LedgerEntry.verdict == ledger.APPLIED
    )
    _same_cases(session, proof, set(session.scalars(applied)))
    _in_order(session, proof, LedgerEntry)
    _check_blobs(session, store, proof, LedgerEntry)
    if received != sum(sums.values()):
        proof.faults.append("I6: received is not the sum of applied, held, quarantined and refused")
    proof.faults += [f"I6: {fault}" for fault in quarantine.unproved(session, signer)]


def _same_cases(session: Session, proof: Proof, submitted: set[str]) -> None:
    cases = set(session.scalars(select(Case.id)))
    for case_id in sorted(cases - submitted):
        proof.faults.append(f"I1: case {case_id} has no entry")
    for case_id in sorted(submitted - cases):
        proof.faults.append(f"I1: the submission of case {case_id} has no case")
    doubled = session.execute(
        select(Case.terminal_id, Case.number)
        .group_by(Case.terminal_id, Case.number)
        .having(func.count() > 1)
    )
    proof.faults += [f"I2: number {row.number} was given twice" for row in doubled]


def _wiped_as_a_whole(session: Session, proof: Proof) -> None:
    """I1: an entry has lost its body only where the key of its case is destroyed too."""
    halves = select(JournalEntry.subject).where(
        JournalEntry.body == b"", JournalEntry.subject.in_(select(SubjectKey.subject))
    )
    proof.faults += [
        f"I1: an entry of case {subject} is empty, though its key is here"
        for subject in session.scalars(halves.distinct())
    ]


def _in_order(
    session: Session, proof: Proof, table: type[JournalEntry] | type[LedgerEntry]
) -> None:
    """I3: the entries of a case are numbered 1, 2, 3 … without gap."""
    query = select(table.subject, func.count(), func.max(table.subject_seq)).group_by(table.subject)
    proof.faults += [
        f"I3: the entries of case {subject} have a gap"
        for subject, count, last in session.execute(query)
        if count != last
    ]


def _check_blobs(
    session: Session,
    store: BlobStore,
    proof: Proof,
    table: type[JournalEntry] | type[LedgerEntry],
) -> None:
    """I4: every blob here has its SHA-256; one that is away is on the list of those expected."""
    named = {
        sha
        # What was wiped (``purge``) has an empty body, and its files are gone on purpose.
        for blobs in session.scalars(
            select(table.blobs).where(table.blobs != "[]", table.body != b"")
        )
        for sha in json.loads(blobs)
        # No program of ours names another, and nobody could bring it.
        if is_name(sha)
    }
    expected = set(session.scalars(select(ExpectedBlob.sha256)))
    here = {sha for sha in named if store.has(sha)}
    proof.counts.update(blobs=len(here), blobs_outstanding=len(expected))
    for sha in sorted(here):
        if hashlib.sha256(store.read(sha)).hexdigest() != sha:
            proof.faults.append(f"I4: blob {sha} is altered")
    for sha in sorted(named - here):
        if sha not in expected:
            proof.faults.append(f"I4: blob {sha} is missing")


def _count(session: Session, table: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0
