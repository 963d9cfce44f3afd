"""``/sync/v1``: where terminals deliver envelopes, fetch their feed and releases, and bring files.

Every request is signed by an approved terminal (RFC 9421); enrolment alone is opened by a code.
Answers leave after COMMIT. ``docs/sync-protocol.md`` is the normative text.
"""

import base64
import importlib
from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify, request
from sqlalchemy import delete
from sqlalchemy.orm import Session

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.cases import overdue
from kiosk.cases.replay import Replay
from kiosk.db import reading, writing
from kiosk.errors import Conflict, Invalid, NotFound, TooLarge
from kiosk.hall import arriving, enrolment, heartbeat, speaking
from kiosk.hall.framing_sync import answered, bad_frame, framed, microseconds, opened, signer
from kiosk.hall.releasing import piece_of
from kiosk.hall.reported import hear
from kiosk.operators.access import public
from sync import (
    contact,
    expecting,
    faultpoint,
    feed,
    ingest,
    lost_words,
    naming,
    versions,
    watermark,
)
from sync.blobs import BlobMismatch, is_name
from sync.envelope import MAX_NUMBER, BadFrame, Frame
from sync.expecting import ExpectedBlob
from sync.heartbeat import LEAST_SECONDS
from sync.identity import PublicIdentity
from sync.ledger import Hall, Terminal, hall_of, locked

log = structlog.get_logger(__name__)

bp = Blueprint("sync_api", __name__, url_prefix="/sync/v1")

#: At most this many wanted blobs are named in one answer.
MAX_WANTED = 100
#: What a carrier brings is not asked for every few seconds.
MAX_CARRIED_WANTED = 20_000
MAX_BLOB_BYTES = 20 * 1024 * 1024
MAX_PIECE_BYTES = 1024 * 1024
#: A piece of a release in an answer: half a minute on the thinnest line that is worked with.
RELEASE_PIECE_BYTES = 64 * 1024

#: What a frame is made of: the hall, for whom, their keys, the payload.
Answer = tuple[Hall, str, PublicIdentity, dict[str, Any]]


@bp.post("/enrolments")
@public
def enrol() -> tuple[Response, int]:
    """Register a terminal that has a one-time code; it then waits for approval."""
    body = request.get_json()
    if not isinstance(body, dict):
        raise Invalid("request_invalid", Text("请求的格式不对。", "The request is malformed."))
    terminal = enrolment.enrol(str(body.get("code", "")), str(body.get("public", "")))
    with reading() as session:
        hall = hall_of(session)
    answer = {
        "terminal_id": terminal.terminal_id,
        "number": terminal.number,
        "station_code": terminal.station_code,
        "station_name": terminal.station_name,
        "hall_id": hall.hall_id,
        "hall_public": services().identity.public.to_hex(),
        "hall_epoch": hall.epoch,
        "replaces": enrolment.is_replacement(terminal),
        "fingerprint": PublicIdentity.from_hex(terminal.public).fingerprint(),
        **versions.told_by_hall(),
    }
    return jsonify(answer), 201


@bp.post("/envelopes")
@public
def receive() -> Response:
    """Take an envelope into the ledger and answer with the cursor and a verdict per entry."""
    frame, terminal_id = framed("envelope")
    hall, _, reader, answer = taken(frame, terminal_id)
    worded = naming.worded(frame, answer)
    return answered("acknowledgement", frame, hall, terminal_id, reader, worded)


def taken(frame: Frame, terminal_id: str, *, carried: bool = False) -> Answer:
    """Take the entries of an envelope of this terminal, on whatever carrier it came."""
    parts = services()
    with writing() as session:
        terminal, hall = locked(session, terminal_id)
        payload = opened(session, frame, terminal)
        now = clock.now()
        if not carried:
            # Before the cursor moves, so that the row is written once.
            speaking.heard(terminal, frame.header)
            terminal.last_seen = now
        keyring = parts.keyring
        replay = Replay(keyring)
        try:
            run = ingest.read_payload(frame, payload)
            outcome = ingest.accept(session, terminal, run, replay, keyring, now)
        except BadFrame as error:
            raise bad_frame(error) from error
        arriving.expect(session, services().releases, terminal_id, replay.releases)
        answer = {
            "hall_epoch": hall.epoch,
            "cursor": {"epoch": outcome.cursor[0], "seq": outcome.cursor[1]},
            "head": outcome.head.hex(),
            "verdicts": ingest.verdicts_to_wire(outcome),
            "gap": outcome.gap,
            "forked": outcome.forked,
            "hall_time": microseconds(now),
            "feed_head": terminal.feed_head,
            "backed_up": watermark.told_to(terminal),
            **versions.told_by_hall(),
        }
        public_identity = PublicIdentity.from_hex(terminal.public)
    faultpoint.reach("envelope.committed")
    return hall, terminal_id, public_identity, answer


@bp.post("/feed")
@public
def tell() -> Response:
    """Note how the terminal is, and answer with what it has not applied yet."""
    frame, terminal_id = framed("pull")
    return answered("feed", frame, *told(frame, terminal_id))


def told(
    frame: Frame,
    terminal_id: str,
    *,
    carried: bool = False,
    after: int | None = None,
    is_news: bool = False,
) -> Answer:
    """Answer a terminal's question; what was ``carried`` is old, and asked of as a whole.

    ``after`` goes on where the last answer to the same question ended. ``is_news`` says that the
    carrier has brought what was not known here.
    """
    with writing() as session:
        terminal, hall = locked(session, terminal_id)
        status, now = opened(session, frame, terminal), clock.now()
        if not isinstance(status, dict):
            raise bad_frame(BadFrame("the report is malformed"))
        place = _place(frame)
        # First, so that the row is written once. An old carrier is no sign of a second machine.
        met = None if carried else contact.note(terminal, status.get("contact"), now)
        lapsed = list[str]()
        if met is None or not met.is_late:
            if met is not None:
                speaking.heard(terminal, frame.header)
            hear(session, terminal, place, status, now, is_news if carried else None)
            day = met and overdue.proved_day(terminal, status, met.since)
            # More may have been handed in since a carrier was loaded, or an old report was made.
            lapsed = overdue.lapse(session, services(), terminal_id, day) if day else []
        if terminal.files_epoch < hall.epoch:
            expecting.expect_missing(session, terminal, services().blobs)
            terminal.files_epoch = hall.epoch
        most = MAX_CARRIED_WANTED if carried else MAX_WANTED
        answer = _told(session, terminal, place if after is None else after, most, now)
        if met is not None:
            answer |= _of_the_line(session, met)
        answer |= {"hall_epoch": hall.epoch, "hall_time": microseconds(now)}
        public_identity = PublicIdentity.from_hex(terminal.public)
        overdue.record(session, lapsed)
    return hall, terminal_id, public_identity, answer


def _place(frame: Frame) -> int:
    """Return how far the terminal has applied its feed; Invalid when that is no number."""
    place = frame.header.get("after")
    if type(place) is not int or not 0 <= place <= MAX_NUMBER:
        raise bad_frame(BadFrame("the cursor is none"))
    return place


def _told(
    session: Session, terminal: Terminal, after: int, most: int, now: datetime
) -> dict[str, Any]:
    """Return what a terminal is told that has applied its feed up to ``after``."""
    wanted = expecting.wanted(session, terminal.terminal_id, most + 1, now)
    # What has been read to its end needs no question; the hall speaks most rarely.
    items = feed.since(session, terminal.terminal_id, after) if after < terminal.feed_head else []
    return {
        "items": [feed.item_to_wire(item) for item in items],
        "after": after,
        "asked_beyond": lost_words.asked_beyond(session, terminal, after),
        "feed_head": terminal.feed_head,
        "wanted": wanted[:most],
        "wanted_more": len(wanted) > most,
        "cursor": {"epoch": terminal.cursor_epoch, "seq": terminal.cursor_seq},
        "head": terminal.cursor_digest.hex(),
        "backed_up": watermark.told_to(terminal),
        **versions.told_by_hall(),
    }


def _of_the_line(session: Session, met: contact.Contact) -> dict[str, Any]:
    """Return what is told on the line alone: when to report next, and with which token."""
    # Whoever reads the answer to a report that was overtaken is another machine: to come soon.
    wait = LEAST_SECONDS if met.is_late else int(heartbeat.of_fleet(session).total_seconds())
    return {"next_report_s": wait, "contact": met.offered}


@bp.post("/releases")
@public
def hand_release() -> Response:
    """Answer with the next piece of a release's packed bytes; a total of 0 when it is not here."""
    frame, terminal_id = framed("fetch")
    with reading() as session:
        terminal = session.get_one(Terminal, terminal_id)
        asked = opened(session, frame, terminal)
        try:
            release, offset = str(asked["release"]), int(asked["offset"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise bad_frame(BadFrame("the question is malformed")) from error
        if not 0 <= offset <= MAX_NUMBER:
            raise bad_frame(BadFrame("the offset is none"))
        folder = services().releases.folder
        data, total = piece_of(session, folder, release, offset, RELEASE_PIECE_BYTES)
        answer = {
            "release": release,
            "offset": offset,
            "total": total,
            "data": base64.b64encode(data).decode(),
        }
        hall, public_identity = hall_of(session), PublicIdentity.from_hex(terminal.public)
    return answered("piece", frame, hall, terminal_id, public_identity, answer)


@bp.post("/certificates")
@public
def certify() -> Response:
    """Answer with a certificate for the names that the terminal has in its station's network."""
    frame, terminal_id = framed("certify")
    with reading() as session:
        terminal = session.get_one(Terminal, terminal_id)
        asked = opened(session, frame, terminal)
        hall, public_identity = hall_of(session), PublicIdentity.from_hex(terminal.public)
    try:
        wanted = str(asked["request"])
    except (KeyError, TypeError) as error:
        raise bad_frame(BadFrame("the question is malformed")) from error
    # Needed once a year for each terminal; the terminals' own processes load this module too.
    authority = importlib.import_module("kiosk.hall.authority")
    certificate, issuer = authority.sign(services(), wanted, terminal.number)
    log.info("certificate_signed", terminal=terminal.number)
    answer = {"certificate": certificate, "authority": issuer}
    return answered("certificate", frame, hall, terminal_id, public_identity, answer)


@bp.route("/blobs/<sha256>", methods=["HEAD"])
@public
def blob_offset(sha256: str) -> Response:
    """Tell how many bytes of a blob are here (tus 1.0)."""
    _expected(sha256, signer(request.get_data()))
    store = services().blobs
    offset = store.size(sha256) if store.has(sha256) else store.received(sha256)
    return _tus(200, offset)


@bp.route("/blobs/<sha256>", methods=["PATCH"])
@public
def receive_piece(sha256: str) -> Response:
    """Take the next piece of a blob (tus 1.0); the last one is checked against its SHA-256."""
    # In chunks it comes without a length, and is read no further than a request may be.
    if (request.content_length or 0) > MAX_PIECE_BYTES or len(request.get_data()) > MAX_PIECE_BYTES:
        raise TooLarge("piece_too_large", Text("这一段太大。", "The piece is too large."))
    piece = request.get_data()
    _expected(sha256, signer(piece))
    store = services().blobs
    total = request.headers.get("Upload-Length", type=int) or 0
    if not 0 < total <= MAX_BLOB_BYTES:
        raise TooLarge("blob_too_large", Text("文件太大。", "The file is too large."))
    if store.keeps(sha256):
        arrived(sha256)
        return _tus(204, store.size(sha256))
    try:
        offset = store.receive(sha256, request.headers.get("Upload-Offset", -1, type=int), piece)
        if offset >= total:
            store.finish(sha256)
            arrived(sha256)
    except BlobMismatch:
        log.warning("blob_mismatch", sha256=sha256)
        # tus checksum extension: 460 says that the pieces were thrown away.
        return _tus(460, 0)
    except ValueError as error:
        if store.keeps(sha256):
            # The same piece came twice at once, and the other request has ended the file.
            arrived(sha256)
            return _tus(204, store.size(sha256))
        raise Conflict("offset_differs", Text("续传位置不对。", "The offset differs.")) from error
    return _tus(204, offset)


def arrived(sha256: str) -> None:
    """Expect the blob no more; a kill before this is made up by the next piece."""
    arriving.shelve(services(), sha256)
    with writing() as session:
        session.execute(delete(ExpectedBlob).where(ExpectedBlob.sha256 == sha256))


def _tus(status: int, offset: int) -> Response:
    return Response(
        status=status,
        headers={
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Cache-Control": "no-store",
        },
    )


def _expected(sha256: str, terminal_id: str) -> None:
    with reading() as session:
        expected = session.get(ExpectedBlob, (sha256, terminal_id))
    if expected is None and not (is_name(sha256) and services().blobs.has(sha256)):
        raise NotFound(
            "blob_not_expected", Text("没有等待这个文件。", "This file is not expected.")
        )
