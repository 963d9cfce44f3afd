"""A resident at the pages: reads what is shown, follows forms, answers from a sample."""

import copy
import io
import re
from collections.abc import Mapping
from datetime import date
from html.parser import HTMLParser
from typing import Any

from PIL import Image
from werkzeug.test import TestResponse

from forms.definition import Field, ServiceItem
from forms.rules import local_today
from forms.schema import InvalidAnswers, validate
from tests.builders.definitions import written
from tests.builders.machines import Machine

ITEMS = written().items
STAFF = ("zhou", "a long staff password")


def good(item: ServiceItem) -> dict[str, Any]:
    """The answers of a sample that passes; days that have gone by since are moved to today's."""
    sample = next(sample for sample in item.samples if not sample.expect)
    answers = copy.deepcopy(dict(sample.answers))
    gone_by = local_today() - sample.today
    try:
        validate(item, answers)
    except InvalidAnswers as refusal:
        for error in refusal.errors:
            section, field = error.path.split(".")
            day = date.fromisoformat(answers[section][field])
            answers[section][field] = (day + gone_by).isoformat()
    return answers


class Forms(HTMLParser):
    """The forms of a page with their action and hidden fields, and all ids and links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1][1][given["name"]] = given.get("value", "")
        elif tag == "a":
            self.links.append(given.get("href", ""))


def a_photograph() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (640, 400), "#c8d0cc").save(buffer, "JPEG")
    return buffer.getvalue()


def boxes(field: Field, value: Any, name: str = "value") -> dict[str, Any]:
    """What a browser sends for this answer: the inverse of kiosk.terminal.inputs."""
    if field.answer == "date":
        return dict(
            zip((f"{name}-{p}" for p in ("year", "month", "day")), value.split("-"), strict=True)
        )
    if field.answer == "period":
        one = Field("", field.label, "date")
        return {
            **boxes(one, value["from"], f"{name}-from"),
            **boxes(one, value["to"], f"{name}-to"),
        }
    if field.answer == "address":
        return {f"{name}-{part}": text for part, text in value.items()}
    if field.answer == "yes_no":
        return {name: "yes" if value else "no"}
    if field.answer in ("photo", "signature"):
        return {name: (io.BytesIO(a_photograph()), "photo.jpg")}
    return {name: value if isinstance(value, list) else str(value)}


class Resident:
    """One browser; `page` is the HTML it shows, `at` the path it is on."""

    def __init__(self, terminal: Machine) -> None:
        self.terminal = terminal
        self.browser = terminal.client()
        self.page = ""
        self.at = "/"
        self.status = 0

    def open(self, path: str) -> str:
        return self._show(self.browser.get(path, follow_redirects=True))

    def send(self, values: Mapping[str, Any] | None = None, action: str | None = None) -> str:
        """Send a form of the page: the one with `action`, or the first that posts to itself."""
        forms = [
            (target or self.at, hidden)
            for target, hidden in Forms(self.page).forms
            if "csrf_token" in hidden and "back" not in hidden
        ]
        target, hidden = next(
            (target, hidden)
            for target, hidden in forms
            if (action in target if action else target == self.at)
        )
        data = {**hidden, **(values or {})}
        return self._show(self.browser.post(target, data=data, follow_redirects=True))

    def _show(self, answer: TestResponse) -> str:
        self.page, self.status = answer.text, answer.status_code
        query = answer.request.query_string.decode()
        self.at = answer.request.path + (f"?{query}" if query else "")
        return self.page

    @property
    def text(self) -> str:
        """What is read on the page: no tags, spaces run together."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.page).split())

    @property
    def ids(self) -> set[str]:
        return Forms(self.page).ids

    @property
    def links(self) -> list[str]:
        return Forms(self.page).links

    def apply_for(self, item: ServiceItem, answers: Mapping[str, Any]) -> None:
        """Walk from the guide to the page of materials, with the answers of a sample."""
        self.open(f"/items/{item.code}")
        self.send(action="/apply")
        self.send({**self._identity(answers), "consent": "yes"})
        self.walk(item, answers)

    def walk(self, item: ServiceItem, answers: Mapping[str, Any]) -> None:
        """Answer the questions that come, up to the page of materials."""
        while "/materials" not in self.at:
            before = (self.at, self.page)
            self._answer(item, answers)
            assert self.status == 200, self.text
            assert (self.at, self.page) != before, self.text

    def _identity(self, answers: Mapping[str, Any]) -> dict[str, str]:
        given = answers["applicant"]
        return {name: given[name] for name in ("name", "id_number", "phone")}

    def _answer(self, item: ServiceItem, answers: Mapping[str, Any]) -> None:
        parts = self.at.split("?")[0].split("/")[4:]
        if parts[0] == "lists" and len(parts) == 2:
            rows = answers.get(parts[1], [])
            wanted = f"/lists/{parts[1]}/{len(self._rows())}/"
            link = next((link for link in self.links if wanted in link), None)
            if link and len(self._rows()) < len(rows):
                self.open(link)
            else:
                self.send()
            return
        given: Any = answers.get(parts[1], {})
        if parts[0] == "lists":
            given = given[int(parts[2])]
        field = next(f for f in item.section(parts[1]).fields if f.id == parts[-1])
        value = given.get(field.id)
        self.send(boxes(field, value) if value is not None else {})

    def _rows(self) -> list[str]:
        return re.findall(r"/remove", self.page)

    def give_all_materials(self, but: str = "") -> None:
        """Photograph everything the list of materials asks for, one perhaps left out; then go on."""
        listed = self.at
        asked = dict.fromkeys(link for link in self.links if f"{listed}/" in link)
        for link in (link for link in asked if link != f"{listed}/{but}"):
            self.open(link)
            self.send({"picture": (io.BytesIO(a_photograph()), "photo.jpg")})
            assert self.status == 200, self.text
        self.open(listed)
        self.send()

    def sign(self, **also: str) -> None:
        """From the answers to the receipt, confirming without drawing."""
        self.open(next(link for link in self.links if link.endswith("/apply/sign")))
        self.send({"confirm": "yes", "commitment": "yes", **also}, action="/apply/submit")

    @property
    def number(self) -> str:
        """The grouped case number on the receipt."""
        found = re.search(r"receipt__number\">([\d ]+)<", self.page)
        assert found, self.text
        return found[1]
