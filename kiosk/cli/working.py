"""``kiosk worker ROLE``: the RQ worker of a role, the terminal's without any of the web's code."""

import importlib

import click

from kiosk import schema
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
    # Neither role's worker takes up what the other's needs.
    works = importlib.import_module("kiosk.worker" if role == "terminal" else "kiosk.hall_worker")
    works.run(create_core(config))
