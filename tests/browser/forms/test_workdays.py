"""The day by which papers follow is the same on a tablet as at the terminal."""

from datetime import date, datetime, timedelta

import pytest

from kiosk import clock
from kiosk.api.items import plain
from kiosk.cases.deferral import due_on
from kiosk.terminal.tablet import calendar
from tests.browser.forms.conftest import Call
from tests.builders.definitions import written

pytestmark = pytest.mark.browser

DUE = """(forms, [days, cases]) => {
  const known = forms.workdays.calendar(days);
  return cases.map(([terms, day]) => forms.workdays.dueOn(terms, day, known));
}"""


def test_every_item_names_the_same_day_for_a_year_and_more(in_browser: Call) -> None:
    terms = {
        (item.deferral, item.promised): item
        for item in written().items.values()
        if item.deferral is not None
    }
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(420)]
    cases = [(item, day) for item in terms.values() for day in days]
    told = [
        [{"deferral": plain(item.deferral, "zh"), "promised": plain(item.promised, "zh")}, day]
        for item, day in ((item, day.isoformat()) for item, day in cases)
    ]
    with clock.use(lambda: datetime(2026, 11, 2, tzinfo=clock.LOCAL)):
        known = calendar()
    found = in_browser(DUE, [known, told])
    assert len(terms) > 3
    for (item, day), there in zip(cases, found, strict=True):
        due = due_on(item, day)
        assert there == (due and due.isoformat()), (item.code, day)
