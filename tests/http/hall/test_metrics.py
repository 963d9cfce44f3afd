"""A hall's figures: true, cheap, closed to strangers, and what dashboard and rules name is there."""

import json
import re
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis
from sqlalchemy import select

from kiosk import clock, redis_server
from kiosk.cases import desk
from kiosk.cases.model import Case
from kiosk.hall import gauges
from kiosk.hall.alerting import rounds, rules
from kiosk.hall_worker import QUEUE
from sync.ledger import Terminal
from tests.builders.cases import a_case_at
from tests.builders.machines import Machine
from tests.builders.many_terminals import a_fleet

ROOT = Path(__file__).resolve().parents[3]
DASHBOARD = ROOT / "deploy/grafana/jishiban.json"
RULES = ROOT / "deploy/prometheus/alerts.yml"
EXAMPLE = ROOT / "deploy/prometheus/prometheus.yml.example"
TOKEN = "a token that Prometheus has".replace(" ", "-")
NAME = re.compile(r"\bjishiban_\w+")


def figures(hall: Machine) -> dict[str, float]:
    """Every series by its name and the values of its labels."""
    page = hall.client().get("/metrics")
    assert page.status_code == 200
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }


def with_settings(hall: Machine, **settings: object) -> Machine:
    config = replace(hall.parts.config, **settings)
    hall.app.extensions["kiosk"] = replace(hall.parts, config=config)
    return hall


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_terminals_are_counted_by_standing_and_trouble(a_hall, kind):
    hall = a_hall(kind)
    a_fleet(hall, 2, clock.now(), reported_pending=3, reported_blobs=1)
    with hall.writing() as session:
        for each in session.scalars(select(Terminal).limit(1)):
            each.last_seen = clock.now() - rules.SILENT - timedelta(minutes=1)
            each.cloned_at = clock.now()
            each.reported_oldest_at = clock.now() - rules.OLD - timedelta(minutes=1)
    found = figures(hall)
    assert found["jishiban_terminals approved"] == 2
    assert (found["jishiban_terminals_lit red"], found["jishiban_terminals_lit green"]) == (1, 1)
    troubled = {k.split()[1]: v for k, v in found.items() if "troubled" in k and v}
    assert troubled == {"silent": 1, "identity": 1, "backlog": 1}
    assert found["jishiban_backlog_entries"] == 6
    assert found["jishiban_backlog_files"] == 2
    age = time.time() - found["jishiban_backlog_oldest_timestamp_seconds"]
    assert age == pytest.approx(4 * 3600 + 60, abs=30)
    assert found["jishiban_redis_up"] == 0
    assert "jishiban_workers" not in found


def test_cases_and_decisions_are_counted_whether_a_worker_counts_or_not(pair):
    hall = pair.hall
    cases = [a_case_at(pair.terminal) for _ in range(2)]
    pair.settle()
    with hall.reading() as session:
        first, second = session.scalars(
            select(Case.id).where(Case.number.in_([c.number for c in cases]))
        )
    before = figures(hall)
    assert before["jishiban_cases submitted"] == 2
    assert before["jishiban_entries_taken_total"] == 2
    assert before["jishiban_decisions_total accepted"] == 0
    hall.within(desk.decide, hall.parts, first, "accept", "clerk-1")
    assert figures(hall)["jishiban_decisions_total accepted"] == 1
    for _ in range(2):
        hall.within(gauges.count, hall.parts)
    hall.within(desk.decide, hall.parts, second, "accept", "clerk-1")
    after = figures(hall)
    assert after["jishiban_decisions_total accepted"] == 2
    # As the worker has counted them.
    assert (after["jishiban_cases accepted"], after["jishiban_cases submitted"]) == (1, 1)
    later = clock.now() + timedelta(minutes=11)
    with clock.use(lambda: later):
        assert figures(hall)["jishiban_cases accepted"] == 2


def test_strangers_are_refused_and_who_has_the_token_or_is_here_is_not(a_hall):
    hall = with_settings(a_hall(), metrics_token=TOKEN)
    client = hall.client()

    def status(address: str, **headers: str) -> int:
        named = {name.replace("_", "-"): each for name, each in headers.items()}
        environ = {"REMOTE_ADDR": address}
        return client.get("/metrics", headers=named, environ_overrides=environ).status_code

    assert status("127.0.0.1") == 200
    assert status("::1") == 200
    assert status("192.0.2.1") == 403
    assert status("192.0.2.1", Authorization=f"Bearer {TOKEN}") == 200
    assert status("192.0.2.1", Authorization=f"Bearer {TOKEN}x") == 403
    assert status("192.0.2.1", Authorization=f"Basic {TOKEN}") == 403
    assert status("127.0.0.1", Authorization="Bearer wrong") == 403
    # Through a server in front, on this machine, for somebody elsewhere.
    assert status("127.0.0.1", X_Forwarded_For="192.0.2.1") == 403
    with_settings(hall, metrics_token="")
    assert status("192.0.2.1", Authorization="Bearer ") == 403


def test_everything_that_dashboard_and_rules_name_is_there(a_hall, tmp_path):
    hall = a_hall()
    a_fleet(hall, 1, clock.now(), reported_oldest_at=clock.now())
    hall.within(rounds.look, hall.parts)
    with redis_server.running(tmp_path / "redis") as server:
        with_settings(hall, redis_url=server.url)
        server_queue(server.url)
        there = {name.split()[0] for name in figures(hall)} | {
            # Absent until there is one.
            "jishiban_backup_last_timestamp_seconds"
        }
    for file in (DASHBOARD, RULES):
        named = set(NAME.findall(file.read_text(encoding="utf-8")))
        assert named - there == set(), file.name
    shown = set(NAME.findall(DASHBOARD.read_text(encoding="utf-8")))
    assert there - shown == set(), "not on the dashboard"


def server_queue(url: str) -> None:
    with Redis.from_url(url) as client:
        client.sadd("rq:queues", f"rq:queue:{QUEUE}")


def test_dashboard_and_rules_are_what_grafana_and_prometheus_read():
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) > 10
    assert all(each["expr"] for panel in dashboard["panels"] for each in panel["targets"])
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert {"alert", "expr", "labels", "annotations"} <= rule.keys()
            assert rule["expr"].count("(") == rule["expr"].count(")")
            assert rule["annotations"]["summary"]
    (job,) = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert job["job_name"] in RULES.read_text(encoding="utf-8")


@pytest.mark.soak
def test_figures_of_twenty_thousand_terminals_cost_little(a_hall):
    hall = a_hall("postgresql")
    a_fleet(hall, 20_000, clock.now(), reported_pending=1)
    hall.within(rounds.look, hall.parts)
    figures(hall)
    times = []
    for _ in range(20):
        begun = time.perf_counter()
        figures(hall)
        times.append(time.perf_counter() - begun)
    print(
        f"metrics of 20,000 terminals: {min(times) * 1000:.0f} ms, median {sorted(times)[10]:.3f} s"
    )
    # The least: whoever else works on this machine makes the others longer.
    assert min(times) < 0.1
