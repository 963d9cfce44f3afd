"""The desk's lists that look back, the newest first: closed states, and all states together.

Millions of cases are closed, so that each query here begins and ends in an index, whatever the list
is narrowed by, and reads a page at most for each index it looks into. What only work that waits can
have, a light or nobody who holds it, no closed case is looked for (ADR 42). Neighbour: `worklist`
says what is asked for and lists what is open.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from kiosk.cases import lifecycle
from kiosk.cases.model import Case
from kiosk.hall.scope import Reach

Conditions = Sequence[ColumnElement[bool]]
_Ids = Select[str]


def newest(
    session: Session,
    states: Sequence[str],
    conditions: Conditions,
    lies: Reach | None,
    after: tuple[datetime, str] | None,
    most: int,
) -> Sequence[Case]:
    """Return the cases in these states that were moved last, behind the place `after`.

    `lies` says where they must lie, and is not among the `conditions`: beside a query of one item
    PostgreSQL takes it for a better way in, and reads all that the department ever closed.
    """
    if not states:
        return []
    if after is not None:
        at, last = after
        later = or_(Case.changed_at < at, Case.id > last)
        conditions = [*conditions, Case.changed_at <= at, later]
    parts: list[_Ids] = []
    for state in states:
        own = [*conditions, _is_in(state)]
        if lies is None:
            parts.append(_ids(own, most))
        elif state in lifecycle.FINAL and session.get_bind().dialect.name == "postgresql":
            parts += _by_place(own, lies, most)
        else:
            # Few are open, and SQLite, a small hall's, cannot ask for a page of each item.
            parts.append(_ids([*own, lies.condition()], most))
    # No index has them all in one order: the newest of each are had at once and put together.
    among = union_all(*(select(part.subquery().c.id) for part in parts))
    query = select(Case).where(Case.id.in_(among))
    return session.scalars(query.order_by(Case.changed_at.desc(), Case.id).limit(most)).all()


def _is_in(state: str) -> ColumnElement[bool]:
    # Written out: an index of some states alone is taken only where the state is seen.
    return Case.state == bindparam(None, state, String, literal_execute=True)


def _ids(conditions: Conditions, most: int) -> _Ids:
    query = select(Case.id).where(*conditions)
    return query.order_by(Case.changed_at.desc(), Case.id).limit(most)


def _by_place(conditions: Conditions, lies: Reach, most: int) -> list[_Ids]:
    """Return the queries of one state that lie here: of each item, and of what was sent here."""
    found = [
        _ids([*conditions, Case.department == name], most) for name in sorted(lies.authorities)
    ]
    if lies.items:
        found.append(_of_items(conditions, sorted(lies.items), most))
    return found or [_ids([*conditions, Case.id.is_(None)], most)]


def _of_items(conditions: Conditions, items: Sequence[str], most: int) -> _Ids:
    """Return the newest of these items, of which each is looked for by itself."""
    # An array, however many there are: of VALUES the statement would be compiled anew each time.
    array = literal(list(items), ARRAY(String))
    served = func.unnest(array).table_valued(column("item", String)).render_derived()
    own = [*conditions, Case.department.is_(None), Case.item == served.c.item]
    query = select(Case.id, Case.changed_at).where(*own)
    each = query.order_by(Case.changed_at.desc(), Case.id).limit(most).lateral()
    found = select(each.c.id).select_from(served.join(each, true()))
    return found.order_by(each.c.changed_at.desc(), each.c.id).limit(most)
