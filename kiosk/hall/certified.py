"""Which terminal has which name in the certificates that were signed: a name is one terminal's.

Addresses are not kept: every station's network has the same private ones. Neighbour: `authority`
asks before it signs.
"""

import fcntl
import json
import os
from collections.abc import Iterable

from sqlalchemy import select

from kiosk.app_services import Services
from kiosk.db import reading
from sync.ledger import Terminal

FILE = "certified.json"


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
