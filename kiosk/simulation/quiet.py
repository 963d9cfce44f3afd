"""A quiet point: all troubles are over, everything is exchanged, and both sides must be alike.

``kiosk verify`` proves each machine, then receipts, files and figures are compared one by one.
Neighbour: ``watch`` has what holds at every moment.
"""

from collections.abc import Iterator

from kiosk.cases.proof import prove
from kiosk.simulation.exchange import sweep
from kiosk.simulation.machines import Machine
from kiosk.simulation.watch import Sides, Violated, Watch, sides_of
from kiosk.simulation.work import Work
from kiosk.simulation.world import World
from sync.jobs import MAX_BACKOFF_SECONDS

#: So many rounds are enough for everything that was ever put off.
_ROUNDS = 12
_WANTED = "SELECT count(*) FROM expected_blob WHERE terminal_id = ?"


def settle(world: World, work: Work, watch: Watch) -> None:
    """Bring quiet, and raise Violated unless both sides are alike then."""
    world.line.cut_off.clear()
    world.line.deliver_late()
    world.tell("--- quiet")
    for terminal in world.terminals:
        work.submit_again(terminal)
    restless = world.terminals
    for _ in range(_ROUNDS):
        for terminal in restless:
            world.nature.pass_by(3 * MAX_BACKOFF_SECONDS)
            sweep(world, terminal)
        watch.look()
        restless = [each for each in world.terminals if _is_restless(world, each)]
        if not restless:
            break
    for fault in _faults(world):
        raise Violated(fault)


def _is_restless(world: World, terminal: Machine) -> bool:
    ((pending,),) = terminal.rows(
        "SELECT count(*) FROM journal, peer WHERE (epoch_of, seq) > (ack_epoch, ack_seq)".replace(
            "epoch_of", "journal.epoch"
        )
    )
    sides = sides_of(world, terminal)
    ((terminal_id,),) = terminal.rows("SELECT terminal_id FROM peer")
    ((wanted,),) = world.hall.rows(_WANTED, terminal_id)
    return bool(pending or wanted or sides.feed_cursor != sides.feed_head)


def _faults(world: World) -> Iterator[str]:
    for machine in world.machines:
        proof = machine.within(prove, machine.parts)
        yield from (f"{machine.name}: {fault}" for fault in proof.faults)
        if proof.counts["blobs_outstanding"]:
            yield f"{machine.name}: {proof.counts['blobs_outstanding']} files did not arrive"
    for terminal in world.terminals:
        sides = sides_of(world, terminal)
        yield from (f"{terminal.name}: {fault}" for fault in _unlike(world, sides))
    if world.model.unanswered:
        yield "a submission gets no answer although all is well"


def _unlike(world: World, sides: Sides) -> Iterator[str]:
    """Yield how the two sides differ, receipt by receipt and file by file."""
    if len(sides.journal) != len(sides.ledger) or sides.acknowledged != sides.cursor:
        yield f"{len(sides.journal)} entries here, {len(sides.ledger)} at the hall"
    if sides.feed_cursor != sides.feed_head:
        yield f"the feed is read to {sides.feed_cursor} and ends at {sides.feed_head}"
    apart = {row[3] for row in sides.ledger if row[6] in {"held", "quarantined"}}
    here = dict(sides.terminal.rows("SELECT id, state FROM cases"))
    at_hall = dict(world.hall.rows("SELECT id, state FROM cases"))
    for receipt in world.model.of(sides.terminal.name):
        states = here[receipt.case_id], at_hall.get(receipt.case_id)
        if receipt.case_id not in apart and states[0] != states[1]:
            yield f"I1: {receipt.number} is {states[0]} here and {states[1]} at the hall"
    yield from _files(world, sides.terminal)


def _files(world: World, terminal: Machine) -> Iterator[str]:
    """I4: every file of a case is at both sides, with the same bytes."""
    for (sha,) in terminal.rows("SELECT sha256 FROM material WHERE case_id IS NOT NULL"):
        stores = terminal.parts.blobs, world.hall.parts.blobs
        if not all(store.has(sha) for store in stores):
            yield f"I4: file {sha} is not at both sides"
        elif stores[0].read(sha) != stores[1].read(sha):
            yield f"I4: file {sha} differs"
