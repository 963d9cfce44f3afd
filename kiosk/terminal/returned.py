"""Why an application came back, beside the question or paper concerned: what templates ask for.

Neighbours: `kiosk.cases.remarks` finds which reason speaks of what; `check`, `sections`,
`questions` and `materials` are the pages.
"""

from flask import g

from forms.definition import Text
from kiosk.app_services import services
from kiosk.cases import drafts, queries
from kiosk.cases.remarks import concerning
from kiosk.errors import DomainError
from kiosk.terminal.wanted import draft_id_of, phone_of


def remarks_on(code: str, name: Text) -> tuple[str, ...]:
    """Return the reasons that speak of `name`, while a returned case of item `code` is corrected.

    The draft is opened once in a request.
    """
    known: dict[str, tuple[str, ...]] = g.setdefault("reasons", {})
    if code not in known:
        known[code] = _reasons(code)
    return concerning(known[code], name)


def _reasons(code: str) -> tuple[str, ...]:
    draft_id = draft_id_of(code)
    if draft_id is None:
        return ()
    try:
        corrects = drafts.load(services(), draft_id, phone_of(code)).corrects
        return queries.progress_of(services(), corrects).reasons if corrects else ()
    except DomainError:
        # The page itself says what has become of the draft.
        return ()
