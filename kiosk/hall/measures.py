"""What terminals report, in words: lengths of time, clocks that are off, space on a disk.

Knows no terminal. Neighbours: the template of `terminals` is the only user.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from kiosk import clock
from kiosk.pages.translating import gettext, ngettext


def span(since: datetime) -> str:
    """Return how long ago `since` is, in the largest unit that tells something."""
    return length(max(0, int((clock.now() - since).total_seconds())))


def length(seconds: int) -> str:
    """Return a length of time in the largest unit that tells something."""
    if seconds < 90:
        return ngettext("%(num)d second", "%(num)d seconds", seconds)
    if seconds < 2 * 3600:
        return ngettext("%(num)d minute", "%(num)d minutes", seconds // 60)
    if seconds < 48 * 3600:
        return ngettext("%(num)d hour", "%(num)d hours", seconds // 3600)
    return ngettext("%(num)d day long", "%(num)d days long", seconds // 86400)


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
        return gettext("under 1 s")
    off = length(abs(milliseconds) // 1000)
    if milliseconds < 0:
        return gettext("%(span)s behind", span=off)
    return gettext("%(span)s ahead", span=off)


#: The template filters of the hall, by name.
FILTERS: Mapping[str, Callable[..., str]] = {
    "span": span,
    "length_of": length,
    "size": size,
    "skew": skew,
}
