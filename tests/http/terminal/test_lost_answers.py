"""Slow hands, lost answers and second taps: one application, one receipt, nothing thrown away."""

import base64
import io
import re
import time

import pytest
from PIL import Image

from tests.builders.machines import Pair
from tests.http.terminal.resident import ITEMS, Forms, Resident, good

ITEM = ITEMS["MZ-006"]


def drawing(shade: int) -> str:
    """A signature as the page sends it."""
    buffer = io.BytesIO()
    Image.new("RGB", (600, 200), (shade, shade, shade)).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def applicant(resident: Resident) -> Resident:
    """A resident who has answered everything and given every document."""
    resident.apply_for(ITEM, good(ITEM))
    resident.give_all_materials()
    return resident


def test_an_application_may_take_longer_than_ten_minutes(
    applicant: Resident, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = time.time()
    for minute in range(1, 30):
        now = begun + 60 * minute
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda now=now: now)
        applicant.open(f"/items/{ITEM.code}/apply/check")
        assert applicant.status == 200


def test_signing_again_after_a_lost_answer_gives_the_receipt(
    applicant: Resident, small_pair: Pair
) -> None:
    applicant.open(f"/items/{ITEM.code}/apply/sign")
    action, hidden = next(
        form for form in Forms(applicant.page).forms if "/apply/submit" in form[0]
    )
    cookie = applicant.browser.get_cookie("terminal_session")
    assert cookie is not None
    numbers = []
    for shade in (1, 2, 3):
        # A browser that never saw the answers before: its cookie is that of the page it signs on.
        browser = small_pair.terminal.client()
        browser.set_cookie("terminal_session", cookie.value)
        signed = {**hidden, "drawing": drawing(shade), "commitment": "yes"}
        answer = browser.post(action, data=signed, follow_redirects=True)
        assert answer.status_code == 200
        numbers += re.findall(r'receipt__number">([\d ]+)<', answer.text)
    assert len(numbers) == 3
    assert len(set(numbers)) == 1
    assert small_pair.terminal.row_counts()["cases"] == 1
