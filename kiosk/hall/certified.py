"""Which terminal has which name in the certificates that were signed, and when the one ends that it
serves.

A name is one terminal's. Addresses are not kept: every station's network has the same private ones.
Neighbours: `authority` asks before it signs; `reported` notes the end, which `terminal` shows and
alerts warn of.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import object_session

from kiosk import clock
from kiosk.app_services import Services
from kiosk.db import reading
from kiosk.hall.upkeep import Upkeep, upkeep_of
from kiosk.tls.files import EARLY
from sync.ledger import Terminal

FILE = "certified.json"
#: A terminal asks for the next certificate ``EARLY`` before the end. One that has not for a day
#: does not do so by itself, and somebody has four weeks to see why.
WARNED = EARLY - timedelta(days=1)


def note_end(terminal: Terminal, ends: int | None) -> None:
    """Keep when the certificate ends that a terminal serves, microseconds since 1970, if it does.

    What it says, not what was signed: one that cannot keep its next certificate asks for it again
    every hour, and goes on serving the old one. The caller commits. ValueError.
    """
    session = object_session(terminal)
    if session is None:
        return
    until = None if ends is None else clock.instant(int(ends))
    # The terminal's own row is written once, at the end.
    with session.no_autoflush:
        kept = session.get(Upkeep, terminal.terminal_id)
        if (kept.certified_until if kept else None) != until:
            upkeep_of(session, terminal.terminal_id).certified_until = until


def claim(services: Services, number: str, names: Iterable[str]) -> bool:
    """Keep these names as those of a terminal, in place of what it had before.

    False, and nothing is kept, when another terminal that is approved has one of them; one that
    was revoked has none any more. Every machine is ``localhost`` to itself.
    """
    wanted = {name for name in names if name.rpartition(".")[2] != "localhost"}
    path = services.config.data_dir / FILE
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = json.loads(path.read_bytes()) if path.exists() else {}
        query = select(Terminal.number).where(
            Terminal.number.in_(kept), Terminal.number != number, Terminal.standing == "approved"
        )
        with reading() as session:
            others = session.scalars(query).all()
        if any(wanted & set(kept[other]) for other in others):
            return False
        kept[number] = sorted(wanted)
        new = path.with_suffix(".new")
        with new.open("w") as out:
            json.dump(kept, out)
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
    return True
