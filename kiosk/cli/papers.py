"""``kiosk catalogue posters|checklist|form``: papers of the shipped release as PDF files.

Needs no data folder and no terminal, so that posters can be printed wherever a printer is. One
child process makes them all. Neighbours: ``kiosk.printing`` lays them out.
"""

import json
import time
from pathlib import Path

import click

from kiosk.cli import shipped
from kiosk.printing import checklist as checklists
from kiosk.printing import form, poster
from kiosk.printing.press import BATCH_SECONDS, Press

ALL_IN_ONE = "posters.pdf"


@click.command("posters")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--item", "codes", multiple=True, metavar="CODE", help="Only this; may be repeated.")
@click.option("--one-file", is_flag=True, help=f"One file {ALL_IN_ONE} instead of one each.")
@click.option("--station", help="Name of the station that stands on each.")
def posters(folder: Path, codes: tuple[str, ...], one_file: bool, station: str | None) -> None:
    """Write A4 posters with the items' codes into DIR; print a JSON line with their number."""
    started = time.monotonic()
    items = shipped.items(codes)
    folder.mkdir(parents=True, exist_ok=True)
    with Press() as press:
        if one_file:
            pdf = press.pdf(poster.html(items, station), BATCH_SECONDS)
            (folder / ALL_IN_ONE).write_bytes(pdf)
        else:
            for item in items:
                (folder / f"{item.code}.pdf").write_bytes(press.pdf(poster.html([item], station)))
    told = {
        "posters": len(items),
        "files": 1 if one_file else len(items),
        "seconds": round(time.monotonic() - started, 1),
    }
    click.echo(json.dumps(told))


@click.command("checklist")
@click.argument("code", metavar="CODE")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def checklist(code: str, file: Path) -> None:
    """Write the checklist of an item's materials to FILE."""
    (item,) = shipped.items([code])
    _write(file, checklists.html(item))


@click.command("form")
@click.argument("code", metavar="CODE")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
def blank_form(code: str, file: Path) -> None:
    """Write the blank application form of an item to FILE."""
    (item,) = shipped.items([code])
    _write(file, form.blank(item, shipped.release().release))


def _write(file: Path, html: str) -> None:
    with Press() as press:
        file.write_bytes(press.pdf(html))
