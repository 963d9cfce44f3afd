"""How long the catalogue takes to open and search, answers to be judged, pages to be rendered.

All in this process alone, without a server or a line.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import forms
from forms import catalogue as authoring
from forms.definition import ServiceItem
from forms.release import open_release
from forms.schema import validate
from forms.search import search
from kiosk import schema
from kiosk.config import Config
from tests.bench.figure import Figure, Watch, percentile
from tests.builders.machines import Machine
from tests.http.terminal.resident import Forms

OPENINGS = 30
READINGS = 3
TURNS = 5
#: Chinese words, pinyin, initials, everyday words, a code, slips, and one that finds nothing.
QUERIES = (
    "养老保险",
    "yanglao",
    "ylbx",
    "低保",
    "残疾",
    "MZ-006",
    "dibaoo",
    "看病 报销",
    "shebaoka",
    "失业保险斤",
    "护士证办理",
)


def measure() -> Iterator[Figure]:
    """Open the shipped release with all its items; judge every sample that passes."""
    yield _figure("catalogue_load_yaml", _times(authoring.load, READINGS), "read, checked, indexed")
    release = next((Path(forms.__file__).parent / "releases").glob("*.json"))
    watch, openings = Watch.start(), []
    for _ in range(OPENINGS):
        begun = time.perf_counter()
        items = [*open_release(release).items.values()]
        openings.append((time.perf_counter() - begun) * 1000)
    machine = f"{watch.others(sum(openings) / 1000)}"
    opened = round(percentile(openings, 0.5), 2)
    size = f"{len(items)} items, {release.stat().st_size:,} bytes, hash checked, all decoded"
    yield Figure("catalogue_load", opened, "ms", OPENINGS, f"{size}; {machine}")

    judged = []
    for turn in range(TURNS + 1):
        for item in items:
            for sample in item.samples:
                if sample.expect:
                    continue
                begun = time.perf_counter()
                validate(item, sample.answers, sample.today)
                # The first turn builds the schemas.
                judged += [(time.perf_counter() - begun) * 1000] if turn else []
    yield _figure("validate_p50", judged, "every passing sample of every item")

    shipped = open_release(release)
    found = [time for query in QUERIES for time in _times(partial(search, shipped, query), TURNS)]
    yield _figure("search_p50", found, f"{len(items)} items, {len(QUERIES)} queries in turn")


def rendering() -> Iterator[Figure]:
    """Render the questions of every item for an applicant who begins; no server, no line."""
    with tempfile.TemporaryDirectory() as folder:
        schema.ensure(Config(role="terminal", data_dir=Path(folder)))
        terminal = Machine.made("terminal", Path(folder))
        client = terminal.client()
        rendered: list[float] = []
        for code, item in terminal.parts.catalogue.items.items():
            guide = Forms(client.get(f"/items/{code}").text)
            hidden = next(data for action, data in guide.forms if action.endswith("/apply"))
            client.post(f"/items/{code}/apply", data=hidden)
            for path in _questions(item):
                if client.get(path).status_code == 200:
                    rendered += _times(partial(client.get, path), TURNS)
        terminal.close()
    yield _figure("render_p50", rendered, "every question of every item that is asked at the start")


def _questions(item: ServiceItem) -> Iterator[str]:
    for section in item.sections:
        if section.repeat is None:
            for field in section.fields:
                yield f"/items/{item.code}/apply/questions/{section.id}/{field.id}"


def _times(act: Callable[[], object], turns: int) -> list[float]:
    """Return how long each of `turns` took, in milliseconds."""
    took = []
    for _ in range(turns):
        begun = time.perf_counter()
        act()
        took.append((time.perf_counter() - begun) * 1000)
    return took


def _figure(name: str, times: list[float], told: str) -> Figure:
    conditions = f"{told}; p99 {percentile(times, 0.99):.2f} ms"
    return Figure(name, round(percentile(times, 0.5), 3), "ms", len(times), conditions)
