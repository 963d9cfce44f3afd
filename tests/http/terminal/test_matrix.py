"""Every address of a terminal, called by everybody: let in or refused as the table says, and logged.

Neighbours: `tests/builders/rights.py` is the table; the tablets' own tests have what a paired one
may do.
"""

from dataclasses import replace

from structlog.testing import capture_logs

from kiosk.logs import init_logs
from kiosk.operators import service
from kiosk.operators.access import DEVICE, PUBLIC, declared
from tests.builders import rights
from tests.builders.clerks import PASSWORD
from tests.builders.machines import STATION

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
PARTS = {"kind": "visit", "section_id": "applicant", "device_id": "none", "number": 1}


def addresses(app):
    to = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & METHODS):
            parts = {name: PARTS.get(name, "MZ-001") for name in rule.arguments}
            who = rights.at_terminal(rule.endpoint, method, rule.rule)
            if who != rights.PUBLIC:
                yield rule.endpoint, method, to.build(rule.endpoint, parts, method), who


def test_the_table_says_of_every_address_what_the_code_says(small_pair):
    app, wrong = small_pair.terminal.app, []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & METHODS):
            who = rights.at_terminal(rule.endpoint, method, rule.rule)
            told = declared(app, rule.endpoint, method) or frozenset()
            is_for_tablets = any(name.startswith(DEVICE) or "device" in name for name in told)
            fits = (
                is_for_tablets
                if who == "a tablet"
                else told == PUBLIC
                if who == rights.PUBLIC
                else told == who
            )
            if not fits:
                wrong.append(f"{method} {rule.rule}: {sorted(told)}, not {who}")
    assert wrong == []


def test_strangers_and_other_roles_get_nothing_that_is_for_staff(small_pair):
    terminal, hall, wrong = small_pair.terminal, small_pair.hall, []
    hall.within(service.create, "zhou", "周", "staff", PASSWORD, (STATION,))
    hall.within(service.create, "qian", "钱", "staff", PASSWORD, ("320582100004",))
    small_pair.pull()
    init_logs(replace(terminal.parts.config, log_level="info"))
    stranger, staff, elsewhere = (terminal.client() for _ in range(3))
    for client, name, status in ((staff, "zhou", 200), (elsewhere, "qian", 401)):
        given = {"username": name, "password": PASSWORD}
        # Staff of another station are not known here at all.
        assert client.post("/api/v1/session", json=given).status_code == status
    for endpoint, method, path, who in addresses(terminal.app):
        for name, client in {"stranger": stranger, "elsewhere": elsewhere, "staff": staff}.items():
            with capture_logs() as logged:
                answer = client.open(path, method=method, json=None if method == "GET" else {})
                answer.close()
            is_in = answer.status_code not in (401, 403)
            is_in = is_in and "/sign-in" not in answer.headers.get("Location", "")
            if is_in != (name == "staff" and who != "a tablet"):
                wrong.append(f"{name}: {method} {path}: {answer.status_code}")
            told = [line["event"] for line in logged]
            if name != "staff" and who != "a tablet" and "stranger_refused" not in told:
                wrong.append(f"{name}: {method} {endpoint} left no line: {told}")
    assert wrong == []
