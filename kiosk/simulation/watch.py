"""What must hold after every step of a story, looked at past the product, on committed rows alone.

The receipts that people have in hand are compared with both sides, the journal with the ledger, the
feed with the inbox (I1 to I3 and I6 of ``docs/sync-protocol.md``). Neighbour: ``quiet`` has the
costly rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kiosk.simulation.machines import Machine
from kiosk.simulation.world import World

Place = tuple[int, int]
_JOURNAL = "SELECT epoch, seq, digest, subject, subject_seq, kind FROM journal ORDER BY epoch, seq"
_LEDGER = (
    "SELECT epoch, seq, digest, subject, subject_seq, kind, verdict FROM ledger"
    " WHERE terminal_id = ? ORDER BY epoch, seq"
)
_PEER = "SELECT terminal_id, ack_epoch, ack_seq, feed_cursor FROM peer"
_CURSOR = (
    "SELECT cursor_epoch, cursor_seq, cursor_digest, feed_head,"
    " (SELECT coalesce(max(seq), 0) FROM feed WHERE feed.terminal_id = terminal.terminal_id)"
    " FROM terminal WHERE terminal_id = ?"
)
_FEED = "SELECT seq, kind, body FROM feed WHERE terminal_id = ? AND seq <= ? ORDER BY seq"
_LOWERED = {"held", "quarantined"}


class Violated(AssertionError):
    """Something that must always hold does not."""


@dataclass
class Sides:
    """One terminal as it is at both ends."""

    terminal: Machine
    journal: list[Any]
    ledger: list[Any]
    acknowledged: Place
    cursor: Place
    head: bytes
    feed_cursor: int
    feed_head: int
    #: The newest item; the head may be beyond it after the hall was restored.
    feed_end: int
    inbox: list[Any]
    feed: list[Any]
    verdicts: dict[bytes, str]
    lost_words: set[int]


@dataclass
class Watch:
    """Looks at all that has changed since it last looked."""

    world: World
    _seen: dict[str, Any] = field(default_factory=dict)

    def look_again(self) -> None:
        """Look at everything, changed or not."""
        self._seen.clear()
        self.look()

    def look(self) -> None:
        """Raise Violated when something does not hold."""
        hall_changed = self._changed(self.world.hall)
        for terminal in self.world.terminals:
            if self._changed(terminal) or hall_changed:
                for fault in faults_of(self.world, sides_of(self.world, terminal)):
                    raise Violated(f"{terminal.name}: {fault}")
        if self.world.model.doubled:
            raise Violated(f"I2: number {self.world.model.doubled[0]} was given twice")
        if hall_changed:
            doubled = self.world.hall.rows(
                "SELECT number FROM cases GROUP BY number HAVING count(*) > 1"
            )
            if doubled:
                raise Violated(f"hall: I2: number {doubled[0][0]} twice")

    def _changed(self, machine: Machine) -> bool:
        """Tell whether anything was committed since; a machine that started anew has changed."""
        (version,) = machine.rows("PRAGMA data_version")[0]
        stamp = (id(machine.parts), version, len(self.world.model.shown))
        before, self._seen[machine.name] = self._seen.get(machine.name), stamp
        return before != stamp


def sides_of(world: World, terminal: Machine) -> Sides:
    """Read what both ends have of one terminal."""
    ((terminal_id, *acknowledged, feed_cursor),) = terminal.rows(_PEER)
    ((*cursor, head, feed_head, feed_end),) = world.hall.rows(_CURSOR, terminal_id)
    return Sides(
        terminal=terminal,
        journal=list(terminal.rows(_JOURNAL)),
        ledger=list(world.hall.rows(_LEDGER, terminal_id)),
        acknowledged=(acknowledged[0], acknowledged[1]),
        cursor=(cursor[0], cursor[1]),
        head=head,
        feed_cursor=feed_cursor,
        feed_head=feed_head,
        feed_end=feed_end,
        inbox=list(terminal.rows("SELECT seq, kind, body FROM inbox ORDER BY seq")),
        feed=list(world.hall.rows(_FEED, terminal_id, feed_cursor)),
        verdicts=dict(terminal.rows("SELECT digest, verdict FROM verdict")),
        lost_words={
            row[0]
            for row in world.hall.rows("SELECT seq FROM lost_word WHERE terminal_id=?", terminal_id)
        },
    )


def faults_of(world: World, sides: Sides) -> Iterator[str]:
    """Yield what does not hold of one terminal, in words."""
    yield from _order(sides)
    if sides.terminal.name in world.model.apart:
        return
    yield from _receipts(world, sides)
    yield from _ledger_follows_journal(sides)
    yield from _verdicts(sides)
    yield from _feed(sides)


def _receipts(world: World, sides: Sides) -> Iterator[str]:
    """I1: every receipt is a case here with its entry, and at the hall when the hall has it."""
    here = dict(sides.terminal.rows("SELECT id, number FROM cases"))
    recorded = {row[3]: (row[0], row[1]) for row in sides.journal if row[5] == "case.submitted"}
    verdicts = {row[3]: row[6] for row in sides.ledger if row[5] == "case.submitted"}
    at_hall = dict(world.hall.rows("SELECT id, number FROM cases"))
    for receipt in world.model.of(sides.terminal.name):
        case = receipt.case_id
        if here.get(case) != receipt.number or case not in recorded:
            yield f"I1: receipt {receipt.number} was shown and is not here"
        elif verdicts.get(case) == "applied" and at_hall.get(case) != receipt.number:
            yield f"I1: receipt {receipt.number} is applied and no case at the hall"
        elif recorded[case] <= sides.acknowledged and case not in verdicts:
            yield f"I1: receipt {receipt.number} is acknowledged and not at the hall"


def _ledger_follows_journal(sides: Sides) -> Iterator[str]:
    """I2, I6: the ledger is the beginning of the journal, and the cursor is at its end."""
    journal = [row[:3] for row in sides.journal]
    ledger = [row[:3] for row in sides.ledger]
    if ledger != journal[: len(ledger)]:
        yield "I2: the ledger is not the beginning of the journal"
    if ledger and (sides.cursor, sides.head) != ((ledger[-1][0], ledger[-1][1]), ledger[-1][2]):
        yield f"I2: the cursor {sides.cursor} is not at the end of the ledger"
    if not ledger and sides.cursor != (0, 0):
        yield f"I2: the cursor {sides.cursor} is ahead of an empty ledger"
    if sides.acknowledged > sides.cursor:
        yield f"I6: {sides.acknowledged} is acknowledged and the hall is at {sides.cursor}"


def _order(sides: Sides) -> Iterator[str]:
    """I3: the entries of a case are 1, 2, 3 …, and nothing passes one that was set aside."""
    last: dict[str, int] = {}
    set_aside: set[str] = set()
    for row in sides.ledger:
        subject, number, verdict = row[3], row[4], row[6]
        if number != last.get(subject, 0) + 1:
            yield f"I3: entry {number} of case {subject} follows {last.get(subject, 0)}"
        if subject in set_aside and verdict != "held":
            yield f"I3: an entry of case {subject} is {verdict} after one that was set aside"
        last[subject] = number
        if verdict in _LOWERED:
            set_aside.add(subject)


def _verdicts(sides: Sides) -> Iterator[str]:
    """I6: the terminal knows the hall's verdict of every entry that it takes for received."""
    for row in sides.ledger:
        told = sides.verdicts.get(row[2], "applied")
        if (row[0], row[1]) <= sides.acknowledged and told != row[6]:
            yield f"I6: entry {row[0]}/{row[1]} is {row[6]} at the hall and {told} here"


def _feed(sides: Sides) -> Iterator[str]:
    """The inbox is the beginning of the feed and of what a lost hall has said."""
    if sides.feed_cursor > sides.feed_head:
        yield f"the feed is read to {sides.feed_cursor} and ends at {sides.feed_head}"
    if [item for item in sides.inbox if item[0] not in sides.lost_words] != sides.feed:
        yield "the inbox is not the beginning of the feed"
