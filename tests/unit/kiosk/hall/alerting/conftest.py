"""A hall with a clock that the test turns, and a webhook that it tells."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from kiosk import clock
from kiosk.hall.alerting import channels, rounds
from kiosk.hall.alerting.rounds import GATHER
from sync.ledger import Terminal
from tests.builders.machines import Machine
from tests.builders.receivers import Hook, a_hook, let_tell_itself

#: A Wednesday, ten o'clock in China: the stations have been open for an hour.
OPEN = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
HOURS = "09:00-11:30 13:30-17:00"
SECRET = "a secret that is long enough"


@dataclass
class Watch:
    """A hall, the time there, and who is told."""

    hall: Machine
    hook: Hook
    now: datetime = OPEN

    def later(self, span: timedelta) -> None:
        """Let time go by; nothing looks at the rules meanwhile."""
        self.now += span

    def look(self) -> None:
        """One round of the hall's worker."""
        self.hall.within(rounds.perform, self.hall.parts)

    def settle(self) -> None:
        """Look, and again when what was found has been gathered."""
        self.look()
        self.later(GATHER)
        self.look()

    def told(self, *kinds: str) -> list[tuple[str, str, int]]:
        """Kind, rule and count of all that the webhook was told, but for the hall's own."""
        return [
            (message["kind"], rule["rule"], rule["count"])
            for message in self.hook.messages
            for rule in message["rules"]
            if rule["rule"] not in ("backup", "queue", "storage")
        ]

    def seen(self, **values: object) -> None:
        """All terminals report now."""
        with self.hall.writing() as session:
            session.execute(update(Terminal).values(last_seen=self.now, **values))


@pytest.fixture
def watch(request, a_hall) -> Iterator[Watch]:
    kind = getattr(request, "param", "sqlite")
    with a_hook() as hook:
        watch = Watch(a_hall(kind), hook)
        with clock.use(lambda: watch.now):
            hall = watch.hall
            let_tell_itself(hall)
            config = replace(hall.parts.config, station_open=HOURS)
            hall.app.extensions["kiosk"] = replace(hall.parts, config=config)
            typed = {"name": "值班", "url": hook.url, "secret": SECRET}
            hall.within(channels.add, hall.parts, "webhook", typed, "an operator")
            yield watch
