"""``kiosk hall count-figures``: count all figures anew. Neighbour: ``kiosk.figures`` counts."""

import click

from kiosk.app_services import services
from kiosk.cli.opened import opened
from kiosk.config import from_environment
from kiosk.hall import figures_kept


@click.command("count-figures")
def count() -> None:
    """Count every day and month of the statistics anew; the hall may run meanwhile. Idempotent."""
    with opened(from_environment("hall")).app_context():
        days = figures_kept.count_all(services())
    click.echo(f"days counted: {days}")
