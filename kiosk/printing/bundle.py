"""The application of a bundle (一件事) in one paper: a cover, then one form for each of its cases.

Whether answers are covered is the caller's, as for a single form. Neighbours: `together` opens the
cases, `form` lays out each.
"""

from kiosk.printing.form import Show, mark_of, progress_code, sheet_of
from kiosk.printing.sheets import draw
from kiosk.printing.together import Together
from kiosk.receipts.number import grouped


def copies(
    together: Together,
    show: Show,
    *,
    is_covered: bool,
    station: str | None = None,
    printed_by: str | None = None,
) -> str:
    """Return what was handed in, answers as `show` puts them; `is_covered` only names the copy.

    Has to be called within a request of an application with translations.
    """
    cases = together.cases
    # The code of the receipt is on the cover: it opens the progress of all of them.
    token = next((case.token for case in cases if case.token), None)
    return draw(
        "print/bundle.html",
        bundle=together.bundle,
        members=together.members,
        number=grouped(together.number) if together.number else None,
        at=cases[0].at,
        release=cases[0].release[:12],
        mark=mark_of(is_covered),
        code=progress_code(token),
        station=station,
        printed_by=printed_by,
        grouped=grouped,
        sheets=[
            sheet_of(case, show, is_covered=is_covered, station=station, printed_by=printed_by)
            for case in cases
        ],
    )
