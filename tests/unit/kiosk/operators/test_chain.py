"""The proof of the audit log: whatever somebody does to the table is noticed, and where."""

import pytest
from sqlalchemy import delete, update

from kiosk.operators import chain
from kiosk.operators.audit import COMMAND, AuditRecord, digest_of, record
from kiosk.operators.chain import ALTERED, ANOTHER, GAP, SHORTENED, UNLINKED, Head


@pytest.fixture
def hall(a_hall):
    made = a_hall("sqlite")
    for number in range(1, 8):
        with made.writing() as session:
            record(session, "terminal.revoked", str(number), COMMAND, {"why": "stolen"})
    return made


def proof(hall, *anchors, from_the_start=True):
    return hall.within(chain.prove_and_keep, anchors, from_the_start=from_the_start)


def kept_head(hall):
    with hall.reading() as session:
        return chain.head(session)


def change(hall, number, **values):
    with hall.writing() as session:
        session.execute(update(AuditRecord).where(AuditRecord.seq == number).values(**values))


def remove(hall, first, last):
    with hall.writing() as session:
        session.execute(delete(AuditRecord).where(AuditRecord.seq.between(first, last)))


def test_an_untouched_log_holds_and_its_head_is_told(hall):
    found = proof(hall)
    assert (found.holds, found.checked, found.head) == (True, 7, kept_head(hall))


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "somebody else"},
        {"act": "terminal.approved"},
        {"target": "100009"},
        {"detail": "{}"},
        {"prev_digest": "0" * 64},
    ],
)
def test_a_record_that_was_altered_is_named(hall, values):
    change(hall, 4, **values)
    found = proof(hall)
    assert (found.holds, found.broken_at, found.reason) == (False, 4, ALTERED)


def test_a_record_that_was_altered_with_its_digest_does_not_lead_to_the_next(hall):
    with hall.writing() as session:
        made = session.get_one(AuditRecord, 4)
        made.actor = "somebody else"
        made.digest = digest_of(made)
    found = proof(hall)
    assert (found.broken_at, found.reason) == (5, UNLINKED)


def test_a_deleted_record_leaves_a_gap(hall):
    remove(hall, 4, 4)
    assert (proof(hall).broken_at, proof(hall).reason) == (4, GAP)


def test_a_record_that_was_put_between_others_is_noticed(hall):
    remove(hall, 7, 7)
    with hall.writing() as session:
        last = session.get_one(AuditRecord, 6)
        forged = AuditRecord(seq=7, at=last.at, actor="x", act="y.z", target="1", detail="{}")
        forged.prev_digest = session.get_one(AuditRecord, 5).digest
        forged.digest = digest_of(forged)
        session.add(forged)
    assert (proof(hall).broken_at, proof(hall).reason) == (7, UNLINKED)


def test_records_that_changed_places_are_noticed(hall):
    change(hall, 3, seq=30)
    change(hall, 4, seq=3)
    change(hall, 30, seq=4)
    assert (proof(hall).broken_at, proof(hall).reason) == (3, ALTERED)


def test_a_tail_that_was_cut_off_is_noticed_by_the_last_proof_or_an_anchor(hall):
    anchor = kept_head(hall)
    assert proof(hall).holds
    remove(hall, 6, 7)
    assert (proof(hall).broken_at, proof(hall).reason) == (6, SHORTENED)
    assert proof(hall, from_the_start=False).reason == SHORTENED
    with hall.writing() as session:
        session.execute(delete(chain.AuditProof))
    assert proof(hall, anchor).reason == SHORTENED


def test_a_tail_that_was_cut_off_with_the_last_proof_shows_only_against_an_anchor(hall):
    """What a chain alone cannot see: this is why its head is kept elsewhere."""
    remove(hall, 6, 7)
    assert proof(hall).holds


def test_a_tail_that_was_written_anew_shows_against_an_anchor(hall):
    anchor = kept_head(hall)
    remove(hall, 6, 7)
    for number in (6, 7, 8):
        with hall.writing() as session:
            record(session, "terminal.approved", str(number), COMMAND)
    found = proof(hall, anchor)
    assert (found.broken_at, found.reason) == (7, ANOTHER)


def test_the_next_proof_reads_only_what_is_new(hall):
    proof(hall)
    with hall.writing() as session:
        record(session, "terminal.approved", "8", COMMAND)
    found = proof(hall, from_the_start=False)
    assert (found.holds, found.checked, found.head.seq) == (True, 1, 8)


def test_a_broken_chain_is_not_kept_as_proved(hall):
    change(hall, 7, actor="somebody else")
    proof(hall)
    with hall.reading() as session:
        assert chain.last_proof(session) is None


def test_a_stream_has_all_records_in_order_however_many_batches_it_takes(hall, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 3)
    with hall.reading() as session:
        found = list(chain.stream(session, chain.Asked()))
        assert proof(hall).checked == 7
    assert [each.seq for each in found] == list(range(1, 8))


@pytest.mark.parametrize("text", ["", "7", "x:" + "0" * 64, "7:abc"])
def test_what_is_no_anchor_is_said_so(text):
    with pytest.raises(ValueError, match="SEQ:DIGEST"):
        Head.read(text)
