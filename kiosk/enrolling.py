"""How a terminal joins a hall: what it asks with its one-time code, and the row that it keeps.

The one place that makes this row, whoever enrols: the command, the demonstration, the simulation,
the made-up year. Writes nothing itself. Neighbours: `kiosk.hall.enrolment` answers, `certifying`
gets the certificate.
"""

from typing import Any

import urllib3

from sync import versions
from sync.identity import Identity, PublicIdentity
from sync.state import Peer
from sync.transport import HallRefuses, LineDown

#: Below the hall's address.
ADDRESS = "/sync/v1/enrolments"


def asked(code: str, own: Identity) -> dict[str, str]:
    """Return what is sent to the hall: the code and the public keys."""
    return {"code": code, "public": own.public.to_hex()}


def ask(url: str, code: str, own: Identity) -> dict[str, Any]:
    """Send code and public keys to the hall; LineDown or HallRefuses."""
    try:
        answer = urllib3.request(
            "POST", url.rstrip("/") + ADDRESS, json=asked(code, own), timeout=15, retries=False
        )
    except urllib3.exceptions.HTTPError as error:
        raise LineDown(f"no answer from {url}") from error
    if answer.status != 201:
        raise HallRefuses(f"the hall refuses: {answer.json().get('title', answer.status)}")
    found: dict[str, Any] = answer.json()
    return found


def peer_row(url: str, answer: dict[str, Any]) -> Peer:
    """Return the row that an enrolment makes; ValueError for malformed keys of the hall."""
    PublicIdentity.from_hex(answer["hall_public"])
    peer = Peer(
        id=1,
        hall_url=url,
        hall_id=answer["hall_id"],
        hall_public=answer["hall_public"],
        hall_epoch=answer["hall_epoch"],
        terminal_id=answer["terminal_id"],
        terminal_number=answer["number"],
        station_code=answer["station_code"],
        station_name=answer["station_name"],
        epoch=1,
        ack_epoch=0,
        ack_seq=0,
        backed_up_seq=0,
        feed_cursor=0,
        blobs_wanted=0,
    )
    versions.hear(peer, answer)
    return peer
