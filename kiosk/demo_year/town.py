"""The machines of the made-up year: one hall and its stations, in this process, and their clock.

The exchange is the real one, but for the wire: requests go to the hall's application directly.
Nothing waits for a disk, for the folder is made anew or thrown away as a whole. Neighbours:
`living` acts on them; `kiosk.simulation` does the same where faults matter.
"""

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import urllib3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy import event

from kiosk import clock, enrolling, schema
from kiosk.app import create_app
from kiosk.app_services import Services
from kiosk.config import Config
from kiosk.core import create_core
from kiosk.db import AppTransactions, db, writing
from kiosk.hall import enrolment
from kiosk.worker import Exchange
from sync import chance, disk
from sync.jobs import Doorbell
from sync.ledger import Hall
from sync.pace import Pace
from sync.transport import HttpTransport

HALL_URL = "http://hall.made-up"

T = TypeVar("T")


class Silent(Doorbell):
    """A doorbell that nobody hears: whoever lives through the year exchanges when it is time."""

    def __init__(self) -> None:
        """Nothing to connect to."""

    def ring(self, job: str, *, anew: bool = False, at_front: bool = False) -> bool:
        """See ``Doorbell.ring``."""
        return True

    def is_rung(self, job: str) -> bool:
        """See ``Doorbell.is_rung``."""
        return False


@dataclass
class Time:
    """The present moment of the year, and the stream that all randomness comes from."""

    now: datetime
    stream: random.Random

    @contextmanager
    def ruling(self) -> Iterator[None]:
        """Let the product ask here for time, names and chance; files are written at once."""
        with ExitStack() as stack:
            stack.enter_context(clock.use(lambda: self.now, self._uptime, self._name))
            stack.enter_context(chance.use(self.stream.randbytes))
            stack.enter_context(disk.use(lambda _descriptor: None))
            yield

    def _uptime(self) -> int:
        return int((self.now - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds() * 1000)

    def _name(self) -> str:
        """Return a UUIDv7 (RFC 9562) of the present moment."""
        at = int(self.now.timestamp() * 1000) << 80
        drawn = int.from_bytes(self.stream.randbytes(10), "big")
        return str(uuid.UUID(int=(at | drawn) & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62))


@dataclass
class Wire:
    """Carries requests to the hall's application (``sync.transport.Pool``)."""

    hall: Flask

    def request(
        self, method: str, url: str, *, body: bytes, headers: Mapping[str, str]
    ) -> urllib3.HTTPResponse:
        """Return the hall's answer."""
        path = url.removeprefix(HALL_URL)
        answer = self.hall.test_client().open(path, method=method, data=body, headers=headers)
        return urllib3.HTTPResponse(
            body=answer.data,
            headers=dict(answer.headers),
            status=answer.status_code,
            preload_content=True,
        )


@dataclass
class Place:
    """The hall or a station: an application, and at a station what it exchanges with."""

    app: Flask
    #: The division's code; the hall has none.
    code: str = ""
    exchange: Exchange | None = None
    #: Operators that help here, by id.
    agents: list[str] = field(default_factory=list)

    @property
    def parts(self) -> Services:
        """The parts of its application."""
        parts: Services = self.app.extensions["kiosk"]
        return parts

    def within(self, verb: Callable[..., T], *arguments: Any) -> T:
        """Call a verb of the product as a request would."""
        with self.app.app_context():
            return verb(*arguments)


def a_hall(config: Config) -> Place:
    """Return the hall of ``config``, its schema current and its identity made."""
    schema.ensure(config)
    hall = Place(_quick(create_app(config)))
    with hall.app.app_context(), writing() as session:
        if session.get(Hall, 1) is None:
            session.add(Hall(id=1, hall_id=clock.new_id(), epoch=1))
    return hall


def a_station(folder: Path, empty: Path, code: str, name: str, hall: Place) -> Place:
    """Return a station that is enrolled and approved; ``empty`` is a migrated database."""
    folder.mkdir(parents=True)
    (folder / "terminal.db").write_bytes(empty.read_bytes())
    config = Config("terminal", folder, certificates="samples", log_level="error")
    app = _quick(create_core(config))
    place = Place(app, code)

    def connect(url: str, key_id: str, key: Ed25519PrivateKey, pace: Pace) -> HttpTransport:
        return HttpTransport(url, key_id, key, pace, Wire(hall.app))

    code_once = hall.within(enrolment.invite, code, name)
    asked = enrolling.asked(code_once, place.parts.identity)
    answer = hall.app.test_client().post(enrolling.ADDRESS, json=asked).get_json()
    hall.within(enrolment.approve, answer["number"])
    with app.app_context(), writing() as session:
        session.add(enrolling.peer_row(HALL_URL, answer))
    place.exchange = Exchange(AppTransactions(app), place.parts, connect)
    return place


def _quick(app: Flask) -> Flask:
    """Let a database not wait for its disk, and no bell be rung."""
    parts: Services = app.extensions["kiosk"]
    app.extensions["kiosk"] = replace(parts, doorbell=Silent())
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_waiting)
    return app


def _without_waiting(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.execute("PRAGMA secure_delete=OFF")
    cursor.close()


def year_begins(year: int) -> datetime:
    """Return the moment before the first working day at which the stations are enrolled."""
    return datetime(year, 1, 1, 0, 0, tzinfo=clock.LOCAL).astimezone(UTC) - timedelta(days=1)
