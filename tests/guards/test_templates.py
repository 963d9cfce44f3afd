"""Every template: what a page must hold, and what must not be in one."""

import re

import pytest

from tests.guards.tree import ROOT, name_of, python_files, templates

#: A form with its attributes and what is in it.
FORM = re.compile(r"<form\b(?P<attributes>[^>]*(?:\{\{.*?\}\}[^>]*)*)>(?P<inside>.*?)</form>", re.S)
TOKEN = re.compile(r"\{\{\s*csrf\(\)\s*\}\}|csrf_token\(\)")
SAFE = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false|\bMarkup\(|render_template_string")
INLINE = {
    "a script in the page": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "a style sheet in the page": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"\sstyle\s*=", re.I),
    "a script attribute": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "a script address": re.compile(r"javascript:", re.I),
    "a file of another host": re.compile(
        r"\b(?:src|srcset|action)\s*=\s*[\"']?(?:https?:)?//", re.I
    ),
}
PAGES = templates()


def test_there_are_templates_to_guard():
    assert len(PAGES) > 20


@pytest.mark.parametrize("template", PAGES, ids=name_of)
def test_every_form_that_writes_carries_the_csrf_token(template):
    text = template.read_text(encoding="utf-8")
    assert text.count("<form") == text.count("</form>"), "a form is left open"
    for form in FORM.finditer(text):
        method = re.search(r"""\bmethod=["'](\w+)""", form["attributes"])
        assert method, f"a form without method: {form[0][:80]}"
        if method[1].lower() == "post":
            assert TOKEN.search(form["inside"]), f"a form without token: {form[0][:80]}"


@pytest.mark.parametrize("template", PAGES, ids=name_of)
def test_no_template_holds_script_style_or_files_of_others(template):
    text = template.read_text(encoding="utf-8")
    found = [
        f"{name_of(template)}:{text[: hit.start()].count(chr(10)) + 1}: {what}"
        for what, pattern in INLINE.items()
        for hit in pattern.finditer(text)
    ]
    assert found == []


def test_nothing_switches_escaping_off():
    found = [
        f"{name_of(file)}:{number}: {line.strip()[:80]}"
        for file in [*PAGES, *python_files("kiosk")]
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if SAFE.search(line)
    ]
    assert found == []


def test_every_template_is_used():
    sources = "".join(file.read_text(encoding="utf-8") for file in [*PAGES, *python_files("kiosk")])
    folder = ROOT / "kiosk" / "templates"
    unused = [
        name
        for name in (page.relative_to(folder).as_posix() for page in PAGES)
        if f'"{name}"' not in sources and f"'{name}'" not in sources
    ]
    assert unused == []
