"""Every item's XLSForm is one that pyxform, and so ODK, takes."""

import re

import pytest
from lxml import etree

from forms.xlsform.answers import ANSWERS
from tests.builders.exports import CODES, converted, document_of, exported, question_names
from tests.builders.xforms import JAVAROSA, XFORMS

BIND_TYPES = {
    "text": "string",
    "integer": "int",
    "decimal": "decimal",
    "date": "date",
    "image": "binary",
    "select_one": "string",
    "select_multiple": "string",
}
RULES = ("relevant", "required", "constraint", "calculate")
ABSOLUTE = re.compile(r"/data(?:/[\w.-]+)+")


def binds(code):
    root = etree.fromstring(converted(code).xform.encode())
    return {bind.get("nodeset"): bind for bind in root.iter(f"{XFORMS}bind")}


@pytest.mark.parametrize("code", CODES)
def test_pyxform_converts_it_without_a_warning(code):
    assert converted(code).warnings == []


@pytest.mark.parametrize("code", CODES)
def test_no_rule_is_left_out(code):
    assert exported(code)[1] == []


@pytest.mark.parametrize("code", CODES)
def test_every_field_is_a_question_of_its_type(code):
    found = {path.rpartition("/")[2]: bind.get("type") for path, bind in binds(code).items()}
    names = question_names(code)
    for section in document_of(code)["sections"]:
        for asked in section["fields"]:
            name, kind = names[f"{section['id']}.{asked['id']}"], ANSWERS[asked["answer"]].type
            if asked["answer"] == "period":
                assert (found[f"{name}_from"], found[f"{name}_to"]) == ("date", "date")
            elif asked["answer"] == "address":
                assert (found[f"{name}_division"], found[f"{name}_detail"]) == ("string",) * 2
            else:
                assert found[name] == BIND_TYPES[kind], name


@pytest.mark.parametrize("code", CODES)
def test_every_rule_names_questions_that_exist(code):
    root = etree.fromstring(converted(code).xform.encode())
    instance = next(root.iter(f"{XFORMS}instance"))[0]
    plain = etree.fromstring(etree.tostring(instance).replace(b"xmlns=", b"xmlns:x="))
    tree = plain.getroottree()
    for path, bind in binds(code).items():
        assert tree.xpath(path), path
        for rule in RULES:
            for named in ABSOLUTE.findall(bind.get(rule, "")):
                assert tree.xpath(named), f"{path} {rule}: {named}"
            for relative in re.findall(r"\.\./[\w./-]+", bind.get(rule, "")):
                assert tree.xpath(path)[0].xpath(relative), f"{path} {rule}: {relative}"


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_there_in_both_languages(code):
    root = etree.fromstring(converted(code).xform.encode())
    languages = {
        each.get("lang"): {text.get("id"): text[0].text for text in each}
        for each in root.iter(f"{XFORMS}translation")
    }
    assert set(languages) == {"中文 (zh)", "English (en)"}
    assert languages["中文 (zh)"].keys() == languages["English (en)"].keys()
    # pyxform writes a hyphen where a text has no translation.
    told = [text for texts in languages.values() for text in texts.values()]
    assert [text for text in told if not text or text == "-"] == []


@pytest.mark.parametrize("code", CODES)
def test_a_repeat_has_as_many_rows_as_were_asked_for(code):
    root = etree.fromstring(converted(code).xform.encode())
    counted = {
        each.get("nodeset").rpartition("/")[2]: each.get(f"{JAVAROSA}count").strip()
        for each in root.iter(f"{XFORMS}repeat")
    }
    sections = [each["id"] for each in document_of(code)["sections"] if each.get("repeat")]
    assert counted == {name: f"/data/{name}_count" for name in sections}


def test_our_own_columns_do_not_reach_the_form():
    assert "jishiban" not in converted("MZ-001").xform


def test_the_same_item_gives_the_same_bytes():
    exported.cache_clear()
    first = exported("MZ-001")[0]
    exported.cache_clear()
    assert exported("MZ-001")[0] == first
