"""``/sync/v1``: what a terminal asks after a restore: its own entries, a new life, its files.

Neighbours: ``sync.lives`` answers, ``sync.recovery`` asks, ``framing_sync`` checks and frames.
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request

from forms.definition import Text
from kiosk import clock
from kiosk.app_services import services
from kiosk.db import reading, writing
from kiosk.errors import NotFound
from kiosk.hall import heartbeat
from kiosk.hall.framing_sync import answered, bad_frame, framed, microseconds, opened, signer
from kiosk.operators.access import public
from sync import expecting, lives
from sync.blobs import is_name
from sync.envelope import BadFrame
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
        answer = lives.beyond(session, terminal, known, services().keyring, most_bytes)
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
    ranges = request.range.ranges if request.range else [(0, None)]
    first = ranges[0][0] if ranges[0][0] >= 0 else 0
    last = min(ranges[0][1] or len(data), first + MAX_PIECE_BYTES, len(data))
    headers = {"Upload-Length": str(len(data)), "Cache-Control": "no-store"}
    return Response(data[first:last], 206, headers, content_type="application/octet-stream")


def _place(told: Any) -> tuple[tuple[int, int], bytes]:
    return (int(told["epoch"]), int(told["seq"])), bytes.fromhex(told["digest"])


def _most_bytes(told: Any) -> int | None:
    """Return how much a terminal wants at most; None of an older one, ValueError for no number."""
    if told is not None and (type(told) is not int or told < 1):
        raise ValueError("a number of bytes is out of range")
    return told


def _wish(asked: Any) -> lives.Wish:
    try:
        wish = lives.Wish(
            str(asked["life"]),
            str(asked["reason"])[:12],
            int(asked["diverging"]),
            int(asked["epoch"]),
            _place(asked["head"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise bad_frame(BadFrame("the question is malformed")) from error
    if len(wish.life_id) != 36 or not 0 <= wish.epoch < lives.MOST_EPOCHS or wish.diverging < 0:
        raise bad_frame(BadFrame("a value of the question is out of range"))
    return wish


def _moment(hall_epoch: int, now: datetime | None = None) -> dict[str, int]:
    return {"hall_epoch": hall_epoch, "hall_time": microseconds(now or clock.now())}
