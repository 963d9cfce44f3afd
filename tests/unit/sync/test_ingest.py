"""The hall's side of a push: once, in order, nothing dropped, no entry stops another's case."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from rq.timeouts import JobTimeoutException
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError, OperationalError

from kiosk import clock
from kiosk.cases.model import Case
from kiosk.cases.proof import prove
from sync import ingest, keys, ledger
from sync.envelope import Entry
from sync.expecting import ExpectedBlob
from sync.ingest import Acceptance, Run
from sync.ledger import Fork, LedgerEntry, Terminal
from sync.lives import Life
from tests.builders.entries import Scribe
from tests.builders.machines import Pair, enrolled


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


@pytest.fixture
def accept(pair: Pair, scribe: Scribe) -> Callable[..., Acceptance]:
    """Lets the hall take a run of entries, with all keys the scribe has."""

    def take(entries: list[Entry], keys: dict[str, bytes] | None = None, replay=None) -> Acceptance:
        with pair.hall.writing() as session:
            terminal = session.get_one(Terminal, pair.terminal_id, with_for_update=True)
            run = Run(tuple(entries), scribe.keys if keys is None else keys)
            return taken(pair, session, terminal, run, replay)

    return take


def taken(pair: Pair, session, terminal: Terminal, run: Run, replay=None) -> Acceptance:
    wrapper = pair.hall.parts.keyring
    return ingest.accept(session, terminal, run, replay or pair.replay, wrapper, clock.now())


def verdicts(outcome: Acceptance) -> list[str]:
    return [verdict for _, verdict, _ in outcome.verdicts]


def count(pair: Pair, table: type) -> int:
    with pair.hall.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_entries_become_ledger_rows_and_cases_and_move_the_cursor(pair, scribe, accept):
    entries = [scribe.submitted() for _ in range(3)]
    outcome = accept(entries)
    assert verdicts(outcome) == ["applied"] * 3
    assert (outcome.cursor, outcome.head) == ((1, 3), entries[-1].digest)
    assert (count(pair, LedgerEntry), count(pair, Case)) == (3, 3)


def test_the_same_run_again_gives_the_same_answer_and_changes_nothing(pair, scribe, accept):
    entries = [scribe.submitted(), scribe.poison(), scribe.submitted()]
    first = accept(entries)
    rows = pair.hall.row_counts()
    assert accept(entries) == first
    assert pair.hall.row_counts() == rows


def test_a_run_that_overlaps_the_last_one_adds_only_what_is_new(pair, scribe, accept):
    entries = [scribe.submitted() for _ in range(4)]
    accept(entries[:3])
    assert verdicts(accept(entries[1:])) == ["applied"] * 3
    assert count(pair, Case) == 4


def test_a_run_past_the_cursor_is_a_gap_and_changes_nothing(pair, scribe, accept):
    entries = [scribe.submitted() for _ in range(3)]
    accept(entries[:1])
    outcome = accept(entries[2:])
    assert (outcome.gap, outcome.forked, outcome.cursor) == (True, False, (1, 1))
    assert count(pair, LedgerEntry) == 1


def test_another_entry_at_a_known_place_is_a_fork_and_kept(pair, scribe, accept):
    accept([scribe.submitted(), scribe.submitted()])
    clone = Scribe()
    rival = clone.submitted()
    outcome = accept([rival], clone.keys)
    assert outcome.forked
    with pair.hall.reading() as session:
        kept = session.get_one(Fork, rival.digest)
        assert rival.entry_id in kept.wire.decode()
    assert pair.known_terminal().forked_at is not None
    assert (count(pair, Case), outcome.cursor) == (2, (1, 2))


def test_a_run_that_goes_on_from_another_head_is_a_fork_and_kept(pair, scribe, accept):
    accept([scribe.submitted()])
    clone = Scribe()
    clone.submitted()
    rivals = [clone.submitted(), clone.submitted()]
    assert accept(rivals, clone.keys).forked
    assert count(pair, Fork) == 2


def test_of_a_fork_both_what_contradicts_and_what_follows_it_is_kept(pair, scribe, accept):
    accept([scribe.submitted()])
    clone = Scribe()
    branch = [clone.submitted() for _ in range(3)]
    assert accept(branch, clone.keys).forked
    assert count(pair, Fork) == 3
    assert keys_at_the_hall(pair, branch) == clone.keys


def test_an_entry_that_an_older_epoch_never_had_is_a_fork_and_kept(pair, scribe, accept):
    accept([scribe.submitted()])
    clone = Scribe(seq=1, prev=scribe.prev)
    scribe.epoch, scribe.seq = 2, 0
    accept([scribe.submitted()])
    late = clone.submitted()
    outcome = accept([late], clone.keys)
    assert outcome.forked
    assert count(pair, Fork) == 1


def test_a_later_life_that_was_not_granted_here_is_a_gap_when_what_it_follows_is_not_here(
    pair, scribe, accept
):
    accept([scribe.submitted()])
    missing = scribe.submitted()
    scribe.epoch, scribe.seq = 2, 0
    begun = scribe.submitted()
    outcome = accept([begun])
    assert (outcome.gap, outcome.forked, outcome.cursor) == (True, False, (1, 1))
    assert verdicts(accept([missing, begun])) == ["applied"] * 2
    assert (count(pair, Fork), pair.known_terminal().forked_at) == (0, None)


def test_a_later_life_that_follows_another_place_than_the_head_is_a_fork(pair, scribe, accept):
    accept([scribe.submitted()])
    clone = Scribe(epoch=2, prev=scribe.prev)
    accept([scribe.submitted()])
    assert accept([clone.submitted()], clone.keys).forked


def test_a_life_that_was_granted_here_follows_the_head_or_is_a_fork(pair, scribe, accept):
    accept([scribe.submitted()])
    now = datetime(2026, 5, 4, tzinfo=UTC)
    with pair.hall.writing() as session:
        place = {"terminal_id": pair.terminal_id, "life_id": "a life", "reason": "restored"}
        session.add(Life(**place, epoch=2, asked_at=now, heard_at=now))
    clone = Scribe(epoch=2, prev=b"x" * 32)
    assert accept([clone.submitted()], clone.keys).forked


def keys_at_the_hall(pair: Pair, entries: list[Entry]) -> dict[str, bytes]:
    with pair.hall.reading() as session:
        wrapper = pair.hall.parts.keyring
        return keys.fetch(session, wrapper, {entry.subject for entry in entries})


def test_the_key_of_a_case_is_kept_though_its_entry_is_quarantined(pair, scribe, accept):
    known = scribe.submitted()
    strange = [scribe.poison(), scribe.submitted(version=2)]
    assert verdicts(accept([known, *strange])) == ["applied", "quarantined", "held"]
    assert keys_at_the_hall(pair, [known, *strange]) == scribe.keys


def test_the_key_that_comes_with_a_held_entry_is_kept(pair, scribe, accept):
    poison = scribe.poison()
    assert verdicts(accept([poison], keys={})) == ["quarantined"]
    assert verdicts(accept([scribe.withdrawn(poison.subject)])) == ["held"]
    assert keys_at_the_hall(pair, [poison]) == scribe.keys


def test_a_key_of_a_case_without_an_entry_here_or_of_one_known_before_is_not_kept(
    pair, scribe, accept
):
    entry = scribe.submitted()
    accept([entry], keys={"another case": b"k" * 32})
    accept([entry], keys=scribe.keys)
    assert count(pair, keys.SubjectKey) == 0


def test_the_first_branch_of_a_fork_goes_on(pair, scribe, accept):
    accept([scribe.submitted()])
    clone = Scribe()
    accept([clone.submitted()], clone.keys)
    outcome = accept([scribe.submitted()])
    assert (verdicts(outcome), outcome.forked) == (["applied"], False)


def test_one_poison_entry_stops_none_of_the_other_999(pair, scribe, accept):
    entries = [scribe.submitted() for _ in range(600)]
    entries.append(scribe.poison())
    entries += [scribe.submitted() for _ in range(399)]
    outcomes = [accept(entries[:500]), accept(entries[500:])]
    told = [verdict for outcome in outcomes for verdict in verdicts(outcome)]
    assert told.count("applied") == 999
    assert told[600] == "quarantined"
    assert count(pair, Case) == 999
    assert pair.hall.within(prove, pair.hall.parts).faults == []


def test_later_entries_of_the_poisoned_case_are_held(pair, scribe, accept):
    poison = scribe.poison()
    same_run = scribe.withdrawn(poison.subject)
    other = scribe.submitted()
    later_run = scribe.withdrawn(poison.subject)
    assert verdicts(accept([poison, same_run, other])) == ["quarantined", "held", "applied"]
    assert verdicts(accept([later_run])) == ["held"]


def test_a_poison_entry_of_one_terminal_holds_no_case_of_another(pair, scribe, accept, a_terminal):
    case = scribe.submitted()
    accept([case])
    stranger = enrolled(pair.hall, a_terminal())
    forger = Scribe()
    poison = forger.poison(case.subject)
    with pair.hall.writing() as session:
        other = session.get_one(Terminal, stranger.terminal_id, with_for_update=True)
        found = taken(pair, session, other, Run((poison,), {}))
    assert verdicts(found) == ["quarantined"]
    assert verdicts(accept([scribe.withdrawn(case.subject)])) == ["applied"]


def test_a_case_of_another_terminal_cannot_be_touched(pair, scribe, accept, a_terminal):
    case = scribe.submitted()
    accept([case])
    stranger = enrolled(pair.hall, a_terminal())
    forger = Scribe(keys=dict(scribe.keys))
    withdrawal = forger.withdrawn(case.subject)
    with pair.hall.writing() as session:
        other = session.get_one(Terminal, stranger.terminal_id, with_for_update=True)
        run = Run((withdrawal,), forger.keys)
        found = taken(pair, session, other, run)
    assert verdicts(found) == ["quarantined"]
    with pair.hall.reading() as session:
        assert session.get_one(Case, case.subject).state == "submitted"


@pytest.mark.parametrize(("kind", "version"), [("case.dreamt", 1), ("case.submitted", 2)])
def test_an_entry_of_a_kind_or_version_not_known_yet_is_held_and_told_what_it_needs(
    scribe, accept, kind, version
):
    known = scribe.submitted()
    strange = scribe.write(kind, "another case", known.body, version=version)
    outcome = accept([known, strange, scribe.submitted()])
    assert verdicts(outcome) == ["applied", "held", "applied"]
    assert outcome.verdicts[1][2] == f"needs {kind} of version {version}"


def test_an_entry_without_its_key_is_quarantined(scribe, accept):
    assert verdicts(accept([scribe.submitted()], keys={})) == ["quarantined"]


def test_a_receipt_number_that_fits_no_column_is_quarantined(scribe, accept, pair):
    outcome = accept([scribe.submitted(number="1\x00" * 40), scribe.submitted()])
    assert verdicts(outcome)[1] == "applied"
    assert pair.hall.within(prove, pair.hall.parts).faults == []


def test_why_an_entry_is_quarantined_tells_nothing_of_what_it_says(scribe, accept, pair):
    double = scribe.submitted()
    again = scribe.write("case.submitted", double.subject, double.body)
    outcome = accept([double, again])
    assert verdicts(outcome) == ["applied", "quarantined"]
    with pair.hall.reading() as session:
        row = session.scalars(select(LedgerEntry).where(LedgerEntry.seq == 2)).one()
    assert double.subject not in row.reason
    assert len(row.reason) < 60


@pytest.mark.parametrize("how_many", [1, 3])
@pytest.mark.parametrize(
    "trouble",
    [
        OperationalError("INSERT", {}, Exception("deadlock detected")),
        DatabaseError("INSERT", {}, Exception("database disk image is malformed")),
        MemoryError(),
        JobTimeoutException("120 seconds"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_hall_in_trouble_quarantines_nothing_and_lets_the_run_come_again(
    pair, scribe, accept, how_many, trouble
):
    def in_trouble(session, terminal, entries, case_keys=None):
        raise trouble

    entries = [scribe.submitted() for _ in range(how_many)]
    with pytest.raises(type(trouble)):
        accept(entries, replay=in_trouble)
    assert count(pair, LedgerEntry) == 0
    assert verdicts(accept(entries)) == ["applied"] * how_many


def test_an_illegal_step_is_a_recorded_refusal_and_holds_nothing(pair, scribe, accept):
    case = scribe.submitted()
    outcome = accept([case, scribe.withdrawn(case.subject), scribe.withdrawn(case.subject)])
    assert verdicts(outcome) == ["applied", "applied", "refused"]
    assert outcome.verdicts[2][2] == "withdraw is not possible when the case is withdrawn"
    with pair.hall.reading() as session:
        assert ledger.tallies(session) == {pair.terminal_id: {"applied": 2, "refused": 1}}


def test_files_that_are_named_are_expected(pair, scribe, accept):
    accept([scribe.submitted(blobs=("ab" * 32, "cd" * 32)), scribe.submitted(blobs=("ab" * 32,))])
    with pair.hall.reading() as session:
        assert sorted(session.scalars(select(ExpectedBlob.sha256))) == ["ab" * 32, "cd" * 32]
