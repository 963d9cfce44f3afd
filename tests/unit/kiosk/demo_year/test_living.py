"""A part of the made-up year, lived through by the real code: the page shows what was planned."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from kiosk.cases.model import Case
from kiosk.config import BadConfig, Config
from kiosk.db import engine, reading
from kiosk.demo_year.living import Year
from kiosk.demo_year.making import make
from kiosk.figures.reading import Question
from kiosk.figures.table import Table
from kiosk.hall import statistics


@dataclass
class Lived:
    year: Year
    shown: Table
    folder: Path


def lived(folder: Path, share: float) -> Lived:
    config = Config("hall", folder, log_level="error")
    year = make(config, 2025, share, 1, lambda _done, _whole: None)
    with year.hall.app.test_request_context():
        question = Question(date(2025, 1, 1), date(2025, 12, 1))
        _, shown = statistics.answered(question)
        engine().dispose()
    return Lived(year, shown, folder)


@pytest.fixture(scope="module")
def a_part(tmp_path_factory) -> Iterator[Lived]:
    yield lived(tmp_path_factory.mktemp("year") / "hall", 0.001)
    gc.collect()


def test_the_page_shows_what_was_planned(a_part: Lived) -> None:
    planned = a_part.year.plan
    assert a_part.shown.of_total("cases") == len(planned.cases)
    assert a_part.shown.of_total("calls") == sum(case.calls for case in planned.cases)
    offered = len(planned.stations) * 110
    assert a_part.shown.of_total("coverage") == planned.used / offered
    compressed = a_part.shown.of_total("compressed")
    assert isinstance(compressed, float)
    assert compressed == pytest.approx(0.70, abs=0.01)


def test_a_bundle_of_the_year_arrives_as_its_cases(a_part: Lived) -> None:
    year = a_part.year
    bundled = {year.ids[n] for n, case in enumerate(year.plan.cases) if case.bundle}
    with year.hall.app.app_context(), reading() as session:
        arrived = session.scalars(select(Case).where(Case.bundle_id.is_not(None))).all()
        assert {case.id for case in arrived} == bundled
        assert len(bundled) >= 3
        engine().dispose()


def test_a_folder_that_holds_a_hall_is_left_alone(a_part: Lived) -> None:
    with pytest.raises(BadConfig, match="holds a hall already"):
        make(Config("hall", a_part.folder), 2025, 0.001, 1, lambda _done, _whole: None)


@pytest.mark.soak
def test_a_whole_year_shows_the_published_figures(tmp_path) -> None:
    shown = lived(tmp_path / "hall", 1.0).shown
    told = {name: shown.of_total(name) for name in ("cases", "calls", "help")}
    assert told == {"cases": 43_104, "calls": 9_926, "help": 1_200}
    assert f"{shown.of_total('coverage'):.2%}" == "82.80%"
    assert f"{shown.of_total('compressed'):.1%}" == "70.0%"
