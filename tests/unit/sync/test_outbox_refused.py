"""Carriers that are damaged, lost their way or are not what they say: what is taken, what is told."""

import io
import shutil

import pytest
from sqlalchemy import select

from kiosk.cases.model import Case
from kiosk.hall import carried, enrolment
from sync.brought_back import News
from sync.carrier import FILE, FRAME, BadCarrier, Part, parts_of, written
from sync.envelope import pack
from sync.identity import PublicIdentity
from sync.ledger import Terminal
from sync.recovery import declare_restored
from tests.builders.carriers import (
    brought_back,
    entries_at_hall,
    expected_at_hall,
    loaded,
    place,
    round_trip,
    taken,
)
from tests.builders.cases import a_case_at
from tests.builders.machines import STATION, Machine, enrolled


def again(carrier: bytes, alter) -> bytes:
    """The carrier with altered parts and an end that fits them."""
    return b"".join(written(alter(list(parts_of(io.BytesIO(carrier))))))


@pytest.mark.parametrize("to", ["hall", "terminal"])
def test_a_carrier_that_is_cut_off_is_taken_as_far_as_it_is_whole(small_pair, to):
    for _ in range(2):
        a_case_at(small_pair.terminal)
    carrier = loaded(small_pair.terminal)
    if to == "hall":
        tally, answer = taken(small_pair.hall, carrier[:-1000])
        assert (tally.trouble.code, tally.new) == ("cut_off", 2)
        assert brought_back(small_pair.terminal, answer).entries == 2
    else:
        news = brought_back(small_pair.terminal, taken(small_pair.hall, carrier)[1][:-20])
        assert (news.trouble.code, news.entries) == ("cut_off", 2)
    round_trip(small_pair)
    assert (place(small_pair), expected_at_hall(small_pair)) == ((1, 2), [])


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_an_altered_carrier_changes_nothing_that_does_not_prove(small_pair, share):
    a_case_at(small_pair.terminal)
    carrier = bytearray(loaded(small_pair.terminal))
    carrier[int(len(carrier) * share)] ^= 1
    try:
        tally, _ = taken(small_pair.hall, bytes(carrier))
    except BadCarrier as error:
        # In the plain header of the first frame, where the kind is.
        assert error.code in {"altered", "not_one"}
    else:
        assert tally.trouble.code == "altered"
    round_trip(small_pair)
    assert (place(small_pair), entries_at_hall(small_pair)) == ((1, 1), 1)
    assert expected_at_hall(small_pair) == []


def test_a_picture_that_is_another_than_its_name_stays_wanted(small_pair):
    a_case_at(small_pair.terminal)

    def alter(parts: list[Part]) -> list[Part]:
        return [Part(p.kind, p.body[:-1] + b"!") if p.kind == FILE else p for p in parts]

    tally, answer = taken(small_pair.hall, again(loaded(small_pair.terminal), alter))
    assert (tally.files, tally.damaged_files > 0, tally.trouble) == (0, True, None)
    assert brought_back(small_pair.terminal, answer).wanted == tally.damaged_files
    round_trip(small_pair)
    assert expected_at_hall(small_pair) == []


def test_a_file_that_no_case_names_is_not_kept(small_pair):
    name = "ab" * 32

    def alter(parts: list[Part]) -> list[Part]:
        return [*parts, Part(FILE, bytes.fromhex(name) + b"anything")]

    tally, _ = taken(small_pair.hall, again(loaded(small_pair.terminal), alter))
    assert (tally.files, tally.unasked_files) == (0, 1)
    assert not small_pair.hall.parts.blobs.has(name)


def test_what_was_taken_is_answered_though_the_report_beside_it_is_malformed(small_pair):
    a_case_at(small_pair.terminal)
    peer, identity = small_pair.peer(), small_pair.terminal.parts.identity
    header = {"kind": "pull", "from": peer.terminal_id, "to": peer.hall_id, "after": 0}
    reader = PublicIdentity.from_hex(peer.hall_public).sealing
    malformed = Part(FRAME, pack(header, {"pending": "many"}, identity.signing, reader))

    def alter(parts: list[Part]) -> list[Part]:
        opening, _report, *rest = parts
        return [opening, malformed, *rest]

    tally, answer = taken(small_pair.hall, again(loaded(small_pair.terminal), alter))
    assert (tally.new, tally.files > 0, tally.trouble.code) == (1, True, "refused")
    news = brought_back(small_pair.terminal, answer)
    assert (news.entries, news.trouble) == (1, None)
    assert place(small_pair) == (1, 1)


def test_a_kind_of_part_that_is_not_known_is_passed_over(small_pair):
    a_case_at(small_pair.terminal)
    carrier = again(loaded(small_pair.terminal), lambda parts: [*parts, Part(b"LATR", b"?")])
    tally, answer = taken(small_pair.hall, carrier)
    assert (tally.new, tally.trouble) == (1, None)
    answer = again(answer, lambda parts: [*parts, Part(b"LATR", b"?")])
    assert brought_back(small_pair.terminal, answer).trouble is None


def test_a_carrier_of_another_terminal_or_hall_changes_nothing(a_hall, a_terminal):
    ours = enrolled(a_hall("sqlite"), a_terminal())
    theirs = enrolled(a_hall("sqlite"), a_terminal())
    beside = enrolled(ours.hall, a_terminal(), STATION)
    for pair in (ours, theirs, beside):
        a_case_at(pair.terminal)
    carrier = loaded(theirs.terminal)
    assert code_of(taken, ours.hall, carrier) == "other_hall"
    answer = taken(theirs.hall, carrier)[1]
    assert code_of(brought_back, ours.terminal, answer) == "other_hall"
    answer = taken(beside.hall, loaded(beside.terminal))[1]
    assert code_of(brought_back, ours.terminal, answer) == "other_terminal"
    assert place(ours) == (0, 0)


def test_a_carrier_that_goes_the_wrong_way_is_told(small_pair):
    carrier = loaded(small_pair.terminal)
    _, answer = taken(small_pair.hall, carrier)
    assert code_of(taken, small_pair.hall, answer) == "not_one"
    assert code_of(brought_back, small_pair.terminal, carrier) == "not_one"


@pytest.mark.parametrize("standing", ["pending", "revoked"])
def test_nothing_is_taken_from_a_terminal_that_may_not_exchange(small_pair, standing):
    a_case_at(small_pair.terminal)
    carrier = loaded(small_pair.terminal)
    with small_pair.hall.writing() as session:
        session.get_one(Terminal, small_pair.terminal_id).standing = standing
    assert code_of(taken, small_pair.hall, carrier) == "refused"
    assert entries_at_hall(small_pair) == 0
    small_pair.hall.within(enrolment.approve, small_pair.known_terminal().number)
    assert taken(small_pair.hall, carrier)[0].new == 1


def code_of(deed, *arguments) -> str:
    with pytest.raises(BadCarrier) as caught:
        deed(*arguments)
    return caught.value.code


def test_a_stick_shows_nothing_of_what_is_in_it(small_pair):
    receipt = a_case_at(small_pair.terminal)
    carrier = loaded(small_pair.terminal)
    _, answer = taken(small_pair.hall, carrier)
    with small_pair.terminal.reading() as session:
        subject = session.scalars(select(Case.id)).one()
    for data in (carrier, answer):
        assert receipt.number.encode() not in data
        assert receipt.token.encode() not in data
        assert subject.encode() not in data


def test_two_machines_with_one_identity_are_seen_on_a_stick_too(small_pair, a_terminal):
    a_case_at(small_pair.terminal)
    source = small_pair.terminal.parts.config.data_dir
    twin = a_terminal()
    with small_pair.terminal.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    twin.close()
    target = twin.parts.config.data_dir
    shutil.copytree(source, target, dirs_exist_ok=True)
    twin = Machine.made("terminal", target)
    taken(small_pair.hall, loaded(small_pair.terminal))
    a_case_at(small_pair.terminal)
    a_case_at(twin)
    taken(small_pair.hall, loaded(small_pair.terminal))
    tally, answer = taken(small_pair.hall, loaded(twin))
    assert (tally.forked, tally.new) == (True, 0)
    news: News = brought_back(twin, answer)
    assert news.trouble.code == "refused"
    twin.close()


@pytest.mark.parametrize("parts", range(1, 6))
def test_an_import_that_was_killed_is_simply_run_again(small_pair, parts, monkeypatch):
    monkeypatch.setattr("sync.journal.MAX_ENTRIES", 1)
    for _ in range(3):
        a_case_at(small_pair.terminal)
    carrier = loaded(small_pair.terminal)
    with small_pair.hall.app.app_context():
        answer = carried.take_in(io.BytesIO(carrier)).answer()
        for _ in range(parts):
            next(answer)
        answer.close()
    assert entries_at_hall(small_pair) == min(3, parts - 1)
    tally, whole = taken(small_pair.hall, carrier)
    assert (tally.entries, tally.new, tally.trouble) == (3, 4 - min(4, parts), None)
    assert brought_back(small_pair.terminal, whole).entries == 3
    assert expected_at_hall(small_pair) == []


def test_an_old_stick_is_no_sign_of_a_second_machine(small_pair):
    small_pair.settle()
    old = loaded(small_pair.terminal)
    for _ in range(3):
        small_pair.pull()
    taken(small_pair.hall, old)
    small_pair.pull()
    known = small_pair.known_terminal()
    assert (known.cloned_at, known.twins_at) == (None, None)


def test_a_restored_terminal_takes_no_answer_before_it_has_been_on_the_line(small_pair):
    a_case_at(small_pair.terminal)
    with small_pair.terminal.writing() as session:
        declare_restored(session)
    _, answer = taken(small_pair.hall, loaded(small_pair.terminal))
    assert code_of(brought_back, small_pair.terminal, answer) == "refused"
    assert place(small_pair) == (0, 0)


def test_a_carrier_of_another_version_is_told_to_need_an_update(small_pair):
    a_case_at(small_pair.terminal)
    carrier = loaded(small_pair.terminal)
    assert code_of(taken, small_pair.hall, carrier.replace(b'"v":2', b'"v":3')) == "version"
    _, answer = taken(small_pair.hall, carrier)
    assert (
        code_of(brought_back, small_pair.terminal, answer.replace(b'"v":2', b'"v":3')) == "version"
    )
