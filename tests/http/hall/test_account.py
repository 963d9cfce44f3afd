"""One account: its rights, its password, its sessions; each change signs it out at once."""

import pytest

from kiosk.operators import departments
from kiosk.operators.model import Operator
from tests.builders.clerks import PASSWORD, a_stranger, signed_in
from tests.builders.machines import STATION


@pytest.fixture
def hall(small_pair):
    with small_pair.hall.writing() as session:
        departments.set_up(session, small_pair.hall.parts.catalogue, "command")
    return small_pair.hall


@pytest.fixture
def admin(hall):
    return signed_in(hall, "admin")


@pytest.fixture
def clerk(hall):
    return signed_in(hall, "clerk")


def account(hall, person):
    with hall.reading() as session:
        return session.get_one(Operator, person.operator_id)


def act(admin, person, name, **values):
    page = f"/operators/{person.operator_id}"
    return admin.send(page, f"{page}/{name}", **values)


def test_it_shows_when_the_account_was_used_last(hall, admin, clerk):
    assert account(hall, clerk).last_sign_in is not None
    assert "最近登录" in admin.page(f"/operators/{clerk.operator_id}")


def test_other_departments_take_hold_and_sign_the_clerk_out(hall, admin, clerk):
    sent = act(admin, clerk, "rights", role="clerk", departments=["RS", "YB"])
    assert sent.status_code == 303
    assert account(hall, clerk).department_codes == ["RS", "YB"]
    assert clerk.get("/desk").status_code == 303


def test_who_becomes_staff_reaches_their_station(hall, admin, clerk, small_pair):
    act(admin, clerk, "rights", role="staff", stations=STATION, departments="RS")
    found = account(hall, clerk)
    assert (found.role, found.station_codes, found.department_codes) == ("staff", [STATION], [])
    small_pair.pull()
    assert account(small_pair.terminal, clerk).is_staff_of(STATION)


def test_who_leaves_a_station_is_taken_off_its_terminal(hall, admin, clerk, small_pair):
    act(admin, clerk, "rights", role="staff", stations=STATION)
    act(admin, clerk, "rights", role="clerk")
    small_pair.pull()
    assert not account(small_pair.terminal, clerk).is_staff_of(STATION)


@pytest.mark.parametrize(
    "values",
    [
        {"role": "staff"},
        {"role": "staff", "stations": "999999999999"},
        {"role": "clerk", "departments": "NO"},
        {"role": "king"},
    ],
)
def test_what_there_is_not_is_refused_and_nothing_changes(hall, admin, clerk, values):
    before = account(hall, clerk).version
    assert act(admin, clerk, "rights", **values).status_code == 422
    assert account(hall, clerk).version == before


def test_nobody_changes_their_own_role(hall, admin):
    sent = admin.send("/operators", f"/operators/{admin.operator_id}/rights", role="auditor")
    assert sent.status_code == 409
    assert account(hall, admin).role == "admin"


def test_a_new_password_is_shown_once_and_the_old_one_is_no_more(hall, admin, clerk):
    shown = act(admin, clerk, "password").get_data(as_text=True)
    password = shown.split('fingerprint_code">')[1].split("<")[0]
    assert clerk.get("/desk").status_code == 303
    stranger = a_stranger(hall)
    old = stranger.send("/sign-in", "/sign-in", username="clerk", password=PASSWORD)
    new = stranger.send("/sign-in", "/sign-in", username="clerk", password=password)
    assert (old.status_code, new.status_code) == (401, 303)


@pytest.mark.parametrize("name", ["sessions", "disable"])
def test_ending_sessions_and_closing_take_hold_with_the_next_request(admin, clerk, name):
    assert clerk.get("/desk").status_code == 200
    assert act(admin, clerk, name).status_code == 303
    assert clerk.get("/desk").status_code == 303
    assert clerk.client.get("/api/v1/cases").status_code == 401
