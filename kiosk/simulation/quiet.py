"""A quiet point: all troubles are over, everything is exchanged, and both sides must be alike.

``kiosk verify`` proves each machine, then receipts, files and figures are compared one by one.
Neighbour: ``watch`` has what holds at every moment.
"""

from collections.abc import Iterator

from kiosk.cases.lifecycle import WITHDRAWN
from kiosk.cases.proof import prove
from kiosk.simulation.exchange import sweep
from kiosk.simulation.machines import Machine
from kiosk.simulation.restores import note_lost_files, scrap_twins
from kiosk.simulation.watch import Sides, Violated, Watch, sides_of
from kiosk.simulation.work import Work
from kiosk.simulation.world import World
from sync import lives
from sync.jobs import MAX_BACKOFF_SECONDS
from sync.ledger import Terminal

#: So many rounds are enough for everything that was ever put off.
_ROUNDS = 12
_WANTED = "SELECT sha256 FROM expected_blob WHERE terminal_id = ?"
_PENDING = (
    "SELECT count(*) FROM journal, peer WHERE (journal.epoch, journal.seq) > (ack_epoch, ack_seq)"
)


def settle(world: World, work: Work, watch: Watch) -> None:
    """Bring quiet, and raise Violated unless both sides are alike then."""
    world.line.cut_off.clear()
    world.line.deliver_late()
    world.tell("--- quiet")
    scrap_twins(world)
    for terminal in world.terminals:
        if terminal.name in world.model.apart:
            note_lost_files(world, terminal)
    restless = world.terminals
    for _ in range(_ROUNDS):
        for terminal in restless:
            world.nature.pass_by(3 * MAX_BACKOFF_SECONDS)
            sweep(world, terminal)
            let_go_on(world, terminal)
            work.submit_again(terminal)
        watch.look()
        restless = [each for each in world.terminals if _is_restless(world, each)]
        if not restless:
            break
    world.model.apart.clear()
    watch.look_again()
    for fault in _faults(world):
        raise Violated(fault)


def _is_restless(world: World, terminal: Machine) -> bool:
    ((pending,),) = terminal.rows(_PENDING)
    ((terminal_id, standing, asked),) = terminal.rows(
        "SELECT terminal_id, recovery, lost_after FROM peer"
    )
    away = {row[0] for row in world.hall.rows(_WANTED, terminal_id)}
    away |= {row[0] for row in terminal.rows(_WANTED, terminal_id)}
    sides = sides_of(world, terminal)
    behind = sides.cursor != sides.acknowledged or sides.feed_cursor < sides.feed_end
    # A restored hall asks in one answer what the lost one said, and is told in the next report.
    is_asked = asked is not None
    return bool(pending or standing or is_asked or behind or away - world.model.lost_files)


def let_go_on(world: World, terminal: Machine) -> None:
    """Let an admin look at a terminal that waits for him, as ``kiosk hall rejoin`` does."""
    ((terminal_id, standing, life),) = terminal.rows(
        "SELECT terminal_id, recovery, life_id FROM peer"
    )
    if standing != "waiting":
        return
    with world.hall.writing() as session:
        row = session.get_one(Terminal, terminal_id, with_for_update=True)
        lives.let_go_on(session, row, str(life))
    world.tell(f"hall: an admin lets {terminal.name} go on")


def _faults(world: World) -> Iterator[str]:
    for machine in world.machines:
        proof = machine.within(prove, machine.parts)
        lost = world.model.lost_files
        for fault in proof.faults:
            if not any(sha in fault for sha in lost):
                yield f"{machine.name}: {fault}"
        away = {row[0] for row in machine.rows("SELECT sha256 FROM expected_blob")} - lost
        if away:
            yield f"{machine.name}: {len(away)} files did not arrive"
    for terminal in world.terminals:
        sides = sides_of(world, terminal)
        yield from (f"{terminal.name}: {fault}" for fault in _unlike(world, sides))
    if world.model.unanswered:
        yield "a submission gets no answer although all is well"


def _unlike(world: World, sides: Sides) -> Iterator[str]:
    """Yield how the two sides differ, receipt by receipt and file by file."""
    if len(sides.journal) != len(sides.ledger) or sides.acknowledged != sides.cursor:
        yield f"{len(sides.journal)} entries here, {len(sides.ledger)} at the hall"
    if sides.feed_cursor < sides.feed_end:
        yield f"the feed is read to {sides.feed_cursor} and ends at {sides.feed_end}"
    apart = {row[3] for row in sides.ledger if row[6] in {"held", "quarantined"}}
    # What a lost hall has decided is shown at the restored one, and not taken over.
    lost = {row[0] for row in world.hall.rows("SELECT subject FROM lost_word")}
    here = dict(sides.terminal.rows("SELECT id, state FROM cases"))
    at_hall = dict(world.hall.rows("SELECT id, state FROM cases"))
    for receipt in world.model.of(sides.terminal.name):
        states = here[receipt.case_id], at_hall.get(receipt.case_id)
        # But what the restored one has taken, and a lost one had not, ends the case at both.
        is_shown = receipt.case_id in lost and states[1] != WITHDRAWN
        if receipt.case_id not in apart and not is_shown and states[0] != states[1]:
            yield f"I1: {receipt.number} is {states[0]} here and {states[1]} at the hall"
    yield from _files(world, sides.terminal)


def _files(world: World, terminal: Machine) -> Iterator[str]:
    """I4: every file of a case is at both sides, with the same bytes."""
    for (sha,) in terminal.rows("SELECT sha256 FROM material WHERE case_id IS NOT NULL"):
        stores = terminal.parts.blobs, world.hall.parts.blobs
        if sha in world.model.lost_files:
            continue
        if not all(store.has(sha) for store in stores):
            yield f"I4: file {sha} is not at both sides"
        elif stores[0].read(sha) != stores[1].read(sha):
            yield f"I4: file {sha} differs"
