"""What people at a terminal see between a restore and its contact with the hall."""

import json

import pytest

from sync import recovery
from tests.builders.cases import a_submission

RECOVERING = "本终端刚从备份恢复"


@pytest.fixture
def restored(small_pair):
    with small_pair.terminal.writing() as session:
        recovery.declare_restored(session)
    return small_pair


def test_a_resident_is_told_before_anything_is_filled_in(restored, resident):
    resident.open("/")
    assert RECOVERING in resident.text
    resident.open("/items/RS-001")
    resident.send({}, "/items/RS-001/apply")
    assert resident.status == 503
    assert RECOVERING in resident.text
    assert restored.recover()
    resident.open("/")
    assert RECOVERING not in resident.text


def test_a_program_and_a_tablet_are_told_with_a_code_and_nothing_is_stored(restored):
    before = restored.terminal.row_counts()
    body = a_submission(restored.terminal).body()
    with_pictures = restored.terminal.row_counts()
    headers = {"Idempotency-Key": "k" * 20, "Accept-Language": "en"}
    answer = restored.terminal.client().post("/api/v1/cases", json=body, headers=headers)
    problem = json.loads(answer.get_data())
    assert (answer.status_code, problem["code"]) == (503, "terminal_recovering")
    assert "restored" in problem["title"]
    assert restored.terminal.row_counts() == with_pictures
    assert before["journal"] == 0


def test_staff_see_why_and_the_code_of_the_machine(agent, small_pair):
    with small_pair.terminal.writing() as session:
        recovery.declare_restored(session)
    agent.open("/staff")
    assert RECOVERING in agent.text
    assert f"本机代码：{small_pair.peer().life_id[:8]}" in agent.text


def test_health_says_that_no_case_is_taken(restored):
    answer = restored.terminal.client().get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json()["parts"]["recovery"] == {"ok": False, "reason": "restored"}
    assert restored.recover()
    assert restored.terminal.client().get("/healthz").get_json()["parts"]["recovery"]["ok"]
