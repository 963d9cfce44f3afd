"""``kiosk worker terminal``: the terminal's RQ worker, without any of the web's code.

The role is named although one alone has jobs, so that systemd's instances are called as the roles.
"""

import click

from kiosk import schema
from kiosk import worker as rq_worker
from kiosk.cli.thrift import share_arenas
from kiosk.config import Role, from_environment
from kiosk.core import create_core


@click.command("worker")
@click.argument("role", type=click.Choice(["terminal"]))
def command(role: Role) -> None:
    """Run the RQ worker of a role until SIGTERM."""
    share_arenas()
    config = from_environment(role)
    schema.ensure(config)
    rq_worker.run(create_core(config))
