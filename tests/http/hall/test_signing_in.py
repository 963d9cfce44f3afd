"""Who gets into the hall, and where they are led."""

import pytest

from kiosk.operators import service
from tests.builders.clerks import PASSWORD, a_stranger, an_account, signed_in

PAGES = ["/desk", "/desk/some-case", "/terminals", "/terminals/invite", "/operators"]


def test_an_unknown_address_is_a_page_in_the_look_of_the_hall(a_hall):
    answer = a_stranger(a_hall()).get("/nowhere")
    assert answer.status_code == 404
    assert 'data-device="desk"' in answer.text
    assert "css/app" in answer.text


def test_a_refused_page_has_the_bar_of_every_page_and_a_title_in_words(a_hall):
    answer = signed_in(a_hall(), "clerk").get("/operators")
    assert answer.status_code == 403
    assert "<title>您没有权限查看 · " in answer.text
    for part in ('href="/desk"', 'name="lang"', "退出登录"):
        assert part in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_led_to_the_sign_in_page_and_back_again(a_hall, page):
    answer = a_stranger(a_hall()).get(page)
    assert answer.status_code == 303
    assert answer.location == f"/sign-in?next={page}"


@pytest.mark.parametrize(
    ("role", "first_page"),
    [("clerk", "/desk"), ("admin", "/terminals"), ("auditor", "/terminals")],
)
def test_everybody_begins_where_they_work(a_hall, role, first_page):
    person = signed_in(a_hall(), role)
    assert person.get("/").location == first_page


def test_signing_in_leads_on_to_the_page_that_was_asked_for(a_hall):
    hall = a_hall()
    an_account(hall, "clerk")
    stranger = a_stranger(hall)
    sent = stranger.send(
        "/sign-in", "/sign-in?next=/desk?state=all", username="clerk", password=PASSWORD
    )
    assert sent.location == "/desk?state=all"


@pytest.mark.parametrize("outside", ["//evil.test", "https://evil.test", "/\\evil.test", "/a\r\nb"])
def test_signing_in_never_leads_outside(a_hall, outside):
    hall = a_hall()
    an_account(hall, "clerk")
    stranger = a_stranger(hall)
    token = stranger.token("/sign-in")
    sent = stranger.client.post(
        "/sign-in",
        query_string={"next": outside},
        data={"csrf_token": token, "username": "clerk", "password": PASSWORD},
    )
    assert sent.location == "/"


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(a_hall):
    hall = a_hall()
    an_account(hall, "clerk")
    stranger = a_stranger(hall)
    wrong = stranger.send("/sign-in", "/sign-in", username="clerk", password="wrong")
    unknown = stranger.send("/sign-in", "/sign-in", username="clerk2", password="wrong")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert "用户名或密码不对" in wrong.get_data(as_text=True)
    assert "用户名或密码不对" in unknown.get_data(as_text=True)


def test_staff_of_a_station_have_no_business_at_the_hall(a_hall):
    hall = a_hall()
    an_account(hall, "staff", stations=("320582100008",))
    stranger = a_stranger(hall)
    sent = stranger.send("/sign-in", "/sign-in", username="staff", password=PASSWORD)
    assert sent.status_code == 403
    assert stranger.get("/desk").status_code == 303


def test_a_closed_account_is_out_with_its_next_request(a_hall):
    hall = a_hall()
    clerk = signed_in(hall, "clerk")
    assert clerk.get("/desk").status_code == 200
    hall.within(service.disable, clerk.operator_id)
    assert clerk.get("/desk").status_code == 303


def test_after_signing_out_the_old_page_is_neither_served_nor_kept(a_hall):
    clerk = signed_in(a_hall(), "clerk")
    assert clerk.get("/desk").headers["Cache-Control"] == "no-store"
    sent = clerk.send("/desk", "/sign-out")
    assert sent.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert clerk.get("/desk").status_code == 303


def test_a_form_without_its_token_changes_nothing(a_hall):
    clerk = signed_in(a_hall(), "clerk")
    assert clerk.client.post("/sign-out").status_code == 400
    assert clerk.get("/desk").status_code == 200


def test_the_chosen_language_stays(a_hall):
    person = a_stranger(a_hall())
    assert person.send("/sign-in", "/language", lang="en", back="/sign-in").location == "/sign-in"
    assert "Sign in to the service centre" in person.page("/sign-in")
