"""What people do in a simulated world: residents at the terminals, clerks at the hall.

Every deed calls the verb of the product that a page would call, on the machine where it stands,
and notes what was shown. What the product refuses is an ordinary outcome. Neighbours: ``troubles``
are what befalls machines, ``stories`` decides when.
"""

import copy
import random
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import OperationalError

from forms.schema import required_requirements
from kiosk.cases import afterwards, desk, lifecycle, service
from kiosk.cases.submission import Attachment, Signature, Submission, is_brought
from kiosk.errors import DomainError, Unavailable
from kiosk.materials.capture import Picture, keep
from kiosk.simulation.machines import Machine
from kiosk.simulation.model import Shown, Unanswered
from kiosk.simulation.storage import Killed
from kiosk.simulation.world import World

#: Nothing in these depends on the day: decided on the spot, and with a promised time and papers
#: that may follow later.
ITEMS = ("RS-001", "MZ-001")
#: Every so manyth picture is larger than one piece.
_LARGE_EVERY, _LARGE_BYTES = 12, 300_000
#: What became of a deed that the product does not allow.
REFUSED = object()


class Work:
    """The deeds of people; ``chance`` is the stream that decides what they choose."""

    def __init__(self, world: World) -> None:
        """Work in ``world``."""
        self._world = world

    @property
    def _chance(self) -> random.Random:
        return self._world.nature.story

    # ---- residents ----

    def submit(self, terminal: Machine, item: str | None = None, *, large: bool = False) -> None:
        """Photograph, hand in, and take the receipt home."""
        chosen = item or self._chance.choice(ITEMS)
        key = f"{self._chance.getrandbits(64):016x}"
        application = self._done(
            terminal, f"{chosen}: photograph", lambda: self._new(terminal, chosen, large=large)
        )
        if isinstance(application, Submission):
            self._hand_in(Unanswered(terminal.name, application, key), terminal)

    def submit_again(self, terminal: Machine) -> None:
        """Hand in again what got no answer, with the same key."""
        model = self._world.model
        for each in [left for left in model.unanswered if left.terminal == terminal.name]:
            model.unanswered.remove(each)
            self._hand_in(each, terminal)

    def withdraw(self, terminal: Machine) -> None:
        """Take a case back."""
        if shown := self._one(terminal):
            self._done(
                terminal,
                f"withdraw {shown.number}",
                lambda: service.withdraw(terminal.parts, shown.case_id),
            )

    def correct(self, terminal: Machine) -> None:
        """Hand a returned case in again."""
        if shown := self._one(terminal, "returned"):
            key = f"{self._chance.getrandbits(64):016x}"

            def deed() -> None:
                service.correct(terminal.parts, shown.case_id, self._new(terminal, shown.item), key)

            self._done(terminal, f"correct {shown.number}", deed)

    def supply(self, terminal: Machine) -> None:
        """Bring a paper that was promised for later."""
        if shown := self._one(terminal):
            wanted = self._chance.choice(("income_proof", "illness_proof", "school_proof"))

            def deed() -> None:
                picture = self._photograph(terminal)
                afterwards.supply(terminal.parts, shown.case_id, wanted, [picture], "kiosk")

            self._done(terminal, f"supply {wanted} to {shown.number}", deed)

    def rate(self, terminal: Machine) -> None:
        """Say what one thinks of the service."""
        if shown := self._one(terminal, *lifecycle.STEPS["rate"].sources):
            grade = self._chance.randint(1, 5)
            self._done(
                terminal,
                f"rate {shown.number}",
                lambda: afterwards.rate(terminal.parts, shown.case_id, grade),
            )

    # ---- clerks ----

    def decide(self, wanted: str | None = None) -> None:
        """Take a step with a case at the hall: the one that is ``wanted``, or a possible one."""
        hall = self._world.hall
        cases = hall.rows("SELECT id, number, state FROM cases ORDER BY id")
        if not cases:
            return
        case_id, number, state = self._chance.choice(cases)
        possible = [verb for verb in lifecycle.possible(state) if verb in desk.FACTS]
        verb = wanted or self._chance.choice(possible or list(desk.FACTS))
        reasons = ("why",) if lifecycle.STEPS[verb].needs_reasons else ()
        self._done(
            hall,
            f"{verb} {number}",
            lambda: desk.decide(hall.parts, case_id, verb, "clerk", "", reasons),
        )

    # ---- both at once ----

    def cross(self, terminal: Machine) -> None:
        """Let a clerk refuse a case while its resident, who has not heard of it, takes it back."""
        if shown := self._one(terminal, lifecycle.SUBMITTED, lifecycle.ACCEPTED):
            hall, case, number = self._world.hall, shown.case_id, shown.number
            self._done(
                hall,
                f"refuse {number}",
                lambda: desk.decide(hall.parts, case, "refuse", "clerk", "", ("why",)),
            )
            self._done(
                terminal, f"withdraw {number}", lambda: service.withdraw(terminal.parts, case)
            )

    # ---- what all have in common ----

    def _done(self, machine: Machine, what: str, deed: Callable[[], Any]) -> Any:
        """Do it and note how it went; None when it got no answer, REFUSED when it was refused."""
        try:
            outcome = machine.within(deed)
        except Killed:
            self._world.tell(f"{machine.name}: {what}: killed")
            machine.die()
            return None
        except (OperationalError, OSError, Unavailable) as error:
            self._world.tell(f"{machine.name}: {what}: {type(error).__name__}")
            return None
        except DomainError as error:
            self._world.tell(f"{machine.name}: {what}: {error.code}")
            return REFUSED
        self._world.tell(f"{machine.name}: {what}")
        return outcome

    def _hand_in(self, given: Unanswered, terminal: Machine) -> None:
        receipt = self._done(
            terminal,
            f"submit {given.submission.item}",
            lambda: service.submit(terminal.parts, given.submission, given.key),
        )
        if receipt is None:
            self._world.model.unanswered.append(given)
        if not isinstance(receipt, service.Receipt):
            return
        shown = Shown(terminal.name, receipt.case_id, receipt.number, receipt.item)
        self._world.tell(f"{terminal.name}: receipt {receipt.number}")
        self._world.model.show(shown)

    def _one(self, terminal: Machine, *states: str) -> Shown | None:
        """Return a receipt of this terminal, mostly of a case in one of these states."""
        receipts = self._world.model.of(terminal.name)
        if states and self._chance.random() < 0.9:
            now = dict(terminal.rows("SELECT id, state FROM cases"))
            receipts = [each for each in receipts if now.get(each.case_id) in states]
        return self._chance.choice(receipts) if receipts else None

    def _new(self, terminal: Machine, code: str, *, large: bool = False) -> Submission:
        catalogue = terminal.parts.catalogue
        item = catalogue.item(code)
        sample = next(each for each in item.samples if not each.expect)
        answers = copy.deepcopy(dict(sample.answers))
        attachments = []
        # One picture stands for all papers of a case: files cost a simulation most.
        picture = self._photograph(terminal, large=large)
        for each in required_requirements(item, answers):
            if each.deferrable and self._chance.random() < 0.5:
                attachments.append(Attachment(each.id, "deferred"))
            elif is_brought(each):
                attachments.append(Attachment(each.id, "file", (picture,)))
        return Submission(
            item=code,
            release=catalogue.release,
            answers=answers,
            attachments=tuple(attachments),
            signature=Signature("confirmed"),
            consent=True,
            commitment=False,
            channel="kiosk",
        )

    def _photograph(self, terminal: Machine, *, large: bool = False) -> str:
        large = large or self._chance.randrange(_LARGE_EVERY) == 0
        size = _LARGE_BYTES if large else 400
        jpeg = b"\xff\xd8" + self._chance.randbytes(size) + b"\xff\xd9"
        parts = terminal.parts
        with terminal.writing() as session:
            return keep(session, parts.keyring, parts.blobs, Picture(jpeg, 480, 320)).id
