"""People of the hall at their browsers: sign in, read pages, send the forms that they find there.

A form is sent as a browser does: with the hidden inputs that the page gave it. Asserts nothing but
that a form is where it is looked for.
"""

import re
from dataclasses import dataclass
from html import unescape

from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from kiosk.operators import service
from tests.builders.machines import Machine

PASSWORD = "correct horse battery"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Person:
    """Somebody at a browser; `operator_id` is empty for a stranger."""

    client: FlaskClient
    operator_id: str = ""

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def page(self, path: str) -> str:
        """The page's source with entities resolved; the way there may lead through redirects."""
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, answer.status_code
        return unescape(answer.get_data(as_text=True))

    def send(self, seen_at: str, path: str, **values: object) -> TestResponse:
        """Post the values to `path` with the token of the page at `seen_at`."""
        return self.client.post(path, data={"csrf_token": self.token(seen_at), **values})

    def token(self, seen_at: str) -> str:
        found = _TOKEN.search(self.client.get(seen_at).get_data(as_text=True))
        assert found, f"no form at {seen_at}"
        return found[1]


def a_stranger(hall: Machine) -> Person:
    """Somebody who has not signed in."""
    return Person(hall.client())


def an_account(hall: Machine, role: str, username: str = "", stations: tuple[str, ...] = ()) -> str:
    """Open an account with the common password; return its id."""
    name = username or role
    made = hall.within(service.create, name, f"名字-{name}", role, PASSWORD, stations)
    return made.id


def a_clerk_of(hall: Machine, *codes: str) -> Person:
    """Open an account that decides for these departments, and sign it in through the page."""
    name = f"clerk-{'-'.join(codes)}"
    made = hall.within(service.create, name, f"名字-{name}", "clerk", PASSWORD, (), codes)
    return _at_work(hall, made.id, name)


def signed_in(hall: Machine, role: str, username: str = "") -> Person:
    """Open an account and sign it in through the page."""
    identifier = an_account(hall, role, username)
    return _at_work(hall, identifier, username or role)


def statements_of(person: Person, hall: Machine, path: str) -> int:
    """How many statements the hall asks its database for a page."""
    statements: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(hall.engine, "before_cursor_execute", hear)
    person.page(path)
    event.remove(hall.engine, "before_cursor_execute", hear)
    return len(statements)


def _at_work(hall: Machine, identifier: str, username: str) -> Person:
    person = Person(hall.client(), identifier)
    sent = person.send("/sign-in", "/sign-in", username=username, password=PASSWORD)
    assert sent.status_code == 303, sent.status_code
    return person
