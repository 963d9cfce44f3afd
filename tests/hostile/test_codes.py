"""Hostile codes before a terminal: shown, never followed, and answered in time."""

import io
import re
import time
import unicodedata
from collections import Counter
from html.parser import HTMLParser

import pytest
from werkzeug.test import TestResponse

from tests.builders.machines import Machine
from tests.builders.pictures import encoded
from tests.hostile import weight
from tests.hostile.symbols import pictures

CODES = pictures()
SECONDS = 2.0
INSIDE = re.compile(r"/(?!/)|#|$")
UNSEEN = {"Cc", "Cf", "Cs", "Co"}


class Page(HTMLParser):
    """The addresses that a page names, the kinds of its tags, and the words on it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: Counter[str] = Counter()
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        self.addresses += [
            given[name] for name in ("href", "src", "action", "formaction") if name in given
        ]
        assert "http-equiv" not in given

    def handle_data(self, data: str) -> None:
        self.words += data


def held_before(terminal: Machine, name: str) -> TestResponse:
    """The answer to a picture of this code, from the scan page as a browser sends it."""
    client = terminal.client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/scan").text)
    assert token
    frame = encoded(CODES[name](), "PNG")
    data = {"csrf_token": token[1], "image": (io.BytesIO(frame), "frame.png")}
    begun = time.monotonic()
    answer = client.post("/scan", data=data)
    assert time.monotonic() - begun < SECONDS
    return answer


def test_there_are_enough_of_them() -> None:
    assert len(CODES) >= 30


@pytest.mark.parametrize("name", CODES)
def test_a_hostile_code_is_shown_as_text_and_leads_nowhere(terminal: Machine, name: str) -> None:
    before, heavy = terminal.row_counts(), weight.own()

    answer = held_before(terminal, name)

    assert answer.status_code in {200, 422}
    assert {"Location", "Refresh", "Link"}.isdisjoint(answer.headers.keys())
    assert "a=b" not in answer.headers.get("Set-Cookie", "")
    page = Page(answer.text)
    assert [place for place in page.addresses if not INSIDE.match(place)] == []
    assert page.tags["script"] == answer.text.count('<script type="module" src="/static/')
    assert not {s for s in page.words if unicodedata.category(s) in UNSEEN} - set("\n\r\t")
    assert terminal.row_counts() == before
    assert weight.own() - heavy < weight.WEB_GROWTH
    assert weight.of_the_child_at_most() < weight.CHILD_PEAK


def test_a_template_in_a_code_is_not_evaluated(terminal: Machine) -> None:
    assert "{{ 7*7 }}" in Page(held_before(terminal, "template").text).words


@pytest.mark.parametrize(
    "name", ["receipt of another terminal", "hand-off of nobody", "badge of nobody"]
)
def test_a_token_of_nobody_opens_nothing(terminal: Machine, name: str) -> None:
    page = held_before(terminal, name).text
    assert "ABCDEFGHIJKLMNOPQRSTUVWXY2" in page
    client = terminal.client()
    for address in ("/progress/case", "/staff"):
        assert client.get(address).status_code in {302, 401, 404}
