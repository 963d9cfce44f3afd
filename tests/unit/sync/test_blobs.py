"""Files by SHA-256: durable, resumable, and never under a digest that is not theirs."""

import errno
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kiosk.hall import sync_api
from kiosk.simulation.storage import Disk, Fuse, Killed
from sync import carry, disk
from sync.blobs import BlobMismatch, BlobStore
from sync.expecting import ExpectedBlob
from sync.state import wanted_files
from sync.transport import HallRefuses, LineDown, Request, sign_request
from tests.builders.cases import a_case_at, a_picture_at, a_submission
from tests.builders.machines import HALL_URL, Machine, Pair


@pytest.fixture
def store(tmp_path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


DATA = os.urandom(3000)
SHA = hashlib.sha256(DATA).hexdigest()


def test_what_was_put_is_read_again_under_its_digest(store):
    assert store.put(DATA) == store.put(DATA) == SHA
    assert (store.read(SHA), store.size(SHA), store.has(SHA)) == (DATA, 3000, True)


def test_nothing_half_written_lies_about(store):
    store.put(DATA)
    assert [path.name for path in store.root.rglob("*") if path.is_file()] == [SHA]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_what_a_full_disk_did_not_take_leaves_nothing_behind(store, monkeypatch, step):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), full)
        with pytest.raises(OSError, match="No space"):
            store.put(DATA)
    assert not [path for path in store.root.rglob("*") if path.is_file()]
    assert store.put(DATA) == SHA


def test_a_file_is_kept_with_its_name_and_the_names_of_new_folders_above_it(store):
    kept: list[str] = []

    def keep(descriptor: int) -> None:
        kept.append(os.readlink(f"/proc/self/fd/{descriptor}"))

    folders = [store.path(SHA).parent, store.root, store.root.parent]
    with disk.use(keep):
        store.put(DATA)
        assert kept[-3:] == list(map(str, folders))
        first, store = len(kept), BlobStore(store.root)
        store.put(DATA + b"2")
        assert str(store.root) in kept[first:], "another process cannot know what was kept"


def test_what_a_killed_writer_left_is_swept_and_pieces_are_gone_on_with(store):
    store.put(DATA)
    partial = store.root / "partial"
    old, new, piece = partial / "tmpabc", partial / "tmpdef", partial / ("ab" * 32)
    for path in (old, new, piece):
        path.write_bytes(DATA)
        os.utime(path, (2, 2) if path is new else (1, 1))
    store.sweep(before=2)
    assert (old.exists(), new.exists(), piece.exists(), store.has(SHA)) == (False, True, True, True)


def killed_before_the_name_was_kept(store: BlobStore, data: bytes) -> Disk:
    """The disk on which a killed writer left a file whose name a power cut would still take."""
    fuse = Fuse()
    lost = Disk(store.root, fuse)
    lost.remember_all()
    fuse.arm("kill", moments=2)
    with disk.use(lost.keep), pytest.raises(Killed):
        store.put(data)
    fuse.arm(None)
    assert store.has(hashlib.sha256(data).hexdigest())
    return lost


def test_the_name_that_a_killed_writer_did_not_keep_is_lost_by_a_power_cut(store):
    assert killed_before_the_name_was_kept(store, DATA).forget() > 0
    assert not store.has(SHA)


def test_who_puts_a_file_again_keeps_what_a_killed_writer_had_not_kept(store):
    forgetful = killed_before_the_name_was_kept(store, DATA)
    with disk.use(forgetful.keep):
        BlobStore(store.root).put(DATA)
    forgetful.forget()
    assert store.read(SHA) == DATA


def test_what_was_removed_is_gone_and_may_be_removed_again(store):
    store.put(DATA)
    store.remove(SHA)
    store.remove(SHA)
    assert not store.has(SHA)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"])
def test_a_name_that_is_no_digest_is_refused(store, name):
    with pytest.raises(ValueError, match="64 lower-case"):
        store.path(name)


def test_pieces_are_taken_in_order_only(store):
    assert store.receive(SHA, 0, DATA[:1000]) == 1000
    for offset in (0, 999, 1001):
        with pytest.raises(ValueError, match="offset"):
            store.receive(SHA, offset, b"x")
    assert store.receive(SHA, store.received(SHA), DATA[1000:]) == 3000
    store.finish(SHA)
    assert store.read(SHA) == DATA


def test_a_last_piece_that_comes_twice_at_once_is_written_once(store):
    """The first was given up by its sender, and still comes while it is sent again."""

    def bring(_: int) -> str:
        each = BlobStore(store.root)
        try:
            if each.receive(SHA, 1000, DATA[1000:]) >= len(DATA):
                each.finish(SHA)
        except ValueError as error:
            return type(error).__name__
        return "taken"

    with ThreadPoolExecutor(4) as pool:
        for _ in range(50):
            store.receive(SHA, 0, DATA[:1000])
            told = sorted(pool.map(bring, range(4)))
            assert told == ["ValueError"] * 3 + ["taken"]
            assert (store.read(SHA), store.received(SHA)) == (DATA, 0)
            assert list((store.root / "partial").iterdir()) == []
            store.remove(SHA)


def test_a_file_may_be_finished_while_its_length_is_asked_for(store):
    def bring_and_remove() -> None:
        for _ in range(200):
            store.receive(SHA, 0, DATA)
            store.finish(SHA)
            store.remove(SHA)

    with ThreadPoolExecutor(1) as pool:
        bringing = pool.submit(bring_and_remove)
        while not bringing.done():
            assert BlobStore(store.root).received(SHA) in (0, len(DATA))
        bringing.result()


def test_who_finds_a_file_finished_by_another_request_is_content(store):
    store.put(DATA)
    store.finish(SHA)
    assert store.read(SHA) == DATA


def test_pieces_survive_a_restart(store):
    store.receive(SHA, 0, DATA[:1000])
    assert BlobStore(store.root).received(SHA) == 1000


def test_bytes_that_are_not_those_announced_are_thrown_away(store):
    store.receive(SHA, 0, DATA[:-1] + b"?")
    with pytest.raises(BlobMismatch):
        store.finish(SHA)
    assert (store.has(SHA), store.received(SHA)) == (False, 0)


# ---- over the line --------------------------------------------------------------------------------


@pytest.fixture
def case_with_pictures(pair: Pair) -> list[str]:
    """Digests of the pictures of a case that is at the hall, its pictures not yet."""
    builder = a_submission(pair.terminal, "RS-001")
    large = a_picture_at(pair.terminal, os.urandom(700_000))
    requirement = next(iter(builder.attachments))
    a_case_at(pair.terminal, builder.with_material(requirement, large))
    pair.push()
    return pair.pull()


def expected(hall: Machine) -> int:
    with hall.reading() as session:
        return session.query(ExpectedBlob).count()


def same_at_both(pair: Pair, wanted: list[str]) -> bool:
    at_hall, at_terminal = pair.hall.parts.blobs, pair.terminal.parts.blobs
    return all(at_hall.read(sha) == at_terminal.read(sha) for sha in wanted)


def test_wanted_files_arrive_equal_and_are_wanted_no_more(pair, case_with_pictures):
    assert len(case_with_pictures) == 2
    assert pair.send_blobs(case_with_pictures) == []
    assert same_at_both(pair, case_with_pictures)
    assert pair.pull() == []


def test_a_broken_transfer_goes_on_where_it_stopped(pair, case_with_pictures, monkeypatch):
    monkeypatch.setattr(carry, "PIECE_BYTES", 100_000)
    sent: list[int] = []
    whole = pair.line.send_piece

    def breaking(sha256: str, offset: int, piece: bytes, total: int) -> int:
        sent.append(len(piece))
        if len(sent) == 4:
            raise LineDown("cut")
        return whole(sha256, offset, piece, total)

    pair.line.send_piece = breaking
    with pytest.raises(LineDown):
        pair.send_blobs(case_with_pictures)
    assert pair.send_blobs(case_with_pictures) == []
    assert same_at_both(pair, case_with_pictures)
    total = sum(pair.terminal.parts.blobs.size(sha) for sha in case_with_pictures)
    assert sum(sent) == total + 100_000


def test_small_files_go_first_and_the_rest_waits_for_newer_cases(pair, case_with_pictures):
    store = pair.terminal.parts.blobs
    small, large = sorted(case_with_pictures, key=store.size)
    order: list[str] = []
    whole = pair.line.send_piece

    def noting(sha256: str, offset: int, piece: bytes, total: int) -> int:
        order.append(sha256)
        return whole(sha256, offset, piece, total)

    pair.line.send_piece = noting
    assert pair.send_blobs([large, small], seconds=0) == [small, large]
    pair.send_blobs([large, small])
    assert (order[0], order[-1]) == (small, large)


def test_an_altered_file_is_refused_and_asked_for_again(pair, case_with_pictures):
    sha = case_with_pictures[0]
    store = pair.terminal.parts.blobs
    genuine = store.read(sha)
    store.path(sha).write_bytes(genuine[:-1] + bytes([genuine[-1] ^ 1]))
    assert pair.send_blobs([sha]) == [sha]
    assert not pair.hall.parts.blobs.has(sha)
    assert sha in pair.pull()
    store.path(sha).write_bytes(genuine)
    assert pair.send_blobs([sha]) == []


def test_a_file_that_is_not_here_stays_wanted_and_stops_no_other(pair, case_with_pictures):
    lost, other = case_with_pictures
    pair.terminal.parts.blobs.remove(lost)
    assert pair.send_blobs([lost, other]) == [lost]
    assert pair.pull() == [lost]


def test_a_hall_that_was_killed_before_it_noted_a_file_asks_no_second_time(
    pair, case_with_pictures
):
    for sha in case_with_pictures:
        pair.hall.parts.blobs.put(pair.terminal.parts.blobs.read(sha))
    assert expected(pair.hall) == 2
    pair.send_blobs(pair.pull())
    assert pair.pull() == []


def test_a_hall_that_was_killed_before_it_kept_a_file_keeps_it_before_it_waits_no_more(
    pair, case_with_pictures
):
    sha = case_with_pictures[0]
    at_hall, at_terminal = pair.hall.parts.blobs, pair.terminal.parts.blobs
    forgetful = killed_before_the_name_was_kept(at_hall, at_terminal.read(sha))
    with disk.use(forgetful.keep):
        assert pair.send_blobs([sha]) == []
    assert sha not in pair.pull()
    forgetful.forget()
    assert at_hall.read(sha) == at_terminal.read(sha)


def test_a_restored_terminal_keeps_a_file_before_it_fetches_it_no_more(pair, case_with_pictures):
    sha, store = case_with_pictures[0], pair.terminal.parts.blobs
    data = store.read(sha)
    store.remove(sha)
    with pair.terminal.writing() as session:
        session.add(ExpectedBlob(sha256=sha, terminal_id="own", subject="case"))
    forgetful = killed_before_the_name_was_kept(store, data)
    with disk.use(forgetful.keep):
        assert pair.fetch_files() == []
    forgetful.forget()
    assert store.read(sha) == data


def test_a_hall_that_was_killed_before_it_checked_a_file_takes_it(pair, case_with_pictures):
    for sha in case_with_pictures:
        pair.hall.parts.blobs.receive(sha, 0, pair.terminal.parts.blobs.read(sha))
    assert pair.send_blobs(pair.pull()) == []
    assert pair.pull() == []
    assert same_at_both(pair, case_with_pictures)


def test_a_file_that_nobody_waits_for_is_refused(pair, case_with_pictures):
    with pytest.raises(HallRefuses, match="404"):
        pair.line.blob_offset("ab" * 32)
    with pytest.raises(HallRefuses, match="404"):
        pair.line.send_piece("ab" * 32, 0, b"x", 1)


def test_a_piece_that_is_too_large_is_refused(pair, case_with_pictures):
    with pytest.raises(HallRefuses, match="413"):
        pair.line.send_piece(case_with_pictures[0], 0, bytes(2_000_000), 2_000_000)
    with pytest.raises(HallRefuses, match="413"):
        pair.line.send_piece(case_with_pictures[0], 0, b"x", 10**9)


def test_a_piece_that_is_too_large_and_comes_in_chunks_is_refused_too(pair, case_with_pictures):
    """It tells no length before."""
    sha, piece = case_with_pictures[0], bytes(2_000_000)
    told = {"Upload-Offset": "0", "Upload-Length": str(len(piece)), "Tus-Resumable": "1.0.0"}
    request = Request("PATCH", f"{HALL_URL}/sync/v1/blobs/{sha}", told)
    sign_request(request, piece, pair.line.key_id, pair.line.identity.signing)
    answer = pair.hall.client().open(
        request.url,
        method="PATCH",
        headers=request.headers,
        input_stream=io.BytesIO(piece),
        environ_overrides={"wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "piece_too_large")


def test_an_answer_that_names_only_some_wanted_files_forgets_none(small_pair, monkeypatch):
    a_case_at(small_pair.terminal)
    small_pair.push()
    listed = set(small_pair.pull())
    monkeypatch.setattr(sync_api, "MAX_WANTED", 1)
    assert len(small_pair.pull()) == 1
    with small_pair.terminal.reading() as session:
        assert wanted_files(session) == listed
    assert len(listed) == 2
    small_pair.settle()
    small_pair.pull()
    with small_pair.terminal.reading() as session:
        assert wanted_files(session) == set()


@pytest.mark.parametrize("name", ["_" * 64, "Z" * 64, "a" * 63, "%00"], ids=str)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH"])
def test_what_is_no_name_of_a_file_is_not_here(small_pair, method, name):
    a_case_at(small_pair.terminal)
    small_pair.push()
    asked = {"Upload-Length": "5", "Upload-Offset": "0", "Tus-Resumable": "1.0.0"}
    with pytest.raises(HallRefuses, match="answered 404"):
        small_pair.line._ask(method, f"/blobs/{name}", b"", asked)
