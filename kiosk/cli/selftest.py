"""``kiosk selftest``: one real case from a terminal to a hall and back, over HTTP.

Starts a platform of its own in a temporary folder, so it can run beside a running one. Neighbours:
``kiosk.cli.platform`` runs the processes; the addresses used are those of the public API.
"""

import json
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
import urllib3

from forms.definition import ServiceItem
from kiosk.cli import platform, sample, shipped

Json = dict[str, Any]
Found = TypeVar("Found")

_STEP_SECONDS = 60.0


class SelftestFailed(click.ClickException):
    """A step did not do what it must; the message names the step."""

    exit_code = 1


@click.command("selftest")
@click.option("--item", default="MZ-001", show_default=True, help="Code of the item to apply for.")
def command(item: str) -> None:
    """Send one real case from a terminal to a hall and back, in a temporary folder.

    Prints one JSON line with the times in milliseconds. An unknown item is told before anything is
    started.
    """
    (wanted,) = shipped.items([item])
    with (
        tempfile.TemporaryDirectory(prefix="jishiban-selftest-") as folder,
        platform.running(Path(folder), platform.free_port(), platform.free_port()) as started,
    ):
        click.echo(json.dumps(_round_trip(started, wanted)))


def _round_trip(started: platform.Platform, item: ServiceItem) -> Json:
    terminal, hall = Api(started.terminal), Api(started.hall)
    hall.sign_in(started.accounts["clerk"])
    submission = sample.application(item, terminal.send_picture, deferring=False)
    begun = time.monotonic()
    receipt = terminal.post("/cases", submission, {"Idempotency-Key": str(uuid.uuid4())})
    submitted = time.monotonic()
    number = receipt["number"]
    case = _wait_for("the case at the hall", lambda: _case(hall, number))
    at_hall = time.monotonic()

    decisions = f"/cases/{case['id']}/decisions"
    hall.post(decisions, {"action": "accept"})
    hall.post(decisions, {"action": "approve", "note": "selftest"})
    decided = time.monotonic()
    asker = {"Authorization": f"Receipt {receipt['token']}"}
    _wait_for(
        "the decision at the terminal",
        lambda: terminal.get(f"/cases/{number}", asker)["state"] == "approved" or None,
    )
    return {
        "case": number,
        "submit_ms": _milliseconds(submitted - begun),
        "at_hall_ms": _milliseconds(at_hall - submitted),
        "decision_back_ms": _milliseconds(time.monotonic() - decided),
    }


def _case(hall: "Api", number: str) -> Json | None:
    cases: list[Json] = hall.get(f"/cases?number={number}")["cases"]
    return cases[0] if cases else None


def _wait_for(what: str, look: Callable[[], Found | None]) -> Found:
    end = time.monotonic() + _STEP_SECONDS
    while (found := look()) is None:
        if time.monotonic() > end:
            raise SelftestFailed(f"{what} did not arrive within {_STEP_SECONDS:.0f} s")
        time.sleep(0.02)
    return found


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


class Api:
    """The public API of one role, with the session and token of who signed in."""

    def __init__(self, address: str) -> None:
        """``address`` is the role's, without a path."""
        self._address = f"{address}/api/v1"
        self._http = urllib3.PoolManager(retries=False, timeout=30.0)
        self._headers: dict[str, str] = {}

    def sign_in(self, account: Mapping[str, str]) -> None:
        """Open a session; what follows is asked in its name."""
        answer = self._ask("POST", "/session", json=dict(account))
        cookies = answer.headers.getlist("Set-Cookie")
        self._headers["Cookie"] = "; ".join(cookie.partition(";")[0] for cookie in cookies)
        self._headers["X-CSRFToken"] = answer.json()["csrf_token"]

    @property
    def cookie(self) -> str:
        """The session's cookie, for pages."""
        return self._headers.get("Cookie", "")

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Json:
        """Return the answer's JSON. Raises ``SelftestFailed`` on any answer but a success."""
        answer: Json = self._ask("GET", path, headers).json()
        return answer

    def post(self, path: str, body: Json, headers: Mapping[str, str] | None = None) -> Json:
        """Return the answer's JSON. Raises ``SelftestFailed`` on any answer but a success."""
        answer: Json = self._ask("POST", path, headers, json=body).json()
        return answer

    def send_picture(self, picture: bytes) -> str:
        """Store a JPEG as a material and return its id."""
        part = ("picture.jpg", picture, "image/jpeg")
        answer: Json = self._ask("POST", "/materials", fields={"image": part}).json()
        return str(answer["id"])

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **content: Any
    ) -> urllib3.BaseHTTPResponse:
        address = self._address + path
        try:
            answer = self._http.request(
                method, address, headers={**self._headers, **(headers or {})}, **content
            )
        except urllib3.exceptions.HTTPError as error:
            raise SelftestFailed(f"{method} {address}: {error}") from error
        if answer.status >= 300:
            said = " ".join(answer.data[:500].decode(errors="replace").split())
            raise SelftestFailed(f"{method} {address}: {answer.status} {said}")
        return answer
