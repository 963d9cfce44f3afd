"""What a terminal does when its data came back from a backup.

Neighbours: ``state`` has the row of its hall, ``kiosk restore`` declares.
"""

from sqlalchemy.orm import Session

from sync.state import Peer


def declare_restored(session: Session) -> None:
    """Note that these data come from a backup; the caller commits. Nothing before enrolment."""
    peer = session.get(Peer, 1)
    if peer is not None:
        peer.last_error = "restored from a backup; the hall has not been asked yet"
