"""``kiosk verify`` and ``kiosk outbox status``: prove what is there, show what waits.

``verify`` reads a whole data folder and checks the invariants of
``docs/sync-protocol.md``; it changes nothing. Neighbour: ``kiosk.proof``.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import click

from kiosk.app_services import services
from kiosk.cases.proof import prove_data
from kiosk.cases.queries import queue_state
from kiosk.config import Config, from_environment
from kiosk.core import create_core, open_database
from kiosk.db import engine
from sync.blobs import BlobStore


@click.command("verify")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--role", type=click.Choice(["terminal", "hall"]), help="Default: what the folder holds."
)
def command(data: Path | None, role: str | None) -> None:
    """Check invariants I1 to I6 of a data folder; print counts as JSON, exit 1 when one fails."""
    config = _config(data, role)
    # Not the whole core: that makes what a folder lacks, and a copy may well lie without its keys.
    with open_database(config).app_context():
        found = prove_data(config.role, BlobStore(config.data_dir / "blobs"))
        engine().dispose()
    click.echo(json.dumps(found.as_json(), ensure_ascii=False))
    if found.faults:
        click.echo("kiosk: " + "; ".join(found.faults[:5]), err=True)
        sys.exit(1)


@click.command("status")
def status() -> None:
    """Print how much is not yet at the hall, as JSON."""
    with create_core(from_environment("terminal")).app_context():
        queue = queue_state(services())
    click.echo(
        json.dumps(
            {
                "enrolled": queue.enrolled,
                "pending": queue.pending,
                "oldest_at": queue.oldest_at.isoformat() if queue.oldest_at else None,
                "blobs_pending": queue.blobs_pending,
                "held": queue.held,
                "quarantined": queue.quarantined,
                "refused": queue.refused,
                "last_contact": queue.last_contact.isoformat() if queue.last_contact else None,
                "last_error": queue.last_error,
                "recovery": queue.recovery,
                "machine": queue.machine if queue.recovery else None,
            }
        )
    )


def _config(data: Path | None, role: str | None) -> Config:
    """Return the configuration for a folder: its role is told by its database."""
    if data is None:
        return from_environment("hall" if role == "hall" else "terminal")
    is_terminal = role == "terminal" if role else (data / "terminal.db").exists()
    base = from_environment("terminal" if is_terminal else "hall")
    return replace(base, data_dir=data.resolve())
