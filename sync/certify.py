"""Terminal: ask the hall for a certificate for the station's own network.

Carries the request and the answer and looks into neither. Neighbours: ``kiosk.tls`` makes the
request and judges the answer, ``kiosk.hall.sync_api`` is the other end.
"""

from dataclasses import dataclass

from sync import versions
from sync.envelope import BadFrame, pack, unpack
from sync.identity import PublicIdentity
from sync.push import Line
from sync.state import peer_of


@dataclass(frozen=True, slots=True)
class Certified:
    """What the hall answers: a certificate and that of its authority, both PEM."""

    certificate: str
    authority: str


def certify(line: Line, request: str) -> Certified:
    """Have a request (PKCS 10, PEM) signed. Raises LineDown, HallRefuses or BadFrame."""
    with line.transactions.reading() as session:
        peer = peer_of(session)
        hall = PublicIdentity.from_hex(peer.hall_public)
        header = {"kind": "certify", "from": peer.terminal_id, "to": peer.hall_id}
    frame = pack(
        header, {"request": request}, line.identity.signing, hall.sealing, versions.to_write(peer)
    )
    answer = unpack(line.transport.post("/certificates", frame)).open(
        hall.signing, line.identity.sealing
    )
    try:
        return Certified(str(answer["certificate"]), str(answer["authority"]))
    except (KeyError, TypeError) as error:
        raise BadFrame("the answer holds no certificate") from error
