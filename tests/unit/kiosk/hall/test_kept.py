"""What costs much and is large is made once for all who ask within a moment, and no longer."""

import threading

import pytest
from flask import Flask

from kiosk.hall import kept as keeping
from kiosk.hall.kept import Kept, kept


@pytest.fixture
def clock(monkeypatch):
    """A clock in a list of one, that a test moves on."""
    now = [100.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def made():
    """Answers 1, 2, 3 …, each when it is asked for."""
    counted = []

    def make():
        counted.append(len(counted) + 1)
        return counted[-1]

    return make


def test_a_large_answer_serves_until_its_seconds_are_over(clock, made):
    answers = Kept()
    assert [answers.get(3, made, lambda _: True) for _ in range(3)] == [1, 1, 1]
    clock[0] += 2.9
    assert answers.get(3, made, lambda _: True) == 1
    clock[0] += 0.2
    assert answers.get(3, made, lambda _: True) == 2


def test_a_small_answer_is_made_anew_each_time(clock, made):
    answers = Kept()
    assert [answers.get(3, made, lambda _: False) for _ in range(3)] == [1, 2, 3]


def test_what_has_become_small_is_kept_no_longer(clock, made):
    answers = Kept()
    assert [answers.get(3, made, lambda answer: answer < 2) for _ in range(2)] == [1, 1]
    clock[0] += 4
    assert [answers.get(3, made, lambda answer: answer < 2) for _ in range(2)] == [2, 3]


@pytest.mark.parametrize(("age", "told"), [(4, 1), (7, 2)])
def test_who_comes_while_the_next_is_made_takes_the_last_unless_it_is_too_old(clock, age, told):
    answers, begun, may_end, heard = Kept(), threading.Event(), threading.Event(), []
    answers.get(3, lambda: 1, lambda _: True)
    clock[0] += age

    def slowly():
        begun.set()
        may_end.wait(10)
        return 2

    first = threading.Thread(target=answers.get, args=(3, slowly, lambda _: True))
    first.start()
    begun.wait(10)
    second = threading.Thread(
        target=lambda: heard.append(answers.get(3, lambda: 3, lambda _: True))
    )
    second.start()
    # One that is not too old is had at once; the other is waited for.
    second.join(10 if told == 1 else 0.05)
    assert heard == ([1] if told == 1 else [])
    may_end.set()
    first.join(10)
    second.join(10)
    assert heard == [told]


def test_a_fault_leaves_the_next_to_try(clock, made):
    answers = Kept()
    with pytest.raises(ZeroDivisionError):
        answers.get(3, lambda: 1 // 0, lambda _: True)
    assert answers.get(3, made, lambda _: True) == 1


def test_who_asks_something_else_gets_another_answer_and_so_does_another_application(made):
    asked = {}
    for app in (Flask("one"), Flask("other")):
        with app.app_context():
            asked[app.name] = [
                kept(question, 60, made, lambda _: True) for question in ("a", "b", "a")
            ]
    assert asked == {"one": [1, 2, 1], "other": [3, 4, 3]}
