"""The page of queues on a real Redis: what it tells, what an admin does, and that looking is free."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import event, select

from kiosk import hall_worker, redis_server
from kiosk.hall import job_queues
from kiosk.hall.alerting import findings
from kiosk.hall_worker import DUTIES, QUEUE, Worker
from kiosk.operators.audit import AuditRecord
from tests.builders.clerks import Person, signed_in
from tests.builders.machines import Machine

PAGE = "/queues"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[redis_server.RedisServer]:
    with redis_server.running(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def client(server) -> Iterator[Redis]:
    with Redis.from_url(server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def town(a_hall, server) -> Machine:
    """A hall with that Redis."""
    hall = a_hall()
    parts = hall.parts
    config = replace(parts.config, redis_url=server.url)
    hall.app.extensions["kiosk"] = replace(parts, config=config)
    return hall


@pytest.fixture
def admin(town) -> Person:
    return signed_in(town, "admin")


def the_queue(client: Redis) -> Queue:
    return Queue(QUEUE, connection=client, serializer=JSONSerializer)


def work(client: Redis) -> None:
    worker = Worker([the_queue(client)], connection=client, serializer=JSONSerializer)
    worker.log_job_description = False
    worker.work(burst=True, logging_level="CRITICAL")


def fail(client: Redis, *names: str) -> list[str]:
    """Let jobs for duties that there are not fail in a worker; return their ids."""
    queue = the_queue(client)
    jobs = [queue.enqueue("kiosk.hall_worker.perform", n, failure_ttl=600) for n in names]
    work(client)
    return [job.id for job in jobs]


def acts(hall: Machine) -> list[tuple[str, str]]:
    with hall.reading() as session:
        rows = session.execute(
            select(AuditRecord.act, AuditRecord.target).order_by(AuditRecord.seq)
        )
        return [(act, target) for act, target in rows if act.startswith("job.")]


def kept(client: Redis) -> dict[bytes, bytes | None]:
    return {key: client.dump(key) for key in client.scan_iter()}


def test_the_page_tells_of_queues_workers_and_failures_and_changes_nothing(town, admin, client):
    (job_id,) = fail(client, "no_such_duty")
    the_queue(client).enqueue("kiosk.hall_worker.perform", "alerts")
    worker = Worker([the_queue(client)], connection=client, serializer=JSONSerializer)
    worker.register_birth()
    # RQ would strike it off its list when it is asked for all workers.
    client.sadd("rq:workers", "rq:worker:gone")
    before = kept(client)
    page = admin.page(PAGE)
    assert kept(client) == before
    for words in (QUEUE, job_id, "no_such_duty", "LookupError", worker.name[:12]):
        assert words in page
    assert "没有后台进程在运行" not in page


def test_without_a_worker_the_page_says_what_does_not_happen(town, admin, client):
    assert "没有后台进程在运行" in admin.page(PAGE)


def test_without_redis_the_page_says_so_and_nothing_is_changed(a_hall):
    hall = a_hall()
    admin = signed_in(hall, "admin")
    assert "Redis 没有响应" in admin.page(PAGE)
    assert admin.send("/alerts/silence", f"{PAGE}/failed/retry").status_code == 303
    assert "什么也没有改动" in admin.page(PAGE)
    assert admin.get(f"{PAGE}/{QUEUE}/failed/x/delete").status_code == 303
    admin.send("/alerts/silence", f"{PAGE}/{QUEUE}/failed/x/delete")
    assert acts(hall) == []


def test_one_failed_job_or_all_go_again_which_is_recorded(town, admin, client):
    first, *_ = fail(client, "no_such_duty", "nor_this", "nor_that")
    one = f"{PAGE}/{QUEUE}/failed/{first}/retry"
    assert admin.send(PAGE, one).status_code == 303
    assert the_queue(client).get_job_ids() == [first]
    assert admin.send(PAGE, f"{PAGE}/failed/retry").status_code == 303
    assert the_queue(client).count == 3
    assert job_queues.state(client).failed == 0
    assert acts(town) == [("job.retried", first), ("job.retried", "all")]


def test_a_failed_job_is_forgotten_after_a_question(town, admin, client):
    (job_id,) = fail(client, "no_such_duty")
    asked = f"{PAGE}/{QUEUE}/failed/{job_id}/delete"
    assert "删除这个失败任务" in admin.page(asked)
    assert job_queues.state(client).failed == 1
    assert admin.send(asked, asked).status_code == 303
    assert job_queues.state(client).failed == 0
    assert client.keys(f"rq:job:{job_id}") == []
    assert acts(town) == [("job.deleted", job_id)]


@pytest.mark.parametrize(("verb", "left"), [("retry", 1), ("delete", 0)])
def test_redis_is_asked_before_the_record_for_which_others_wait(town, admin, client, verb, left):
    (job_id,) = fail(client, "no_such_duty")
    found = list[tuple[int, int]]()

    def hear(_connection, _cursor, statement, *_more) -> None:
        if statement.startswith("INSERT INTO audit"):
            found.append((job_queues.state(client).failed, the_queue(client).count))

    event.listen(town.engine, "before_cursor_execute", hear)
    base = f"{PAGE}/{QUEUE}/failed/{job_id}"
    # The question that is asked before has no address of its own to go again.
    admin.send(PAGE if verb == "retry" else f"{base}/delete", f"{base}/{verb}")
    event.remove(town.engine, "before_cursor_execute", hear)
    assert found == [(0, left)]


def test_what_two_admins_do_at_once_is_told_to_the_second(town, admin, client):
    (job_id,) = fail(client, "no_such_duty")
    base = f"{PAGE}/{QUEUE}/failed/{job_id}"
    token = admin.token(PAGE)
    job_queues.delete(client, QUEUE, job_id)
    for verb in ("retry", "delete"):
        admin.client.post(f"{base}/{verb}", data={"csrf_token": token})
        assert "这个任务已不在失败之列" in admin.page(PAGE)
    assert admin.get(f"{base}/delete").status_code == 409
    assert admin.get(f"{PAGE}/another/failed/{job_id}/delete").status_code == 404
    assert acts(town) == []


def test_an_auditor_looks_and_does_nothing(town, client):
    (job_id,) = fail(client, "no_such_duty")
    auditor = signed_in(town, "auditor")
    assert "重试" not in auditor.page(PAGE)
    base = f"{PAGE}/{QUEUE}/failed/{job_id}"
    assert auditor.get(f"{base}/delete").status_code == 403
    for path in (f"{base}/delete", f"{base}/retry", f"{PAGE}/failed/retry"):
        assert auditor.send("/alerts", path).status_code == 403
    assert signed_in(town, "clerk").get(PAGE).status_code == 403
    assert job_queues.state(client).failed == 1


def test_many_failures_are_read_page_by_page_newest_first(client):
    ids = fail(client, *["no_such_duty"] * (job_queues.PAGE + 3))
    first, second = job_queues.failed(client, 1), job_queues.failed(client, 2)
    assert (len(first), len(second)) == (job_queues.PAGE, 3)
    assert {job.id for job in (*first, *second)} == set(ids)
    assert job_queues.failed(client, 3) == []


@pytest.mark.parametrize(
    "line",
    [
        "ValueError: invalid literal for int(): '张三'",
        "ValueError: no case of 110101199001011234 here",
        'KeyError: "13800001111"',
        "DataError: 前溪社区 张三",
    ],
)
def test_an_error_is_shown_without_what_it_may_quote(line):
    shown = job_queues.redacted(line)
    assert shown.startswith(line.partition(":")[0])
    assert not any(word in shown for word in ("张三", "110101", "1380000", "前溪"))


def test_the_duty_of_the_alerts_is_done_by_a_worker(town, client):
    hall_worker.take_up(town.parts)
    called = hall_worker.call_due(client, the_queue(client))
    assert set(called) == {duty.name for duty in DUTIES}
    with town.app.app_context():
        work(client)
    assert job_queues.state(client).failed == 0
    with town.reading() as session:
        found = findings.found(session, town.parts, hall_worker.service.clock.now())
    assert ("queue", "") not in found
    fail(client, "no_such_duty")
    with town.reading() as session:
        found = findings.found(session, town.parts, hall_worker.service.clock.now())
    assert ("queue", "") in found
