"""What befalls machines and the line: the fault table of ``docs/simulation.md``.

A trouble is armed, something is done under it, and it is over; or it lasts until it is mended.
Neighbours: ``storage`` and ``line`` make it happen, ``stories`` decides when.
"""

import os
import random
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from kiosk import clock, crypto
from kiosk.cases import bodies
from kiosk.simulation.exchange import work_off
from kiosk.simulation.line import FAULTS
from kiosk.simulation.machines import Machine
from kiosk.simulation.storage import Killed, Trouble
from kiosk.simulation.world import World
from sync import journal, keys
from sync.state import peer_of

#: A kill comes after so many moments at most; a submission has about twenty of them.
MOST_MOMENTS = 40
#: What lasts begins soon, so that it befalls a whole deed.
_SOON = 16
_YEAR = timedelta(days=365)
#: Kinds of a version to come, and known ones that say nothing of use.
_NEWER = (("case.dreamt", 1), ("case.rated", 7))
_POISONS = (*_NEWER, ("case.corrected", 2), ("case.supplied", 1), ("case.withdrawn", 1))


class Troubles:
    """The troubles of a world."""

    def __init__(self, world: World) -> None:
        """Befall ``world``."""
        self._world = world

    @property
    def _chance(self) -> random.Random:
        return self._world.nature.story

    def weather(self) -> list[str]:
        """Return what is to befall the next requests of a bad line."""
        befalls = self._chance.random() < 0.6
        return [
            self._chance.choice(FAULTS) if self._chance.random() < 0.5 else ""
            for _ in range(self._chance.randint(1, 4) if befalls else 0)
        ]

    def under(
        self,
        machine: Machine,
        trouble: Trouble,
        deed: Callable[[], None],
        moments: int | None = None,
    ) -> None:
        """Do something while a machine is killed, full or locked after some moments."""
        moments = moments or self._chance.randint(1, MOST_MOMENTS if trouble == "kill" else _SOON)
        self._note(f"{machine.name}: {trouble} after {moments} moments")
        machine.fuse.arm(trouble, moments)
        try:
            deed()
        finally:
            machine.fuse.arm(None)

    def power_cut(self, machine: Machine) -> None:
        """Cut the power: what the disk was not asked to keep is gone."""
        lost = machine.die(power=True)
        self._note(f"{machine.name}: power cut, {lost} files lost")

    def cut_line(self, terminal: Machine) -> None:
        """Cut the line of a terminal until it is mended."""
        self._world.line.cut_off.add(terminal.name)
        self._note(f"{terminal.name}: line cut")

    def mend_line(self, terminal: Machine) -> None:
        """Give a terminal its line back."""
        self._world.line.cut_off.discard(terminal.name)
        self._world.tell(f"{terminal.name}: line mended")

    def set_clock(self, machine: Machine) -> None:
        """Let a wall clock be wrong by a year, or right again."""
        machine.skew = self._chance.choice((-_YEAR, timedelta(), _YEAR))
        self._note(f"{machine.name}: clock wrong by {machine.skew.days} days")

    def lose_rings(self, terminal: Machine) -> None:
        """Lose what Redis knew."""
        terminal.bell.rung.clear()
        self._note(f"{terminal.name}: rings lost")

    def deliver_late(self) -> None:
        """Let requests arrive that were on their way all the time."""
        count = self._world.line.deliver_late()
        self._note(f"line: {count} late requests arrive")

    def spoil_piece(self) -> None:
        """Alter what the hall has received of a file so far."""
        hall = self._world.hall
        pieces = [p for p in sorted((hall.folder / "blobs" / "partial").glob("*")) if p.is_file()]
        if not pieces:
            return
        piece = self._chance.choice(pieces)
        with piece.open("r+b") as out:
            first = out.read(1)
            out.seek(0)
            out.write(bytes([first[0] ^ 1]) if first else b"")
            out.flush()
            os.fsync(out.fileno())
        self._note("hall: a received piece was altered")

    # ---- what the hall cannot read ----

    def poison(self, terminal: Machine) -> None:
        """Record what this hall cannot read: another version's kinds, garbage, a foreign case."""
        kind, version = self._chance.choice(_POISONS)
        if terminal.rows("SELECT recovery FROM peer")[0][0] is not None:
            # A machine that stands still records nothing.
            return
        here = {row[0] for row in terminal.rows("SELECT id FROM cases")}
        known = [each for each in self._world.model.of(terminal.name) if each.case_id in here]
        # Of a known kind it would be a real step.
        of_a_case = bool(known) and (kind, version) in _NEWER and self._chance.random() < 0.5
        subject = self._chance.choice(known).case_id if of_a_case else ""
        self._note(f"{terminal.name}: poison {kind} v{version}{' of a case' if of_a_case else ''}")
        try:
            with terminal.writing() as session:
                self._record(session, terminal, subject, kind, version)
        except Killed:
            terminal.die()
        work_off(self._world, terminal)

    def _record(self, session: Session, terminal: Machine, subject: str, kind: str, v: int) -> None:
        now = clock.now()
        case_id = subject or clock.new_id()
        keyring = terminal.parts.keyring
        if not subject:
            keys.add(session, keyring, case_id, crypto.new_key())
        key = keys.fetch(session, keyring, [case_id])[case_id]
        body = bodies.seal(key, case_id, kind, {"attachments": [{"mode": "dreamt"}]})
        fact = journal.Fact(
            entry_id=clock.new_id(),
            subject=case_id,
            kind=kind,
            body=body,
            blobs=(),
            recorded_at=int(now.timestamp() * 1_000_000),
            uptime_ms=clock.uptime_ms(),
            version=v,
        )
        journal.append(session, fact, peer_of(session).epoch)

    def _note(self, what: str) -> None:
        self._world.faults += 1
        self._world.tell(f"*** {what}")
