"""Terminal: go on after this machine was restored from a backup, or another wrote in its name.

The hall's ledger gives back what is not here, and the machine goes on in a new epoch, which the
hall grants once. Every step is one transaction and is taken again when it was cut off; the state in
between is ``Peer.recovery``. Neighbours: ``heads`` notices what nobody declared, ``lives`` is the
other end, ``kiosk.cases.rebuilding`` makes rows of entries, ``refetch`` brings files back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy.orm import Session

from sync import branches, elapsed, heads, journal, keys, verdicts, versions
from sync.envelope import GENESIS, BadFrame, Entry, entry_from_wire, pack, unpack, walk
from sync.identity import PublicIdentity
from sync.pace import Pace
from sync.push import MOST_SECONDS, Line, Rebuilder, send, show
from sync.refetch import expect
from sync.state import (
    BEHIND,
    FORKED,
    REJOINING,
    RESTORED,
    WAITING,
    Acknowledgement,
    Peer,
    peer_of,
    stand_still,
)

log = structlog.get_logger(__name__)

Place = tuple[int, int]
#: Steps in one go; a hall whose ledger moves on meanwhile is asked again at the next sweep.
MOST_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Found:
    """What the hall has of this terminal beyond a place that both know."""

    after: Place
    entries: tuple[Entry, ...]
    verdicts: tuple[tuple[str, str | None], ...]
    keys: Mapping[str, bytes]
    more: bool
    hall_epoch: int


def declare_restored(session: Session) -> None:
    """Note that this terminal's data come from a backup; the caller commits. Idempotent in effect.

    To be called before the terminal is started again. It takes no new case until it has had contact
    with its hall, which alone knows what was written since. Nothing to do before enrolment.
    """
    peer = session.get(Peer, 1)
    if peer is not None:
        stand_still(peer, RESTORED)
        # The token is older than the last that was handed out; to have none is no sign of a clone.
        peer.contact = None


def reason(session: Session) -> str | None:
    """Return why this machine takes no new case, as ``sync.state`` names it; None when it does."""
    peer = session.get(Peer, 1)
    return peer.recovery if peer is not None else None


def recover(line: Line, rebuild: Rebuilder) -> bool:
    """Go as far as the line and the hall let; True when this machine may go on as usual.

    What takes longer than ``MOST_SECONDS`` is gone on with at the next call. Idempotent, and may be
    killed anywhere. Raises LineDown, HallRefuses or BadFrame.
    """
    end = elapsed.monotonic() + MOST_SECONDS
    for _ in range(MOST_ROUNDS):
        with line.transactions.reading() as session:
            standing = reason(session)
        if standing is None:
            return True
        if elapsed.monotonic() >= end:
            return False
        if standing in (RESTORED, BEHIND):
            if _fetch_back(line, rebuild, end) and not _end_life(line, rebuild):
                return False
        elif standing == FORKED:
            _show_branch(line, end)
        elif standing == WAITING:
            if not _ask_life(line):
                return False
        elif _fetch_back(line, rebuild, end) and not _record_anew(line, rebuild):
            _finish(line)
    return False


def _fetch_back(line: Line, rebuild: Rebuilder, end: float) -> bool:
    """Take back what the hall has and this machine lacks, piece by piece.

    False on a fork, or when it is ``end`` and the hall has more.
    """
    at: Place | None = None
    # What comes may be carried at another pace than what goes: that is found out on the way.
    pace = replace(line.pace)
    while True:
        with line.transactions.reading() as session:
            asked = [(at, journal.digest_at(session, at))] if at else branches.landmarks(session)
        known = [(place, digest) for place, digest in asked if digest]
        found = _ask_entries(line, known, pace)
        with line.transactions.writing() as session:
            at = _take(session, line, found, rebuild)
        if at is None or not found.more:
            return at is not None
        if elapsed.monotonic() >= end:
            return False


def _take(session: Session, line: Line, found: Found, rebuild: Rebuilder) -> Place | None:
    """Take a piece over; return how far both sides agree now, None when this is another branch."""
    peer = peer_of(session)
    if found.hall_epoch > peer.hall_epoch:
        # A hall restored since has judged anew what its backup lacked: those verdicts are asked for
        # by a push of it all.
        peer.ack_epoch, peer.ack_seq = min(peer.acknowledged, peer.backed_up)
    common, new, told = _beyond(session, found)
    may_set_aside = peer.recovery == REJOINING
    own_goes_on = branches.place_after(session, common) is not None
    if own_goes_on and (new or may_set_aside):
        if not may_set_aside:
            log.error("terminal_diverges", at=common)
            peer.recovery = FORKED
            return None
        branches.set_aside(session, common, peer.epoch, line.now())
    if not new:
        return common
    digest = journal.digest_at(session, common) or GENESIS
    chain = walk(new, common, digest)
    if chain.fault is not None:
        raise BadFrame(f"the hall's entries do not prove: {chain.fault}")
    branches.insert(session, new)
    keys.store(session, line.wrapper, found.keys)
    for entry, (verdict, why) in zip(new, told, strict=True):
        verdicts.keep(session, entry, verdict, why)
    expect(session, peer.terminal_id, new)
    rebuild(session, new)
    # What was here and not acknowledged is sent again: its verdicts are not among these.
    if peer.acknowledged >= common:
        peer.ack_epoch, peer.ack_seq = chain.place
        session.merge(Acknowledgement(epoch=chain.place[0], seq=chain.place[1], at=line.now()))
    log.info("entries_recovered", entries=len(new), through=chain.place)
    return chain.place


def _beyond(
    session: Session, found: Found
) -> tuple[Place, tuple[Entry, ...], tuple[tuple[str, str | None], ...]]:
    """Return how far the own journal agrees, and what the hall has beyond, with its verdicts."""
    common = found.after
    for index, entry in enumerate(found.entries):
        place = (entry.epoch, entry.seq)
        if journal.digest_at(session, place) != entry.digest:
            return common, found.entries[index:], found.verdicts[index:]
        common = place
    return common, (), ()


def _end_life(line: Line, rebuild: Rebuilder) -> bool:
    """Send what the hall lacks of the life that ends, then ask for another; False to wait.

    A queue that takes longer than one push is gone on with at the next contact: what is not sent
    yet must not count as contradicting.
    """
    sent, fault = _send_rest(line, rebuild)
    with line.transactions.reading() as session:
        is_left = journal.pending_after(session, peer_of(session).acknowledged) > 0
    if fault is None and sent and is_left:
        return False
    return fault is not None or _ask_life(line)


def _send_rest(line: Line, rebuild: Rebuilder) -> tuple[int, str | None]:
    """Return how much of it went, and why no more when the hall has gone on meanwhile."""
    with line.transactions.reading() as session:
        peer = peer_of(session)
        # All that a restored hall may have judged anew, also when this was cut off once.
        at: Place | None = min(peer.acknowledged, peer.backed_up)
    sent, fault = send(line)
    if fault == FORKED:
        with line.transactions.writing() as session:
            peer_of(session).recovery = FORKED
    # What the hall says of them now may be another thing than what came back with them.
    while fault is None and at is not None:
        with line.transactions.writing() as session:
            run = journal.tail(session, at)
            rebuild(session, run)
        at = (run[-1].epoch, run[-1].seq) if run else None
    return sent, fault


def _show_branch(line: Line, end: float) -> None:
    """Send what contradicts, so that the hall keeps it whatever becomes of this machine.

    What is left of it at ``end`` is sent by the next call.
    """
    common, hall_epoch = _common(line)
    with line.transactions.reading() as session:
        line.shown.begin(peer_of(session).life_id, hall_epoch, common)
    while (at := show(line, line.shown.to)) is not None:
        line.shown.to = at
        if elapsed.monotonic() >= end:
            return
    with line.transactions.writing() as session:
        peer = peer_of(session)
        if peer.recovery == FORKED:
            peer.recovery = WAITING


def _common(line: Line) -> tuple[Place, int]:
    """Return how far the journal and the ledger agree, and the hall's epoch.

    Each answer brings the one entry that shows whether that is all, and each question lies closer
    about the place where they part.
    """
    with line.transactions.reading() as session:
        known = branches.landmarks(session)
    for _ in range(MOST_ROUNDS):
        found = _ask_entries(line, known)
        with line.transactions.reading() as session:
            common, new, _ = _beyond(session, found)
            above = min((place for place, _ in known if place > common), default=None)
            if new or not found.more or above is None:
                break
            known = branches.between(session, common, above)
    return common, found.hall_epoch


def _ask_life(line: Line) -> bool:
    """Ask for the next epoch and take it over; False when that is to be asked again later."""
    common, _ = _common(line)
    with line.transactions.reading() as session:
        peer = peer_of(session)
        epoch, seq, digest = journal.head(session)
        diverging = branches.count_after(session, common)
        wish = {
            "life": peer.life_id,
            "reason": peer.recovery,
            "diverging": diverging,
            "epoch": max(peer.epoch, epoch),
            "head": {"epoch": epoch, "seq": seq, "digest": digest.hex()},
        }
    answer = _ask(line, "/lives", "life", wish, "granted")
    with line.transactions.writing() as session:
        peer = peer_of(session)
        if peer.life_id != wish["life"]:
            return False
        if answer["epoch"] is not None:
            peer.epoch, peer.recovery = int(answer["epoch"]), REJOINING
            log.info("life_granted", epoch=peer.epoch)
            return True
        if answer["state"] == "waiting":
            peer.recovery, peer.last_error = WAITING, heads.WORDS[FORKED]
    return False


def _record_anew(line: Line, rebuild: Rebuilder) -> int:
    """Write what was set aside into the new epoch, with the same ids; return how many were left."""
    with line.transactions.writing() as session:
        peer = peer_of(session)
        anew = branches.record_anew(session, peer.epoch)
        rebuild(session, anew.entries)
        return anew.left


def _finish(line: Line) -> None:
    with line.transactions.writing() as session:
        peer = peer_of(session)
        if peer.recovery == REJOINING:
            peer.recovery, peer.last_error = None, None
            log.info("recovery_finished", epoch=peer.epoch)


def _ask_entries(
    line: Line, known: Sequence[tuple[Place, bytes]], pace: Pace | None = None
) -> Found:
    """Ask for entries beyond known places: as much as the line carries at a time, else one."""
    wish = {
        "after": [
            {"epoch": place[0], "seq": place[1], "digest": digest.hex()} for place, digest in known
        ],
        "most_bytes": pace.budget if pace else 1,
    }
    answer = _ask(line, "/entries", "lost", wish, "found", pace)
    try:
        return Found(
            (int(answer["after"]["epoch"]), int(answer["after"]["seq"])),
            tuple(entry_from_wire(each) for each in answer["entries"]),
            tuple((str(each["verdict"]), each["reason"]) for each in answer["entries"]),
            {str(subject): bytes.fromhex(key) for subject, key in answer["keys"].items()},
            bool(answer["more"]),
            int(answer["hall_epoch"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadFrame("the hall's entries are malformed") from error


def _ask(
    line: Line,
    path: str,
    kind: str,
    payload: dict[str, Any],
    expected: str,
    pace: Pace | None = None,
) -> Any:
    """Send a question of ``kind`` and return the payload of the answer; ``pace`` learns of that."""
    with line.transactions.reading() as session:
        peer = peer_of(session)
    hall = PublicIdentity.from_hex(peer.hall_public)
    header = {"kind": kind, "from": peer.terminal_id, "to": peer.hall_id}
    frame = pack(header, payload, line.identity.signing, hall.sealing, versions.to_write(peer))
    begun = elapsed.monotonic()
    told = line.transport.post(path, frame)
    if pace is not None:
        pace.note(len(told), elapsed.monotonic() - begun)
    answer = unpack(told)
    if answer.header.get("kind") != expected:
        raise BadFrame("the answer is of another kind")
    return answer.open(hall.signing, line.identity.sealing)
