"""``kiosk worker ROLE``: the RQ worker of a role, without any of the web's code."""

import click

from kiosk import schema
from kiosk import worker as rq_worker
from kiosk.cli.thrift import share_arenas
from kiosk.config import Role, from_environment
from kiosk.core import create_core


@click.command("worker")
@click.argument("role", type=click.Choice(["terminal", "hall"]))
def command(role: Role) -> None:
    """Run the RQ worker of a role until SIGTERM."""
    share_arenas()
    config = from_environment(role)
    schema.ensure(config)
    rq_worker.run(create_core(config))
