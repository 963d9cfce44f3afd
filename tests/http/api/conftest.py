"""What the tests of the HTTP API share: both roles' clients, and people who sign in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from kiosk.operators import service
from tests.builders.machines import Machine, Pair

PASSWORD = "correct horse battery"


@dataclass
class Person:
    """Somebody signed in: what they send carries their cookie and token."""

    client: FlaskClient
    token: str

    def get(self, path: str, **more: Any):
        return self.client.get(f"/api/v1{path}", **more)

    def post(self, path: str, body: object):
        return self.client.post(f"/api/v1{path}", json=body, headers={"X-CSRFToken": self.token})


@pytest.fixture
def pair(small_pair: Pair) -> Pair:
    return small_pair


@pytest.fixture
def sign_in() -> Callable[..., Person]:
    """Opens an account with a role at a hall and signs its owner in there."""

    def opened(hall: Machine, role: str) -> Person:
        hall.within(service.create, f"{role}.one", "王芳", role, PASSWORD)
        client = hall.client()
        answer = client.post(
            "/api/v1/session", json={"username": f"{role}.one", "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return Person(client, answer.get_json()["csrf_token"])

    return opened
