"""Promises that were decided on without proof: listed when due, verified once, the result kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from kiosk import clock
from kiosk.cases import desk, kept_promises, service
from kiosk.cases.desk_model import KeptPromise
from kiosk.cases.help.model import HelpRecord
from tests.builders.cases import a_submission
from tests.builders.clerks import signed_in

#: Its applicants may promise in writing instead of bringing proof.
WITH_A_PROMISE = "GA-001"
NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)


def approved(pair, clerk, *, promised: bool, key: str = "one") -> str:
    with clock.use(lambda: NOW):
        filled = a_submission(pair.terminal, WITH_A_PROMISE).submission()
        made = pair.terminal.within(
            service.submit,
            pair.terminal.parts,
            replace(filled, commitment=promised),
            f"promised-{promised}-{key}",
        )
        pair.settle()
        for verb in ("accept", "approve"):
            pair.hall.within(desk.decide, pair.hall.parts, made.case_id, verb, clerk.operator_id)
    return made.case_id


def test_only_what_was_decided_on_a_promise_is_to_be_verified(small_pair):
    clerk = signed_in(small_pair.hall, "clerk")
    promised = approved(small_pair, clerk, promised=True)
    plain = approved(small_pair, clerk, promised=False)
    page = clerk.page("/follow-ups")
    assert promised in page
    assert plain not in page
    with clock.use(lambda: datetime(2027, 1, 4, 2, 0, tzinfo=UTC)):
        assert "light_red" in clerk.page("/follow-ups")


def test_beyond_the_first_the_page_says_that_there_are_more(small_pair, monkeypatch):
    clerk = signed_in(small_pair.hall, "clerk")
    approved(small_pair, clerk, promised=True)
    assert "只列出前" not in clerk.page("/follow-ups")
    monkeypatch.setattr("kiosk.hall.follow_ups.MOST", 1)
    assert "只列出前" not in clerk.page("/follow-ups")
    approved(small_pair, clerk, promised=True, key="another")
    assert "只列出前 1 件" in clerk.page("/follow-ups")


def test_beyond_the_first_pre_checks_the_page_says_that_more_wait(small_pair, monkeypatch):
    clerk = signed_in(small_pair.hall, "clerk")
    with small_pair.hall.writing() as session:
        for name in ("one", "two"):
            kind = {"kind": "pre_check", "state": "sent", "item": WITH_A_PROMISE}
            where = {"terminal_id": "t", "station_code": "s", "on_day": NOW.date()}
            session.add(HelpRecord(id=name, **kind, **where))
    monkeypatch.setattr("kiosk.hall.help_service.MOST", 2)
    assert "只列出前" not in clerk.page("/help-service")
    monkeypatch.setattr("kiosk.hall.help_service.MOST", 1)
    page = clerk.page("/help-service")
    assert "只列出前 1 件" in page
    assert '<span class="soft number">1+</span>' in page


@pytest.mark.parametrize(("day", "said"), [(25, False), (30, True), (34, True)])
def test_the_list_of_cases_says_which_promises_are_to_be_verified_soon(small_pair, day, said):
    approved(small_pair, signed_in(small_pair.hall, "clerk"), promised=True)
    # The day is the second of January.
    then = datetime(2026, 12, 1, 2, 0, tzinfo=UTC) + timedelta(days=day - 1)
    with clock.use(lambda: then):
        page = signed_in(small_pair.hall, "clerk", "other").page("/desk")
    assert ("有 1 件告知承诺要在 3 个工作日内核查" in page) is said


def test_a_broken_promise_needs_words_and_is_recorded_once(small_pair):
    clerk = signed_in(small_pair.hall, "clerk")
    case = approved(small_pair, clerk, promised=True)
    path = f"/follow-ups/{case}"
    assert clerk.send("/follow-ups", path).status_code == 422
    assert clerk.send("/follow-ups", path, found="revoked").status_code == 422
    token = clerk.token("/follow-ups")
    sent = {"csrf_token": token, "found": "revoked", "note": "实地核查，收入不符"}
    assert clerk.client.post(path, data=sent).status_code == 303
    assert clerk.client.post(path, data=sent).status_code == 409
    assert case not in clerk.page("/follow-ups")
    assert "收入不符" in clerk.page(f"/desk/{case}")
    with small_pair.hall.reading() as session:
        (kept,) = session.scalars(select(KeptPromise)).all()
    assert kept.state == "revoked"
    assert "收入".encode() not in kept.body


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2026, 11, 2), date(2027, 1, 2)),
        (date(2026, 12, 31), date(2027, 2, 28)),
        (date(2027, 12, 31), date(2028, 2, 29)),
    ],
)
def test_two_months_end_on_a_day_that_exists(day, later):
    assert kept_promises.months_later(day) == later
