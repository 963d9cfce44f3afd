"""Signing: everything that is signed is shown, and two taps at the same moment make one case."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
import urllib3
from flask import Flask
from werkzeug.serving import make_server

from kiosk import clock, workdays
from kiosk.cases.deferral import due_on
from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Forms, Resident, good

ITEM = ITEMS["MZ-006"]
SIGN = f"/items/{ITEM.code}/apply/sign"


@pytest.fixture
def applicant(resident: Resident) -> Resident:
    """A resident who has given every paper but one, which follows later."""
    resident.apply_for(ITEM, good(ITEM))
    listed = resident.at
    resident.open(f"{listed}/social_card_account")
    resident.send(action="/later")
    resident.give_all_materials(but="social_card_account")
    return resident


def due() -> date:
    day = due_on(ITEM, clock.today())
    assert day is not None
    return day


def in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def test_all_that_is_signed_is_shown_and_the_promised_day_is_told_up_to_the_receipt(
    applicant: Resident,
) -> None:
    day = in_words(due())
    assert day in applicant.text  # on the page of answers
    applicant.open(SIGN)
    for label in ("户籍地址", "居民身份证", "社会保障卡发放账户"):
        assert label in applicant.text
    assert f"本人承诺在{day}前补交社会保障卡发放账户" in applicant.text
    assert good(ITEM)["applicant"]["id_number"] not in applicant.page
    applicant.send({"confirm": "yes", "commitment": "yes"}, action="/apply/submit")
    assert "还要补交" in applicant.text and day in applicant.text
    number = applicant.number
    applicant.open("/progress")
    tail = good(ITEM)["applicant"]["id_number"][-4:]
    applicant.send({"number": number, "id_tail": tail})
    assert "还要补交" in applicant.text and day in applicant.text


def test_a_promise_whose_day_has_moved_is_shown_again_before_it_is_signed(
    applicant: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant.open(SIGN)
    tomorrow = workdays.add(clock.today(), 1)
    monkeypatch.setattr("kiosk.terminal.supplying.clock.today", lambda: tomorrow)
    applicant.send({"confirm": "yes", "commitment": "yes"}, action="/apply/submit")
    assert applicant.status == 409


def test_a_page_of_another_application_signs_nothing(applicant: Resident, small_pair: Pair) -> None:
    applicant.open(SIGN)
    applicant.send({"confirm": "yes", "commitment": "yes", "key": "0" * 36}, action="/apply/submit")
    assert applicant.status == 409
    assert small_pair.terminal.row_counts()["cases"] == 0


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application on a real socket, a thread for each request; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    serving.join()
    server.server_close()


def hand_in(address: str, action: str, form: dict[str, str], cookie: str) -> str:
    """Send the form and follow to the receipt, as a browser with this cookie; its number."""
    answer = urllib3.request(
        "POST",
        address + action,
        fields=form,
        headers={"Cookie": f"terminal_session={cookie}"},
        redirect=False,
        timeout=60.0,
    )
    kept = answer.headers["Set-Cookie"].split(";")[0]
    receipt = urllib3.request(
        "GET", address + answer.headers["Location"], headers={"Cookie": kept}, timeout=60.0
    )
    found = re.search(r'receipt__number">([\d ]+)<', receipt.data.decode())
    assert found
    return found[1]


def test_two_taps_at_the_same_moment_make_one_case(applicant: Resident, small_pair: Pair) -> None:
    applicant.open(SIGN)
    action, hidden = next(
        form for form in Forms(applicant.page).forms if "/apply/submit" in form[0]
    )
    cookie = applicant.browser.get_cookie("terminal_session")
    assert cookie is not None and len(hidden["key"]) == 36
    form = {**hidden, "confirm": "yes", "commitment": "yes"}
    ready, numbers = threading.Barrier(2), list[str]()

    def tap(address: str) -> None:
        ready.wait()
        numbers.append(hand_in(address, action, form, cookie.value))

    with served(small_pair.terminal.app) as address:
        taps = [threading.Thread(target=tap, args=(address,)) for _ in range(2)]
        for each in taps:
            each.start()
        for each in taps:
            each.join()
    assert len(numbers) == 2 and len(set(numbers)) == 1
    assert small_pair.terminal.row_counts()["cases"] == 1
