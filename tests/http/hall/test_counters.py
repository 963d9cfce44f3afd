"""The page of the counters' days: who may read it, and what it says."""

from datetime import timedelta

from kiosk import clock
from kiosk.counter.model import CounterDay
from tests.builders.clerks import signed_in
from tests.builders.machines import STATION


def test_a_day_is_shown_in_minutes_to_those_who_look_after_stations(a_hall) -> None:
    hall = a_hall("sqlite")
    counted = {"drawn": 12, "served": 11, "dropped": 1, "wait_median": 90, "wait_p90": 600}
    with hall.writing() as session:
        for age in (1, 60):
            session.add(
                CounterDay(
                    terminal_id="t",
                    day=clock.today() - timedelta(days=age),
                    station_code=STATION,
                    service_median=None,
                    service_p90=None,
                    **counted,
                )
            )
    page = signed_in(hall, "auditor").page("/counters")
    assert "1.5 / 10.0 分钟" in page
    assert page.count("<tr>") == 2, "the head and one day: what is older is left out"
    assert signed_in(hall, "clerk").get("/counters").status_code == 403
