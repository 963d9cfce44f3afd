"""Accounts as an admin opens and closes them."""

import re

import pytest

from kiosk.operators.model import Operator
from tests.builders.clerks import PASSWORD, a_stranger, an_account, signed_in

NEW = "/operators/new"


def opened(admin, **values):
    details = {"username": "sun", "display_name": "孙丽", "role": "clerk", "password": ""}
    return admin.send(NEW, "/operators", **{**details, **values})


def test_a_password_that_was_not_chosen_is_shown_once_and_works(a_hall):
    hall = a_hall()
    admin = signed_in(hall, "admin")
    answer = opened(admin)
    assert answer.status_code == 201
    shown = re.search(r"[a-z2-9]{16}(?=</p>)", answer.get_data(as_text=True))[0]
    assert shown not in admin.page("/operators")
    sent = a_stranger(hall).send("/sign-in", "/sign-in", username="sun", password=shown)
    assert sent.status_code == 303


def test_a_chosen_password_is_never_shown(a_hall):
    answer = opened(signed_in(a_hall(), "admin"), password=PASSWORD)
    assert answer.status_code == 201
    assert PASSWORD not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("username", {"username": ""}),
        ("username", {"username": "孙 丽"}),
        ("username", {"username": "x" * 41}),
        ("username", {"username": "admin"}),
        ("display_name", {"display_name": " "}),
        ("role", {"role": "root"}),
        ("password", {"password": "short"}),
        ("stations", {"role": "staff"}),
        ("stations", {"role": "staff", "stations": "1"}),
    ],
)
def test_a_wrong_detail_is_named_at_its_field_and_nothing_is_opened(a_hall, field, values):
    hall = a_hall()
    admin = signed_in(hall, "admin")
    answer = opened(admin, **values)
    assert answer.status_code in (409, 422)
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    with hall.reading() as session:
        assert session.query(Operator).count() == 1


def test_no_page_shows_a_hash(a_hall):
    hall = a_hall()
    an_account(hall, "clerk")
    assert "argon2" not in signed_in(hall, "admin").page("/operators")


def test_an_admin_closes_an_account_but_not_their_own(a_hall):
    hall = a_hall()
    clerk = an_account(hall, "clerk")
    admin = signed_in(hall, "admin")
    assert admin.send("/operators", f"/operators/{clerk}/disable").status_code == 303
    own = admin.send("/operators", f"/operators/{admin.operator_id}/disable")
    assert own.status_code == 409
    with hall.reading() as session:
        assert not session.get_one(Operator, clerk).active
        assert session.get_one(Operator, admin.operator_id).active


@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_accounts_are_the_admins_alone(a_hall, role):
    person = signed_in(a_hall(), role)
    assert person.get("/operators").status_code == 403
    assert person.get(NEW).status_code == 403
    assert person.send("/desk", "/operators", username="x").status_code == 403
