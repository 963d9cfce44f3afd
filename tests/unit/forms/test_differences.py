"""What differs between two releases is said in words that name the item, the part and the values."""

import json
from pathlib import Path

import pytest

from forms import catalogue as authoring
from forms.differences import compare
from forms.release import Catalogue


def changed(source: Path, before: str, after: str) -> tuple[Catalogue, Catalogue]:
    old = authoring.load(source)
    file = source / "items" / "MZ-006.yaml"
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")
    return old, authoring.load(source)


def said(old: Catalogue, new: Catalogue) -> list[str]:
    return list(compare(old, new).lines())


def test_a_release_differs_from_itself_in_nothing(source):
    one = authoring.load(source)
    assert said(one, one) == []
    assert compare(one, one).as_json() == {
        "added": {},
        "removed": {},
        "changed": {},
        "lists": [],
    }


def test_items_that_came_and_went_are_named(source):
    old = authoring.load(source)
    (source / "items" / "YB-14.yaml").unlink()
    new = authoring.load(source)
    assert [line[:15] for line in said(old, new)] == ["YB-14 removed: "]
    assert [line[:13] for line in said(new, old)] == ["YB-14 added: "]


def test_a_text_of_a_list_is_shown_before_and_after(source):
    lines = said(*changed(source, "年满80周岁", "年满八十周岁"))
    assert lines == [
        "MZ-006 conditions: 年满80周岁 / You are 80 or older -> 年满八十周岁 / You are 80 or older"
    ]


def altered(old: Catalogue, alter) -> Catalogue:
    document = json.loads(old.content)
    item = json.loads(document["items"]["MZ-006"]["item"])
    alter(item, document)
    document["items"]["MZ-006"]["item"] = json.dumps(item)
    return Catalogue(json.dumps(document).encode())


FIELD = {"id": "nickname", "label": {"zh": "小名", "en": "Nickname"}, "answer": "text"}


@pytest.mark.parametrize(
    ("alter", "line"),
    [
        (
            lambda item, _: item["sections"][0]["fields"].append(FIELD),
            "MZ-006 section applicant field nickname: added 小名 / Nickname",
        ),
        (
            lambda item, _: item["sections"][0]["fields"][0].update(required=False),
            "MZ-006 section applicant field name required: added false",
        ),
        (
            lambda item, _: item["requirements"][0].update(when={"var": "a.b"}),
            'MZ-006 requirement registration_form asked when: added {"var": "a.b"}',
        ),
        (
            lambda item, _: item["promised"].update(value=99),
            "MZ-006 promised value: 10 -> 99",
        ),
        (
            lambda item, _: item["sections"].reverse(),
            "MZ-006 section order: ",
        ),
        (
            lambda _, document: document["lists"]["provinces"].pop(0),
            "shared list provinces 11: removed, was ",
        ),
    ],
    ids=["field", "required", "requirement", "limit", "order", "list"],
)
def test_a_change_names_its_place_and_its_values(source, alter, line):
    old = authoring.load(source)
    lines = said(old, altered(old, alter))
    assert len(lines) == 1
    assert lines[0].startswith(line), lines
