"""Requests made up from each role's own description of its API: none of them is a fault of ours."""

import time
import warnings
from contextlib import suppress
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from tests.builders.machines import Machine, Pair

#: For all operations of one role together (seconds), and for each (requests). They are the same at
#: each run, so that more time is for who looks for what no run has met.
SECONDS, REQUESTS = 5.0, 200
LONG = 60.0
BASE = "/api/v1"


def every_operation(machine: Machine) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", machine.app)
        return [found.ok() for found in schema.get_all_operations()]


def fuzz(machine: Machine, seconds: float, **sent: dict[str, str]) -> dict[str, set[int]]:
    """Return the statuses that each operation answered with."""
    operations = every_operation(machine)
    seen: dict[str, set[int]] = {}
    for operation in operations:
        end = time.monotonic() + seconds / len(operations)
        statuses = seen.setdefault(
            f"{operation.method.upper()} {operation.path.removeprefix(BASE)}", set()
        )
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _ask_all(operation.as_strategy(generation_mode=mode), sent, statuses, end)
    return seen


def _ask_all(strategy: Any, sent: dict[str, Any], statuses: set[int], end: float) -> None:
    @settings(
        max_examples=REQUESTS // 2,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        if time.monotonic() >= end:
            # Nothing else ends it at once: making requests up takes longer than answering them.
            raise SkipTest
        answer = case.call(**sent)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text[:500]}"

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Nothing wrong can be said to an operation that takes nothing.
        with suppress(Unsatisfiable, SkipTest):
            ask()


both = pytest.mark.parametrize("seconds", [SECONDS, pytest.param(LONG, marks=pytest.mark.soak)])


@both
def test_no_request_brings_a_terminal_down(pair: Pair, seconds: float):
    seen = fuzz(pair.terminal, seconds, headers={"Idempotency-Key": "fuzz"})
    assert len(seen) >= 9
    assert 422 in seen["POST /cases"]
    assert not any(status >= 500 for statuses in seen.values() for status in statuses)


@both
def test_no_request_brings_a_hall_down(a_hall, sign_in, seconds: float):
    # On the stricter of its two databases: it refuses what SQLite puts up with.
    admin = sign_in(a_hall("postgresql"), "admin")
    seen = fuzz(
        Machine(admin.client.application),
        seconds,
        headers={"X-CSRFToken": admin.token},
        cookies={"hall_session": admin.client.get_cookie("hall_session").value},
    )
    assert len(seen) >= 8
    assert seen["POST /cases/{case_id}/decisions"] <= {404, 422}
    assert 200 in seen["GET /terminals"]
