"""``kiosk terminal …``: enrol this machine at a hall, get it a certificate."""

import json
from typing import Any

import click

from kiosk.cli.opened import opened
from kiosk.config import from_environment
from kiosk.db import AppTransactions, writing
from kiosk.enrolling import ask, peer_row
from kiosk.tls.files import TlsFiles
from kiosk.worker import Exchange
from sync import recovery
from sync.identity import Identity, load_or_make
from sync.state import Peer


@click.command("enrol")
@click.argument("url")
@click.argument("code")
def enrol(url: str, code: str) -> None:
    """Enrol this terminal at the hall URL with a one-time CODE.

    The keys are made here. Prints number and fingerprint, which an admin at the
    hall compares before approving. For a terminal that is enrolled already only
    the hall's address is changed, when it is the same hall.
    """
    config = from_environment("terminal")
    app = opened(config)
    own = load_or_make(config.data_dir / "keys")
    with app.app_context():
        with writing() as session:
            peer = session.get(Peer, 1)
        if peer is not None:
            raise click.UsageError(
                f"this terminal is enrolled as {peer.terminal_number}; "
                "use `kiosk terminal move URL` for a hall that has moved"
            )
        answer = ask(url, code, own)
        with writing() as session:
            session.add(peer_row(url, answer))
            if answer.get("replaces"):
                # The hall has what the machine before this one wrote: it comes back by itself.
                session.flush()
                recovery.declare_restored(session)
    click.echo(json.dumps(_shown(answer, own), ensure_ascii=False))


@click.command("move")
@click.argument("url")
def move(url: str) -> None:
    """Reach the same hall at another URL from now on."""
    with opened(from_environment("terminal")).app_context(), writing() as session:
        peer = session.get(Peer, 1)
        if peer is None:
            raise click.UsageError("this terminal is not enrolled")
        peer.hall_url = url
    click.echo(f"the hall is at {url}")


@click.command("certify")
def certify() -> None:
    """Get a new certificate for HTTPS in the station's network from the hall now.

    The worker does so by itself once the terminal is approved, and a month before one ends. Prints
    the end and the fingerprint of the authority, which is compared on each tablet.
    """
    config = from_environment("terminal")
    app = opened(config)
    with app.app_context():
        ends = Exchange(AppTransactions(app), app.extensions["kiosk"]).certify()
    shown = {"ends": ends.isoformat(), "fingerprint": TlsFiles.below(config.data_dir).fingerprint()}
    click.echo(json.dumps(shown))


def _shown(answer: dict[str, Any], own: Identity) -> dict[str, str]:
    return {
        "number": answer["number"],
        "station": answer["station_name"],
        "fingerprint": own.public.fingerprint(),
    }
