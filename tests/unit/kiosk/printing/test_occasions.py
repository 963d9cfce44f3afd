"""When something is asked for, in words, and what cannot be said shortly."""

import pytest

from forms.definition import Rule
from kiosk.printing.occasions import occasion
from kiosk.printing.words import IN_SOME_CASES
from tests.builders.definitions import written

ITEMS = written().items
ITEM = ITEMS["MZ-001"]


def test_most_materials_that_depend_say_on_what():
    said = [
        occasion(item, requirement.when)
        for item in ITEMS.values()
        for requirement in item.requirements
        if requirement.when
    ]
    assert sum(text is not IN_SOME_CASES for text in said) > 0.85 * len(said)


@pytest.mark.parametrize(
    ("logic", "said"),
    [
        ({"===": [{"var": "applicant.filed_by"}, "self"]}, "“由谁申请？”选了“本人”时"),
        ({"!==": [{"var": "applicant.filed_by"}, "self"]}, "“由谁申请？”没有选“本人”时"),
        ({"in": ["illness", {"var": "hardship.causes"}]}, "“致困原因”选了“重病”时"),
        (
            {"in": [{"var": "hardship.supporters"}, ["none", "unable"]]},
            "“赡养抚养扶养义务人情况”选了“没有”或“有，但没有能力”时",
        ),
        (
            {"!": {"in": ["none", {"var": "finances.income_sources"}]}},
            "“全家有哪些收入？”没有选“没有收入”时",
        ),
        ({"<": [{"age": [{"var": "applicant.id_number"}]}, 16]}, "申请人不满16周岁时"),
    ],
)
def test_a_simple_rule_is_said(logic, said):
    assert occasion(ITEM, Rule(logic)).zh == said


@pytest.mark.parametrize(
    "logic",
    [
        {">": [{"var": "family.size"}, 1]},
        {"some": [{"var": "household"}, {"===": [{"var": "situation"}, "student"]}]},
        {"===": [{"var": "applicant.filed_by"}, "no such choice"]},
        {"===": [{"var": "no.such"}, "self"]},
        {"===": [1]},
        True,
    ],
)
def test_anything_else_only_depends(logic):
    assert occasion(ITEM, Rule(logic)) is IN_SOME_CASES


def test_a_question_depends_on_others_of_its_own_section():
    section = ITEM.section("hardship")
    rule = Rule({"in": ["other", {"var": "this.causes"}]})
    assert occasion(ITEM, rule, section).zh == "“致困原因”选了“其他”时"
    assert occasion(ITEM, rule) is IN_SOME_CASES
