"""The transition table of a case: pure data, no database, the same at terminal and hall.

The states follow the order of the Administrative Licensing Law of the PRC:
application, one single notice of what must be corrected (article 32),
acceptance, decision (article 38), delivery (article 44). Neighbours: the verbs
in ``service`` and ``desk`` ask ``next_state`` before they write.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SUBMITTED = "submitted"
RETURNED = "returned"
ACCEPTED = "accepted"
APPROVED = "approved"
REFUSED = "refused"
DELIVERED = "delivered"
WITHDRAWN = "withdrawn"

#: No verb leads out of these; what is still possible leaves the case where it is.
FINAL = frozenset({REFUSED, DELIVERED, WITHDRAWN})
STATES = (SUBMITTED, RETURNED, ACCEPTED, APPROVED, REFUSED, DELIVERED, WITHDRAWN)
#: All others, named one by one as the databases' indexes of open cases know them.
LIVE = tuple(state for state in STATES if state not in FINAL)


class Illegal(Exception):
    """The verb does not fit the state; the text names both."""


@dataclass(frozen=True, slots=True)
class Step:
    """One verb: the states it starts from and the one it leads to; None when the case stays."""

    verb: str
    sources: frozenset[str]
    target: str | None
    #: A step that must say why: the person concerned has a right to the reasons.
    needs_reasons: bool = False
    #: A step that may be taken once in the life of a case.
    once: bool = False


def _step(verb: str, sources: set[str], target: str | None, **more: bool) -> tuple[str, Step]:
    return verb, Step(verb, frozenset(sources), target, **more)


STEPS: Mapping[str, Step] = dict(
    (
        _step("accept", {SUBMITTED}, ACCEPTED),
        # Article 32: everything that must be corrected is told at once, one time.
        _step("return", {SUBMITTED}, RETURNED, needs_reasons=True, once=True),
        _step("correct", {RETURNED}, SUBMITTED),
        _step("approve", {ACCEPTED}, APPROVED),
        _step("refuse", {SUBMITTED, ACCEPTED}, REFUSED, needs_reasons=True),
        _step("deliver", {APPROVED}, DELIVERED),
        _step("withdraw", {SUBMITTED, RETURNED, ACCEPTED}, WITHDRAWN),
        # What was promised for later (容缺) did not come in time: 视为撤回. By the clock alone.
        _step("lapse", {SUBMITTED, ACCEPTED}, WITHDRAWN),
        # A deferred material (容缺) comes while the case is open; what is returned is corrected.
        _step("supply", {SUBMITTED, ACCEPTED}, None),
        # One rating (好差评) of what was done, once there is something to rate.
        _step("rate", {APPROVED, REFUSED, DELIVERED}, None, once=True),
    )
)


def next_state(state: str, verb: str, taken: frozenset[str] = frozenset()) -> str:
    """Return the state after ``verb``; ``taken`` are the verbs this case has seen.

    Raises Illegal when the verb does not fit, KeyError when there is no such verb.
    """
    step = STEPS[verb]
    if state not in step.sources:
        raise Illegal(f"{verb} is not possible when the case is {state}")
    if step.once and verb in taken:
        raise Illegal(f"{verb} is possible once only")
    return step.target or state


def possible(state: str, taken: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the verbs that fit the state."""
    return tuple(
        step.verb
        for step in STEPS.values()
        if state in step.sources and not (step.once and step.verb in taken)
    )
