"""What is signed is bound into the case: the digest holds exactly as long as nothing changes."""

import copy
from typing import Any

import pytest

from kiosk.cases import statement
from kiosk.cases.history import current_body
from kiosk.cases.replay import Unreadable, check_version
from tests.builders.cases import PROMISED_ITEM, a_case_at, a_submission
from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS

ITEM = ITEMS[PROMISED_ITEM]


@pytest.fixture
def body(small_pair: Pair) -> dict[str, Any]:
    """A case as the hall reads it."""
    made = a_case_at(small_pair.terminal, a_submission(small_pair.terminal, PROMISED_ITEM))
    small_pair.settle()
    with small_pair.hall.reading() as session:
        found = current_body(session, small_pair.hall.parts.keyring, made.case_id)
    assert found is not None
    return found


def test_what_arrives_at_the_hall_is_what_was_signed_and_every_change_shows(
    body: dict[str, Any],
) -> None:
    assert statement.holds(ITEM, body) is True
    for path, value in (
        (("answers", "applicant", "name"), "别人"),
        (("attachments", 0, "mode"), "deferred"),
        (("attachments", 0, "materials"), []),
        (("commitment",), True),
        (("consent",), False),
        (("release",), "0" * 64),
    ):
        changed = copy.deepcopy(body)
        place: Any = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        assert statement.holds(ITEM, changed) is False, path
    assert statement.holds(ITEM, {**body, "statement": None}) is None


@pytest.mark.parametrize(
    "calls",
    [
        {},
        ["a call"],
        [{"id": "x"}],
        [
            {
                "id": "i",
                "at": "yesterday",
                "by": None,
                "type": "id_card",
                "requirement": "id_card",
                "purpose": "MZ-001",
                "result": "found",
            }
        ],
    ],
    ids=["no list", "a text", "too little", "no time"],
)
def test_certificate_calls_of_another_shape_are_not_taken(calls: object) -> None:
    body = {"answers": {}, "attachments": []}
    check_version(body)
    with pytest.raises(Unreadable, match="certificate_calls"):
        check_version({**body, "certificate_calls": calls})
