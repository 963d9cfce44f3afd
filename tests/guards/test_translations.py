"""Texts of the pages: all are in the Chinese catalogue, translated and with the same blanks."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from tests.guards.tree import ROOT

FOLDER = ROOT / "kiosk" / "translations"
BLANK = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
HAN = re.compile(r"[\u4e00-\u9fff]")
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}


def used() -> dict[str, str]:
    """Every text that the sources ask for, with the place of one use."""
    found = {}
    keywords = {**DEFAULT_KEYWORDS, "_l": None}
    for name, line, message, _, _ in extract_from_dir(
        ROOT / "kiosk", METHODS, OPTIONS, keywords=keywords
    ):
        first = message[0] if isinstance(message, tuple) else message
        found[first] = f"kiosk/{name}:{line}"
    return found


FILE = FOLDER / "zh" / "LC_MESSAGES" / "messages.po"


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with FILE.open("rb") as source:
        return read_po(source, locale="zh", abort_invalid=True)


def texts(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def singular(message: Message) -> str:
    return message.id[0] if isinstance(message.id, list | tuple) else message.id


def translated(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple) else [message.string]


def test_every_text_of_the_pages_is_in_the_catalogue(catalogue):
    known = {singular(message) for message in texts(catalogue)}
    missing = [f"{place}: {text!r}" for text, place in used().items() if text not in known]
    assert missing == []


def test_every_text_is_translated(catalogue):
    assert [singular(m) for m in texts(catalogue) if not all(translated(m))] == []


def test_no_translation_is_a_guess_or_left_over(catalogue):
    assert [singular(m) for m in texts(catalogue) if m.fuzzy] == []
    assert list(catalogue.obsolete) == []
    assert {singular(m) for m in texts(catalogue)} - set(used()) == set()


def test_no_text_stands_twice_in_the_file():
    # Babel takes the later one in silence.
    lines = FILE.read_text(encoding="utf-8").splitlines()
    given = [line for line in lines if line.startswith("msgid ") and line != 'msgid ""']
    assert sorted(line for line in set(given) if given.count(line) > 1) == []


def test_a_translation_has_the_blanks_of_its_text(catalogue):
    differing = [
        singular(message)
        for message in texts(catalogue)
        for text in translated(message)
        if sorted(BLANK.findall(text)) != sorted(BLANK.findall(_plural(message)))
    ]
    assert differing == []


def test_translations_are_chinese(catalogue):
    """Names and signs may stay as they are; a sentence may not."""
    foreign = [
        singular(message)
        for message in texts(catalogue)
        if len(singular(message).split()) > 1 and not HAN.search("".join(translated(message)))
    ]
    assert foreign == []


def test_babel_reads_the_same_places_as_this_guard():
    settings = Path(FOLDER / "babel.cfg").read_text(encoding="utf-8")
    assert "[python: kiosk/**.py]" in settings
    assert "[jinja2: kiosk/templates/**.html]" in settings


def _plural(message: Message) -> str:
    return message.id[-1] if isinstance(message.id, list | tuple) else message.id
