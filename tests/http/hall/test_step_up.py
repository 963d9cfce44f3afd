"""Before something dangerous the password is asked for again, and leads back to the act."""

from datetime import timedelta

import pytest

from kiosk import clock
from kiosk.operators.audit import AuditRecord
from tests.builders.clerks import PASSWORD, an_account, signed_in
from tests.builders.machines import STATION


@pytest.fixture
def admin(small_pair):
    return signed_in(small_pair.hall, "admin")


def age(person, minutes):
    """Let the password have been shown so long ago; the session itself goes on."""
    with person.client.session_transaction() as cookie:
        cookie["began"] = (clock.now() - timedelta(minutes=minutes)).isoformat()
        cookie.pop("proved", None)


def acts(hall):
    with hall.reading() as session:
        return [each.act for each in session.query(AuditRecord).order_by(AuditRecord.seq)]


def test_a_fresh_password_is_enough(admin):
    assert "停用" in admin.page("/terminals/100001/revoke")


def test_an_old_one_is_asked_for_and_leads_back_to_the_page(small_pair, admin):
    age(admin, 6)
    asked = admin.get("/terminals/100001/revoke")
    assert asked.status_code == 303
    confirm = asked.headers["Location"]
    assert confirm.startswith("/confirm?next=/terminals/100001/revoke")
    back = admin.send(confirm, confirm, password=PASSWORD)
    assert (back.status_code, back.headers["Location"]) == (303, "/terminals/100001/revoke")
    assert admin.get("/terminals/100001/revoke").status_code == 200
    assert acts(small_pair.hall)[-1] == "step_up.passed"


def test_an_act_with_an_old_password_stores_nothing_and_leads_back_to_its_page(small_pair, admin):
    token = admin.token("/terminals/100001/revoke")
    age(admin, 6)
    before = small_pair.hall.row_counts()
    sent = admin.client.post("/terminals/100001/revoke", data={"csrf_token": token})
    assert sent.headers["Location"].startswith("/confirm?next=/terminals/100001/revoke")
    assert small_pair.hall.row_counts() == before
    assert small_pair.known_terminal().standing == "approved"


def test_an_act_without_a_page_of_its_own_leads_back_to_where_it_was_asked(small_pair, admin):
    other = an_account(small_pair.hall, "clerk")
    page = f"/operators/{other}"
    token = admin.token(page)
    age(admin, 6)
    sent = admin.client.post(
        f"{page}/disable",
        data={"csrf_token": token},
        headers={"Referer": f"http://localhost{page}"},
    )
    assert sent.headers["Location"].startswith(f"/confirm?next={page}&")
    assert "close" not in str(acts(small_pair.hall))


@pytest.mark.parametrize(
    "path",
    [
        "/departments",
        "/departments/items",
        "/departments/items/MZ-001/take-back",
        "/terminals/invite",
        "/terminals/100001/approve",
        "/quarantine/100001/1/1/correct",
        "/terminals/100001/pause",
        "/alerts/silence",
    ],
)
def test_what_lets_in_or_lets_nobody_hear_asks_for_an_old_password_again(small_pair, admin, path):
    token = admin.token("/terminals/100001/revoke")
    age(admin, 6)
    before = small_pair.hall.row_counts()
    sent = admin.client.post(path, data={"csrf_token": token, "body": "{}", "why": "x"})
    assert sent.status_code == 303
    assert sent.headers["Location"].startswith("/confirm?next=")
    assert small_pair.hall.row_counts() == before


def test_a_badge_is_shown_after_the_password_which_leads_back_to_it(small_pair, admin):
    badge = f"/operators/{an_account(small_pair.hall, 'staff', stations=(STATION,))}/badge"
    age(admin, 6)
    confirm = admin.get(badge).headers["Location"]
    assert confirm.startswith(f"/confirm?next={badge}")
    assert admin.send(confirm, confirm, password=PASSWORD).headers["Location"] == badge
    assert admin.get(badge).status_code == 200


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_records_leave_the_house_after_the_password(admin, form):
    export = f"/audit/records.{form}?act=step_up.passed"
    age(admin, 6)
    confirm = admin.get(export).headers["Location"]
    assert admin.send(confirm, confirm, password=PASSWORD).headers["Location"] == export
    assert b"step_up.passed" in admin.get(export).data


def test_a_wrong_password_leads_nowhere_is_recorded_and_locks_after_five(small_pair, admin):
    age(admin, 6)
    answers = [
        admin.send("/confirm", "/confirm?next=/terminals", password="wrong").status_code
        for _ in range(6)
    ]
    assert answers == [401] * 5 + [429]
    assert admin.get("/terminals/100001/revoke").status_code == 303
    told = acts(small_pair.hall)
    assert told.count("step_up.failed") == 5
    assert told[-1] == "step_up.locked"


def test_it_never_leads_outside(admin):
    sent = admin.send("/confirm", "/confirm?next=https://example.com/", password=PASSWORD)
    assert sent.headers["Location"] == "/"


def test_a_clock_that_was_set_back_asks_again(admin):
    age(admin, -3)
    assert admin.get("/terminals/100001/revoke").status_code == 303
