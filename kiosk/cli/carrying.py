"""``kiosk outbox export|import`` and ``kiosk hall import``: the exchange by a USB stick.

What was done is one line of JSON; what is wrong is one line on standard error. Neighbours:
``kiosk.carriers.station`` and ``kiosk.hall.carried`` do it.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kiosk.app_services import Services
from kiosk.carriers import station
from kiosk.cli.opened import opened
from kiosk.config import from_environment
from kiosk.db import AppTransactions
from kiosk.hall import carried
from kiosk.operators import audit
from sync.carrier import BadCarrier, save, written
from sync.outbox import NO_LIMIT, Load

#: Left free on a stick, for what the file system itself needs.
SPARE_BYTES = 1024 * 1024
_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("export")
@click.argument("file", type=_FILE)
@click.option(
    "--size-limit",
    type=click.IntRange(min=1),
    help="Bytes of the file at most. Default: what is free there, and 4 GB.",
)
def export(file: Path, size_limit: int | None) -> None:
    """Write the offline queue into FILE, for a hall that no line leads to.

    Nothing is taken out of the queue until the hall's answer has come back.
    """
    app = opened(from_environment("terminal"))
    parts: Services = app.extensions["kiosk"]
    tally = Load()
    limit = size_limit or min(NO_LIMIT, shutil.disk_usage(file.parent).free - SPARE_BYTES)
    with app.app_context():
        save(station.loaded(AppTransactions(app), parts, limit, tally), file)
    _say(vars(tally))


@click.command("import")
@click.argument("file", type=_THERE)
def take_answer(file: Path) -> None:
    """Take in the hall's answer in FILE: what it has, what it decided, what it lacks."""
    app = opened(from_environment("terminal"))
    with app.app_context(), file.open("rb") as stream, _told():
        news = station.take_answer(AppTransactions(app), app.extensions["kiosk"], stream)
    _say(news.as_json())
    _end(news.trouble)


@click.command("import")
@click.argument("file", type=_THERE)
@click.option("--answer", type=_FILE, help="Where to write the answer for the terminal.")
def take_in(file: Path, answer: Path | None) -> None:
    """Take in what a terminal has written into FILE, and write the answer to carry back."""
    with opened(from_environment("hall")).app_context(), file.open("rb") as stream, _told():
        intake = carried.take_in(stream)
        if answer is None:
            for _ in intake.answer():
                continue
        else:
            save(written(intake.answer()), answer)
        told = {"new": intake.tally.new, "entries": intake.tally.entries}
        audit.note("carrier.taken_in", intake.tally.number, audit.COMMAND, told)
    _say(intake.tally.as_json())
    _end(intake.tally.trouble)


@contextmanager
def _told() -> Iterator[None]:
    """Tell of a carrier that is not taken as every foreseen error is told."""
    try:
        yield
    except BadCarrier as error:
        raise click.UsageError(str(error)) from error


def _say(found: Mapping[str, Any]) -> None:
    click.echo(json.dumps(found, ensure_ascii=False))


def _end(trouble: BadCarrier | None) -> None:
    if trouble is not None:
        click.echo(f"kiosk: {trouble}; what is counted was taken", err=True)
        sys.exit(1)
