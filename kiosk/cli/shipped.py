"""The release that comes with the program, for commands that need no data folder.

Neighbours: ``papers`` prints its items, ``selftest`` applies for one.
"""

from collections.abc import Sequence

from forms.definition import ServiceItem
from forms.release import Catalogue, open_release
from kiosk.core import shipped_file


def release() -> Catalogue:
    """Return the shipped release; BadConfig when it was not built."""
    return open_release(shipped_file())


def items(codes: Sequence[str]) -> list[ServiceItem]:
    """Return the items of these codes, all when there is none; LookupError for an unknown one."""
    known = release().items
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise LookupError(f"no item {', '.join(unknown)} in the catalogue")
    return [known[code] for code in codes] if codes else list(known.values())
