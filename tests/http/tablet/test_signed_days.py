"""The day by which papers follow is the one that was signed on the tablet, while it can be met."""

from datetime import timedelta
from typing import Any

import pytest

from kiosk import clock
from kiosk.cases import deferral, queries
from tests.builders.cases import PROMISED_ITEM, a_submission
from tests.builders.promises import WANTED


def promising(pair: Any, tablet: Any, due: str) -> dict[str, Any]:
    """The body of a case that promises a document by a day."""
    body: dict[str, Any] = tablet.case(a_submission(pair.terminal, PROMISED_ITEM))
    for attachment in body["attachments"]:
        if attachment["requirement"] == WANTED:
            attachment.update(mode="deferred", materials=[], due=due)
    return body


@pytest.mark.parametrize(("days", "is_kept"), [(-1, True), (0, True), (1, False), (-400, False)])
def test_a_day_that_was_signed_is_kept_unless_it_cannot_be(pair, tablet, days, is_kept):
    item = pair.terminal.parts.catalogue.item(PROMISED_ITEM)
    latest = deferral.due_on(item, clock.today())
    signed = latest + timedelta(days=days)
    answer = tablet.hand_in(promising(pair, tablet, signed.isoformat()))
    assert answer.status_code == 201, answer.get_data(as_text=True)
    progress = pair.terminal.within(
        queries.progress_by_token, pair.terminal.parts, answer.get_json()["token"]
    )
    (promised,) = progress.to_supply
    assert promised.due == (signed if is_kept else latest)


def test_a_day_that_is_none_is_refused_by_name(pair, tablet):
    answer = tablet.hand_in(promising(pair, tablet, "soon"))
    assert answer.status_code == 422
    assert "due" in answer.get_json()["fields"][0]["field"]
