"""Makes the folder of the made-up year: hall and stations, the year itself, and its figures.

Neighbours: `kiosk.cli.demo_year` is the command, `docs/statistics.md` says what is in the folder.
"""

import json
import math
import random
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from kiosk import schema
from kiosk.config import BadConfig, Config
from kiosk.demo_year.living import Year
from kiosk.demo_year.plan import plan
from kiosk.demo_year.schedule import schedule
from kiosk.demo_year.town import Time, a_hall, a_station, year_begins
from kiosk.figures import keeping
from kiosk.figures.baselines import NAME, baselines
from kiosk.pages.divisions import divisions

#: What the made-up baselines say of themselves.
SOURCE = {
    "zh": "演示数据：假定以前用满承诺时限",
    "en": "Made up for the demonstration: as if the whole promised time was used before",
}


def make(
    config: Config, year: int, share: float, seed: int, told: Callable[[int, int], None]
) -> Year:
    """Live through the year at the hall of ``config``; ``told`` hears of done and all deeds.

    BadConfig when there is a hall with data already.
    """
    if config.is_sqlite and (config.data_dir / "hall.db").exists():
        raise BadConfig(f"{config.data_dir} holds a hall already: name a folder that is empty")
    time = Time(year_begins(year), random.Random(f"town {seed}"))  # noqa: S311 — made-up work
    with time.ruling(), tempfile.TemporaryDirectory(prefix="jishiban-year-") as scratch:
        hall = a_hall(replace(config, log_level="error"))
        catalogue = hall.parts.catalogue
        names = divisions(catalogue)
        made = plan(catalogue, list(names), year, share, seed)
        lay_down(config.data_dir / NAME, made.baselines)
        schema.ensure(Config("terminal", Path(scratch) / "empty"))
        empty = Path(scratch) / "empty" / "terminal.db"
        stations = {
            code: a_station(Path(scratch) / code, empty, code, names[code].zh, hall)
            for code in made.stations
        }
        lived = Year(made, schedule(made), time, hall, stations)
        whole = sum(len(deeds) for deeds in lived.schedule.hall.values())
        whole += sum(len(d) for each in lived.schedule.stations.values() for d in each.values())
        lived.live(lambda done: told(done, whole))
    known = baselines(catalogue, config.data_dir)
    hall.within(keeping.keep, known, math.inf)
    return lived


def lay_down(file: Path, days: Mapping[str, float]) -> None:
    """Write baselines in working days by item, as a hall's own."""
    told = {code: {"working_days": number, "source": SOURCE} for code, number in days.items()}
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
