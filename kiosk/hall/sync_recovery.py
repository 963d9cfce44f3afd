"""``/sync/v1``: what a terminal asks after a restore: its own entries, a new life, its files.

Neighbours: ``sync.lives`` answers, ``sync.recovery`` asks, ``framing_sync`` checks and frames.
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.db import reading, writing
from kiosk.errors import NotFound
from kiosk.hall import heartbeat
from kiosk.hall.framing_sync import answered, bad_frame, framed, microseconds, opened, signer
from kiosk.hall.quarantined import PLAIN
from kiosk.operators.access import public
from sync import expecting, lives
from sync.blobs import is_name
from sync.envelope import MAX_EPOCH, MAX_NUMBER, BadFrame, digest_from_hex, of_type
from sync.identity import PublicIdentity
from sync.ledger import Terminal, hall_of

bp = Blueprint("sync_recovery", __name__, url_prefix="/sync/v1")

#: A terminal names at most this many places by which its journal is compared.
MAX_PLACES = 64
#: Bytes of a file in one answer.
MAX_PIECE_BYTES = 1024 * 1024


@bp.post("/entries")
@public
def give_back() -> Response:
    """Answer with the terminal's own entries beyond a place that it and the ledger have."""
    frame, terminal_id = framed("lost")
    with reading() as session:
        terminal = session.get_one(Terminal, terminal_id)
        asked = opened(session, frame, terminal)
        try:
            known = [_place(each) for each in asked["after"][:MAX_PLACES]]
            most_bytes = _most_bytes(asked.get("most_bytes"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise bad_frame(BadFrame("the question is malformed")) from error
        answer = lives.beyond(session, terminal, known, services().keyring, PLAIN, most_bytes)
        hall, reader = hall_of(session), PublicIdentity.from_hex(terminal.public)
    return answered("found", frame, hall, terminal_id, reader, {**answer, **_moment(hall.epoch)})


@bp.post("/lives")
@public
def grant() -> Response:
    """Answer a machine that asks for the next epoch: the epoch, or that it must wait."""
    frame, terminal_id = framed("life")
    with writing() as session:
        terminal = session.get_one(Terminal, terminal_id, with_for_update=True)
        wish, now = _wish(opened(session, frame, terminal)), clock.now()
        terminal.last_seen = now
        state, epoch = lives.ask(session, terminal, wish, now, heartbeat.longer(session))
        if state == lives.GRANTED:
            # A machine that was restored may have what was lost before.
            expecting.wait_again(session, terminal_id)
        hall, reader = hall_of(session), PublicIdentity.from_hex(terminal.public)
    answer = {"state": state, "epoch": epoch, **_moment(hall.epoch, now)}
    return answered("granted", frame, hall, terminal_id, reader, answer)


@bp.get("/blobs/<sha256>")
@public
def give_file(sha256: str) -> Response:
    """Answer with a part of a file that an entry of this terminal names, as it lies here.

    One that is not here is expected from then on: admins see it among those that the hall lacks,
    and whichever machine has it is asked for it.
    """
    terminal_id = signer(request.get_data())
    with reading() as session:
        case = is_name(sha256) and lives.case_of_file(
            session, terminal_id, sha256, request.args.get("subject", "")
        )
    store = services().blobs
    if not case or not store.has(sha256):
        if case:
            with writing() as session:
                expecting.expect_files(session, terminal_id, {sha256: case})
        raise NotFound("blob_unknown", Text("这里没有这个文件。", "This file is not here."))
    data = store.read(sha256)
    part = _part_of(len(data))
    headers = {"Upload-Length": str(len(data)), "Cache-Control": "no-store"}
    if part:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
    data = data if part is None else data[part.start : part.stop]
    status = 200 if part is None else 206
    return Response(data, status, headers, content_type="application/octet-stream")


def _part_of(size: int) -> range | None:
    """Return which bytes of so many are asked for (RFC 9110, section 14), at most a piece.

    None for the whole: no range, several, or one that is malformed or of another unit.
    RequestedRangeNotSatisfiable for one that lies behind the end. One right at the end is empty:
    so a terminal of the release before hears that it has all bytes.
    """
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    first, end = asked.ranges[0]
    first = first if first >= 0 else max(0, size + first)
    if first > size:
        raise RequestedRangeNotSatisfiable(size)
    return range(first, min(size if end is None else end, size, first + MAX_PIECE_BYTES))


def _place(told: Any) -> tuple[tuple[int, int], bytes]:
    epoch, seq = of_type(int, told["epoch"]), of_type(int, told["seq"])
    if not 0 <= epoch <= MAX_EPOCH or not 0 <= seq <= MAX_NUMBER:
        raise ValueError("a place is out of range")
    return (epoch, seq), digest_from_hex(told["digest"])


def _most_bytes(told: Any) -> int | None:
    """Return how much a terminal wants at most; None of an older one, ValueError for no number."""
    if told is not None and (type(told) is not int or told < 1):
        raise ValueError("a number of bytes is out of range")
    return told


def _wish(asked: Any) -> lives.Wish:
    try:
        wish = lives.Wish(
            of_type(str, asked["life"]),
            of_type(str, asked["reason"])[:12],
            of_type(int, asked["diverging"]),
            of_type(int, asked["epoch"]),
            _place(asked["head"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise bad_frame(BadFrame("the question is malformed")) from error
    is_text = len(wish.life_id) == 36 and "\0" not in wish.life_id + wish.reason
    # No more entries contradict than a column holds.
    are_numbers = 0 <= wish.epoch < MAX_EPOCH and 0 <= wish.diverging < 2**31
    if not (is_text and are_numbers):
        raise bad_frame(BadFrame("a value of the question is out of range"))
    return wish


def _moment(hall_epoch: int, now: datetime | None = None) -> dict[str, int]:
    return {"hall_epoch": hall_epoch, "hall_time": microseconds(now or clock.now())}
