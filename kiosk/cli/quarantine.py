"""``kiosk hall quarantine …``: what could not be applied: list it, replay it, set it aside.

Contents are never printed: they are shown on the page, to who may see them. Neighbours:
``kiosk.hall.quarantined`` reads, ``kiosk.hall.resolving`` acts.
"""

import json
from collections.abc import Iterator

import click
from sqlalchemy import select

from kiosk.app_services import services
from kiosk.cli.opened import opened
from kiosk.config import from_environment
from kiosk.db import reading
from kiosk.hall import quarantined, resolving, seconding
from kiosk.operators.model import Operator

_ENTRY = click.argument("entry", metavar="TERMINAL/EPOCH/SEQ")
_BY = click.option("--by", required=True, help="The account of the admin who decides.")


@click.command("list")
@click.option("--terminal", default="", help="The number of one terminal.")
@click.option("--reason", type=click.Choice(quarantined.REASONS), default=quarantined.ALL)
def show(terminal: str, reason: str) -> None:
    """Print what waits, oldest first, one JSON object a line."""
    with opened(from_environment("hall")).app_context():
        for row in _all(terminal, reason):
            line = {
                "entry": f"{row.terminal_number}/{row.place.epoch}/{row.place.seq}",
                "station": row.station_name,
                "case": row.case_number,
                "kind": row.kind,
                "version": row.version,
                "verdict": row.verdict,
                "reason": row.reason,
                "received_at": row.received_at.isoformat(),
                "behind": row.behind,
            }
            click.echo(json.dumps(line, ensure_ascii=False))


@click.command("replay")
@_ENTRY
@_BY
def replay(entry: str, by: str) -> None:
    """Replay an entry as it is, and what waits behind it; print its verdict."""
    with opened(from_environment("hall")).app_context():
        click.echo(resolving.replay(services(), quarantined.find(*_place(entry)), _admin(by)))


@click.command("set-aside")
@_ENTRY
@_BY
@click.option("--second", required=True, help="The account of another admin, who agrees.")
@click.option("--why", required=True, help="The reason; residents read it.")
def set_aside(entry: str, by: str, second: str, why: str) -> None:
    """Refuse an entry for good, and replay what waits behind it; print its verdict."""
    if by == second:
        raise click.UsageError("it takes two: --second must be another admin")
    with opened(from_environment("hall")).app_context():
        place = quarantined.find(*_place(entry))
        one, other = _admin(by), _admin(second)
        seen = seconding.propose(place, one, why)
        click.echo(seconding.agree(services(), place, other, seen))


def _all(terminal: str, reason: str) -> Iterator[quarantined.Waiting]:
    page = 1
    while True:
        rows, total = quarantined.waiting(terminal, reason, page)
        yield from rows
        if page * quarantined.PAGE >= total:
            return
        page += 1


def _place(entry: str) -> tuple[str, int, int]:
    number, _, rest = entry.partition("/")
    epoch, _, seq = rest.partition("/")
    if not (epoch.isdecimal() and seq.isdecimal()):
        raise click.UsageError("an entry is named TERMINAL/EPOCH/SEQ, as the list prints it")
    return number, int(epoch), int(seq)


def _admin(username: str) -> str:
    """Return the id of an admin's account; whoever decides stands in the records."""
    query = select(Operator.id).where(
        Operator.username == username, Operator.role == "admin", Operator.active
    )
    with reading() as session:
        found = session.scalar(query)
    if found is None:
        raise click.UsageError(f"{username} is not an active admin's account")
    return found
