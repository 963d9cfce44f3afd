"""What every address of ``/sync/v1`` does alike: check who signed, open the frame, answer in one.

Knows no kind of frame and no table but the terminal's row. Neighbours: ``sync_api`` and the other
modules of addresses (``sync_recovery``) use it; ``sync.envelope`` has the bytes.
"""

from datetime import datetime
from typing import Any

import structlog
from flask import Response, request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk.app_services import services
from kiosk.db import glancing
from kiosk.errors import Invalid, Refused, Unauthenticated
from kiosk.hall import speaking
from sync.envelope import BadFrame, Frame, OtherVersion, pack, unpack
from sync.identity import PublicIdentity
from sync.ledger import Hall, Terminal, hall_of
from sync.transport import FRAME_TYPE, Request, verify_request

log = structlog.get_logger(__name__)

#: Asked with every request.
_KNOWN = select(Terminal.public, Terminal.standing).where(Terminal.terminal_id == bindparam("id"))


def signer(body: bytes) -> str:
    """Return the id of the approved terminal that signed this request with this body.

    Unauthenticated when nobody known did, Refused when the terminal is not approved.
    """
    signed = Request(request.method, request.url, dict(request.headers.items()))
    standing = ""

    def key_of(terminal_id: str) -> Any:
        nonlocal standing
        with glancing() as session:
            row = session.execute(_KNOWN, {"id": terminal_id}).first()
        if row is None:
            return None
        standing = row.standing
        return PublicIdentity.from_hex(row.public).signing

    try:
        terminal_id = verify_request(signed, body, key_of)
    except PermissionError as error:
        log.warning("request_not_signed", path=request.path)
        raise Unauthenticated(
            "signature_invalid",
            Text("终端签名无效。", "The request is not signed by a known terminal."),
        ) from error
    if standing != "approved":
        raise Refused(
            f"terminal_{standing}",
            Text("终端尚未批准或已撤销。", f"The terminal is {standing}, not approved."),
        )
    return terminal_id


def framed(kind: str) -> tuple[Frame, str]:
    """Return the request's frame, still sealed, and the approved terminal that signed both.

    Unauthenticated or Refused as `signer`; Invalid for no frame, another kind or sender.
    """
    data = request.get_data()
    terminal_id = signer(data)
    try:
        frame = unpack(data)
    except OtherVersion as error:
        raise speaking.refused(terminal_id, error) from error
    except BadFrame as error:
        raise bad_frame(error) from error
    if frame.header.get("kind") != kind or frame.header.get("from") != terminal_id:
        raise bad_frame(BadFrame("the frame is of another kind or sender"))
    return frame, terminal_id


def opened(session: Session, frame: Frame, terminal: Terminal) -> Any:
    """Return the payload of a frame of ``terminal``; Invalid when it is not for this hall."""
    if frame.header.get("to") != hall_of(session).hall_id:
        raise bad_frame(BadFrame("the frame is for another hall"))
    try:
        return frame.open(
            PublicIdentity.from_hex(terminal.public).signing, services().identity.sealing
        )
    except BadFrame as error:
        raise bad_frame(error) from error


def answered(
    kind: str,
    question: Frame,
    hall: Hall,
    terminal_id: str,
    reader: PublicIdentity,
    payload: dict[str, Any],
) -> Response:
    """Return the answer: a frame of this kind, sealed to the terminal whose keys ``reader`` is.

    It is written in the version of the question, which the terminal can read.
    """
    header = {"kind": kind, "from": hall.hall_id, "to": terminal_id}
    frame = pack(header, payload, services().identity.signing, reader.sealing, question.version)
    return Response(frame, content_type=FRAME_TYPE)


def bad_frame(error: BadFrame) -> Invalid:
    """Return the refusal of a frame, with the reason in the log."""
    log.warning("bad_frame", reason=str(error))
    return Invalid("bad_frame", Text("报文无效。", f"The frame is not valid: {error}."))


def microseconds(at: datetime) -> int:
    """Return microseconds since 1970, as times travel."""
    return int(at.timestamp() * 1_000_000)
