"""Terminal: compare where the hall says it is with the own journal, and stand still when it must.

Each answer of the hall names its cursor and the digest there. Neighbours: ``push`` and ``pull``
hand them in, ``recovery`` looks after what is found here.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from sync import bulk, journal
from sync.envelope import GENESIS
from sync.state import (
    BEHIND,
    FORKED,
    REJOINING,
    RESTORED,
    WAITING,
    Acknowledgement,
    peer_of,
    stand_still,
)
from sync.tables import table_of

log = structlog.get_logger(__name__)

_ACKNOWLEDGED = table_of(Acknowledgement)

#: What is said of each reason to stand still, for staff and admins.
WORDS = {
    BEHIND: "the hall has entries that this terminal has lost",
    FORKED: "another machine writes under this terminal's identity",
    WAITING: "another machine writes under this terminal's identity: an admin lets one go on",
    RESTORED: "this terminal was restored from a backup and fetches back what it has lost",
    REJOINING: "this terminal puts its journal in order",
}


def compared(session: Session, cursor: tuple[int, int], digest: bytes | None) -> str | None:
    """Return None when the hall's head is a place of this journal, else ``behind`` or ``forked``.

    ``digest`` is None from a hall of an older version, which does not tell.
    """
    if cursor == (0, 0):
        return None
    own = journal.digest_at(session, cursor)
    if own is None:
        return BEHIND if cursor > journal.head(session)[:2] else FORKED
    return None if digest in (None, own) else FORKED


def note(
    session: Session,
    answer: Mapping[str, Any],
    now: datetime,
    told: tuple[int, int] | None = None,
) -> str | None:
    """Take over the hall's place; return why this machine stands still from now on, or None.

    It moves forward only as far as ``told``, the last entry whose verdict is known: what is beyond
    is sent again, for the hall then says once more what became of it. A hall that is behind was
    restored: the journal is sent again from there. KeyError, TypeError or ValueError when
    malformed.
    """
    peer = peer_of(session)
    cursor = (int(answer["cursor"]["epoch"]), int(answer["cursor"]["seq"]))
    digest = bytes.fromhex(answer["head"]) if answer.get("head") else None
    fault = compared(session, cursor, digest if digest != GENESIS else None)
    if fault is not None:
        log.error("journal_differs_from_hall", reason=fault, hall=cursor)
        stand_still(peer, fault)
        return fault
    before = peer.acknowledged
    place = min(cursor, max(before, told or before))
    peer.ack_epoch, peer.ack_seq = place
    if place > before:
        row = {"epoch": place[0], "seq": place[1], "at": now}
        bulk.insert_missing(session, _ACKNOWLEDGED.c.seq, [row])
    if cursor < before:
        log.warning("hall_is_behind", hall=cursor, terminal=before)
    return None
