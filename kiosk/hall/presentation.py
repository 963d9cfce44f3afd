"""What every template of the hall may say: texts, times, ages, assets, who reads.

Knows no cases and no routes beyond the values handed to it. Neighbours: the templates in
`kiosk/templates/hall` and `kiosk/templates/shared` are the only users.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime
from flask import current_app, request
from flask.sansio.app import App
from flask_babel import gettext, ngettext

from forms.definition import Duration, Text
from kiosk import clock
from kiosk.api.language import reading_language
from kiosk.operators.session import signed_in

STATIC_URL = "/static/"


def asset(source: str) -> str:
    """Return the address of a built file, such as "css/hall.css"; its name holds a content hash.

    Where nothing has been built the plain name is given: pages then work without a look.
    """
    return STATIC_URL + _built(current_app.config.get("STATIC_FOLDER", "")).get(source, source)


def in_words(text: Text | str | None) -> str:
    """Return a catalogue text in the reader's language; plain strings as they are."""
    if text is None:
        return ""
    return text.to(reading_language()) if isinstance(text, Text) else str(text)


def moment(at: datetime) -> str:
    """Return an instant as day and time in Asia/Shanghai; the year when it is not this one."""
    local = at.astimezone(clock.LOCAL)
    same_year = local.year == clock.today().year
    if reading_language() == "zh":
        return format_datetime(
            local, "M月d日 HH:mm" if same_year else "y年M月d日 HH:mm", locale="zh_CN"
        )
    return format_datetime(local, "d MMM, HH:mm" if same_year else "d MMM y, HH:mm", locale="en_GB")


def day(on: date) -> str:
    """Return a day, with the year when it is not this one."""
    same_year = on.year == clock.today().year
    if reading_language() == "zh":
        return format_date(on, "M月d日" if same_year else "y年M月d日", locale="zh_CN")
    return format_date(on, "d MMM" if same_year else "d MMM y", locale="en_GB")


def span(since: datetime) -> str:
    """Return how long ago `since` is, in the largest unit that tells something."""
    return length(max(0, int((clock.now() - since).total_seconds())))


def length(seconds: int) -> str:
    """Return a length of time in the largest unit that tells something."""
    if seconds < 90:
        return str(ngettext("%(num)d second", "%(num)d seconds", seconds))
    if seconds < 2 * 3600:
        return str(ngettext("%(num)d minute", "%(num)d minutes", seconds // 60))
    if seconds < 48 * 3600:
        return str(ngettext("%(num)d hour", "%(num)d hours", seconds // 3600))
    return str(ngettext("%(num)d day long", "%(num)d days long", seconds // 86400))


def duration(limit: Duration | None) -> str:
    """Return a time limit in words; none is said to be none, zero is on the spot."""
    if limit is None:
        return str(gettext("None is set by law"))
    if limit.value == 0:
        return str(gettext("On the spot"))
    if limit.unit == "working_days":
        return str(ngettext("%(num)d working day", "%(num)d working days", limit.value))
    return str(ngettext("%(num)d day", "%(num)d days", limit.value))


def size(amount: int | None) -> str:
    """Return bytes in GB or MB, one decimal; a dash when unknown."""
    if amount is None:
        return "–"
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{amount / 1e6:.0f} MB"


def skew(milliseconds: int | None) -> str:
    """Return how far a clock is off, a dash when unknown; negative is behind the hall's."""
    if milliseconds is None:
        return "–"
    if abs(milliseconds) < 1000:
        return str(gettext("under 1 s"))
    off = length(abs(milliseconds) // 1000)
    if milliseconds < 0:
        return str(gettext("%(span)s behind", span=off))
    return str(gettext("%(span)s ahead", span=off))


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
        "care": False,
        "device": "desk",
        "operator": signed_in(),
        "here": request.full_path.rstrip("?") if request.method == "GET" else request.path,
    }


def install(app: App) -> None:
    """Give the templates of `app` their filters and common values."""
    filters: dict[str, Callable[..., str]] = {
        "text": in_words,
        "moment": moment,
        "day": day,
        "span": span,
        "duration": duration,
        "size": size,
        "skew": skew,
    }
    for name, words in filters.items():
        app.add_template_filter(words, name)
    app.add_template_global(asset)
    app.context_processor(_context)
