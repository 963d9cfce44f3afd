"""Halls and terminals in this process: real applications on real databases, enrolled for real.

`LoopLine` carries frames between them by the hall's own HTTP interface with real signatures, without
a socket. It can be told to lose, double, cut and hold back what it carries.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kiosk import clock
from kiosk.app import create_app
from kiosk.app_services import Services
from kiosk.cases.feedback import Feedback
from kiosk.cases.rebuilding import Rebuild
from kiosk.cases.replay import Replay
from kiosk.config import Config, Role
from kiosk.db import AppTransactions, db, reading, writing
from kiosk.devices import register
from kiosk.enrolling import peer_row
from kiosk.hall import enrolment
from sync import pull, push, recovery, releases
from sync.carry import send_blobs
from sync.identity import Identity
from sync.ledger import Hall, Terminal
from sync.obtain import obtain
from sync.push import Line
from sync.refetch import fetch_files
from sync.state import Peer
from sync.transport import (
    FRAME_TYPE,
    PIECE_TYPE,
    HallRefuses,
    LineDown,
    Request,
    refusal,
    sign_request,
)

STATION = "320582100008"
HALL_URL = "http://hall.test"

T = TypeVar("T")


@dataclass(frozen=True)
class Machine:
    """One role of the product with its own data folder and database."""

    app: Flask

    @classmethod
    def made(cls, role: Role, folder: Path, database: str = "", **settings: object) -> "Machine":
        config = Config(role=role, data_dir=folder, database_url=database, log_level="error")
        if role == "hall":
            # What is found at a terminal must not hang on the time of day of the test.
            config = replace(config, station_open="")
        return cls(create_app(replace(config, **settings)))

    @property
    def parts(self) -> Services:
        return self.app.extensions["kiosk"]

    @property
    def transactions(self) -> AppTransactions:
        return AppTransactions(self.app)

    @property
    def engine(self) -> Engine:
        with self.app.app_context():
            return db.engine

    def client(self) -> FlaskClient:
        return self.app.test_client()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.app.app_context(), reading() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self.app.app_context(), writing() as session:
            yield session

    def within(self, verb: Callable[..., T], *arguments: object, **more: object) -> T:
        """Call a verb of the product as a request of this machine would."""
        with self.app.app_context():
            return verb(*arguments, **more)

    def row_counts(self) -> dict[str, int]:
        """How many rows each table holds; for *nothing was stored*."""
        with self.reading() as session:
            return {
                name: session.connection()
                .exec_driver_sql(f'SELECT count(*) FROM "{name}"')  # noqa: S608
                .scalar_one()
                for name in db.metadata.tables
            }

    def close(self) -> None:
        self.engine.dispose()


@dataclass
class LoopLine:
    """A `sync.transport.Transport` to a hall in this process, with faults on demand.

    `faults` is asked before each frame: `lost` (never arrives), `unheard` (arrives, its answer is
    lost), `doubled` (arrives twice), `cut` (arrives without its last bytes).
    """

    hall: Machine
    key_id: str
    identity: Identity
    faults: Iterator[str] = field(default_factory=lambda: iter(()))
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    is_down: bool = False

    def post(self, path: str, frame: bytes) -> bytes:
        self.sent.append((path, frame))
        fault = next(self.faults, "")
        if fault == "lost":
            raise LineDown("the frame was lost")
        if fault == "cut":
            frame = frame[:-7]
        answer = self._ask("POST", path, frame, {"Content-Type": FRAME_TYPE})
        if fault == "doubled":
            answer = self._ask("POST", path, frame, {"Content-Type": FRAME_TYPE})
        if fault == "unheard":
            raise LineDown("the answer was lost")
        return answer.data

    def again(self, path: str, frame: bytes) -> None:
        """Let a frame arrive that was sent at some time before; nobody waits for the answer."""
        with suppress(LineDown, HallRefuses):
            self._ask("POST", path, frame, {"Content-Type": FRAME_TYPE})

    def blob_offset(self, sha256: str) -> int:
        answer = self._ask("HEAD", f"/blobs/{sha256}", b"", {"Tus-Resumable": "1.0.0"})
        return int(answer.headers["Upload-Offset"])

    def send_piece(self, sha256: str, offset: int, piece: bytes, total: int) -> int:
        headers = {
            "Tus-Resumable": "1.0.0",
            "Content-Type": PIECE_TYPE,
            "Upload-Offset": str(offset),
            "Upload-Length": str(total),
        }
        answer = self._ask("PATCH", f"/blobs/{sha256}", piece, headers)
        return int(answer.headers["Upload-Offset"])

    def fetch_piece(self, sha256: str, subject: str, offset: int, most: int) -> tuple[bytes, int]:
        wanted = {"Range": f"bytes={offset}-{offset + most - 1}"}
        answer = self._ask("GET", f"/blobs/{sha256}?subject={subject}", b"", wanted, taken=(416,))
        told = answer.headers.get("Content-Range") or "/" + answer.headers["Upload-Length"]
        size = int(told.rpartition("/")[2])
        return b"" if answer.status_code == 416 else answer.data, size

    def _ask(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
        taken: tuple[int, ...] = (),
    ):
        if self.is_down:
            raise LineDown("the line is cut")
        request = Request(method, f"{HALL_URL}/sync/v1{path}", headers)
        sign_request(request, body, self.key_id, self.identity.signing)
        answer = self.hall.client().open(
            request.url, method=method, data=body, headers=request.headers
        )
        if answer.status_code >= 500:
            raise LineDown(f"the hall answered {answer.status_code}")
        if answer.status_code >= 300 and answer.status_code not in taken:
            raise refusal(answer.status_code, answer.get_data())
        return answer


@dataclass(frozen=True)
class Pair:
    """A hall and a terminal that is enrolled and approved there, and the line between them."""

    hall: Machine
    terminal: Machine
    line: LoopLine

    def with_a_new_line(self) -> "Pair":
        """The same machines, and a line that has carried nothing and has no faults."""
        return replace(self, line=LoopLine(self.hall, self.terminal_id, self.line.identity))

    @property
    def exchange(self) -> Line:
        parts = self.terminal.parts
        return Line(
            self.terminal.transactions,
            self.line,
            parts.identity,
            parts.keyring,
            clock.now,
            rebuild=Rebuild(parts.keyring),
        )

    @property
    def terminal_id(self) -> str:
        return self.line.key_id

    @property
    def replay(self) -> Replay:
        return Replay(self.hall.parts.keyring)

    def push(self) -> int:
        return push.push(self.exchange)

    def pull(self) -> list[str]:
        return pull.pull(self.exchange, Feedback(self.terminal.parts.keyring), self._status)

    def told_to_wait(self) -> int:
        """Report, and return how many seconds the hall says to wait for the next time."""
        line = self.exchange
        pull.pull(line, Feedback(self.terminal.parts.keyring), self._status)
        return line.heartbeat.seconds

    def recover(self) -> bool:
        """Go on after a restore as far as the hall lets; True when the terminal works as usual."""
        return recovery.recover(self.exchange, Rebuild(self.terminal.parts.keyring))

    def fetch_files(self, seconds: float = 5.0) -> list[str]:
        """Fetch the files that came back by name; return those that are still away."""
        parts = self.terminal.parts
        return fetch_files(self.terminal.transactions, self.line, parts.blobs, seconds)

    def send_blobs(self, wanted: list[str], seconds: float = 5.0) -> list[str]:
        self.terminal.parts.releases.lend(self.terminal.parts.blobs, wanted)
        return send_blobs(self.line, self.terminal.parts.blobs, wanted, seconds)

    def fetch_release(self, seconds: float = 5.0) -> bool:
        """Fetch what the feed has told of; True while there is more of it."""
        return obtain(self.exchange, self.terminal.parts.releases, seconds)

    def settle(self) -> None:
        """Exchange until nothing is left to say."""
        self.push()
        for _ in range(10):
            if not (wanted := self.pull()):
                break
            self.send_blobs(wanted)
        else:
            raise AssertionError("the hall still wants files")
        while self.fetch_release():
            pass
        self.pull()

    def peer(self) -> Peer:
        with self.terminal.reading() as session:
            return session.get_one(Peer, 1)

    def known_terminal(self) -> Terminal:
        with self.hall.reading() as session:
            return session.get_one(Terminal, self.terminal_id)

    def _status(self, session: Session | None) -> dict[str, object]:
        return {
            "pending": 0,
            "oldest_at": None,
            "blobs": 0,
            "error": None,
            "version": "test",
            "disk_free": 1,
            "clock": int(clock.now().timestamp() * 1_000_000),
            "release": self.terminal.parts.releases.current.release,
            "release_refused": None if session is None else releases.refusal(session),
            "devices": [] if session is None else register.told(session),
        }


def initialised(hall: Machine) -> Machine:
    """Give a migrated hall its identity, as `kiosk hall init` does."""
    with hall.writing() as session:
        session.add(Hall(id=1, hall_id=clock.new_id(), epoch=1))
    return hall


def invited(hall: Machine, terminal: Machine, station: str = STATION) -> dict[str, str]:
    """Invite the terminal and let it enrol over HTTP; return the hall's answer."""
    code = hall.within(enrolment.invite, station, "前溪社区")
    asked = {"code": code, "public": terminal.parts.identity.public.to_hex()}
    answer = hall.client().post("/sync/v1/enrolments", json=asked)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()


def enrolled(hall: Machine, terminal: Machine, station: str = STATION) -> Pair:
    """Invite, enrol over HTTP, approve: a pair that may exchange."""
    answer = invited(hall, terminal, station)
    with terminal.writing() as session:
        session.add(peer_row(HALL_URL, answer))
    hall.within(enrolment.approve, answer["number"])
    return Pair(hall, terminal, LoopLine(hall, answer["terminal_id"], terminal.parts.identity))
