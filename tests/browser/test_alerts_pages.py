"""The pages of alerts and queues at a desk: drawn whole, large enough, without findings of axe."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from kiosk import clock, redis_server
from kiosk.hall.alerting import channels, rounds, silencing
from kiosk.hall_worker import QUEUE, Worker
from tests.browser import desks
from tests.browser.hall_pages import SHOWS
from tests.browser.hallway import serving
from tests.builders.clerks import an_account
from tests.builders.machines import Machine
from tests.builders.many_terminals import a_fleet

pytestmark = pytest.mark.browser

SECRET = "a secret that is long enough"
MAIL = {
    **{"name": "值班邮箱", "host": "mail.example.org", "port": "587", "security": "starttls"},
    **{"user": "alerts", "sender": "hall@example.org", "to": "duty@example.org"},
}
SCREENS = {
    "alerts": "/alerts",
    "firing": "/alerts/list",
    "history": "/alerts/list?past=1&rule=silent",
    "silence": "/alerts/silence?rule=silent",
    "channels": "/alerts/channels",
    "new webhook": "/alerts/channels/new/webhook",
    "new mail": "/alerts/channels/new/mail",
    "queues": "/queues",
    "forget a job": "/queues/jishiban-hall/failed/{job}/delete",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[redis_server.RedisServer]:
    with redis_server.running(tmp_path / "redis") as started:
        yield started


@pytest.fixture
def town(a_hall, server) -> Machine:
    """A hall in trouble of every kind, with channels and a silence."""
    hall, now = a_hall(), clock.now()
    config = replace(hall.parts.config, redis_url=server.url)
    hall.app.extensions["kiosk"] = replace(hall.parts, config=config)
    a_fleet(hall, 60, now - timedelta(hours=1), skew_ms=9 * 60 * 1000, cloned_at=now)
    webhook = {"name": "值班群", "url": "http://hooks.example.org/alerts", "secret": SECRET}
    admin = an_account(hall, "admin")
    hall.within(channels.add, hall.parts, "webhook", webhook, admin)
    hall.within(channels.add, hall.parts, "mail", {**MAIL, "secret": SECRET}, admin)
    hall.within(silencing.begin, "clock", "200003", "24", "换主板，周五好", admin)
    # A working day, an hour after the stations have opened.
    day = now.replace(hour=2, minute=0)
    while day.weekday() != 2:
        day -= timedelta(days=1)
    with clock.use(lambda: day):
        hall.within(rounds.look, hall.parts)
    with clock.use(lambda: day + timedelta(minutes=1)):
        hall.within(rounds.look, hall.parts)
    return hall


def a_failed_job(server: redis_server.RedisServer) -> str:
    with Redis.from_url(server.url) as client:
        queue = Queue(QUEUE, connection=client, serializer=JSONSerializer)
        job = queue.enqueue("kiosk.hall_worker.perform", "no_such_duty", failure_ttl=600)
        worker = Worker([queue], connection=client, serializer=JSONSerializer)
        worker.log_job_description = False
        worker.work(burst=True, logging_level="CRITICAL")
        queue.enqueue("kiosk.hall_worker.perform", "alerts")
        Worker([queue], connection=client, serializer=JSONSerializer).register_birth()
    return job.id


def test_the_pages_of_alerts_and_queues_are_well_drawn_at_a_desk(
    town: Machine, server: redis_server.RedisServer, new_page: Callable[..., Page]
) -> None:
    page = new_page(reduced_motion="reduce")
    job = a_failed_job(server)
    with serving(town) as hallway:
        desks.at_a_desk(page, hallway.address, "admin")
        found = desks.all_amiss(page, hallway, SCREENS, SHOWS["alerts"], job=job)
    assert found == [], "\n".join(found)
