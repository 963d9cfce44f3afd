"""The pre-check: what it asks of every item, and that it says yes only where nothing speaks against it."""

import pytest

from forms.precheck import BROUGHT, MOST_ABOUT_MATERIALS, judge, questions
from tests.builders.definitions import written

ITEMS = written().items
ALLOWANCE = ITEMS["MZ-006"]


def replies(item, reply, **other):
    return {entry.id: reply for entry in questions(item)} | other


@pytest.fixture(scope="module")
def deciding():
    """Every item with a yes-or-no question of its form on which a material hangs."""
    found = [item for item in ITEMS.values() if any(entry.path for entry in questions(item))]
    assert found
    return found


def test_every_item_asks_its_conditions_as_they_are_written_and_little_else():
    for item in ITEMS.values():
        asked = questions(item)
        assert tuple(entry.text for entry in asked if entry.path is None) == item.conditions
        assert len(asked) <= len(item.conditions) + MOST_ABOUT_MATERIALS
        assert len({entry.id for entry in asked}) == len(asked)


def test_who_meets_everything_hears_yes_and_what_to_bring():
    verdict = judge(ALLOWANCE, replies(ALLOWANCE, "yes"))
    assert verdict.outcome == "bring" and not verdict.doubts
    assert {"id_card", "household_register"} <= {entry.id for entry in verdict.bring}
    assert all(entry.source in BROUGHT for entry in (*verdict.bring, *verdict.perhaps))


@pytest.mark.parametrize("reply", ["no", "unsure"])
def test_one_condition_that_is_not_met_or_not_known_leads_to_the_staff_with_its_reason(reply):
    verdict = judge(ALLOWANCE, replies(ALLOWANCE, "yes", **{"condition-2": reply}))
    assert verdict.outcome == "ask"
    assert [(doubt.condition, doubt.reply) for doubt in verdict.doubts] == [
        (ALLOWANCE.conditions[1], reply)
    ]


def test_who_replies_nothing_is_never_told_yes():
    assert all(judge(item, {}).outcome == "ask" for item in ITEMS.values())


def test_a_material_that_hangs_on_a_reply_is_brought_left_or_perhaps(deciding):
    for item in deciding:
        asked = [entry for entry in questions(item) if entry.path]
        for entry in asked:
            sets = {
                reply: judge(item, replies(item, "yes", **{entry.id: reply}))
                for reply in ("yes", "no", "unsure")
            }
            assert sets["yes"].bring != sets["no"].bring, (item.code, entry.path)
            assert set(sets["unsure"].perhaps) > set(sets["yes"].perhaps), item.code


@pytest.mark.parametrize(
    ("code", "reply", "material"),
    [("NY-001", "yes", "neighbours_opinion"), ("RS-015", "no", "residence_permit")],
)
def test_a_reply_calls_for_the_material_that_the_form_would_ask_for(code, reply, material):
    other = {"yes": "no", "no": "yes"}[reply]
    item = ITEMS[code]
    for given, is_brought in ((reply, True), (other, False)):
        verdict = judge(item, replies(item, "yes", **{"material-1": given}))
        assert (material in {entry.id for entry in verdict.bring}) == is_brought


def test_nothing_is_promised_about_materials_that_hang_on_more_than_one_reply():
    income = ITEMS["MZ-001"]
    verdict = judge(income, replies(income, "yes"))
    assert {entry.id for entry in verdict.perhaps} == {
        "income_proof",
        "illness_proof",
        "school_proof",
    }
