"""Ratings as counts (好差评): all together, and for each item that has enough of them.

Names no case, no person and no clerk, and shows no sum, item or tag of only a few ratings, nor what
would let it be reckoned. Neighbours: `kiosk.cases.replay` keeps what this counts, `redress` follows
up the bad ones.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from flask import render_template
from sqlalchemy import func, select

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases.afterwards import BAD, GRADES, TAGS
from kiosk.cases.model import Rating
from kiosk.cases.redressing import MARKED, Redress
from kiosk.db import reading
from kiosk.hall.kept import kept
from kiosk.hall.pages import TERMINAL_READERS, page_blueprint
from kiosk.operators.access import requires

bp = page_blueprint("ratings", __name__)

#: Of fewer than so many, one could tell who gave which.
FEWEST = 5
#: Of more ratings than these, the counts are kept for so many seconds.
MANY, COUNTED_SECONDS = 1000, 60.0


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each grade was given; `name` is the item's, or its code when it is gone."""

    name: Text
    grades: Counter[int]

    @property
    def count(self) -> int:
        """How many ratings there are."""
        return self.grades.total()

    @property
    def satisfied(self) -> int:
        """Percent that gave one of the three good grades, rounded."""
        good = self.count - sum(self.grades[grade] for grade in BAD)
        return round(100 * good / self.count) if self.count else 0


@bp.get("/ratings")
@requires(*TERMINAL_READERS)
def show() -> str:
    """Show the counts."""
    rows = kept("ratings", COUNTED_SECONDS, _counted, _are_many)
    with reading() as session:
        of_others = select(func.count()).where(Redress.state == MARKED)
        marked = session.scalar(of_others) or 0
    by_item: dict[str, Counter[int]] = {}
    tags: Counter[str] = Counter()
    for item, grade, ticked, count in rows:
        by_item.setdefault(item, Counter())[grade] += count
        tags.update(dict.fromkeys(orjson.loads(ticked), count))
    tallies = [Tally(_name(code), grades) for code, grades in sorted(by_item.items())]
    shown = tellable(tallies)
    total = Tally(Text("全部", "All"), sum(by_item.values(), Counter[int]()))
    told = [(code, count) for code, count in tags.most_common() if count >= FEWEST]
    return render_template(
        "hall/ratings.html",
        total=total,
        tallies=sorted(shown, key=lambda tally: (tally.satisfied, -tally.count)),
        left_out=len(tallies) - len(shown),
        tags=[(TAGS.get(code, Text(code, code)), count) for code, count in told],
        grades=GRADES,
        fewest=FEWEST,
        marked=marked,
    )


def _counted() -> Sequence[tuple[str, int, str, int]]:
    # Few differ in all three: the database counts, however many there are.
    alike = (Rating.item, Rating.grade, Rating.tags)
    with reading() as session:
        query = select(*alike, func.count()).group_by(*alike)
        return [(item, grade, tags, count) for item, grade, tags, count in session.execute(query)]


def _are_many(rows: Sequence[tuple[str, int, str, int]]) -> bool:
    return sum(row[-1] for row in rows) > MANY


def tellable(tallies: Sequence[Tally]) -> list[Tally]:
    """Return those of the items' tallies that can be shown beside the sum of all.

    Who takes the shown ones from the sum has what was left out. So that this is never of one item
    alone nor of fewer than FEWEST ratings, the smallest of the others are left out too.
    """
    shown = sorted(
        (tally for tally in tallies if tally.count >= FEWEST), key=lambda tally: tally.count
    )
    left = [tally for tally in tallies if tally.count < FEWEST]
    while left and shown and (len(left) == 1 or sum(each.count for each in left) < FEWEST):
        left.append(shown.pop(0))
    return shown


def _name(code: str) -> Text:
    item = services().catalogue.items.get(code)
    return item.name if item else Text(code, code)
