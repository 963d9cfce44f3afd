"""What must be true whatever befalls: every receipt that a resident was ever shown.

Kept outside of all machines, as people keep their papers. Neighbours: ``work`` writes it down,
``watch`` compares both sides with it.
"""

from dataclasses import dataclass, field

from kiosk.cases.submission import Submission


@dataclass(frozen=True)
class Shown:
    """A receipt that somebody has in hand."""

    terminal: str
    case_id: str
    number: str
    item: str


@dataclass(frozen=True)
class Unanswered:
    """A submission that got no answer: it is there or not, and is handed in again."""

    terminal: str
    submission: Submission
    key: str


@dataclass
class Model:
    """The receipts, and what else must not be lost."""

    shown: dict[str, Shown] = field(default_factory=dict)
    unanswered: list[Unanswered] = field(default_factory=list)
    #: Receipts and files that were on no disk any more after a machine was restored, by id.
    lost: dict[str, Shown] = field(default_factory=dict)
    lost_files: set[str] = field(default_factory=set)
    #: Terminals whose sides differ since a restore, until they have had contact and all is quiet.
    apart: set[str] = field(default_factory=set)
    doubled: list[str] = field(default_factory=list)

    def show(self, receipt: Shown) -> None:
        """Somebody has it in hand now."""
        for other in (*self.shown.values(), *self.lost.values()):
            if other.number == receipt.number and other.case_id != receipt.case_id:
                self.doubled.append(receipt.number)
        self.shown[receipt.case_id] = receipt

    def of(self, terminal: str) -> list[Shown]:
        """Return the receipts of one terminal, in order."""
        return [each for each in self.shown.values() if each.terminal == terminal]
