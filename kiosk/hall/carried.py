"""The hall takes a carrier in: what a terminal sent without a line, with every check of the line.

Each envelope has a transaction of its own, and what is taken stays taken: an import that was killed
is simply run again, an old carrier changes nothing. The answer is written while it is read.
Neighbours: `sync_api` takes envelopes and answers reports, `sync.carrier` is the format,
`sync.outbox` the terminal's side, `carriers` the page and `kiosk.cli.carrying` the command.
"""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog

from kiosk import clock
from kiosk.app_services import services
from kiosk.db import reading
from kiosk.errors import DomainError
from kiosk.hall import staging, sync_api
from kiosk.hall.framing_sync import microseconds
from kiosk.hall.releasing import piece_of
from sync import naming
from sync.carrier import FILE, FRAME, BadCarrier, Part, Readable, file_of, parts_of, unread
from sync.envelope import BadFrame, Frame, pack, unpack
from sync.expecting import ExpectedBlob
from sync.identity import PublicIdentity
from sync.ledger import Hall, Terminal, hall_of
from sync.obtain import MAX_PACKED_BYTES

log = structlog.get_logger(__name__)

_STANDING = {
    "pending": "the terminal is not approved yet: approve it first",
    "revoked": "the terminal is shut out, so that nothing is taken from it",
}


@dataclass
class Tally:
    """What a carrier brought: entries in all and new ones, files taken and files that were not.

    ``trouble`` is why it was not taken to its end; what is counted was taken all the same.
    """

    number: str
    station_name: str
    entries: int = 0
    new: int = 0
    files: int = 0
    damaged_files: int = 0
    unasked_files: int = 0
    wanted: int = 0
    forked: bool = False
    gap: bool = False
    trouble: BadCarrier | None = None

    def as_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {**vars(self), "trouble": self.trouble and str(self.trouble)}


@dataclass
class Intake:
    """One carrier on its way in. ``tally`` grows while ``answer`` is read to its end."""

    tally: Tally
    _stream: Iterator[Part]
    _hall: Hall
    _terminal: Terminal
    _place: dict[str, int]
    _small: bool
    #: In which the carrier is written, and so the answer.
    _version: int
    _question: Frame | None = field(default=None, init=False)

    def answer(self) -> Iterator[Part]:
        """Take part after part and return the parts of the answer.

        What fails for another reason than the carrier (the database, the disk) is raised.
        """
        yield self._framed("carried", self._opening())
        yield from self._untroubled(each for part in self._stream for each in self._take(part))
        if self._question is not None:
            # What was taken is answered, whatever the report is like.
            yield from self._untroubled(self._news(self._question))
        log.info(
            "carrier_taken",
            terminal=self.tally.number,
            entries=self.tally.entries,
            new=self.tally.new,
            files=self.tally.files,
            trouble=self.tally.trouble and self.tally.trouble.code,
        )

    def _untroubled(self, parts: Iterator[Part]) -> Iterator[Part]:
        """Return parts until the carrier is at fault; the first that was wrong with it is told."""
        trouble = None
        try:
            yield from parts
        except BadCarrier as error:
            trouble = error
        except BadFrame as error:
            trouble = unread(error)
        except DomainError as error:
            trouble = BadCarrier("refused", error.message.en)
        self.tally.trouble = self.tally.trouble or trouble

    def _opening(self) -> dict[str, Any]:
        return {
            "made_at": microseconds(clock.now()),
            "hall_epoch": self._hall.epoch,
            "place": self._place,
        }

    def _take(self, part: Part) -> Iterator[Part]:
        if part.kind == FILE:
            self._take_file(part)
        elif part.kind == FRAME:
            frame = unpack(part.body)
            if frame.header.get("from") != self._terminal.terminal_id:
                raise BadFrame("a frame is from another terminal")
            if frame.header.get("kind") == "envelope":
                yield self._take_envelope(frame)
            elif frame.header.get("kind") == "pull":
                # Answered at the end, when it is known which files are still away.
                self._question = frame

    def _take_envelope(self, frame: Frame) -> Part:
        before = self._cursor()
        *_, answer = sync_api.taken(frame, self._terminal.terminal_id, carried=True)
        self.tally.entries += len(answer["verdicts"])
        epoch = frame.header.get("epoch", 0)
        self.tally.new += sum((epoch, each["seq"]) > before for each in answer["verdicts"])
        self.tally.gap |= answer["gap"]
        self.tally.forked |= answer["forked"]
        return self._framed("acknowledgement", naming.worded(frame, answer))

    def _cursor(self) -> tuple[int, int]:
        """How far the terminal's entries are here; BadCarrier when it was shut out meanwhile."""
        with reading() as session:
            terminal = session.get_one(Terminal, self._terminal.terminal_id)
        _check_standing(terminal)
        return terminal.cursor_epoch, terminal.cursor_seq

    def _take_file(self, part: Part) -> None:
        sha256, data = file_of(part)
        store = services().blobs
        with reading() as session:
            expected = session.get(ExpectedBlob, (sha256, self._terminal.terminal_id))
        if expected is None:
            self.tally.unasked_files += not store.has(sha256)
            return
        if hashlib.sha256(data).hexdigest() != sha256:
            log.warning("blob_mismatch", sha256=sha256)
            self.tally.damaged_files += 1
            return
        store.put(data)
        sync_api.arrived(sha256)
        self.tally.files += 1

    def _news(self, question: Frame) -> Iterator[Part]:
        """Answer the report with the whole feed, and with the release that the terminal lacks."""
        after = None
        while True:
            *_, answer = sync_api.told(
                question,
                self._terminal.terminal_id,
                carried=True,
                after=after,
                is_news=self.tally.new > 0,
            )
            self.tally.wanted = len(answer["wanted"])
            yield self._framed("feed", answer)
            if not answer["items"] or (after := answer["items"][-1]["seq"]) >= answer["feed_head"]:
                break
        if not self._small:
            yield from self._release()

    def _release(self) -> Iterator[Part]:
        with reading() as session:
            current = staging.wanted_at(session, self._terminal.station_code)
            has = session.get_one(Terminal, self._terminal.terminal_id).release
            if current is None or has == current.sha256:
                return
            folder = services().releases.folder
            data, total = piece_of(session, folder, current.sha256, 0, MAX_PACKED_BYTES)
        if data and len(data) == total:
            told = {"release": current.sha256, "offset": 0, "total": total}
            yield self._framed("piece", {**told, "data": base64.b64encode(data).decode()})

    def _framed(self, kind: str, payload: dict[str, Any]) -> Part:
        header = {"kind": kind, "from": self._hall.hall_id, "to": self._terminal.terminal_id}
        reader = PublicIdentity.from_hex(self._terminal.public).sealing
        signer = services().identity.signing
        return Part(FRAME, pack(header, payload, signer, reader, self._version))


def take_in(stream: Readable, *, small: bool = False) -> Intake:
    """Begin to take a carrier in; its ``answer`` does the work.

    ``small`` leaves out of the answer what has no room on a screen. Raises BadCarrier when it is
    no carrier, for another hall, of a terminal that is unknown or not approved; nothing is changed.
    """
    parts = parts_of(stream)
    first = next(parts, None)
    if first is None or first.kind != FRAME:
        raise BadCarrier("not_one", "the carrier does not begin with a frame")
    try:
        frame = unpack(first.body)
    except BadFrame as error:
        raise unread(error) from error
    with reading() as session:
        hall = hall_of(session)
        terminal = session.get(Terminal, str(frame.header.get("from")))
    _check_address(frame, hall)
    if terminal is None:
        raise BadCarrier("other_terminal", "the carrier is of a terminal that is not known here")
    try:
        opening = frame.open(
            PublicIdentity.from_hex(terminal.public).signing, services().identity.sealing
        )
        place = {name: int(opening["place"][name]) for name in ("epoch", "seq")}
    except (BadFrame, KeyError, TypeError, ValueError) as error:
        raise BadCarrier("altered", f"the carrier's first frame does not prove: {error}") from error
    _check_standing(terminal)
    tally = Tally(terminal.number, terminal.station_name)
    return Intake(tally, parts, hall, terminal, place, small, frame.version)


def _check_standing(terminal: Terminal) -> None:
    if terminal.standing != "approved":
        raise BadCarrier("refused", _STANDING[terminal.standing])


def _check_address(frame: Frame, hall: Hall) -> None:
    if frame.header.get("kind") == "carried" and frame.header.get("from") == hall.hall_id:
        raise BadCarrier("not_one", "this is the hall's answer: it is for the terminal")
    if frame.header.get("to") != hall.hall_id:
        raise BadCarrier("other_hall", "the carrier is for another hall")
    if frame.header.get("kind") != "carrier":
        raise BadCarrier("not_one", "the carrier is of another kind")
