"""``kiosk hall …``: set the hall up, invite and approve terminals, open accounts, serve."""

import importlib
import json

import click

from kiosk import clock
from kiosk.app_services import services
from kiosk.cli.opened import opened
from kiosk.config import from_environment
from kiosk.db import writing
from kiosk.hall import enrolment
from kiosk.hall.stations import station_name
from kiosk.operators import audit, departments, service
from kiosk.operators.model import ROLES
from sync.identity import PublicIdentity
from sync.ledger import Hall


@click.command("init")
def init() -> None:
    """Make the hall's database and identity. Idempotent."""
    with opened(from_environment("hall")).app_context(), writing() as session:
        hall = session.get(Hall, 1)
        if hall is None:
            hall = Hall(id=1, hall_id=clock.new_id(), epoch=1)
            session.add(hall)
            audit.record(session, "hall.made", hall.hall_id, audit.COMMAND)
            departments.set_up(session, services().catalogue, audit.COMMAND)
        click.echo(json.dumps({"hall_id": hall.hall_id}))


@click.command("invite")
@click.argument("station", required=False)
@click.option("--replaces", metavar="NUMBER", help="The terminal whose machine broke.")
def invite(station: str | None, replaces: str | None) -> None:
    """Print a one-time code (valid 10 minutes) for a terminal at STATION (a 12-digit code).

    With the number of a terminal it is for another machine in that one's place, which gets the
    cases back that reached the hall.
    """
    if (station is None) == (replaces is None):
        raise click.UsageError("name a STATION, or a terminal with --replaces")
    with opened(from_environment("hall")).app_context():
        if replaces is None:
            click.echo(enrolment.invite(str(station), station_name(str(station))))
            return
        known = enrolment.find(replaces)
        click.echo(
            enrolment.invite(known.station_code, known.station_name, replaces=known.terminal_id)
        )


@click.command("approve")
@click.argument("number")
@click.option("--fingerprint", required=True, help="As the terminal shows it; it must match.")
def approve(number: str, fingerprint: str) -> None:
    """Approve terminal NUMBER after its fingerprint was compared."""
    with opened(from_environment("hall")).app_context():
        found = enrolment.find(number)
        if PublicIdentity.from_hex(found.public).fingerprint().split() != fingerprint.split():
            raise click.UsageError("the fingerprint is another: do not approve this terminal")
        enrolment.approve(number, compared=PublicIdentity.from_hex(found.public).fingerprint())
    click.echo(f"terminal {number} is approved")


@click.command("revoke")
@click.argument("number")
def revoke(number: str) -> None:
    """Take nothing more from terminal NUMBER."""
    with opened(from_environment("hall")).app_context():
        enrolment.revoke(number)
    click.echo(f"terminal {number} is revoked")


@click.command("rejoin")
@click.argument("number")
@click.option("--machine", default="", help="Its code, when several machines wait.")
def rejoin(number: str, machine: str) -> None:
    """Let one machine with the identity of terminal NUMBER go on, after a fork or beside a clone.

    It fetches what the hall has and hands in anew what it has of its own. When no machine waits,
    what was flagged is taken back.
    """
    with opened(from_environment("hall")).app_context():
        code = importlib.import_module("kiosk.hall.rejoining").rejoin(number, machine)
    if code:
        click.echo(f"machine {code} of terminal {number} goes on at its next contact")
    else:
        click.echo(f"no machine of terminal {number} waits; the warning is taken back")


@click.command("account")
@click.argument("username")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", required=True, help="The person's name.")
@click.option("--station", "stations", multiple=True, help="Station code; may be repeated.")
@click.option("--department", "codes", multiple=True, help="Of a clerk; may be repeated.")
@click.password_option(help="At least 12 characters; asked for when not given.")
def account(
    username: str,
    role: str,
    name: str,
    stations: tuple[str, ...],
    codes: tuple[str, ...],
    password: str,
) -> None:
    """Open an account."""
    with opened(from_environment("hall")).app_context():
        service.create(username, name, role, password, stations, codes)
    click.echo(f"{username} may sign in as {role}")
