"""``kiosk demo-year``: makes a year of made-up work in a folder, with a bar of how far it is.

Holds the command's words only. Neighbour: ``kiosk.demo_year`` lives through the year.
"""

import gc
import json
import os
import time
from pathlib import Path

import click

from kiosk.config import Config
from kiosk.db import engine
from kiosk.demo_year.making import make

#: So many things are done between two looks for what nothing refers to any more.
BETWEEN_LOOKS = 2000


@click.command("demo-year")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var-year"),
    show_default=True,
    help="Folder to make; the hall lies in hall/ below it, as `kiosk up --data` has it.",
)
@click.option("--year", type=click.IntRange(2020, 2030), default=2025, show_default=True)
@click.option(
    "--share",
    type=click.FloatRange(0.001, 1.0),
    default=1.0,
    show_default=True,
    help="How much of the year's work.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
def command(data: Path, year: int, share: float, seed: int) -> None:
    """Let 75 made-up stations work through a year: 43,104 cases, from handing in to delivery.

    Everything goes through the product's own code and exchange, by a clock of its own; the same
    seed makes the same figures. While it is made nothing waits for the disk, so throw the folder
    away if the machine stops on the way. With KIOSK_DATABASE_URL the hall's database is there.
    """
    began = time.monotonic()
    url = os.environ.get("KIOSK_DATABASE_URL", "")
    config = Config("hall", (data / "hall").resolve(), database_url=url, log_level="error")
    # Looking for cycles in a heap of machines takes a sixth of the time, and more as it grows.
    gc.disable()
    looked = 0
    with click.progressbar(length=1, label="a year", show_pos=False) as bar:

        def told(done: int, whole: int) -> None:
            nonlocal looked
            bar.length = whole
            bar.update(done - bar.pos)
            if done - looked >= BETWEEN_LOOKS:
                looked = done
                gc.collect()

        lived = make(config, year, share, seed, told)
    with lived.hall.app.app_context():
        engine().dispose()
    click.echo(
        json.dumps(
            {
                "cases": len(lived.plan.cases),
                "stations": len(lived.plan.stations),
                "seconds": round(time.monotonic() - began),
                "folder": str(data),
            }
        )
    )
