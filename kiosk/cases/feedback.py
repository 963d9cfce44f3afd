"""Terminal: apply what the hall says (``sync.pull.Applier``): decisions, operators, and more.

Runs in the transaction that moves the feed's cursor. A kind that is not known
here is kept by ``pull`` and not applied. The hall decided already, so the state
it names is taken; only what was recorded here since comes on top.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy.orm import Session

from kiosk.cases import bodies, lifecycle
from kiosk.cases.desk import BY_THE_CLOCK, FACTS
from kiosk.cases.help import promises
from kiosk.cases.help.hearing import heard
from kiosk.cases.help.records import STEPPED
from kiosk.cases.history import VERBS
from kiosk.cases.model import Case
from kiosk.devices import register
from kiosk.operators.replica import take_over
from sync import journal, keys, releases
from sync.feed import Item
from sync.keys import Wrapper
from sync.state import inbox_of_subject

#: Facts of the hall that name the state a case is in.
_DECISIONS = frozenset({*FACTS.values(), *BY_THE_CLOCK.values()})


@dataclass(frozen=True, slots=True)
class Feedback:
    """The applier; ``wrapper`` opens the case keys."""

    wrapper: Wrapper

    def __call__(self, session: Session, item: Item) -> bool:
        """Apply ``item``; False when its kind is not known here."""
        if item.kind in _DECISIONS:
            return self._decided(session, item)
        if item.kind == STEPPED:
            return heard(session, self.wrapper, item)
        if item.kind in _FACTS:
            _FACTS[item.kind](session, item)
            return True
        return False

    def _decided(self, session: Session, item: Item) -> bool:
        case = session.get(Case, item.subject)
        key = keys.fetch(session, self.wrapper, [str(item.subject)]).get(str(item.subject))
        if case is None or key is None:
            return False
        body = bodies.open_sealed(key, case.id, item.kind, item.body)
        case.state = _with_later_entries(session, case.id, body)
        case.changed_at = datetime.fromtimestamp(item.recorded_at / 1_000_000, UTC)
        if body["due_on"]:
            case.due_on = date.fromisoformat(body["due_on"])
        if item.kind == BY_THE_CLOCK["lapse"]:
            promises.lapse(session, case.id)
        case.reckon()
        return True


def drawn_state(session: Session, wrapper: Wrapper, case_id: str) -> tuple[str, datetime | None]:
    """Return a case's state as its facts make it, and when it was last moved, None when never.

    What the hall decided last, and what was recorded here since; for a case whose facts came back.
    """
    key = keys.fetch(session, wrapper, [case_id]).get(case_id)
    decided = [item for item in inbox_of_subject(session, case_id) if item.kind in _DECISIONS]
    body: dict[str, Any] = {"state": lifecycle.SUBMITTED, "after_entry": 1}
    moved = None
    if decided and key is not None:
        body = bodies.open_sealed(key, case_id, decided[-1].kind, decided[-1].body)
        moved = decided[-1].recorded_at
    for entry in journal.of_subject(session, case_id):
        step = lifecycle.STEPS.get(VERBS.get(entry.kind, ""))
        if step is not None and step.target and entry.subject_seq > body["after_entry"]:
            moved = entry.recorded_at
    at = None if moved is None else datetime.fromtimestamp(moved / 1_000_000, UTC)
    return _with_later_entries(session, case_id, body), at


def _with_later_entries(session: Session, case_id: str, body: dict[str, Any]) -> str:
    """Return the decided state with what was recorded here since, as the hall will replay it.

    The hall decided before it had those entries; one that is illegal now it will refuse.
    """
    state = str(body["state"])
    for entry in journal.of_subject(session, case_id):
        verb = VERBS.get(entry.kind)
        if entry.subject_seq > body["after_entry"] and verb is not None:
            with suppress(lifecycle.Illegal):
                state = lifecycle.next_state(state, verb)
    return state


def _operator(session: Session, item: Item) -> None:
    take_over(session, orjson.loads(item.body))


_FACTS: Mapping[str, Callable[[Session, Item], None]] = {
    "operator.set": _operator,
    releases.KIND: releases.want,
    register.ORDER: register.obey,
}
