"""Accounts and days of counters in numbers, by rows alone: nobody of these can sign in.

Neighbour: `clerks` opens accounts that people use.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from kiosk.counter.model import CounterDay
from kiosk.operators.model import ROLES, Operator
from tests.builders.machines import STATION


def accounts(count: int, **values: object) -> Iterator[Operator]:
    """Yield so many accounts of all roles, named by their place from 0; each tenth is closed."""
    for place in range(count):
        usual = {
            "id": f"account-{place:05}",
            "username": f"person.{place:05}",
            "display_name": f"名字{place}",
            "role": ROLES[place % len(ROLES)],
            "password_hash": "none",
            "stations": "[]",
            "departments": "[]",
            "active": place % 10 != 9,
        }
        yield Operator(**{**usual, **values})


def counter_days(
    last: date, days: int, terminals: int, stations: Sequence[str] = (STATION,)
) -> Iterator[CounterDay]:
    """Yield the figures of so many days up to `last`, of terminals that stand at these stations."""
    for age in range(days):
        for place in range(terminals):
            yield CounterDay(
                terminal_id=f"terminal-{place:05}",
                day=last - timedelta(days=age),
                station_code=stations[place % len(stations)],
                drawn=place + 1,
                served=place,
                dropped=1,
                wait_median=90,
                wait_p90=600,
                service_median=120,
                service_p90=240,
            )
