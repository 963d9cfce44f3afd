"""Which notices (文书) a case has: each drawn from the fact it tells of, so that a reprint says the
same. Reads facts alone; knows no paper. Neighbours: ``kiosk.printing.notice`` words and draws one,
``kiosk.hall.notices`` hands it out and lets anybody verify it.

Refusing to accept (不予受理) and refusing what was asked for (不予许可) are two decisions, and are
told apart by whether the case had been accepted. Source: Administrative Licensing Law of the PRC,
articles 32, 38, 44 and 45.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from kiosk.cases.history import Fact
from kiosk.crypto import Keyring

ACCEPTED, NOT_ACCEPTED, RETURNED = "accepted", "not-accepted", "returned"
APPROVED, REFUSED, DELIVERED, PAUSED = "approved", "refused", "delivered", "paused"
#: In the order of a case's life.
KINDS = (RETURNED, ACCEPTED, NOT_ACCEPTED, PAUSED, APPROVED, REFUSED, DELIVERED)
#: Digits of the mark that proves a printed notice: 64 bits.
MARK = 16


@dataclass(frozen=True, slots=True)
class Issued:
    """One notice of a case and the fact that it tells of; `ordinal` counts those of its kind."""

    kind: str
    fact: Fact
    ordinal: int = 1

    @property
    def name(self) -> str:
        """What it is asked for by: its kind, and from the second on which one."""
        return self.kind if self.ordinal == 1 else f"{self.kind}-{self.ordinal}"


def issued(facts: Iterable[Fact]) -> tuple[Issued, ...]:
    """Return the notices of a case whose facts these are, in the order in which they were given.

    That a clock stands is told among the news (``history.facts``).
    """
    found: list[Issued] = []
    for fact in facts:
        kind = fact.kind.removeprefix("case.")
        if kind == "refused" and not any(each.kind == ACCEPTED for each in found):
            kind = NOT_ACCEPTED
        if kind == PAUSED:
            # A clock may stand more than once, and each time the applicant got a paper.
            found.append(Issued(kind, fact, 1 + sum(each.kind == PAUSED for each in found)))
        elif kind in KINDS:
            # Decided again after a hall was lost: the newest decision of a kind is what holds.
            found = [each for each in found if each.kind != kind] + [Issued(kind, fact)]
    return tuple(found)


def mark(keyring: Keyring, case_id: str, notice: Issued) -> str:
    """Return the digits by which the hall knows its own notice again; nobody else can make them."""
    told = f"{case_id}|{notice.kind}|{notice.fact.at.isoformat()}"
    return keyring.fingerprint(told, b"notice")[:MARK]
