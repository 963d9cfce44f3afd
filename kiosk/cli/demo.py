"""What ``kiosk up`` fills a fresh platform with: accounts, an enrolled terminal, a sketch of a map.

For trying the product on one machine only: it approves the terminal itself,
because hall and terminal lie under the same folder. A real hall invites and
compares fingerprints (``docs/operations.md``).
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kiosk.cli.opened import opened
from kiosk.config import Config, from_environment
from kiosk.db import engine, writing
from kiosk.enrolling import ask, peer_row
from kiosk.hall import enrolment
from kiosk.hall.stations import station_name
from kiosk.operators import service
from kiosk.terminal import nearby
from sync.identity import load_or_make
from sync.state import Peer

STATION = "320582100008"

PEOPLE = (
    ("admin", "admin", "陈静", ()),
    ("clerk", "clerk", "王芳", ()),
    ("staff", "staff", "李明", (STATION,)),
    ("auditor", "auditor", "赵强", ()),
)


def prepare(folder: Path, hall_url: str) -> dict[str, dict[str, str]]:
    """Open the demo accounts with fresh passwords and enrol the terminal; return the accounts.

    Idempotent but for the passwords, which are new each time. ``folder`` holds ``hall``
    and ``terminal``; the hall must be serving at ``hall_url``.
    """
    accounts = {}
    hall = replace(from_environment("hall"), data_dir=folder / "hall")
    with _within(hall):
        for role, username, name, stations in PEOPLE:
            password = _password()
            service.set_up(username, name, role, password, stations)
            accounts[role] = {"username": username, "password": password}
        code = enrolment.invite(STATION, station_name(STATION))
    lay_out_sketch(folder / "terminal")
    number = _enrol(folder / "terminal", hall_url, code)
    if number is not None:
        with _within(hall):
            enrolment.approve(number)
    return accounts


def lay_out_sketch(data_dir: Path) -> None:
    """Give a terminal for trying out the made-up positions of stations; others that it has stay."""
    data_dir.mkdir(parents=True, exist_ok=True)
    file = data_dir / nearby.NAME
    if not file.exists():
        file.write_bytes(nearby.SKETCH.read_bytes())


def _enrol(data_dir: Path, hall_url: str, code: str) -> str | None:
    """Enrol the terminal and return its number, or None when it was enrolled before."""
    # Not from the environment: what is set there for the hall's database is not for a terminal.
    config = Config("terminal", data_dir)
    own = load_or_make(data_dir / "keys")
    with _within(config), writing() as session:
        peer = session.get(Peer, 1)
        if peer is not None:
            peer.hall_url = hall_url
            return None
    answer = ask(hall_url, code, own)
    with _within(config), writing() as session:
        session.add(peer_row(hall_url, answer))
    return str(answer["number"])


@contextmanager
def _within(config: Config) -> Iterator[None]:
    """Be that role for a moment, and leave no connection to its database behind."""
    with opened(config).app_context():
        try:
            yield
        finally:
            engine().dispose()


def _password() -> str:
    """Return 16 letters and digits that are told apart on a screen."""
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(16))
