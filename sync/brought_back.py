"""Terminal: take in what the hall answered by a carrier.

It moves the queue's place, the feed and a release as a line would, with three differences, for a
carrier may be old: it never takes the place back unless the place is still where it was when the
carrier was loaded, it says nothing about the line, and one from before the hall's restore is not
taken. Neighbours: ``outbox`` loads carriers, ``carrier`` is the format.
"""

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from sync import heads, journal, lost_words, naming, releases, watermark
from sync.carrier import FRAME, BadCarrier, Part, Readable, parts_of, unread
from sync.envelope import BadFrame, Frame, OtherVersion, unpack
from sync.identity import PublicIdentity
from sync.obtain import PART, Shelf, obtain
from sync.pull import Applier, apply_items, note_wanted
from sync.push import Line, note_acknowledgement
from sync.state import Peer, peer_of
from sync.transport import HallRefuses, LineDown

log = structlog.get_logger(__name__)


@dataclass
class News:
    """What an answer changed here; ``trouble`` is why it was not taken to its end."""

    entries: int = 0
    items: int = 0
    wanted: int = 0
    release: str | None = None
    #: The hall said nothing that was not known here.
    is_old: bool = True
    trouble: BadCarrier | None = None

    def as_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {**vars(self), "trouble": self.trouble and str(self.trouble)}


def take_answer(line: Line, stream: Readable, apply: Applier, shelf: Shelf) -> News:
    """Take in what the hall answered by a carrier. Idempotent, in any order with others.

    Raises BadCarrier when it is no answer for this terminal; then nothing was changed. What comes
    after that and stops it is told as ``trouble`` beside what was taken until then.
    """
    with line.transactions.reading() as session:
        peer = peer_of(session)
    if peer.recovery is not None:
        raise BadCarrier("refused", heads.WORDS[peer.recovery])
    parts = parts_of(stream)
    opening = _opened(line, peer, next(parts, None), "carried")
    place = _place_of(peer, opening)
    news, pieces = News(), []
    try:
        for part in parts:
            if part.kind != FRAME:
                continue
            frame = unpack(part.body)
            payload = _open(line, peer, frame)
            if frame.header.get("kind") == "piece":
                pieces.append(part.body)
            else:
                _take(line, frame.header.get("kind"), payload, place, apply, news)
    except BadCarrier as error:
        news.trouble = error
    except OtherVersion as error:
        news.trouble = unread(error)
    except (BadFrame, HallRefuses) as error:
        news.trouble = BadCarrier("refused", str(error))
    if pieces:
        news.release = _take_release(line, pieces, shelf)
    log.info("answer_taken", entries=news.entries, items=news.items, trouble=str(news.trouble))
    return news


def _take(
    line: Line, kind: Any, answer: Any, place: tuple[int, int], apply: Applier, news: News
) -> None:
    with line.transactions.writing() as session:
        try:
            if kind == "acknowledgement":
                news.entries += _acknowledge(session, line, answer, place)
            elif kind == "feed":
                news.items += _feed(session, line, answer, place, apply, news)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            if isinstance(error, BadFrame):
                raise
            raise BadFrame("the answer is malformed") from error
        standing = peer_of(session).recovery
    news.is_old = not (news.entries or news.items)
    if standing is not None:
        # Noted in the transaction that is over: this machine goes on when it has a line.
        raise HallRefuses(heads.WORDS[standing])


def _acknowledge(
    session: Session, line: Line, answer: dict[str, Any], place: tuple[int, int]
) -> int:
    """Take over verdicts and the hall's place; return how many entries were confirmed."""
    peer = peer_of(session)
    if _is_stale(peer, answer, place):
        return 0
    if answer["forked"] and place[0] < peer.epoch:
        # Loaded before this machine went on in its present life: what it brought was fetched back
        # or recorded anew since. A fork of today shows by where the feed's answer says the hall is.
        log.warning("answer_of_an_earlier_life", loaded_in=place[0], now=peer.epoch)
        return 0
    before, known = peer.acknowledged, (peer.last_contact, peer.skew_ms, peer.last_error)
    is_restored = _is_restored(peer, answer)
    answer = {**answer, "verdicts": _verdicts(session, answer["verdicts"])}
    digests = {int(each["seq"]): bytes.fromhex(each["digest"]) for each in answer["verdicts"]}
    run = journal.named(session, digests, peer.epoch)
    _, fault = note_acknowledgement(session, run, answer, line.now(), line.rebuild)
    peer.last_contact, peer.skew_ms, peer.last_error = known
    count = _confirmed(session, before, fault)
    _heard(peer, line, answer, is_news=is_restored or count > 0)
    return count


def _verdicts(session: Session, told: Any) -> list[dict[str, Any]]:
    """Return the verdicts one by one, of entries that are in the journal at those places."""
    run = naming.run_of(told)
    return naming.expanded(told, journal.digests(session, *run) if run else ())


def _feed(
    session: Session,
    line: Line,
    answer: dict[str, Any],
    place: tuple[int, int],
    apply: Applier,
    news: News,
) -> int:
    peer = peer_of(session)
    if "cursor" in answer and not _is_stale(peer, answer, place):
        heads.note(session, answer, line.now())
    if peer.recovery is not None:
        # What the hall says is of cases that may not be here yet.
        return 0
    count = apply_items(session, peer, answer, apply)
    if _heard(peer, line, answer, is_news=_is_restored(peer, answer) or count > 0):
        note_wanted(session, peer, answer)
        line.rebuild.draw(session, lost_words.note(session, peer, answer))
        watermark.note(peer, answer)
        peer.hall_epoch = int(answer["hall_epoch"])
    news.wanted = len(answer["wanted"])
    return count


def _is_stale(peer: Peer, answer: dict[str, Any], place: tuple[int, int]) -> bool:
    """Tell whether the hall has said more since; only where it has not, it may be behind."""
    cursor = (int(answer["cursor"]["epoch"]), int(answer["cursor"]["seq"]))
    return cursor < peer.acknowledged != place


def _confirmed(session: Session, before: tuple[int, int], fault: str | None) -> int:
    """Return how many entries the hall was heard to have; a fault is told by the caller."""
    if fault is not None:
        return 0
    after = peer_of(session).acknowledged
    waiting = journal.pending_after(session, before) - journal.pending_after(session, after)
    return max(0, waiting)


def _is_restored(peer: Peer, answer: dict[str, Any]) -> bool:
    return int(answer["hall_epoch"]) > peer.hall_epoch


def _heard(peer: Peer, line: Line, answer: dict[str, Any], *, is_news: bool) -> bool:
    """Note that the hall was heard, and its time then; False when it has spoken since.

    What it said last tells the hall's clock: this terminal's may have been set right meanwhile. The
    hall's may have been put back, too, so that news are never old, nor is a hall restored since.
    It said so before it is read: what is taken for the difference of the clocks is no more than it
    is, and the next answer mends what a clock that was wrong has left.
    """
    told = int(answer["hall_time"])
    if peer.last_contact is not None and told < peer.hall_time and not is_news:
        return False
    peer.heard(told, line.now())
    return True


def _opened(line: Line, peer: Peer, part: Part | None, kind: str) -> Any:
    if part is None or part.kind != FRAME:
        raise BadCarrier("not_one", "the carrier does not begin with a frame")
    try:
        frame = unpack(part.body)
    except BadFrame as error:
        raise unread(error) from error
    if frame.header.get("kind") == "carrier" and frame.header.get("from") == peer.terminal_id:
        raise BadCarrier("not_one", "this is the carrier for the hall, not the hall's answer")
    if frame.header.get("from") != peer.hall_id:
        raise BadCarrier("other_hall", "the carrier is from another hall")
    if frame.header.get("to") != peer.terminal_id:
        raise BadCarrier("other_terminal", "the carrier is for another terminal")
    if frame.header.get("kind") != kind:
        raise BadCarrier("not_one", "the carrier is of another kind")
    try:
        return _open(line, peer, frame)
    except BadFrame as error:
        raise BadCarrier("altered", str(error)) from error


def _open(line: Line, peer: Peer, frame: Frame) -> Any:
    if (frame.header.get("from"), frame.header.get("to")) != (peer.hall_id, peer.terminal_id):
        raise BadFrame("a frame is not from this terminal's hall")
    hall = PublicIdentity.from_hex(peer.hall_public)
    return frame.open(hall.signing, line.identity.sealing)


def _place_of(peer: Peer, opening: Any) -> tuple[int, int]:
    try:
        place = int(opening["place"]["epoch"]), int(opening["place"]["seq"])
        hall_epoch = int(opening["hall_epoch"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadCarrier("altered", "the carrier's first frame is malformed") from error
    if hall_epoch < peer.hall_epoch:
        raise BadCarrier("outdated", "the carrier is from before the hall was restored")
    return place


class _Carried:
    """A transport that hands out the pieces of a release that a carrier brought."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def post(self, path: str, frame: bytes) -> bytes:
        """Return the next piece; LineDown when there is none."""
        piece = next(self._pieces, None)
        if piece is None:
            raise LineDown("the carrier brings no more of the release")
        return piece

    def blob_offset(self, sha256: str) -> int:
        """Files do not go this way; LineDown."""
        raise LineDown("a carrier asks for nothing")

    def send_piece(self, sha256: str, offset: int, piece: bytes, total: int) -> int:
        """Files do not go this way; LineDown."""
        raise LineDown("a carrier sends nothing")


def _take_release(line: Line, pieces: list[bytes], shelf: Shelf) -> str | None:
    """Take the release that the feed told of, if it came along; return its hash."""
    with line.transactions.reading() as session:
        row = releases.wanted(session)
    if row is None:
        return None
    # What the line has fetched of it begins elsewhere.
    (shelf.folder / f"{row.sha256}{PART}").unlink(missing_ok=True)
    carried = Line(line.transactions, _Carried(pieces), line.identity, line.wrapper, line.now)
    try:
        obtain(carried, shelf, seconds=600)
    except (LineDown, BadFrame) as error:
        # Another one than was brought, or the line has begun to fetch it.
        log.warning("release_not_carried", reason=str(error))
        return None
    return row.sha256
