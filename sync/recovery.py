"""Terminal: go on after this machine was restored from a backup, or another wrote in its name.

Neighbours: ``heads`` notices what nobody declared, ``state`` keeps why the machine stands still.
"""

from sqlalchemy.orm import Session

from sync.state import RESTORED, Peer, stand_still


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
