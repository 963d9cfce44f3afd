"""What every template may say: texts in the reader's language, times of the place, assets.

Knows no items, cases or routes beyond the values handed to it. Neighbours: `preferences` knows
the reader's choices; the templates in `kiosk/templates` are the only users.
"""

import json
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from flask import current_app, request
from flask.sansio.app import App
from flask_babel import get_locale, gettext, ngettext

from forms.definition import Duration, Text
from kiosk.app_services import services
from kiosk.clock import LOCAL
from kiosk.terminal import preferences

STATIC_URL = "/static/"


def asset(source: str) -> str:
    """Return the address of a built file, such as "css/app.css"; its name holds a content hash.

    Where nothing has been built the plain name is given: pages then work without a look.
    """
    return STATIC_URL + _built(current_app.config.get("STATIC_FOLDER", "")).get(source, source)


def reading_language() -> str:
    """Return the language of the page being made: "zh" or "en"."""
    return str(get_locale() or "zh")


def in_words(text: Text | str | None) -> str:
    """Return a catalogue text in the reader's language; plain strings as they are."""
    if text is None:
        return ""
    return text.to(reading_language()) if isinstance(text, Text) else str(text)


def moment(at: datetime) -> str:
    """Return an instant as day and time of the station (Asia/Shanghai)."""
    zh = reading_language().startswith("zh")
    pattern = "M月d日 HH:mm" if zh else "d MMM, HH:mm"
    return format_datetime(at.astimezone(LOCAL), pattern, locale="zh_CN" if zh else "en_GB")


def day(on: date) -> str:
    """Return a day in full, as people write it."""
    zh = reading_language().startswith("zh")
    return format_date(on, "y年M月d日" if zh else "d MMMM y", locale="zh_CN" if zh else "en_GB")


def duration(limit: Duration | None) -> str:
    """Return a time limit in words; none is a dash of words, zero is on the spot."""
    if limit is None:
        return str(gettext("None is set by law"))
    if limit.value == 0:
        return str(gettext("On the spot"))
    if limit.unit == "working_days":
        return str(ngettext("%(num)d working day", "%(num)d working days", limit.value))
    return str(ngettext("%(num)d day", "%(num)d days", limit.value))


@lru_cache(maxsize=2)
def _built(folder: str) -> dict[str, str]:
    manifest = Path(folder) / "manifest.json"
    if not manifest.is_file():
        return {}
    names: dict[str, str] = json.loads(manifest.read_bytes())
    return names


def _context() -> dict[str, Any]:
    station = services().station
    return {
        "lang": reading_language(),
        "care": preferences.care(),
        "device": None,
        "station": station,
        "place": in_words(station.name) if station else "",
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }


def install(app: App) -> None:
    """Give the templates of `app` their filters and common values."""
    app.add_template_filter(in_words, "text")
    app.add_template_filter(moment, "moment")
    app.add_template_filter(day, "day")
    app.add_template_filter(duration, "duration")
    app.add_template_global(asset)
    app.context_processor(_context)
