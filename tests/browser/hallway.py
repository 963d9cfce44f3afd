"""A terminal of this process behind a real port, as a kiosk in a hallway has it: settings of one's own.

Its clock can run in seconds, and a test can look into its database. Neighbours: `station.py` is the
whole platform with its real processes.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from playwright.sync_api import Page
from sqlalchemy import func, select
from werkzeug.serving import make_server

from kiosk.cases.model import Draft
from kiosk.materials.model import Material
from tests.browser.resident import Resident
from tests.builders.machines import Machine


@dataclass(frozen=True)
class Hallway:
    """A terminal that answers at `address`."""

    terminal: Machine
    address: str

    def at_the_kiosk(self, page: Page) -> Resident:
        """Somebody at its kiosk, whose browser has just been started."""
        page.goto(f"{self.address}/device/kiosk")
        return Resident(page, self.address)

    def set(self, **settings: object) -> None:
        """Change settings from the next page on, such as how patient the kiosk is."""
        parts = self.terminal.parts
        changed = replace(parts, config=replace(parts.config, **settings))
        self.terminal.app.extensions["kiosk"] = changed

    @property
    def drafts(self) -> int:
        with self.terminal.reading() as session:
            return session.scalar(select(func.count()).select_from(Draft)) or 0

    @property
    def pictures(self) -> int:
        with self.terminal.reading() as session:
            return session.scalar(select(func.count()).select_from(Material)) or 0


@contextmanager
def serving(terminal: Machine) -> Iterator[Hallway]:
    """Let `terminal` answer at a free port of the loopback address."""
    server = make_server("127.0.0.1", 0, terminal.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Hallway(terminal, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
