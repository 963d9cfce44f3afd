"""Two releases side by side: items that came, went and changed, each change in plain words.

Nothing is changed here. Neighbours: `forms.differences` compares, `difference_words` has the words,
`releases` lists what can be compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template, request

from forms.definition import Text
from forms.differences import Differences, compare
from forms.release import Catalogue
from kiosk.app_services import services
from kiosk.hall.difference_words import Spoken, names_of, spoken
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.hall.shelf import Row, rows
from kiosk.operators.access import requires
from kiosk.releases import ReleaseMissing

bp = page_blueprint("comparing", __name__)

#: So many items that changed are shown in full; the others by name, one at a time.
MOST_ITEMS = 20
#: And of one item or of the shared lists so many changes.
MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """An item that both have; `changes` is empty when it is named only."""

    name: Text
    count: int
    changes: tuple[Spoken, ...]


@bp.get("/releases/compare")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show what `new` has that `old` has not; without them, the newest and the one before."""
    known = sorted((row for row in rows(services()) if row.items is not None), key=_made)
    new = _chosen("new", known)
    old = _chosen("old", [row for row in known if row.release != new])
    opened = [_opened(each) for each in (old, new)]
    before, after = opened
    found = compare(before, after) if before and after else None
    item = request.args.get("item", "")[:16]
    return render_template(
        "hall/compare.html",
        known=known,
        old=old,
        new=new,
        unreadable=bool(known) and None in opened,
        found=found,
        changed=_changed(found, before, after, item) if found and before and after else {},
        lists=[spoken(each, {}) for each in found.lists[:MOST_CHANGES]] if found else [],
        item=item,
        most=MOST_CHANGES,
    )


def _made(row: Row) -> float:
    """Return when a release was made; what came with a program goes before all others."""
    return row.made_at.timestamp() if row.made_at else 0.0


def _chosen(name: str, known: list[Row]) -> str:
    """Return the hash that the address asks for, else the newest of the list."""
    asked = request.args.get(name, "")[:64]
    return asked or (known[-1].release if known else "")


def _opened(release: str) -> Catalogue | None:
    try:
        return services().releases.of(release)
    except ReleaseMissing:
        return None


def _changed(
    found: Differences, before: Catalogue, after: Catalogue, item: str
) -> Mapping[str, Changed]:
    """Return the items that changed, or the one that is asked for, by their codes."""
    codes = [code for code in found.changed if not item or code == item]
    return {
        code: Changed(
            after.items[code].name,
            len(found.changed[code]),
            _in_words(found, before, after, code) if place < MOST_ITEMS else (),
        )
        for place, code in enumerate(codes)
    }


def _in_words(
    found: Differences, before: Catalogue, after: Catalogue, code: str
) -> tuple[Spoken, ...]:
    names = names_of(code, before, after)
    return tuple(spoken(each, names) for each in found.changed[code][:MOST_CHANGES])
