"""What the terminal sends when one of its keys is damaged."""

import os

from sqlalchemy import select, update

from sync.keys import SubjectKey
from sync.ledger import LedgerEntry
from tests.builders.cases import a_case_at


def test_a_key_that_does_not_open_stops_no_other_case(small_pair):
    receipts = [a_case_at(small_pair.terminal) for _ in range(3)]
    damaged = receipts[1].case_id
    with small_pair.terminal.writing() as session:
        key = update(SubjectKey).where(SubjectKey.subject == damaged)
        session.execute(key.values(wrapped=os.urandom(60)))
    assert small_pair.push() == 3
    with small_pair.hall.reading() as session:
        verdicts = dict(session.execute(select(LedgerEntry.subject, LedgerEntry.verdict)).all())
    assert [verdicts[r.case_id] for r in receipts] == ["applied", "quarantined", "applied"]
