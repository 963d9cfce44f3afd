"""One hall, its terminals, the line between them, and what brings them back to their beginning.

The platform is built once: schema, keys, enrolment over HTTP, approval. Each story begins with a
copy of it. Neighbours: ``work`` and ``troubles`` act on it, ``watch`` judges it.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask

from kiosk import clock, enrolling, schema, worker
from kiosk.app import create_app
from kiosk.config import Config, Role
from kiosk.core import MASTER_KEY, create_core
from kiosk.hall import enrolment
from kiosk.simulation.line import HALL_URL, Line, Way
from kiosk.simulation.machines import Machine
from kiosk.simulation.model import Model
from kiosk.simulation.nature import Nature
from sync import identity
from sync.jobs import Duties
from sync.ledger import Hall
from sync.pace import Pace
from sync.transport import HttpTransport

#: Stations of the shipped list of divisions.
STATION = "320582100008"


@dataclass
class World:
    """All machines of a story, and what is known to be true of them."""

    nature: Nature
    hall: Machine
    terminals: list[Machine]
    line: Line
    model: Model
    #: Copies of whole disks, by what they are called.
    images: Path
    #: What has happened, in order.
    events: list[str] = field(default_factory=list)
    faults: int = 0
    #: Machines of which there is a copy to come back to.
    copies: set[str] = field(default_factory=set)
    #: Terminals of which there are two machines.
    twins: set[str] = field(default_factory=set)

    @property
    def machines(self) -> list[Machine]:
        """The hall first."""
        return [self.hall, *self.terminals]

    def tell(self, what: str) -> None:
        """Note an event with its time."""
        self.events.append(f"{self.nature.moment()} {what}")

    def digest(self) -> str:
        """Return the SHA-256 of the story and of its outcome: the same for the same seed."""
        told = hashlib.sha256("\n".join(self.events).encode())
        for machine in self.machines:
            cases = machine.rows("SELECT id, number, state FROM cases ORDER BY id")
            told.update(repr(cases).encode())
        return told.hexdigest()


class Platform:
    """Builds the machines once, and lends them to one story after the other."""

    def __init__(self, folder: Path, terminals: int, migrated: Path | None = None) -> None:
        """Build below ``folder``; ``migrated`` is an empty database whose schema is current."""
        self._folder, self._nature = folder, Nature(0)
        self._line: Line | None = None
        self.terminals = terminals
        with self._nature.ruling():
            self._build(terminals, migrated)

    @contextmanager
    def world(self, seed: int) -> Iterator[World]:
        """Lend a world at its beginning; one at a time."""
        nature = Nature(seed)
        hall, terminals = self._machines[0], self._machines[1:]
        assert self._line is not None  # noqa: S101 — made with the hall
        line = self._line
        line.__init__(hall)  # type: ignore[misc]
        with nature.ruling():
            for machine in self._machines:
                machine.nature, machine.skew = nature, timedelta()
                machine.become(self._folder / "images" / machine.name)
            yield World(nature, hall, terminals, line, Model(), self._folder / "images")

    def close(self) -> None:
        """Let go of all files."""
        for machine in self._machines:
            machine.close()

    def _build(self, terminals: int, migrated: Path | None) -> None:
        if migrated is None:
            # Both roles have one schema.
            schema.ensure(Config(role="hall", data_dir=self._folder / "migrated"))
            migrated = self._folder / "migrated" / "hall.db"
        names = ["hall", *(f"terminal-{number + 1}" for number in range(terminals))]
        self._machines = [self._machine(name, migrated) for name in names]
        hall = self._machines[0]
        self._line = Line(hall)
        for machine in self._machines:
            machine.start()
        with hall.writing() as session:
            session.add(Hall(id=1, hall_id=clock.new_id(), epoch=1))
        for machine in self._machines[1:]:
            self._enrol(machine)
        for machine in self._machines:
            machine.copy_to(self._folder / "images" / machine.name)

    def _machine(self, name: str, migrated: Path) -> Machine:
        role: Role = "hall" if name == "hall" else "terminal"
        folder = self._folder / name
        folder.mkdir(parents=True)
        config = Config(role=role, data_dir=folder, log_level="critical")
        master = _known_keys(name, folder / "keys")
        shutil.copy(migrated, folder / f"{role}.db")
        app: Flask = create_app(config) if role == "hall" else create_core(config)
        return Machine(name, app, self._nature, master, self._duties if role != "hall" else None)

    def _duties(self, terminal: Machine) -> Duties:
        def connect(url: str, key_id: str, key: Ed25519PrivateKey, pace: Pace) -> HttpTransport:
            assert self._line is not None  # noqa: S101 — made with the hall
            return HttpTransport(url, key_id, key, pace, Way(self._line, terminal))

        return worker.duties(terminal.app, terminal.parts, connect)

    def _enrol(self, terminal: Machine) -> None:
        hall = self._machines[0]
        code = hall.within(enrolment.invite, STATION, "前溪社区")
        asked = enrolling.asked(code, terminal.parts.identity)
        answer = hall.app.test_client().post(enrolling.ADDRESS, json=asked).get_json()
        hall.within(enrolment.approve, answer["number"])
        with terminal.writing() as session:
            session.add(enrolling.peer_row(HALL_URL, answer))


def _known_keys(name: str, folder: Path) -> bytes:
    """Put keys there that are always the same for this machine; return the master key."""
    drawn = [hashlib.sha256(f"{name} {use}".encode()).digest() for use in ("a", "b", "c")]
    identity.make_secret(folder / identity.FILE, drawn[0] + drawn[1])
    identity.make_secret(folder / MASTER_KEY, drawn[2])
    return drawn[2]
