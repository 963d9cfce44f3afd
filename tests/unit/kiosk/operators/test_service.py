"""Accounts: opened, changed, closed, locked out, and told to the terminals that need them."""

import threading
import time
from datetime import timedelta

import orjson
import pytest

from kiosk import clock
from kiosk.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated
from kiosk.hall import enrolment
from kiosk.operators import service
from kiosk.operators.model import FailedSignIn, Operator
from kiosk.operators.replica import take_over
from sync import feed
from tests.builders.machines import STATION, Machine, Pair, enrolled

PASSWORD = "correct horse battery"
ELSEWHERE = "320582100004"


def a_member_of_staff(hall: Machine, name: str = "li.ming", *stations: str) -> Operator:
    return hall.within(service.create, name, "李明", "staff", PASSWORD, stations or (STATION,))


def sign_in(machine: Machine, name: str, password: str = PASSWORD, address: str = "10.0.0.1"):
    return machine.within(service.sign_in, name, password, address)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": ""}, "username"),
        ({"username": "王芳"}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "a\x00"}, "username"),
        ({"role": "king"}, "role"),
        ({"password": "x" * 11}, "password"),
    ],
)
def test_a_wrong_account_is_named_by_its_field_and_not_opened(hall, change, field):
    account = {"username": "a", "display_name": "A", "role": "clerk", "password": PASSWORD}
    with pytest.raises(Invalid) as caught:
        hall.within(service.create, **{**account, **change})
    assert [problem.path for problem in caught.value.fields] == [field]
    assert hall.row_counts()["operator"] == 0


def test_a_name_is_given_once(hall):
    a_member_of_staff(hall)
    with pytest.raises(Conflict):
        a_member_of_staff(hall)


def test_a_name_that_two_ask_for_at_once_is_given_once(hall):
    results: list[str] = []

    def create() -> None:
        try:
            a_member_of_staff(hall)
            results.append("opened")
        except Conflict:
            results.append("taken")

    threads = [threading.Thread(target=create) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["opened", "taken", "taken", "taken"]


def test_five_failures_lock_the_account_wherever_they_came_from(hall):
    a_member_of_staff(hall)
    for number in range(5):
        with pytest.raises(Unauthenticated):
            sign_in(hall, "li.ming", "wrong", f"10.0.0.{number}")
    with pytest.raises(TooMany):
        sign_in(hall, "li.ming", PASSWORD, "10.0.9.9")


def test_thirty_failures_from_an_address_lock_it_for_every_account(hall):
    a_member_of_staff(hall)
    for number in range(30):
        with pytest.raises(Unauthenticated):
            sign_in(hall, f"guess-{number}")
    with pytest.raises(TooMany):
        sign_in(hall, "li.ming")
    assert sign_in(hall, "li.ming", address="10.0.9.9").username == "li.ming"


def test_four_failures_lock_nothing(hall):
    a_member_of_staff(hall)
    for _ in range(4):
        with pytest.raises(Unauthenticated):
            sign_in(hall, "li.ming", "wrong")
    assert sign_in(hall, "li.ming")


def test_a_lock_ends_after_fifteen_minutes_and_leaves_nothing(hall):
    a_member_of_staff(hall)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            sign_in(hall, "li.ming", "wrong")
    later = clock.now() + timedelta(minutes=15, seconds=1)
    with clock.use(lambda: later):
        assert sign_in(hall, "li.ming")
    with hall.reading() as session:
        assert session.query(FailedSignIn).count() == 0


def test_failures_of_a_clock_that_ran_ahead_lock_nothing_and_are_wiped(hall):
    a_member_of_staff(hall)
    ahead = clock.now() + timedelta(days=2000)
    with clock.use(lambda: ahead):
        for _ in range(5):
            with pytest.raises(Unauthenticated):
                sign_in(hall, "li.ming", "wrong")
        with pytest.raises(TooMany):
            sign_in(hall, "li.ming")
    assert sign_in(hall, "li.ming")
    with hall.reading() as session:
        assert session.query(FailedSignIn).count() == 0


def test_a_disabled_account_is_answered_like_a_wrong_password(hall):
    operator = a_member_of_staff(hall)
    hall.within(service.disable, operator.id)
    with pytest.raises(Unauthenticated, match="sign_in_failed"):
        sign_in(hall, "li.ming")


def test_an_account_that_there_is_not_cannot_be_disabled(hall):
    with pytest.raises(NotFound):
        hall.within(service.disable, "nobody")


# ---- told to terminals ----------------------------------------------------------------------------


def told(pair: Pair) -> list[dict]:
    with pair.hall.reading() as session:
        return [orjson.loads(item.body) for item in feed.since(session, pair.terminal_id, 0)]


def test_staff_are_told_to_the_terminals_of_their_stations_only(pair, a_terminal):
    other = enrolled(pair.hall, a_terminal(), ELSEWHERE)
    a_member_of_staff(pair.hall)
    assert [body["username"] for body in told(pair)] == ["li.ming"]
    assert told(other) == []


def test_a_terminal_that_is_approved_later_is_told_of_all_its_staff(hall, a_terminal):
    a_member_of_staff(hall, "one")
    a_member_of_staff(hall, "two", ELSEWHERE, STATION)
    a_member_of_staff(hall, "three", ELSEWHERE)
    pair = enrolled(hall, a_terminal())
    assert sorted(body["username"] for body in told(pair)) == ["one", "two"]
    hall.within(enrolment.approve, "100001")
    assert len(told(pair)) == 2


def test_clerks_stay_at_the_hall(pair):
    pair.hall.within(service.create, "wang.fang", "王芳", "clerk", PASSWORD)
    assert told(pair) == []


@pytest.mark.usefixtures("own_hashing")
def test_no_password_travels_and_its_hash_signs_in(pair):
    a_member_of_staff(pair.hall)
    (body,) = told(pair)
    assert PASSWORD not in str(body)
    assert body["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    pair.pull()
    assert sign_in(pair.terminal, "li.ming").display_name == "李明"


def test_changes_reach_the_terminal_and_disabling_twice_is_told_once(pair):
    operator = a_member_of_staff(pair.hall)
    pair.pull()
    for _ in range(2):
        pair.hall.within(service.disable, operator.id)
    assert len(told(pair)) == 2
    pair.pull()
    with pair.terminal.reading() as session:
        replica = session.get_one(Operator, operator.id)
    assert (replica.active, replica.version) == (False, 2)


def a_body(version: int, **changes: object) -> dict:
    return {
        "id": "o-1",
        "username": "li.ming",
        "display_name": "李明",
        "role": "staff",
        "password_hash": "x",
        "stations": [STATION],
        "active": True,
        "version": version,
        **changes,
    }


def test_an_older_version_changes_nothing(terminal):
    for body in (a_body(3, active=False), a_body(2), a_body(1)):
        with terminal.writing() as session:
            take_over(session, body)
    with terminal.reading() as session:
        assert session.get_one(Operator, "o-1").active is False


def test_a_name_that_was_given_to_somebody_else_is_theirs(terminal):
    for body in (a_body(1), a_body(1, id="o-2")):
        with terminal.writing() as session:
            take_over(session, body)
    with terminal.reading() as session:
        assert [operator.id for operator in session.query(Operator)] == ["o-2"]


@pytest.mark.parametrize("name", ["li.ming", "nobody"])
def test_guesses_sent_at_once_are_counted_before_they_are_looked_at(hall, name, monkeypatch):
    a_member_of_staff(hall)
    looked_at: list[str] = []

    def slow(_hash: str | None, password: str) -> bool:
        looked_at.append(password)
        time.sleep(0.3)
        return False

    monkeypatch.setattr(service, "is_correct", slow)
    answers: list[type[Exception]] = []
    together = threading.Barrier(12)

    def guess(password: str) -> None:
        together.wait()
        try:
            sign_in(hall, name, password, address=f"10.0.0.{len(password)}")
        except (TooMany, Unauthenticated) as refusal:
            answers.append(type(refusal))

    threads = [threading.Thread(target=guess, args=("x" * n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == service.MAX_FAILURES
    assert answers.count(TooMany) == 12 - service.MAX_FAILURES


def test_a_right_password_counts_as_no_failure(hall):
    a_member_of_staff(hall)
    for _ in range(2 * service.MAX_FAILURES):
        sign_in(hall, "li.ming")
    with hall.reading() as session:
        assert session.query(FailedSignIn).count() == 0
