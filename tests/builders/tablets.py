"""Tablets for tests: named by the staff, paired by the page, signed in by the API."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kiosk.devices import pairing
from tests.builders.cases import SubmissionBuilder, a_submission
from tests.builders.machines import Machine

API = "/api/v1/tablet"


@dataclass
class Tablet:
    """A browser with the cookie of a paired tablet; `token` is that of its session."""

    terminal: Machine
    client: FlaskClient
    id: str
    token: str = ""

    def sign_in(self, username: str, password: str) -> TestResponse:
        credentials = {"username": username, "password": password}
        answer = self.client.post("/api/v1/session", json=credentials)
        self.token = (answer.get_json() or {}).get("csrf_token", "")
        return answer

    def get(self, path: str = "/state") -> TestResponse:
        return self.client.get(API + path)

    def post(self, path: str, body: object, key: str = "") -> TestResponse:
        headers = {"X-CSRFToken": self.token} | ({"Idempotency-Key": key} if key else {})
        return self.client.post(API + path, json=body, headers=headers)

    def numbers(self, count: int = 1) -> list[dict[str, str]]:
        answer = self.post("/leases", {"count": count})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        numbers: list[dict[str, str]] = answer.get_json()["numbers"]
        return numbers

    def case(self, builder: SubmissionBuilder | None = None, **more: object) -> dict[str, Any]:
        """The body of a case that was filled here just now under a number of its own."""
        return {
            **(builder or a_submission(self.terminal)).body(),
            **(self.numbers()[0] if "number" not in more else {}),
            "filled_at": datetime.now(UTC).isoformat(),
            "operator": "zhou",
            **more,
        }

    def hand_in(self, body: dict[str, Any], key: str = "") -> TestResponse:
        return self.post("/cases", body, key or str(uuid.uuid4()))


def a_tablet(terminal: Machine, name: str = "柜台2") -> Tablet:
    """Name a tablet and pair it by its page; nobody is signed in there."""
    device_id, code = terminal.within(pairing.invite, terminal.parts, name, "somebody")
    client = terminal.client()
    answer = paired(client, code)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return Tablet(terminal, client, device_id)


def paired(client: FlaskClient, code: str) -> TestResponse:
    """Bring a code to the page of pairing, as the form there does."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/pair").get_data(True))
    assert token
    return client.post("/pair", data={"code": code, "csrf_token": token[1]})
