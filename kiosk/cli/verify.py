"""``kiosk verify`` and ``kiosk outbox status``: prove what is there, show what waits.

``verify`` reads a whole data folder, or a terminal's and its hall's together, and checks the
invariants of ``docs/sync-protocol.md``; it changes nothing. Neighbours: ``kiosk.cases.proof`` has
one side, ``kiosk.cases.agreement`` both.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy import func, select

from kiosk.app_services import services
from kiosk.backup import model
from kiosk.cases import agreement
from kiosk.cases.awaiting import queue_state
from kiosk.cases.proof import moment, prove_data
from kiosk.config import Config, from_environment
from kiosk.core import create_core, open_database
from kiosk.db import engine, reading
from sync import refetch, watermark
from sync.blobs import BlobStore
from sync.ledger import Terminal
from sync.state import Peer


@click.command("verify")
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--role", type=click.Choice(["terminal", "hall"]), help="Default: what the folder holds."
)
@click.option(
    "--against",
    metavar="HALL",
    help="A hall's data folder, or the URL of its database: compare it with the terminal's data.",
)
@click.option(
    "--files",
    type=click.Path(file_okay=False, path_type=Path),
    help="The hall's folder of files, when HALL is a URL.",
)
def command(data: Path | None, role: str | None, against: str | None, files: Path | None) -> None:
    """Check invariants I1 to I6 of a data folder; print counts as JSON, exit 1 when one fails.

    With HALL, both sides are checked, and then receipt by receipt whether they agree.
    """
    config = _config(data, role)
    if against is None:
        found = _proved(config)
    elif config.role == "terminal":
        found = _compared(config, *_hall(against, files))
    else:
        raise click.UsageError("--data names a hall, and --against compares a terminal with one")
    click.echo(json.dumps(found, ensure_ascii=False))
    if found["faults"]:
        click.echo("kiosk: " + "; ".join(found["faults"][:5]), err=True)
        sys.exit(1)


def _proved(config: Config, store: BlobStore | None = None) -> dict[str, Any]:
    # Not the whole core: that makes what a folder lacks, and a copy may well lie without its keys.
    with open_database(config).app_context():
        found = prove_data(config.role, store or _store(config))
        engine().dispose()
    return found.as_json()


def _compared(config: Config, hall: Config, files: BlobStore | None) -> dict[str, Any]:
    """Return what both sides are by themselves and across, and all faults together."""
    found = {"terminal": _proved(config), "hall": _proved(hall, files)}
    apps = open_database(config), open_database(hall)
    with apps[0].app_context(), reading() as terminal:
        before = agreement.acknowledged_by(terminal)
    # The hall first: what the terminal has written since is pending, and no fault.
    with apps[1].app_context(), moment() as there, apps[0].app_context(), reading() as here:
        there.scalar(select(func.count()).select_from(Terminal))
        sides = agreement.Sides(here, there, _store(config), files or _store(hall))
        found["across"] = agreement.compare(sides, before).as_json()
    for app in apps:
        with app.app_context():
            engine().dispose()
    faults = [f"{side}: {fault}" for side, each in found.items() for fault in each["faults"]]
    return {**found, "ok": not faults, "faults": faults}


def _store(config: Config) -> BlobStore:
    return BlobStore(config.data_dir / "blobs")


def _hall(named: str, files: Path | None) -> tuple[Config, BlobStore | None]:
    """Return configuration and files of the hall that a folder or an URL names."""
    store = BlobStore(files) if files else None
    if "://" not in named:
        folder = Path(named).resolve()
        if not (folder / "hall.db").exists():
            raise click.UsageError(f"{named} holds no hall.db; name the URL of the hall's database")
        return Config("hall", folder), store
    if store is None:
        raise click.UsageError("name the hall's folder of files with --files, beside its URL")
    return Config("hall", store.root.parent, database_url=named), store


@click.command("status")
def status() -> None:
    """Print how much is not yet at the hall, as JSON."""
    with create_core(from_environment("terminal")).app_context():
        queue = queue_state(services())
        with reading() as session:
            backup = model.state(session)
            peer = session.get(Peer, 1)
            at_hall = watermark.told_of(peer) if peer else None
            away = len(refetch.missing(session))
    click.echo(
        json.dumps(
            {
                "enrolled": queue.enrolled,
                "pending": queue.pending,
                "oldest_at": queue.oldest_at.isoformat() if queue.oldest_at else None,
                "blobs_pending": queue.blobs_pending,
                "files_away": away,
                "held": queue.held,
                "quarantined": queue.quarantined,
                "refused": queue.refused,
                "last_contact": queue.last_contact.isoformat() if queue.last_contact else None,
                "last_error": queue.last_error,
                "backed_up_at_hall": at_hall,
                "backup": backup.as_json(),
                "recovery": queue.recovery,
                "machine": queue.machine if queue.recovery else None,
                "needs_update": queue.needs_update,
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
