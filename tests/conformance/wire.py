"""What the clients of the document reach a real hall by, and what is looked at there.

Unlike them it knows the project. The tests beside it use it.
"""

import base64
import os
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import uuid_utils
from sqlalchemy import select
from stdnum.iso7064 import mod_11_10

from kiosk.cases.model import Case
from kiosk.hall import enrolment
from tests.builders.machines import STATION, Machine
from tests.conformance.client import Client, Refused

BAD_FRAME = (422, "bad_frame")

AnyClient = TypeVar("AnyClient", bound=Client)


def on_the_wire_of(hall: Machine, kind: type[AnyClient]) -> AnyClient:
    """A client that reaches this hall and has not enrolled."""

    def ask(method, path, body, headers):
        answer = hall.client().open(path, method=method, data=body, headers=headers)
        return answer.status_code, answer.headers, answer.data

    return kind(ask)


def approved(hall: Machine, client: AnyClient) -> AnyClient:
    """The client, enrolled and approved."""
    known = client.enrol(hall.within(enrolment.invite, STATION, "前溪社区"))
    hall.within(enrolment.approve, known["number"])
    return client


def a_case(
    client: Client,
    kind: str = "case.submitted",
    more: dict[str, Any] | None = None,
    **changes: object,
) -> str:
    """Record a case with what the document says that each has, and `more`; its id."""
    case, digits = str(uuid_utils.uuid7()), f"100001{len(client.journal):08}"
    body = {
        "number": digits + mod_11_10.calc_check_digit(digits),
        "token": base64.b32encode(os.urandom(16)).decode().rstrip("="),
        "item": "RS-001",
        "release": "0" * 64,
        "answers": {"applicant": {"name": "王小明"}},
        "attachments": [],
        "channel": "api",
        **(more or {}),
    }
    client.record(kind, case, body, **changes)
    return case


def cases_at(hall: Machine) -> Counter[str]:
    with hall.reading() as session:
        return Counter(session.scalars(select(Case.id)))


def refusal(attempt: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        attempt()
    return caught.value.status, caught.value.code
