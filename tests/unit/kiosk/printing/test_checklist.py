"""The checklist: every material with its way, what depends, what nobody has to bring."""

import pytest

from kiosk.printing import checklist
from tests.builders.definitions import written
from tests.builders.papers import page_count, text_of

ITEMS = written().items


@pytest.mark.parametrize("code", ["MZ-001", "YB-14", "NY-001"])
def test_it_names_every_material_place_hours_and_whom_to_ask(press, code):
    item = ITEMS[code]
    pdf = press.pdf(checklist.html(item))
    text = text_of(pdf).replace(" ", "")
    assert page_count(pdf) <= 2
    for said in (item.name, item.fee, *(each.name for each in item.requirements)):
        assert said.zh.replace(" ", "") in text
    for said in (item.places, item.hours, item.contact):
        assert said.zh[:10].replace(" ", "") in text


def test_what_may_follow_says_by_when():
    html = checklist.html(ITEMS["MZ-001"])
    assert "可以后补，10个工作日内交" in html
    assert "May follow within 10 working days" in html


def test_what_depends_says_on_what():
    assert "“致困原因”选了“重病”时" in checklist.html(ITEMS["MZ-001"])


def test_what_the_form_makes_is_not_to_be_ticked():
    html = checklist.html(ITEMS["MZ-001"])
    to_bring, not_needed = html.split("这些不用您准备")
    assert "居民户口簿" in to_bring
    assert "最低生活保障申请书" not in to_bring.split("<section>", 2)[2]
    assert "最低生活保障申请书" in not_needed
    assert "填表后自动生成" in not_needed


def test_every_item_has_one():
    assert all(item.name.zh in checklist.html(item) for item in ITEMS.values())
