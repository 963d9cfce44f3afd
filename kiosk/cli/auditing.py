"""``kiosk hall audit …``: prove the audit log, print its head, write it out.

Neighbours: ``kiosk.operators.chain`` reads and proves; the page is ``kiosk.hall.records``.
"""

import json
import sys

import click

from kiosk.cli.opened import opened
from kiosk.config import from_environment
from kiosk.db import reading
from kiosk.operators import chain
from kiosk.operators.audit import COMMAND
from kiosk.operators.chain import Head


@click.command("verify")
@click.option("--anchor", "anchors", multiple=True, help="A head kept elsewhere, SEQ:DIGEST.")
@click.option("--new", "only_new", is_flag=True, help="Only what came since the last proof.")
def verify(anchors: tuple[str, ...], only_new: bool) -> None:
    """Read the audit log and prove its chain; print JSON, exit 1 when it is broken.

    An anchor is what `kiosk hall audit head` printed once, or a line `audit_head` of the service's
    log. Without one it cannot be seen that the newest records were taken away together.
    """
    try:
        kept = [Head.read(each) for each in anchors]
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with opened(from_environment("hall")).app_context():
        found = chain.prove_and_keep(kept, from_the_start=not only_new, by=COMMAND)
    told = {
        "holds": found.holds,
        "checked": found.checked,
        "head": str(found.head),
        "broken_at": found.broken_at,
        "reason": found.reason,
    }
    click.echo(json.dumps(told))
    if not found.holds:
        sys.exit(1)


@click.command("head")
def head() -> None:
    """Print number and digest of the newest record: keep them elsewhere, as an anchor."""
    with opened(from_environment("hall")).app_context(), reading() as session:
        click.echo(str(chain.head(session)))
