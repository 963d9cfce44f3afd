"""What every template may say: texts in the reader's language, times of the place, assets.

Knows no items, cases or routes beyond the values handed to it. Neighbours: `kiosk.app` installs it,
so that error pages have it too; the `frame` of each role adds what only its pages say.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date
from flask import current_app, request
from flask.sansio.app import App
from flask_babel import gettext, ngettext

from forms.definition import Duration, Text
from kiosk import clock
from kiosk.api.language import reading_language
from kiosk.pages import translating

STATIC_URL = "/static/"

#: Read once: by their names they would be looked for among the files for each date.
_ZH, _EN = Locale.parse("zh_CN"), Locale.parse("en_GB")

#: When a year is written out; "another" is: when it is not the present one.
YearShown = Literal["always", "never", "another"]


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a role writes its dates, all in Asia/Shanghai: which of them name their year."""

    year_of_moment: YearShown
    year_of_day: YearShown

    def moment(self, at: datetime) -> str:
        """Return an instant as day and time; `at` is aware."""
        local = at.astimezone(clock.LOCAL)
        is_zh, with_year = reading_language() == "zh", _names_year(self.year_of_moment, local.year)
        day = _day(local.date(), is_zh=is_zh, with_year=with_year)
        return f"{day}{' ' if is_zh else ', '}{local:%H:%M}"

    def day(self, on: date) -> str:
        """Return a day; the month in full where the year always stands, as in a letter."""
        is_zh, with_year = reading_language() == "zh", _names_year(self.year_of_day, on.year)
        whole = self.year_of_day == "always"
        return _day(on, is_zh=is_zh, with_year=with_year, whole_month=whole)


@lru_cache(maxsize=1024)
def _day(on: date, *, is_zh: bool, with_year: bool, whole_month: bool = False) -> str:
    """Kept: a list says the same days in many of its lines, and babel takes its time over each."""
    if is_zh:
        return format_date(on, "y年M月d日" if with_year else "M月d日", locale=_ZH)
    month = "MMMM" if whole_month else "MMM"
    return format_date(on, f"d {month} y" if with_year else f"d {month}", locale=_EN)


def asset(source: str) -> str:
    """Return the address of a built file, such as "css/app.css"; its name holds a content hash.

    Where nothing has been built the plain name is given: pages then work without a look.
    """
    return STATIC_URL + _built(current_app.config.get("STATIC_FOLDER", "")).get(source, source)


def in_words(text: Text | str | None) -> str:
    """Return a catalogue text in the reader's language; plain strings as they are."""
    if text is None:
        return ""
    return text.to(reading_language()) if isinstance(text, Text) else str(text)


def options(names: Mapping[str, Text | str], chosen: str | None = "") -> str:
    """Return the options of a list to choose from, by code, the chosen one selected, as markup.

    Kept by what they say: to draw hundreds of stations takes more than the rest of a page.
    """
    return _options(reading_language(), chosen, tuple(names.items()))


@lru_cache(maxsize=16)
def _options(language: str, chosen: str | None, names: tuple[tuple[str, Text | str], ...]) -> str:
    words = [(code, name.to(language) if isinstance(name, Text) else name) for code, name in names]
    macros: Any = current_app.jinja_env.get_template("shared/controls.html").module
    drawn: str = macros.options(words, chosen)
    return drawn


def duration(limit: Duration | None) -> str:
    """Return a time limit in words; none is said to be none, zero is on the spot."""
    if limit is None:
        return str(gettext("None is set by law"))
    if limit.value == 0:
        return str(gettext("On the spot"))
    if limit.unit == "working_days":
        return str(ngettext("%(num)d working day", "%(num)d working days", limit.value))
    return str(ngettext("%(num)d day", "%(num)d days", limit.value))


def install(app: App, dates: DateStyle) -> None:
    """Give the templates of `app` the filters and values of every page, dates as in `dates`."""
    translating.install(app)
    app.add_template_filter(in_words, "text")
    app.add_template_filter(dates.moment, "moment")
    app.add_template_filter(dates.day, "day")
    app.add_template_filter(duration, "duration")
    app.add_template_global(asset)
    app.add_template_global(options)
    app.context_processor(_context)


def _names_year(shown: YearShown, year: int) -> bool:
    return shown == "always" or (shown == "another" and year != clock.today().year)


@lru_cache(maxsize=2)
def _built(folder: str) -> dict[str, str]:
    manifest = Path(folder) / "manifest.json"
    if not manifest.is_file():
        return {}
    names: dict[str, str] = json.loads(manifest.read_bytes())
    return names


def _context() -> dict[str, Any]:
    return {
        "lang": reading_language(),
        "here": _here(),
    }


def _here() -> str:
    """Return where choosing a language leads back to: this page, or home if it has no address."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    adapter = current_app.create_url_adapter(request)
    return request.path if adapter and adapter.test(request.path, "GET") else "/"
