"""A release on its way: told of by the feed, fetched in pieces, proved, and only then in use."""

import json
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from forms.release import FORMAT
from kiosk.hall import enrolment, releasing, sync_api
from sync import obtain, releases
from sync.ledger import Terminal
from sync.releases import Release
from sync.state import Peer
from sync.transport import LineDown
from tests.builders.cases import SHORT_ITEM
from tests.builders.machines import Machine, Pair, enrolled, invited
from tests.builders.releases import released, renamed


def shipped(pair: Pair):
    return pair.terminal.parts.releases.shipped


def in_use(pair: Pair) -> str:
    return pair.terminal.parts.releases.current.release


def states(pair: Pair) -> dict[str, tuple[str, str | None]]:
    with pair.terminal.reading() as session:
        return {row.sha256: (row.state, row.reason) for row in session.scalars(select(Release))}


def told_to_hall(pair: Pair) -> tuple[str | None, str | None, str | None]:
    known = pair.known_terminal()
    return known.release, known.refused_release, known.refusal


def parts_of_release(pair: Pair) -> list[str]:
    return [path.name for path in pair.terminal.parts.releases.folder.glob("*.part")]


def packed_at_hall(pair: Pair, release: str):
    return pair.hall.parts.releases.folder / f"{release}{releasing.PACKED}"


def test_a_release_made_at_the_hall_comes_into_use_at_its_terminals(pair):
    made = released(pair.hall, renamed(shipped(pair), SHORT_ITEM))
    assert pair.hall.parts.catalogue.release == made
    pair.settle()
    assert in_use(pair) == made
    assert pair.terminal.parts.catalogue.item(SHORT_ITEM).name.zh == "改名"
    assert states(pair) == {made: ("current", None)}
    assert told_to_hall(pair) == (made, None, None)
    assert parts_of_release(pair) == []


def test_the_release_before_stays_beside_it(small_pair):
    old = in_use(small_pair)
    released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.settle()
    assert small_pair.terminal.parts.releases.of(old).release == old
    assert small_pair.hall.parts.releases.of(old).release == old


def test_the_same_bytes_again_are_the_same_release_and_are_told_of_once(small_pair):
    content = renamed(shipped(small_pair), SHORT_ITEM)
    first = released(small_pair.hall, content)
    before = {**small_pair.hall.row_counts(), "audit": 0}
    assert released(small_pair.hall, content) == first
    # That somebody gave the command again is all that is new.
    assert {**small_pair.hall.row_counts(), "audit": 0} == before


def test_a_terminal_that_has_missed_its_feed_item_is_told_when_the_release_is_given_again(
    small_pair,
):
    content = renamed(shipped(small_pair), SHORT_ITEM)
    made = released(small_pair.hall, content)
    with small_pair.terminal.writing() as session:
        # As after a restore of the hall, which gave the number to something else before.
        session.get_one(Peer, 1).feed_cursor = 1
    small_pair.settle()
    assert in_use(small_pair) != made
    released(small_pair.hall, content)
    small_pair.settle()
    assert in_use(small_pair) == made


def test_of_two_releases_the_newest_is_used_and_the_way_back_needs_no_fetching(small_pair):
    one, two = (renamed(shipped(small_pair), SHORT_ITEM, name) for name in ("一", "二"))
    first = released(small_pair.hall, one)
    second = released(small_pair.hall, two)
    small_pair.settle()
    assert states(small_pair) == {first: ("passed", None), second: ("current", None)}
    released(small_pair.hall, one)
    small_pair.settle()
    assert in_use(small_pair) == first
    fetched = [path for path, _ in small_pair.line.sent if path == "/releases"]
    released(small_pair.hall, two)
    small_pair.settle()
    assert in_use(small_pair) == second
    assert [path for path, _ in small_pair.line.sent if path == "/releases"] == fetched


def test_a_terminal_that_is_approved_later_gets_the_current_release(a_hall, a_terminal):
    hall, terminal = a_hall(), a_terminal()
    made = released(hall, renamed(terminal.parts.releases.shipped, SHORT_ITEM))
    late = enrolled(hall, terminal)
    late.settle()
    assert in_use(late) == made


def test_a_terminal_that_is_not_approved_is_told_nothing(a_hall, a_terminal):
    hall, terminal = a_hall(), a_terminal()
    number = invited(hall, terminal)["number"]
    released(hall, renamed(terminal.parts.releases.shipped, SHORT_ITEM))
    with hall.reading() as session:
        assert session.scalars(select(Terminal.feed_head)).all() == [0]
    hall.within(enrolment.revoke, number)
    released(hall, renamed(terminal.parts.releases.shipped, SHORT_ITEM, "二"))
    with hall.reading() as session:
        assert session.scalars(select(Terminal.feed_head)).all() == [0]


@pytest.mark.parametrize("fault", ["lost", "unheard", "cut"])
def test_a_fetch_that_is_cut_off_goes_on_where_it_stopped(small_pair, fault):
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.pull()
    small_pair.line.faults = iter(["", fault])
    with pytest.raises(Exception, match=r"lost|422"):
        small_pair.fetch_release()
    (part,) = small_pair.terminal.parts.releases.folder.glob("*.part")
    size = part.stat().st_size
    assert 0 < size < packed_at_hall(small_pair, made).stat().st_size
    assert in_use(small_pair) != made
    before = len(small_pair.line.sent)
    assert small_pair.fetch_release() is False
    assert in_use(small_pair) == made
    left = packed_at_hall(small_pair, made).stat().st_size - size
    assert len(small_pair.line.sent) - before == -(-left // (64 * 1024))


def test_two_processes_that_fetch_one_release_at_once_make_one_of_it(small_pair, monkeypatch):
    monkeypatch.setattr(sync_api, "RELEASE_PIECE_BYTES", 2_000)
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.pull()
    both, once = threading.Barrier(2, timeout=20), threading.local()
    ask = obtain._ask

    def asked(*question):
        answer = ask(*question)
        if not hasattr(once, "met"):
            once.met = both.wait()
        return answer

    with monkeypatch.context() as slow:
        slow.setattr(obtain, "_ask", asked)
        with ThreadPoolExecutor(2) as processes:
            list(processes.map(lambda _: small_pair.fetch_release(), range(2)))
    assert in_use(small_pair) == made
    with small_pair.terminal.reading() as session:
        assert session.get_one(Release, made).attempts == 0


def test_what_another_process_writes_now_is_left_and_what_a_killed_one_left_is_not(small_pair):
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    folder = small_pair.terminal.parts.releases.folder
    now, then, overtaken = folder / ".now.part", folder / ".then.part", folder / f"{'ab' * 32}.part"
    for path in (now, then, overtaken):
        path.write_bytes(b"half")
    os.utime(then, (1, 1))
    small_pair.pull()
    assert small_pair.fetch_release() is False
    assert in_use(small_pair) == made
    assert [each.exists() for each in (now, then, overtaken)] == [True, False, False]


def test_a_fetch_lets_cases_go_when_its_time_is_over(small_pair):
    released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.pull()
    assert small_pair.fetch_release(seconds=0) is True
    assert [path for path, _ in small_pair.line.sent].count("/releases") == 1


def test_a_line_that_is_down_leaves_the_release_wanted(small_pair):
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.pull()
    small_pair.line.is_down = True
    with pytest.raises(LineDown):
        small_pair.fetch_release()
    assert states(small_pair) == {made: ("wanted", None)}


def a_newer_format(content: bytes) -> bytes:
    return json.dumps({**json.loads(content), "format": FORMAT + 1}).encode()


def an_unreadable_item(content: bytes) -> bytes:
    document = json.loads(content)
    document["items"][SHORT_ITEM]["item"] = '{"code": "RS-001"}'
    return json.dumps(document).encode()


def forced(
    pair: Pair, content: bytes, monkeypatch, packed: Callable[[bytes], bytes] | None = None
) -> str:
    """Let the hall release what it would not; a newer version of it might."""
    with monkeypatch.context() as patch:
        patch.setattr(releasing, "check_readable", lambda catalogue: None)
        patch.setattr("forms.release.FORMAT", json.loads(content)["format"])
        made = released(pair.hall, content)
    if packed is not None:
        file = packed_at_hall(pair, made)
        file.write_bytes(packed(file.read_bytes()))
    return made


@pytest.mark.parametrize(
    ("spoil", "reason"), [(a_newer_format, "format"), (an_unreadable_item, "unreadable")]
)
def test_a_release_that_cannot_be_read_is_refused_and_the_hall_is_told(
    small_pair, monkeypatch, spoil, reason
):
    old = in_use(small_pair)
    made = forced(small_pair, spoil(shipped(small_pair).content), monkeypatch)
    small_pair.settle()
    assert in_use(small_pair) == old
    assert states(small_pair) == {made: ("refused", reason)}
    assert told_to_hall(small_pair) == (old, made, reason)
    assert not (small_pair.terminal.parts.releases.folder / f"{made}.json").exists()


def test_a_refused_release_is_not_asked_for_again_until_the_next_start(small_pair, monkeypatch):
    made = forced(small_pair, a_newer_format(shipped(small_pair).content), monkeypatch)
    small_pair.settle()
    before = len(small_pair.line.sent)
    assert small_pair.fetch_release() is False
    assert len(small_pair.line.sent) == before
    with small_pair.terminal.writing() as session:
        releases.want_again(session, in_use(small_pair))
    assert states(small_pair) == {made: ("wanted", None)}


def test_the_next_release_ends_a_refusal(small_pair, monkeypatch):
    forced(small_pair, a_newer_format(shipped(small_pair).content), monkeypatch)
    small_pair.settle()
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.settle()
    assert told_to_hall(small_pair) == (made, None, None)


def test_a_release_given_again_is_told_to_those_who_refused_it(small_pair, monkeypatch):
    content = renamed(shipped(small_pair), SHORT_ITEM)
    made = forced(small_pair, content, monkeypatch, lambda packed: b"")
    small_pair.settle()
    assert told_to_hall(small_pair)[1:] == (made, "not_at_hall")
    released(small_pair.hall, content)
    small_pair.settle()
    assert told_to_hall(small_pair) == (made, None, None)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed[:-9] + b"x" * 9,
        lambda packed: zstandard.compress(b"{}"),
        lambda packed: zstandard.compress(bytes(64 * 1024 * 1024)),
        lambda packed: b"no zstd at all",
    ],
    ids=["altered", "another", "bomb", "nothing"],
)
def test_bytes_that_are_not_what_the_hash_says_are_asked_for_three_times(
    small_pair, monkeypatch, spoil
):
    old = in_use(small_pair)
    made = forced(small_pair, renamed(shipped(small_pair), SHORT_ITEM), monkeypatch, spoil)
    small_pair.pull()
    assert [small_pair.fetch_release() for _ in range(3)] == [True, True, False]
    small_pair.pull()
    assert told_to_hall(small_pair) == (old, made, "differs")
    assert parts_of_release(small_pair) == []


def told(pair: Pair, made: str, **changes: object) -> None:
    """Let the feed tell of the hall's release with something changed, which breaks the signature."""
    with pair.hall.writing() as session:
        row = session.get_one(Release, made)
        for name, value in changes.items():
            setattr(row, name, value)
        releases.announce(session, [pair.terminal_id], row, row.made_at)


@pytest.mark.parametrize(
    "changes",
    [{"size": 5}, {"hall_id": "another"}, {"items": 1}, {"signature": b"\0" * 64}],
    ids=str,
)
def test_a_release_that_the_enrolled_hall_has_not_signed_is_refused(small_pair, changes):
    old = in_use(small_pair)
    with small_pair.hall.writing() as session:
        # Told of by nobody yet.
        session.get_one(Terminal, small_pair.terminal_id).standing = "pending"
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    with small_pair.hall.writing() as session:
        session.get_one(Terminal, small_pair.terminal_id).standing = "approved"
    told(small_pair, made, **changes)
    small_pair.settle()
    assert in_use(small_pair) == old
    assert told_to_hall(small_pair) == (old, made, "signature")


def test_a_release_signed_by_another_hall_is_refused(small_pair):
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    with small_pair.hall.reading() as session:
        statement = releases.statement_of(session.get_one(Release, made))
    forged = statement.sign(Ed25519PrivateKey.generate())
    key = small_pair.hall.parts.identity.public.signing
    assert not statement.is_signed(forged, key)
    assert statement.is_signed(statement.sign(small_pair.hall.parts.identity.signing), key)


def test_a_release_that_was_damaged_at_the_terminal_is_fetched_anew_at_the_next_start(small_pair):
    made = released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.settle()
    terminal = small_pair.terminal
    (terminal.parts.releases.folder / f"{made}.json").write_bytes(b"{}")
    config = terminal.parts.config
    restarted = replace(small_pair, terminal=Machine.made("terminal", config.data_dir))
    assert in_use(restarted) == shipped(restarted).release
    with restarted.terminal.writing() as session:
        releases.want_again(session, in_use(restarted))
    restarted.settle()
    assert in_use(restarted) == made
    restarted.terminal.close()


def test_a_damaged_release_in_use_makes_room_for_the_one_before(small_pair):
    released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    small_pair.settle()
    shelf = small_pair.terminal.parts.releases
    (shelf.folder / "current").write_text("../../etc/passwd")
    assert shelf.current.item(SHORT_ITEM).name.zh == "改名"
    (shelf.folder / "current").unlink()
    assert shelf.current is shelf.shipped


def test_a_stranger_gets_no_release(small_pair, a_terminal):
    released(small_pair.hall, renamed(shipped(small_pair), SHORT_ITEM))
    answer = small_pair.hall.client().post("/sync/v1/releases", data=b"JSB1")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "signature_invalid")
