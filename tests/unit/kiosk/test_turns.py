"""Requests that compute take turns; whatever waits keeps nobody waiting."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from wsgiref.util import setup_testing_defaults

import pytest

from kiosk.turns import MAX_BODY_BYTES, Turns, aside

PATIENCE = 10


class Application:
    """Answers with the body it read; `meeting` is passed only by two requests at once."""

    def __init__(self) -> None:
        self.meeting = threading.Barrier(2)
        self.inside = 0
        self.most_inside = 0

    def __call__(self, environ, start):
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        if environ["PATH_INFO"] == "/meet":
            self.meeting.wait(PATIENCE)
        else:
            threading.Event().wait(0.01)
        body = environ["wsgi.input"].read()
        self.inside -= 1
        start("200 OK", [])
        return [body]


def ask(app, body: bytes, media_type: str, path: str = "/", source: io.RawIOBase | None = None):
    environ = {
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": str(len(body)),
        "PATH_INFO": path,
        "wsgi.input": source or io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    return b"".join(app(environ, lambda *_: None))


@pytest.fixture
def inner():
    return Application()


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_short_bodies_are_answered_one_at_a_time(inner, media_type):
    app = Turns(inner)
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda n: ask(app, b"%d" % n, media_type), range(24)))
    assert answers == [b"%d" % n for n in range(24)]
    assert inner.most_inside == 1


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"picture", "multipart/form-data; boundary=x"),
        (b"signature=drawn", "application/x-www-form-urlencoded"),
        (b"", "application/json"),
        (b"{" + b" " * MAX_BODY_BYTES, "application/json"),
    ],
)
def test_what_may_wait_for_something_else_keeps_nobody_waiting(inner, body, media_type):
    app = Turns(inner)
    with ThreadPoolExecutor(2) as clients:
        answers = list(clients.map(lambda _: ask(app, body, media_type, "/meet"), range(2)))
    assert answers == [body, body]


def test_a_slow_sender_keeps_nobody_waiting(inner):
    app, sent = Turns(inner), threading.Event()

    class SlowBody(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert sent.wait(PATIENCE)
            return b"slow"

    with ThreadPoolExecutor(1) as clients:
        slow = clients.submit(ask, app, b"slow", "application/json", "/", SlowBody())
        assert ask(app, b"quick", "application/json") == b"quick"
        sent.set()
        assert slow.result(PATIENCE) == b"slow"


def test_who_waits_for_the_disk_lets_another_compute_and_takes_a_turn_again():
    waits, written, computing = threading.Event(), threading.Event(), []

    def application(environ, start):
        body = environ["wsgi.input"].read()
        computing.append(body)
        if body == b"writes":
            computing.remove(body)
            with aside():
                waits.set()
                assert written.wait(PATIENCE)
            computing.append(body)
        alone = computing == [body]
        computing.remove(body)
        return [b"alone" if alone else b"together"]

    app = Turns(application)
    with ThreadPoolExecutor(1) as clients:
        writer = clients.submit(ask, app, b"writes", "application/json")
        assert waits.wait(PATIENCE)
        assert ask(app, b"computes", "application/json") == b"alone"
        written.set()
        assert writer.result(PATIENCE) == b"alone"


def test_a_thread_without_a_turn_may_step_aside_too():
    with aside():
        pass


def test_a_fault_ends_the_turn():
    def broken(environ, start):
        raise RuntimeError

    app = Turns(broken)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            ask(app, b"{}", "application/json")


@pytest.mark.parametrize("declared", ["-5", "nonsense", "", "１２"])
def test_a_length_that_is_none_is_left_to_the_application(inner, declared):
    environ = {
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": declared,
        "PATH_INFO": "/",
        "wsgi.input": io.BytesIO(b"{}"),
    }
    setup_testing_defaults(environ)
    assert b"".join(Turns(inner)(environ, lambda *_: None)) == b"{}"
